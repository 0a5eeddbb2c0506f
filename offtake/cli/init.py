"""`offtake init`: a world to begin with."""

from __future__ import annotations

from pathlib import Path

from offtake.cli import screen, worlds


def init(folder: Path, /, *, world: str = "three-sites", force: bool = False) -> None:
    """Copy an example world into a new folder, ready to be changed.

    The folder gets the files of the world, its JSON Schema, and hints by which editors
    complete fields and underline faults.

        offtake init my-lab
        offtake init big-lab --world stargate
        offtake init my-month --world june-chain

    Args:
        folder: Where to; it is made if it does not exist, and nothing in it is replaced.
        world: Which example: a world that comes with offtake, or a folder of yours.
        force: Replace files of the same name.
    """
    from offtake.files import init as make

    source = worlds.find(world)
    make(folder, source, force=force)
    screen.say(f"{folder} holds the world {source.name}. Next:")
    screen.say(f"\n  offtake check {folder}\n  offtake plan {folder}")
