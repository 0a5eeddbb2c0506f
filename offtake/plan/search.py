"""Search: from a program with integers to a plan with a true bound.

Small programs go to branch and bound whole. For large ones the linear relaxation of all
scenarios gives the bound; integers come from branch and bound on a few representative
scenarios; with them held, the linear program of all scenarios gives the plan and its
duals. The gap between the two is reported, and closed further by branch and bound on
everything, begun from the plan, when it is wider than wanted and time is left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from offtake.plan.program import Assembled, Floats
from offtake.plan.solve import SMALL, How, Solution, fixed, relaxed, solve


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
class Effort:
    """How hard to search."""

    gap_share: float
    """Gap wanted, as a share of `volume`."""
    seconds: float
    """Time limit of branch and bound, for each of its uses."""
    threads: int = 2


MILLION = 1e6


def search(
    program: Assembled,
    candidate: Callable[[], Floats | None],
    volume: Callable[[Solution], float],
    effort: Effort,
    tell: Tell,
) -> Found | None:
    """Find a plan; None if the program has no solution.

    Args:
        program: what is maximised.
        candidate: gives a point whose integers are worth trying, from fewer scenarios.
        volume: measures a gap, from a solution, in the unit of the objective.
        effort: how hard to search.
        tell: is told about progress.
    """
    if len(program.cost) <= SMALL:
        return _whole(program, None, effort, tell, np.inf)
    tell(Progress("bound", "solving all scenarios without whole blocks, for a bound"))
    loose = solve(relaxed(program), How(method="ipm", crossover=False, threads=effort.threads))
    if loose.status == "infeasible":
        return None
    if not program.integer.any() or _integral(program, loose.values):
        return _held(program, loose.values, loose.objective, effort, tell)
    tell(Progress("integers", "choosing whole blocks and sites on fewer scenarios",
                  bound_usd=loose.objective * MILLION))  # fmt: skip
    point = candidate()
    found = _held(program, point, loose.objective, effort, tell) if point is not None else None
    if found is None:
        return _whole(program, None, effort, tell, loose.objective)
    gap = (found.bound - found.solution.objective) / max(volume(found.solution), 1e-9)
    tell(Progress("improve", f"gap {gap:.2%} of discounted cost",
                  found.solution.objective * MILLION, found.bound * MILLION))  # fmt: skip
    if gap <= effort.gap_share:
        return found
    better = _whole(program, found.solution.values, effort, tell, found.bound)
    if better is None or better.solution.objective < found.solution.objective:
        return found
    return better


def _integral(program: Assembled, values: Floats) -> bool:
    whole = values[program.integer]
    return bool(np.all(abs(whole - np.rint(whole)) < 1e-6))


def _held(
    program: Assembled, point: Floats, bound: float, effort: Effort, tell: Tell
) -> Found | None:
    """Solve the linear program with the integers of a point; None if it is infeasible."""
    tell(Progress("plan", "solving all scenarios with the blocks chosen"))
    method = "choose" if len(program.cost) <= SMALL else "ipm"
    held = fixed(program, point)
    solution = solve(held, How(method=method, threads=effort.threads))
    if solution.status != "optimal":
        return None
    return Found(solution, max(bound, solution.objective))


def _whole(
    program: Assembled, start: Floats | None, effort: Effort, tell: Tell, bound: float
) -> Found | None:
    """Branch and bound on everything, then the linear program at its integers."""

    def improved(best: float, limit: float) -> None:
        tell(Progress("improve", "better blocks found", best * MILLION, limit * MILLION))

    how = How(gap=1e-6 if start is None else 1e-4, seconds=effort.seconds, threads=effort.threads)
    if not program.integer.any():
        solution = solve(program, how)
        return Found(solution, solution.objective) if solution.status == "optimal" else None
    tell(Progress("integers", "choosing whole blocks and sites"))
    mixed = solve(program, how, start, improved)
    if mixed.status == "infeasible" or not np.isfinite(mixed.objective):
        return None
    return _held(program, mixed.values, min(bound, mixed.bound), effort, tell)
