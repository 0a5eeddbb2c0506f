"""The work of `offtake plan`: read, check, plan, tell and write."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from offtake.cli import outputs, pagefile, screen
from offtake.cli.interruptible import interruptible
from offtake.cli.progress import Status
from offtake.cli.saved import PLAN, REPORT
from offtake.cli.soundness import sound
from offtake.errors import Exit, Fault, InfeasibleError, OfftakeError, Where
from offtake.files import Document, plan_text
from offtake.files.plans import read_derating
from offtake.files.samples import read_samples
from offtake.model.period import Quarter
from offtake.model.plan import Plan
from offtake.model.portfolio import Portfolio
from offtake.plan import front
from offtake.plan.derated import derated, uncovered
from offtake.report import terminal

OPTIONS = ("OTK-P100", "OTK-P130", "OTK-P131")
"""Codes of an option out of range: their path names the option, not a field."""


@dataclass(frozen=True, slots=True)
class Draw:
    """How to plan; None is what the portfolio says."""

    risk: float
    alpha: float
    scenarios: int | None
    seed: int | None
    gap: float
    seconds: float
    workers: str | None = None
    resume: Path | None = None
    samples: Path | None = None
    drawn: int | None = None
    reviews: tuple[Quarter, ...] = ()
    branches: int = 4
    derating: Path | None = None


@dataclass(frozen=True, slots=True)
class Files:
    """Where a plan and its reports are to be written."""

    plan: Path | None
    reports: tuple[Path, ...]


def files_of(out: Path | None, report: Path | None, *, force: bool) -> Files:
    """Say what is to be written where, and make sure that it may be.

    Raises:
        OfftakeError: a report has no such form, or a file cannot or must not be written.
    """
    if report is not None:
        pagefile.refuse(report)
    reports = [report] if report is not None else []
    saved = out
    if out is not None and out.suffix.lower() != ".json":
        saved = out / PLAN
        lacking = pagefile.missing()
        if lacking is None:
            reports.insert(0, out / REPORT)
        else:
            screen.note(f"{REPORT} will not be written: {lacking}")
    outputs.claim([*([saved] if saved else []), *reports], force=force)
    return Files(saved, tuple(reports))


def plan(world: str, draw: Draw, files: Files, *, as_json: bool, quiet: bool) -> None:
    """Plan a world, print the plan, and write what is to be written.

    Raises:
        OfftakeError: the world has errors, or an option is out of range.
        InfeasibleError: no plan satisfies the limits; the faults say where they stand.
    """
    refuse_negative(draw.seed)
    document = sound(world, quiet)
    made = _made(document, draw, quiet)
    saved: list[Path] = []
    try:  # files first: who stops reading, as `| head` does, keeps them all the same
        saved += written(made, files)
    finally:
        _print(made, as_json=as_json)
    for path in saved:
        screen.note(f"wrote {path}") if as_json else screen.say(f"wrote {path}")


def _print(made: Plan, *, as_json: bool) -> None:
    if as_json:
        screen.say_json_text(plan_text(made))
    else:
        show(made)


def show(made: Plan) -> None:
    """Print a plan for people."""
    console = screen.out()
    screen.show(console, terminal(made, console.width))
    console.print()


def refuse_negative(seed: int | None, option: str = "offtake plan --seed") -> None:
    """Refuse a seed no draw can have.

    Raises:
        OfftakeError: it is negative (`OTK-U004`).
    """
    if seed is not None and seed < 0:
        fault = Fault(
            code="OTK-U004",
            what="a seed is not negative",
            where=Where(path=option),
            got=str(seed),
            hint="any whole number from 0 on",
        )
        raise OfftakeError(fault, exit=Exit.USAGE)


def _made(document: Document, draw: Draw, quiet: bool) -> Plan:
    return solved(document, draw, quiet).plan


def solved(
    document: Document,
    draw: Draw,
    quiet: bool,
    *,
    earlier: front.Solved | None = None,
    ended: Callable[[], None] | None = None,
) -> front.Solved:
    """Plan a document, its faults put in their place.

    Args:
        document: A sound world.
        draw: How to plan it.
        quiet: Tell no progress.
        earlier: What was planned before, to begin from.
        ended: Done on Ctrl-C; else the first Ctrl-C stops with the best plan found.

    Raises:
        OfftakeError: an option is out of range, or something cannot be planned.
        InfeasibleError: no plan satisfies the limits.
    """
    samples = read_samples(draw.samples) if draw.samples is not None else None
    portfolio = _derated(document.portfolio, draw.derating, quiet)
    status = Status(screen.err(), quiet=quiet)
    stopping = threading.Event()

    def task() -> front.Solved:
        return front.solved(
            portfolio,
            risk=draw.risk,
            alpha=draw.alpha,
            scenarios=draw.scenarios,
            seed=draw.seed,
            gap=draw.gap,
            seconds=draw.seconds,
            samples=samples,
            drawn=draw.drawn,
            reviews=draw.reviews,
            branches=draw.branches,
            workers=draw.workers,
            resume=draw.resume,
            earlier=earlier,
            stop=stopping.is_set,
            progress=status,
        )

    def stop() -> None:
        status.say("stopping with the best plan found; Ctrl-C again to leave without one")
        stopping.set()

    def interrupted() -> None:
        status.stop()
        if ended is not None:
            ended()
        sys.stderr.write("offtake: interrupted; nothing was written\n")

    try:
        with status:
            return interruptible(task, interrupted, stop if ended is None else None)
    except InfeasibleError as error:
        raise InfeasibleError(_placed(error.faults, document)) from None
    except OfftakeError as error:
        raise OfftakeError(_placed(error.faults, document), exit=error.exit) from None


def _derated(portfolio: Portfolio, path: Path | None, quiet: bool) -> Portfolio:
    """Put what accelerators really did in the place of what the portfolio assumes."""
    if path is None:
        return portfolio
    derating = read_derating(path)
    left = uncovered(portfolio, derating)
    if left and not quiet:
        screen.note(f"the derating says nothing of {', '.join(left)}: as the world has them")
    return derated(portfolio, derating)


def _placed(found: Iterable[Fault], document: Document) -> Iterator[Fault]:
    """Give each fault the file and line of what it is about."""
    for fault in found:
        name = {"reduce": "scenarios"}.get(fault.where.path, fault.where.path)
        if fault.code in OPTIONS:
            where = Where(path=f"offtake plan --{name}")
            yield replace(fault, where=where, hint=fault.hint or "see `offtake plan --help`")
        elif fault.where.file is not None:
            yield fault
        elif fault.where.path in ("seconds", "workers", "resume"):
            yield replace(fault, where=Where(path=f"offtake plan --{fault.where.path}"))
        else:
            yield document.place(fault) if fault.where.path else fault


def written(made: Plan, files: Files) -> Iterator[Path]:
    """Write what is to be written of a plan, and give the files."""
    texts = {path: pagefile.text(made, path) for path in files.reports}
    if files.plan is not None:
        texts = {files.plan: plan_text(made), **texts}
    for path, text in texts.items():
        yield outputs.fill(path, text)
