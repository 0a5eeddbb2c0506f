"""Search: from a program with integers to a plan with a true bound.

Small programs go to branch and bound whole. Large ones are decomposed: first without
whole blocks, which gives a bound; then the master chooses whole blocks on the cuts found,
and with them held the exchange goes on until plan and bound agree. The gap between the
plan's own objective, added up over all scenarios, and the bound is what is reported.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from offtake.plan.decompose import (
    UNLIMITED,
    Decomposed,
    agree,
    collect,
    decompose,
    split,
    whole,
)
from offtake.plan.program import Assembled, Floats, Ints
from offtake.plan.solve import SMALL, How, Solution, fixed, solve

MILLION = 1e6
MOST_ROUNDS = 80
"""Exchanges between master and scenarios, in each phase."""
TRIES = 3
"""Times whole blocks are chosen anew, on more cuts, before the gap is left as it is."""
PRICES = 5
"""Prices of limits on a mean that are tried to tighten a bound."""
BROKEN = 1e-6
"""Violation of a limit inside a scenario that counts as one."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What a long computation tells about itself."""

    stage: str
    """One word: `draw`, `build`, `bound`, `integers`, `improve`, `explain`."""
    words: str
    """The same in a sentence."""
    best_usd: float | None = None
    """Objective of the best plan so far."""
    bound_usd: float | None = None
    """No plan can be better than this."""


Tell = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Found:
    """The best plan found: a linear optimum with its integers held, and a bound over all."""

    solution: Solution
    bound: float


@dataclass(frozen=True, slots=True)
class Stages:
    """What a decomposition must know of a program's rows and columns."""

    first: Ints
    """Columns decided before the future is known."""
    allowance: Ints
    """First-stage columns that share out a limit on a mean, one a scenario."""
    part: Ints
    """Row each allowance limits its scenario by."""
    mean: Ints
    """Row of the limit on the mean each allowance belongs to."""
    chance: Floats
    """Chance of the scenario of each allowance."""
    hard: npt.NDArray[np.bool_]
    """Rows that are limits inside a scenario."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to search."""

    gap_share: float
    """Gap wanted, as a share of `volume`."""
    seconds: float
    """Time limit of branch and bound, for each of its uses."""
    threads: int = 2


def search(
    program: Assembled,
    stages: Stages,
    volume: Callable[[Floats], float],
    effort: Effort,
    tell: Tell,
) -> Found | None:
    """Find a plan; None if the program has no solution.

    Args:
        program: what is maximised.
        stages: how it falls apart.
        volume: measures the discounted cost of a solution, in the unit of the objective.
        effort: how hard to search.
        tell: is told about progress.
    """
    if len(program.cost) > SMALL:
        found = _decomposed(program, stages, volume, effort, tell)
        if found is not None:
            return found
        tell(Progress("bound", "limits join the scenarios; solving them all at once"))
    return _whole(program, effort, tell)


def _decomposed(
    program: Assembled,
    stages: Stages,
    volume: Callable[[Floats], float],
    effort: Effort,
    tell: Tell,
) -> Found | None:
    """Search by decomposition; None where it cannot tell (a limit is broken, or none fits)."""
    work = decompose(
        program,
        split(program, stages.first),
        stages.hard,
        np.searchsorted(stages.first, stages.allowance),
        effort.threads,
    )
    work.ask(work.start())

    def watch(stage: str, words: str) -> Callable[[float, float], None]:
        return lambda best, bound: tell(
            Progress(stage, words, _usd(best) if work.broken < BROKEN else None, _usd(bound))
        )

    wanted = effort.gap_share * max(_volume(work, volume), 1e-9)
    loose = agree(work, wanted / 4, MOST_ROUNDS, watch("bound", "finding a bound, without blocks"))
    if loose is None:
        return None
    wanted = effort.gap_share * max(_volume(work, volume), 1e-9)
    _share_out(work, stages)
    bound, best, tight = loose.bound, None, False
    for _ in range(TRIES):
        tell(Progress("integers", "choosing whole blocks and sites", None, _usd(bound)))
        mixed = whole(work, effort.seconds, wanted / 8 / max(abs(bound), 1.0))
        if not len(mixed.values):
            break
        if work.unlimited:
            bound = min(bound, mixed.bound)
        found = _fitted(work, stages, mixed.values[: len(stages.first)], wanted, watch)
        if found and (best is None or found.objective > best.objective):
            best = found
        if best is not None and bound - best.objective > wanted and not (work.unlimited or tight):
            bound = min(bound, _priced(program, stages, best, effort, wanted, tell))
            tight = True
        if best is not None and bound - best.objective <= wanted:
            break
    return Found(best, max(bound, best.objective)) if best else None


Watch = Callable[[str, str], Callable[[float, float], None]]


def _usd(objective: float) -> float:
    return objective * MILLION


def _fitted(
    work: Decomposed, stages: Stages, point: Floats, wanted: float, watch: Watch
) -> Solution | None:
    """Fit the plan to the integers of a point; None if a limit inside a scenario breaks.

    Where the answer breaks a limit on a mean, the limit is shared out and it is fitted anew.
    """
    for _ in range(2):
        work.restart(point)
        met = agree(work, wanted / 8, MOST_ROUNDS, watch("improve", "fitting the plan"), point)
        if met is None or work.broken > BROKEN:
            return None
        if not _share_out(work, stages):
            return _settled(collect(work, met), work, stages)
    return None


def _parts(work: Decomposed, stages: Stages, values: Floats) -> Floats:
    """What each scenario takes of each limit on a mean."""
    without = values.copy()
    without[stages.allowance] = 0.0
    taken: Floats = work.program.matrix.tocsr()[stages.part] @ without
    return taken


def _share_out(work: Decomposed, stages: Stages) -> bool:
    """Share out limits on a mean that the last answer breaks; tell whether any was.

    Every scenario is allowed what it took, scaled (or, for limits that may be negative,
    shifted) until the mean keeps the limit. That is never better than the best sharing;
    what it loses is in the gap, because the bound was found without these limits.
    """
    if not len(stages.allowance):
        return False
    taken = _parts(work, stages, work.values())
    new = work.allowance.copy()
    for row in np.unique(stages.mean):
        mine = stages.mean == row
        limit = work.program.row_upper[row]
        mean = float(stages.chance[mine] @ taken[mine])
        if mean <= limit + 1e-7 * max(abs(limit), 1.0):
            continue
        new[mine] = taken[mine] * (limit / mean) if limit > 0 else taken[mine] - (mean - limit)
    changed = bool(np.any(new != work.allowance))
    work.allowance = new
    return changed


def _priced(
    program: Assembled, stages: Stages, best: Solution, effort: Effort, wanted: float, tell: Tell
) -> float:
    """Bound the program with its limits on a mean priced instead of kept (Lagrange).

        max {f(v): mean(v) ≤ b} ≤ max f(v) − μ·(mean(v) − b)      for any μ ≥ 0

    Prices begin at half of what the plan says one more unit of each limit is worth, and
    are halved or raised as the priced answer takes less or more than the limits allow.
    """
    rows = np.unique(stages.mean)
    worth = np.maximum(best.row_dual[rows], 0.0)
    low, high, bound = np.zeros(len(rows)), worth, np.inf
    for _ in range(PRICES):
        price = (low + high) / 2
        work, given = _with_prices(program, stages, price, effort)
        work.restart(best.values[stages.first])
        met = agree(work, wanted / 4, MOST_ROUNDS, lambda _best, _bound: None)
        if met is None:
            break
        bound = min(bound, met.bound + given)
        tell(Progress("bound", "tightening the bound", _usd(best.objective), _usd(bound)))
        if bound - best.objective <= wanted:
            break
        taken = _parts(work, stages, work.values()) * stages.chance
        over = np.array([taken[stages.mean == r].sum() for r in rows]) > program.row_upper[rows]
        low, high = np.where(over, price, low), np.where(over, high, price)
    return bound


def _with_prices(
    program: Assembled, stages: Stages, price: Floats, effort: Effort
) -> tuple[Decomposed, float]:
    """Decompose a program whose limits on a mean have a price; and Σ price·limit."""
    rows = np.unique(stages.mean)
    each = price[np.searchsorted(rows, stages.mean)] * stages.chance
    taken = program.matrix.tocsr()[stages.part].T @ each
    taken[stages.allowance] = 0.0
    priced = replace(program, cost=program.cost - taken)
    work = decompose(
        priced,
        split(priced, stages.first),
        stages.hard,
        np.searchsorted(stages.first, stages.allowance),
        effort.threads,
    )
    return work, float(price @ program.row_upper[rows])


def _settled(solution: Solution, work: Decomposed, stages: Stages) -> Solution:
    """Write into a solution what each scenario takes of a mean, and what the limit is worth.

    One more unit of a limit shared out by shares a_w/limit is worth Σ_w dual_w·a_w/limit.
    """
    if not len(stages.allowance):
        return solution
    solution.values[stages.allowance] = _parts(work, stages, solution.values)
    for row in np.unique(stages.mean):
        mine = stages.mean == row
        limit = work.program.row_upper[row]
        share = work.allowance[mine] / limit if limit > 0 else stages.chance[mine]
        if np.all(np.isfinite(work.allowance[mine])) and work.allowance[mine].max() < UNLIMITED:
            solution.row_dual[row] = float(solution.row_dual[stages.part[mine]] @ share)
    return solution


def _volume(work: Decomposed, volume: Callable[[Floats], float]) -> float:
    """Discounted cost at the point the blocks were asked last."""
    return volume(work.values())


def _held(
    program: Assembled, point: Floats, bound: float, effort: Effort, tell: Tell
) -> Found | None:
    """Solve the linear program with the integers of a point; None if it is infeasible."""
    tell(Progress("plan", "solving all scenarios with the blocks chosen"))
    method = "choose" if len(program.cost) <= SMALL else "ipm"
    solution = solve(fixed(program, point), How(method=method, threads=effort.threads))
    if solution.status != "optimal":
        return None
    return Found(solution, max(bound, solution.objective))


def _whole(program: Assembled, effort: Effort, tell: Tell) -> Found | None:
    """Branch and bound on everything, then the linear program at its integers."""

    def improved(best: float, limit: float) -> None:
        tell(Progress("improve", "better blocks found", best * MILLION, limit * MILLION))

    small = len(program.cost) <= SMALL
    if not program.integer.any():
        solution = solve(program, How(method="choose" if small else "ipm", threads=effort.threads))
        return Found(solution, solution.objective) if solution.status == "optimal" else None
    tell(Progress("integers", "choosing whole blocks and sites"))
    how = How(gap=1e-6 if small else 1e-3, seconds=effort.seconds, threads=effort.threads)
    mixed = solve(program, how, improved=improved)
    if mixed.status == "infeasible" or not np.isfinite(mixed.objective):
        return None
    return _held(program, mixed.values, mixed.bound, effort, tell)
