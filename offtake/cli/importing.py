"""The work of `offtake import`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from offtake import catalogue
from offtake.cli import outputs, screen
from offtake.files.emit import terse
from offtake.files.sbatch import read_sbatch


def from_sbatch(script: Path, out: Path | None, *, as_json: bool, force: bool) -> None:
    """Print or write a Slurm script as a job; name on stderr what it leaves out.

    Raises:
        OfftakeError: the script cannot be read (`OTK-E050`, `OTK-E051`), or the file cannot or
            must not be written.
    """
    if out is not None:
        outputs.claim([out], force=force)
    made = read_sbatch(script, [one.id for one in catalogue.accelerators()])
    if out is not None:
        outputs.fill(out, made.text.encode())
    if as_json:
        left = [asdict(one) for one in made.left]
        screen.say_json({"schema": "offtake.import/1", "job": terse(made.job), "left": left})
        return
    for one in made.left:
        place = f"{script}:{one.line}" if one.line else f"{script}"
        screen.note(f"{place}: {one.option} is left out: {one.reason}")
    if out is None:
        screen.say(made.text)
    else:
        screen.say(f"wrote {out}")
