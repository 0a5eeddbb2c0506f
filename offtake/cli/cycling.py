"""The work of `offtake cycle`: go round in a fresh folder, tell each step, write the story."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from offtake.cli import outputs, screen, settling, tables
from offtake.cli.soundness import sound
from offtake.cycle.differences import total
from offtake.cycle.story import ADOPTED, HERE, STORE, Cycle, Wanted, go_round
from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.files import make_folder
from offtake.report import cycle_parts
from offtake.report.cycle import cycle_html, cycle_markdown, cycle_plain

PAGE, TEXT, DATA = "cycle.html", "cycle.md", "cycle.json"
"""What the files of a cycle are called."""
MARK = "of-a-cycle"
"""File that says that a folder below is a cycle's, and may be made anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How a cycle is to go, as it was asked for."""

    world: str
    out: Path
    month: str | None
    scenarios: int
    replications: int
    risk: float
    seed: int


def cycle(asked: Asked, *, as_json: bool, quiet: bool, force: bool) -> None:
    """Go through a cycle, tell its steps and its end, and write its story.

    Raises:
        OfftakeError: the world has faults, an option is out of range, a step failed, or a file
            that is there is not offtake's.
    """
    wanted = _wanted(asked)
    world = sound(asked.world, quiet).portfolio
    outputs.claim([asked.out / name for name in (PAGE, DATA)], force=force)
    work = _emptied(asked.out)

    def tell(name: str, words: str) -> None:
        if not quiet:
            screen.note(f"{name:<8} {words}")

    made = go_round(world, work, wanted, tell=tell)
    text = json.dumps(cycle_plain(made), indent=2, allow_nan=False) + "\n"
    outputs.fill(asked.out / DATA, text)
    outputs.fill(asked.out / TEXT, cycle_markdown(made))
    page = outputs.fill(asked.out / PAGE, cycle_html(made))
    if as_json:
        screen.say_json_text(text)
        return
    _say(made)
    screen.say(f"wrote {page}")


def _wanted(asked: Asked) -> Wanted:
    wrong = [
        Fault(code="OTK-U004", what=what, where=Where(path=f"offtake cycle --{name}"), got=got)
        for name, what, got, bad in (
            ("scenarios", "at least one is needed", str(asked.scenarios), asked.scenarios < 1),
            ("replications", "0 or more", str(asked.replications), asked.replications < 0),
            ("seed", "0 or more", str(asked.seed), asked.seed < 0),
        )
        if bad
    ]
    if wrong:
        raise OfftakeError(wrong, exit=Exit.USAGE)
    return Wanted(
        month=None if asked.month is None else settling.month_of(asked.month),
        scenarios=asked.scenarios,
        replications=asked.replications,
        risk=asked.risk,
        seed=asked.seed,
    )


def _emptied(out: Path) -> Path:
    """Give the folder that store and adopted world go to, empty; one of a cycle before is cleared.

    Raises:
        OfftakeError: something is there that no cycle left (`OTK-F040`).
    """
    work = out / "work"
    if work.exists():
        if not (work / MARK).exists():
            what = "something is there that offtake did not write, and it is kept"
            hint = "name another folder with --out"
            fault = Fault(code="OTK-F040", what=what, where=Where(file=str(work)), hint=hint)
            raise OfftakeError(fault, exit=Exit.FAILED)
        shutil.rmtree(work)
    for folder in (work, work / ADOPTED, work / HERE):
        make_folder(folder)
    outputs.fill(work / MARK, f"The next cycle clears this folder.\n{STORE}\n")
    return work


def _say(made: Cycle) -> None:
    screen.say(cycle_parts.answer(made))
    screen.say("")
    heads = ("contract", "planned", "actual", "price", "volume", "delay", "efficiency")
    rows = [
        (
            one.contract,
            *(
                cycle_parts.millions(amount)
                for amount in (
                    one.planned,
                    one.actual,
                    one.price,
                    one.volume,
                    one.delay,
                    one.efficiency,
                )
            ),
        )
        for one in (*made.differences, total(made.differences))
    ]
    tables.say(heads, rows, range(1, len(heads)))
    wall = sum(step.wall_s for step in made.steps)
    screen.say(f"{wall:.0f} s, measured; of it {_slowest(made)}")


def _slowest(made: Cycle) -> str:
    slow = sorted(made.steps, key=lambda step: -step.wall_s)[:3]
    return ", ".join(f"{step.name} {step.wall_s:.0f} s" for step in slow)
