"""The work of `offtake simulate plan`: from a plan and its world to what its fleet delivers."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from offtake.cli import outputs, pagefile, saved, screen, tables
from offtake.cli.interruptible import interruptible
from offtake.cli.progress import Status
from offtake.cli.scenes import plain
from offtake.cli.soundness import sound
from offtake.cycle.stress import case_of
from offtake.draw import numbers
from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.files.plans import derating_text
from offtake.model.plan import Plan
from offtake.progress import Progress
from offtake.simulate.parameters import (
    Cause,
    Checkpoint,
    Hazard,
    Interval,
    Parameters,
    Recovery,
    Repair,
)
from offtake.simulate.stress import Case, Stressed, stress
from offtake.simulate.stress.case import QUARTER_HOURS
from offtake.simulate.stress.front import Spread
from offtake.simulate.stress.kept import NAME as KEPT

SCHEMA = "offtake.stress/1"
"""Name and version of the form a plan put to the test is written in."""
DATA, FIGURE, DERATING = "stress.json", "stress.svg", "derating.json"
"""What the files are called in the folder of `--out`."""
_EFFECTS = {
    "planned": "planned, all on the day it is due",
    "late": "not there yet: late",
    "default": "gone: who provides it defaulted",
    "outage": "dark with its site",
    "down": "down: failures and repair",
    "idle": "idle: nothing asked for that fits",
    "overhead": "checkpoints, restarts, lost work",
    "productive": "productive",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How often, by whom, and where to."""

    replications: int
    seed: int
    processes: int
    ray: str | None
    until_share: float | None
    out: Path | None
    resume: bool
    as_json: bool
    quiet: bool
    force: bool


def parameters(failures: float, restart: float, write: float, repair: float) -> Parameters:
    """Turn options into parameters of nodes of eight accelerators.

    Raises:
        OfftakeError: a number is out of its bounds (`OTK-F120`).
    """
    return Parameters(
        hazards=(Hazard(cause=Cause.UNKNOWN, rate_per_day=failures / 1000.0),),
        recovery=Recovery(restart_minutes=restart),
        repair=Repair(automatic_hours=repair),
        checkpoint=Checkpoint(interval=Interval.YOUNG_DALY, write_s=write),
    )


def share_of(text: str | None) -> float | None:
    """Read `0.5%` or `0.005`.

    Raises:
        OfftakeError: it is neither (`OTK-S088`).
    """
    if text is None:
        return None
    try:
        plain_text = text.strip()
        if plain_text.endswith("%"):
            return float(plain_text[:-1]) / 100.0
        return float(plain_text)
    except ValueError:
        where = Where(path="offtake simulate plan --until")
        what, hint = "a share is wanted", "such as 0.5%"
        fault = Fault(code="OTK-S088", what=what, where=where, got=f"'{text}'", hint=hint)
        raise OfftakeError(fault, exit=Exit.USAGE) from None


def simulate(path: Path, world: str, told: Parameters, asked: Asked) -> None:
    """Put a saved plan to the test, print what it delivers, and write what is wanted.

    Raises:
        OfftakeError: the plan is none or not of this world, or an option is out of range.
    """
    plan = _plan(path)
    files = _files(asked)
    case = case_of(plan, sound(world, asked.quiet).portfolio, told, asked.seed)
    made = _made(case, asked)
    text = json.dumps({"schema": SCHEMA, **plain(made)}, indent=2, allow_nan=False) + "\n"
    written: list[Path] = []
    try:
        written += _written(made, text, files)
    finally:
        screen.say_json_text(text) if asked.as_json else _say(made)
    for one in written:
        screen.note(f"wrote {one}") if asked.as_json else screen.say(f"wrote {one}")
    if made.replications < asked.replications and asked.until_share is None:
        screen.note(f"interrupted: {made.replications} replications were done")


def _plan(path: Path) -> Plan:
    held = saved.read(path)
    if isinstance(held, Plan):
        return held
    where = Where(file=str(path))
    what = "a study is no plan"
    hint = "name what `offtake plan --out` wrote"
    raise OfftakeError(Fault(code="OTK-S090", what=what, where=where, hint=hint), exit=Exit.USAGE)


def _files(asked: Asked) -> dict[str, Path]:
    """Say where each file is to be written, and make sure that it may be."""
    if asked.out is None:
        if asked.resume:
            where = Where(path="offtake simulate plan --resume")
            what, hint = "there is nothing to go on from", "name the folder with --out"
            fault = Fault(code="OTK-S088", what=what, where=where, hint=hint)
            raise OfftakeError(fault, exit=Exit.USAGE)
        return {}
    files = {name: asked.out / name for name in (DATA, DERATING, FIGURE)}
    lacking = pagefile.missing()
    if lacking is not None:
        screen.note(f"the figure will not be written: {lacking}")
        del files[FIGURE]
    outputs.claim(files.values(), force=asked.force)
    return files


def _made(case: Case, asked: Asked) -> Stressed:
    status, stop = Status(screen.err(), quiet=asked.quiet), threading.Event()

    def tell(done: int, all_of: int) -> None:
        status(Progress("simulate", f"{done:,} of {all_of:,} replications"))

    def task() -> Stressed:
        status(Progress("load", "the simulation; the first time on a machine it is compiled"))
        return stress(
            case,
            replications=asked.replications,
            processes=asked.processes,
            ray=asked.ray,
            until_share=asked.until_share,
            kept=None if asked.out is None else asked.out / KEPT,
            resume=asked.resume,
            progress=tell,
            stopped=stop.is_set,
        )

    def interrupted() -> None:
        status.stop()
        kept = "" if asked.out is None else "; --resume goes on from what was done"
        sys.stderr.write(f"offtake: interrupted; nothing was written{kept}\n")

    def ask() -> None:
        status.say("stopping after this replication; Ctrl-C again to leave without an answer")
        stop.set()

    with status:
        return interruptible(task, interrupted, ask)


def _written(made: Stressed, text: str, files: dict[str, Path]) -> Iterator[Path]:
    if DATA in files:
        yield outputs.fill(files[DATA], text)
    if DERATING in files:
        yield outputs.fill(files[DERATING], derating_text(made.derating))
    if FIGURE in files:
        yield outputs.fill(files[FIGURE], figure(made))


def figure(made: Stressed) -> str:
    """Draw what was planned and what was delivered by the quarter, as SVG text."""
    from offtake.draw.layout import WIDE
    from offtake.draw.stress import Quarter, draw
    from offtake.draw.svg import to_svg

    scale = 1e3 * QUARTER_HOURS
    quarters = [
        Quarter(
            line.quarter,
            line.planned_hours / scale,
            line.delivered_hours.p10 / scale,
            line.delivered_hours.p90 / scale,
            line.delivered_hours.mean / scale,
            line.productive_hours.mean / scale,
        )
        for line in made.lines
    ]
    share = made.effects["productive"].mean / made.effects["planned"].mean
    described = (
        f"offtake: accelerators of the plan {made.name} by the quarter, planned, delivered and "
        f"productive; {numbers.share(share)} of what was planned is productive."
    )
    return to_svg(draw(quarters, WIDE), ident="stress", described=described, alone=True)


def _say(made: Stressed) -> None:
    screen.say(f"The plan {made.name} put to the test, {made.replications} replications\n")
    screen.say("Thousand accelerator-hours by the quarter")
    heads = "quarter,planned,delivered,P10,P50,P90,productive"
    rows = [
        [line.quarter, _k(line.planned_hours), _wide(line.delivered_hours)]
        + [_k(getattr(line.delivered_hours, name)) for name in ("p10", "p50", "p90")]
        + [_wide(line.productive_hours)]
        for line in made.lines
    ]
    tables.say(heads.split(","), rows, range(1, 7))
    screen.say("\nWhere what was planned goes, thousand accelerator-hours over the horizon")
    planned = made.effects["planned"].mean
    effects = [
        [words, _wide(made.effects[name]), str(numbers.share(made.effects[name].mean / planned))]
        for name, words in _EFFECTS.items()
    ]
    tables.say(["", "accelerator-hours", "of planned"], effects, [1, 2])
    screen.say("\nWork that is not served")
    needs = [
        [need.need, need.kind, _percent(need.unserved_share)]
        + [str(numbers.share(getattr(need.unserved_share, name))) for name in ("p50", "p90")]
        for need in made.needs
    ]
    tables.say(["demand", "kind", "unserved", "P50", "P90"], needs, [2, 3, 4])
    screen.say("\nGoodput, for the next plan: `offtake plan WORLD --derating FOLDER/derating.json`")
    derated = [
        [x.accelerator, x.site or "", *map(_share, (x.goodput_share, x.up_share, x.coverage_share))]
        for x in made.derating.lines
    ]
    tables.say(["accelerator", "site", "goodput", "up", "held by work"], derated, [2, 3, 4])
    screen.say("\nModelled. ±: 95 % interval of the mean over replications, by Student's t.")
    if made.accelerators_per_node > 8:
        several = made.accelerators_per_node // 8
        screen.say(f"{several} nodes were simulated as one, that fails as often as all of them.")


def _k(hours: float) -> str:
    return f"{hours / 1e3:,.0f}"


def _wide(held: Spread) -> str:
    return f"{held.mean / 1e3:,.0f} ± {held.half_width / 1e3:,.0f}"


def _share(value: float) -> str:
    return str(numbers.share(value))


def _percent(held: Spread) -> str:
    return f"{100 * held.mean:.2f} ± {100 * held.half_width:.2f} %"
