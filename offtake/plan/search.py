"""Search: from a question to a plan with a true bound.

Small programs go to branch and bound whole. Large ones are decomposed: first without
whole blocks, which gives a bound; then the master chooses whole blocks on the cuts found,
and with them held the exchange goes on until plan and bound agree. The gap between the
plan's own objective, added up over all scenarios, and the bound is what is reported.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.plan.checkpoint import Checkpoint
from offtake.plan.crew import Crew
from offtake.plan.decompose import Stop, begin, never
from offtake.plan.hunt import Best, Hunt, Kept
from offtake.plan.program import Assembled, Floats, Ints
from offtake.plan.question import Part, Question
from offtake.plan.solve import SMALL, How, Solution, fixed, solve
from offtake.plan.worker import Piece
from offtake.progress import Progress, Tell

__all__ = ["Clash", "Effort", "Found", "Progress", "Tell", "columns", "search"]

MILLION = 1e6
TRIES = 3
"""Times whole blocks are chosen anew, on more cuts, before the gap is left as it is."""
MOST_TRIES = 20
"""The same while choosing takes no time to speak of."""
QUICK_S = 1.0
"""Seconds below which choosing takes no time to speak of."""
HURRIED_S = 10.0
"""Seconds for choosing whole blocks once a search is to stop."""


@dataclass(frozen=True, slots=True)
class Found:
    """The best plan found, and a bound over all plans."""

    objective: float
    bound: float
    point: Floats
    """[F] first stage."""
    apart: bool
    """Whether the duals of the first stage are not in the pieces, but in `own_dual`."""
    own_dual: Floats
    """Duals of the first stage's own rows."""
    mean_dual: Floats
    """[K] duals of the limits on a mean."""
    pieces: Callable[[], Iterator[Piece]]
    """The solution, chunk by chunk."""
    stopped: bool = False
    """Whether the search was stopped before the gap was reached."""
    close: Callable[[], None] = field(default=lambda: None)
    kept: Kept | None = None
    """What a later search of much the same question can begin with."""


@dataclass(frozen=True, slots=True)
class Clash:
    """No plan exists. Scenarios that may show why, from few to many."""

    which: tuple[Ints, ...]


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to search, and by whom."""

    gap_share: float
    """Gap wanted, as a share of the volume of cost."""
    seconds: float
    """Time limit of branch and bound, for each of its uses."""
    workers: str | None = None
    """See `crew.hiring`."""
    stop: Stop = never
    """Asked now and then whether to stop with what there is."""
    start: Floats | None = None
    """First stage to begin with."""
    held: Floats | None = None
    """First stage whose signings and hosts are held; the tail's threshold is free."""
    checkpoint: Checkpoint | None = None
    kept: Kept | None = None
    """Cuts of an earlier search, used where the scenarios' programs are still the same."""


def columns(question: Question, example: Part) -> int:
    """Count the columns of a question's whole program, from the part of one scenario."""
    first = len(example.first)
    return first + (example.assembled.matrix.shape[1] - first) * question.scenarios.count


def search(question: Question, effort: Effort, tell: Tell) -> Found | Clash:
    """Find a plan, or learn that there is none.

    Args:
        question: what is asked.
        effort: how hard to search.
        tell: is told about progress.

    Raises:
        OfftakeError: time ran out before any plan was found (`OTK-P191`), workers could not
            be hired or kept dying (`OTK-P193`, `OTK-P192`), or a checkpoint does not fit
            (`OTK-P194`, `OTK-P195`).
    """
    example = question.part(np.arange(1, dtype=np.int64))
    everything = np.arange(question.scenarios.count, dtype=np.int64)
    if columns(question, example) > SMALL:
        found = decomposed(question, effort, tell)
        if found is not None:
            return found
        tell(Progress("bound", "limits join the scenarios; solving them all at once"))
    return whole(question.part(everything), effort, tell) or Clash((everything,))


def decomposed(question: Question, effort: Effort, tell: Tell) -> Found | Clash | None:
    """Search by decomposition; None where it cannot tell."""
    crew = Crew(question, effort.workers)
    found: Found | Clash | None = None
    try:
        found = _hunted(Hunt(begin(question, crew), effort.gap_share, tell, effort.stop), effort)
    finally:
        if not isinstance(found, Found):
            crew.close()
    return found


def _hunted(hunt: Hunt, effort: Effort) -> Found | Clash | None:
    hunt.held, hunt.checkpoint = effort.held, effort.checkpoint
    known = effort.checkpoint.load() if effort.checkpoint else None
    if known is not None:
        words = f"going on with {len(known.cuts.group)} cuts from before"
        hunt.tell(Progress("bound", words))
    hunt.digest = hunt.work.crew.digest()
    if known is None and effort.kept is not None and effort.held is None:
        hunt.warm(effort.kept)
    clash = hunt.open(known, effort.start)
    if clash is not None:
        return Clash(tuple(clash))
    _choose(hunt, effort, known.best if known is not None and len(known.best) else None)
    if hunt.best is None:
        return None
    stopped = effort.stop() and hunt.short
    if effort.checkpoint and not stopped:
        effort.checkpoint.clear()
    return _found(hunt, hunt.best, stopped)


def _choose(hunt: Hunt, effort: Effort, earlier: Floats | None) -> None:
    """Choose whole blocks and fit the plan to them, until the gap is reached."""
    tries = [p for p in (effort.held, earlier, effort.start) if p is not None]
    for point in tries[:1]:
        hunt.fit(point)
        if effort.held is None:
            hunt.fit_priced(point)
    if effort.held is not None:
        return
    took = 0.0
    for number in range(MOST_TRIES):
        if not hunt.short or (effort.stop() and hunt.best is not None):
            return
        if number >= TRIES and took > QUICK_S:
            return
        began = time.perf_counter()
        seconds = min(effort.seconds, HURRIED_S) if effort.stop() else effort.seconds
        chosen = hunt.choose(seconds, number == 0)
        if chosen is None:
            return
        hunt.fit(chosen)
        hunt.fit_priced(chosen)
        took = time.perf_counter() - began


def _found(hunt: Hunt, best: Best, stopped: bool) -> Found:
    hunt.recall(best)
    crew = hunt.work.crew
    return Found(
        best.objective,
        max(hunt.bound, best.objective),
        best.point,
        True,
        best.own_dual,
        best.mean_dual,
        crew.pieces,
        stopped,
        crew.close,
        hunt.kept,
    )


def _out_of_time(effort: Effort) -> OfftakeError:
    return OfftakeError(
        Fault(
            code="OTK-P191",
            what=f"no plan was found within {effort.seconds:g} s, and none was ruled out",
            where=Where(path="seconds"),
            hint="give it more time with --seconds, or fewer scenarios with --scenarios",
        ),
        exit=Exit.FAILED,
    )


def _nothing_yet() -> OfftakeError:
    return OfftakeError(
        Fault(
            code="OTK-P197",
            what="stopped before any plan was found",
            hint="give it a little longer; a program of this size is solved in one go",
        ),
        exit=Exit.FAILED,
    )


def whole(part: Part, effort: Effort, tell: Tell) -> Found | None:
    """Branch and bound on everything, then the linear program at its integers.

    Raises:
        OfftakeError: time ran out before any plan was found (`OTK-P191`).
    """

    def improved(best: float, limit: float) -> None:
        tell(Progress("improve", "better blocks found", best * MILLION, limit * MILLION))

    program = _with_held(part, effort.held)
    small = len(program.cost) <= SMALL
    method = "choose" if small else "ipm"
    if not program.integer.any():
        solution = solve(program, How(method=method))
        return _piece(part, solution, solution.objective)
    tell(Progress("integers", "choosing whole blocks and sites"))
    how = How(gap=1e-6 if small else 1e-3, seconds=effort.seconds)
    mixed = solve(program, how, improved=improved, stop=effort.stop)
    if mixed.status == "infeasible":
        return None
    if not np.isfinite(mixed.objective):
        raise _nothing_yet() if effort.stop() else _out_of_time(effort)
    tell(Progress("plan", "solving all scenarios with the blocks chosen"))
    settled = solve(fixed(program, mixed.values), How(method=method))
    stopped = effort.stop() and mixed.status == "stopped"
    return _piece(part, settled, mixed.bound, stopped=stopped)


def _with_held(part: Part, held: Floats | None) -> Assembled:
    program = part.assembled
    if held is None:
        return program
    loose = np.array([part.made.program.columns.get("eta", np.empty(0, np.int64))]).ravel()
    fix = np.setdiff1d(part.first, loose)
    values = held[np.searchsorted(part.first, fix)]
    lower, upper = program.column_lower.copy(), program.column_upper.copy()
    lower[fix] = upper[fix] = np.where(program.integer[fix], np.rint(values), values)
    return Assembled(
        cost=program.cost,
        matrix=program.matrix,
        row_lower=program.row_lower,
        row_upper=program.row_upper,
        column_lower=lower,
        column_upper=upper,
        integer=np.where(np.isin(np.arange(len(lower)), fix), False, program.integer),
    )


def _piece(part: Part, solution: Solution, bound: float, *, stopped: bool = False) -> Found | None:
    if solution.status != "optimal":
        return None
    piece = Piece(part.which, solution.values, solution.row_dual, solution.column_dual)
    return Found(
        solution.objective,
        max(bound, solution.objective),
        solution.values[part.first],
        False,
        solution.row_dual[part.own],
        solution.row_dual[part.means],
        lambda: iter((piece,)),
        stopped,
    )
