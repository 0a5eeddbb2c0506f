"""The work of `offtake backtest`: read, take back, plan twice, score, tell and write."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from offtake.cli import outputs, pagefile, planning, screen, tables
from offtake.cli.interruptible import interruptible
from offtake.cli.progress import Status
from offtake.cli.soundness import sound
from offtake.draw import backtest_tables as laid
from offtake.draw.tables import Table
from offtake.errors import Fault, InfeasibleError, OfftakeError, Where
from offtake.files import Document, backtest_text
from offtake.model.backtest import Backtest
from offtake.plan.backtest import backtest as tested
from offtake.report.backtest import backtest_html

SAVED, PAGE = "backtest.json", "backtest.html"
"""What the files of a backtest are called in the folder of `--out`."""
_MONTHS = {"month": 1, "quarter": 3}
_WIDEST = 100


@dataclass(frozen=True, slots=True)
class Days:
    """The days of a backtest."""

    as_of: date
    further: tuple[date, ...]
    score_at: date


@dataclass(frozen=True, slots=True)
class Files:
    """Where a backtest is to be written; None is nowhere."""

    saved: Path | None
    page: Path | None


def days_of(as_of: Sequence[date], score_at: date, every: str | None) -> Days:
    """Put the days in order: the first is planned on, on all of them dates are forecast."""
    first, *rest = sorted(set(as_of))
    if every is not None:
        rest += list(_stepped(first, score_at, _MONTHS[every]))
    return Days(first, tuple(sorted({day for day in rest if day != first})), score_at)


def _stepped(first: date, last: date, months: int) -> Iterator[date]:
    """Give the same day of the month every so many months, as far as the month has it."""
    passed = months
    while True:
        year, month = divmod(first.year * 12 + first.month - 1 + passed, 12)
        day = next(d for d in range(first.day, 0, -1) if _is_day(year, month + 1, d))
        found = date(year, month + 1, day)
        if found >= last:
            return
        yield found
        passed += months


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def files_of(out: Path | None, *, force: bool) -> Files:
    """Say what is to be written where, and make sure that it may be.

    Raises:
        OfftakeError: a file cannot or must not be written.
    """
    if out is None:
        return Files(None, None)
    if out.suffix.lower() == ".json":
        files = Files(out, None)
    else:
        lacking = pagefile.missing()
        files = Files(out / SAVED, out / PAGE if lacking is None else None)
        if lacking is not None:
            screen.note(f"{PAGE} will not be written: {lacking}")
    outputs.claim([path for path in (files.saved, files.page) if path is not None], force=force)
    return files


def backtest(
    world: str, days: Days, draw: planning.Draw, files: Files, *, as_json: bool, quiet: bool
) -> None:
    """Backtest a world, print what came of it, and write what is to be written.

    Raises:
        OfftakeError: the world has errors, or days or options do not fit.
        InfeasibleError: no plan satisfies the limits.
    """
    planning.refuse_negative(draw.seed, "offtake backtest --seed")
    document = sound(world, quiet)
    made = _made(document, days, draw, quiet)
    written: list[Path] = []
    try:  # files first: who stops reading, as `| head` does, keeps them all the same
        written += _written(made, files)
    finally:
        screen.say_json_text(backtest_text(made)) if as_json else _say(made)
    for path in written:
        screen.note(f"wrote {path}") if as_json else screen.say(f"wrote {path}")


def _made(document: Document, days: Days, draw: planning.Draw, quiet: bool) -> Backtest:
    status = Status(screen.err(), quiet=quiet)

    def task() -> Backtest:
        return tested(
            document.portfolio,
            as_of=days.as_of,
            score_at=days.score_at,
            further=days.further,
            risk=draw.risk,
            alpha=draw.alpha,
            scenarios=draw.scenarios,
            seed=draw.seed,
            gap=draw.gap,
            seconds=draw.seconds,
            progress=status,
        )

    def interrupted() -> None:
        status.stop()
        sys.stderr.write("offtake: interrupted; nothing was written\n")

    try:
        with status:
            return interruptible(task, interrupted)
    except InfeasibleError as error:
        raise InfeasibleError(_placed(error.faults, document)) from None
    except OfftakeError as error:
        raise OfftakeError(_placed(error.faults, document), exit=error.exit) from None


def _placed(found: Iterable[Fault], document: Document) -> Iterator[Fault]:
    """Give each fault the option it is about, or the file and line."""
    for fault in found:
        if fault.where.path in ("as-of", "score-at") or fault.code in planning.OPTIONS:
            where = Where(path=f"offtake backtest --{fault.where.path}")
            yield replace(fault, where=where, hint=fault.hint or "see `offtake backtest --help`")
        else:
            yield document.place(fault) if fault.where.path else fault


def _written(made: Backtest, files: Files) -> Iterator[Path]:
    if files.saved is not None:
        yield outputs.fill(files.saved, backtest_text(made))
    if files.page is not None:
        yield outputs.fill(files.page, backtest_html(made))


def _say(made: Backtest) -> None:
    screen.say(laid.title(made))
    draws = f"{made.scenarios} draws of demand and prices, seed {made.seed}"
    screen.say(f"{draws}; scored: {laid.span(made)}")
    screen.say("")
    _headed("What was known", laid.knowledge(made))
    _tabled("How late things come", laid.laws(made))
    if made.arrivals:
        _tabled("Deliveries of what was signed", laid.arrivals(made))
    _tabled("Capacity", laid.quarters(made))
    _tabled("Two plans", laid.plans(made))
    _tabled("Forecasts of dates", laid.milestones(made))
    _tabled("Calibration", laid.coverages(made))
    _listed("What may be claimed, and what not", made.says)
    _listed("What to mind", made.remarks)
    screen.say("Every entry and its reason: --json, or the page that --out writes.")


def _headed(title: str, rows: Sequence[tuple[str, str]]) -> None:
    screen.say(title)
    widest = max(len(name) for name, _ in rows)
    for name, value in rows:
        room = " " * (widest + 4)
        screen.say(_folded(value, f"  {name:<{widest}}  ", room))
    screen.say("")


def _tabled(title: str, table: Table) -> None:
    screen.say(title)
    screen.say(_folded(table.caption, "  ", "  "))
    numbers = [place for place, _ in enumerate(table.head) if place not in table.texts]
    tables.say(table.head, table.rows, numbers)
    screen.say("")


def _listed(title: str, sentences: Sequence[str]) -> None:
    screen.say(title)
    for sentence in sentences:
        screen.say(_folded(sentence, "  - ", "    "))
    screen.say("")


def _folded(text: str, first: str, rest: str) -> str:
    return textwrap.fill(text, _WIDEST, initial_indent=first, subsequent_indent=rest)
