"""Worlds: a folder, a file, or the name of one that comes with offtake."""

from __future__ import annotations

from pathlib import Path

from offtake.errors import Exit, Fault, OfftakeError, Where, did_you_mean

_PACKAGE = Path(__file__).resolve().parent.parent
_FOLDERS = (_PACKAGE / "worlds", _PACKAGE.parent / "worlds")
"""Where the worlds stand in an installed package, and in the repository."""
_FIRST = "portfolio.yaml"


def shipped() -> dict[str, Path]:
    """Give the folders of the worlds that come with offtake, by name."""
    for folder in _FOLDERS:
        found = {path.parent.name: path.parent for path in sorted(folder.glob(f"*/{_FIRST}"))}
        if found:
            return found
    return {}


def held(world: str, name: str) -> Path | None:
    """Give the path of a file of a world that comes with offtake; None where there is none."""
    found = (folder / world / name for folder in _FOLDERS)
    return next((path for path in found if path.is_file()), None)


def within(path: Path, name: str) -> Path:
    """Give the file of this name in a folder, or in a shipped world; any other path as it is."""
    if path.is_dir():
        return path / name
    return path if path.exists() else held(str(path), name) or path


def find(world: str) -> Path:
    """Give the path of a world: what stands there, or else the shipped world of that name.

    Raises:
        OfftakeError: the path does not exist and resembles a shipped world (`OTK-F001`);
            any other path is for the reader to judge.
    """
    path = Path(world)
    if "\0" in world or path.exists():
        return path
    known = shipped()
    if world in known:
        return known[world]
    near = did_you_mean(path.name, known)
    if near is None or not near.startswith("did"):
        return path
    raise OfftakeError(
        Fault(
            code="OTK-F001",
            what="there is no such file or folder, and no shipped world of that name",
            where=Where(file=world),
            hint=near,
        )
    )


def own(world: str) -> Path:
    """Give the path of a world that may be changed.

    Raises:
        OfftakeError: only a shipped world has that name (`OTK-U010`), or as `find`.
    """
    path = find(world)
    if str(path) != world and path in shipped().values() and not Path(world).exists():
        raise OfftakeError(
            Fault(
                code="OTK-U010",
                what="a world that comes with offtake is not changed",
                where=Where(file=world),
                hint=f"copy it first: `offtake init my-{world} --world {world}`",
            ),
            exit=Exit.USAGE,
        )
    return path
