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

from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.plan.decompose import (
    UNLIMITED,
    Agreed,
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
PRICES = 4
"""Prices of limits on a mean that are tried to tighten a bound."""
CLOSE = 0.02
"""How close plan and master agree at the end, as a share of the gap wanted: duals and plan
are told side by side, and should not contradict each other."""
LEAST_PRICE = 1e-4
"""Lowest price tried where no plan tells what a limit is worth, as a share of the highest."""
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


Masks = tuple[npt.NDArray[np.bool_], ...]


@dataclass(frozen=True, slots=True)
class Clash:
    """No plan exists. Each mask marks rows that may show why, from few scenarios to all."""

    masks: Masks


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
    scenarios: int
    """Blocks the rest is gathered into, at most."""
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
) -> Found | Clash:
    """Find a plan, or learn that there is none.

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
    return _whole(program, effort, tell) or Clash((np.ones(program.matrix.shape[0], bool),))


def _decomposed(
    program: Assembled,
    stages: Stages,
    volume: Callable[[Floats], float],
    effort: Effort,
    tell: Tell,
) -> Found | Clash | None:
    """Search by decomposition; None where it cannot tell."""
    hunt = _Hunt(program, stages, effort, tell)
    hunt.work.ask(hunt.work.start())
    hunt.wanted = effort.gap_share * max(volume(hunt.work.values()), 1e-9)
    loose = hunt.agree("bound", "finding a bound, without blocks", hunt.wanted / 4, None)
    if loose is None:
        return Clash((hunt.work.rows_of(0),))
    if hunt.work.broken > BROKEN:
        tell(Progress("explain", "limits inside scenarios are broken; asking whether they must be"))
        clash = hunt.impossible()
        if clash is not None:
            return clash
    hunt.wanted = effort.gap_share * max(volume(hunt.work.values()), 1e-9)
    hunt.bound = loose.bound
    for _ in range(TRIES):
        tell(Progress("integers", "choosing whole blocks and sites", None, _usd(hunt.bound)))
        mixed = whole(hunt.work, effort.seconds, hunt.wanted / 8 / max(abs(hunt.bound), 1.0))
        if not len(mixed.values):
            break
        if hunt.exact:
            hunt.bound = min(hunt.bound, mixed.bound)
        point = mixed.values[: len(stages.first)]
        hunt.fit(point)
        if not hunt.priced and (hunt.short or not hunt.work.unlimited):
            hunt.find_prices()
            hunt.fit(point)
        if not hunt.short:
            break
    best = hunt.best
    return Found(best, max(hunt.bound, best.objective)) if best else None


def _usd(objective: float) -> float:
    return objective * MILLION


class _Hunt:
    """One search by decomposition: the work, its prices, the best plan and the bound."""

    def __init__(self, program: Assembled, stages: Stages, effort: Effort, tell: Tell) -> None:
        """Begin without limits on a mean."""
        self.program, self.stages, self.effort, self.tell = program, stages, effort, tell
        self.rows = np.unique(stages.mean)
        self.price = np.zeros(len(self.rows))
        self.work = self._decompose()
        self.best: Solution | None = None
        self.bound = np.inf
        self.wanted = 0.0
        self.priced = False
        self.hint: Solution | None = None

    @property
    def short(self) -> bool:
        """Whether the gap is wider than wanted."""
        return self.best is None or self.bound - self.best.objective > self.wanted

    @property
    def exact(self) -> bool:
        """Whether a bound of the work is one of the program as well."""
        return self.work.unlimited and not self.priced

    @property
    def _spare(self) -> float:
        """What a plan may be worse by and still be taken for its reasons.

        Prices of limits on a mean give every scenario the same worth of a unit, shares do
        not; so a priced plan that is as good within this explains itself better.
        """
        return 0.2 * self.wanted if self.priced else 0.0

    def _decompose(self) -> Decomposed:
        """Decompose the program with the limits on a mean priced.

        max {f(v): mean(v) ≤ b} ≤ max f(v) − μ·(mean(v) − b)   for any price μ ≥ 0 (Lagrange)
        """
        stages = self.stages
        each = self.price[np.searchsorted(self.rows, stages.mean)] * stages.chance
        taken = self.program.matrix.tocsr()[stages.part].T @ each
        taken[stages.allowance] = 0.0
        priced = replace(self.program, cost=self.program.cost - taken)
        shared = np.searchsorted(stages.first, stages.allowance)
        parts = split(priced, stages.first, stages.scenarios)
        return decompose(priced, parts, stages.hard, shared, self.effort.threads)

    def agree(self, stage: str, words: str, tolerance: float, held: Floats | None) -> Agreed | None:
        """Let master and scenarios agree, telling of progress."""

        def watch(best: float, bound: float) -> None:
            whole_blocks = held is not None and self.work.broken < BROKEN and not self.priced
            known = [best] if whole_blocks else []
            known += [self.best.objective] if self.best else []
            top = min(bound, self.bound) if self.exact and held is None else self.bound
            shown = _usd(top) if np.isfinite(top) else None
            self.tell(Progress(stage, words, _usd(max(known)) if known else None, shown))

        return agree(self.work, tolerance, MOST_ROUNDS, watch, held)

    def impossible(self) -> Clash | None:
        """Ask whether any first stage keeps the limits inside scenarios; None if one may.

        The program that only minimises how far they are broken has a bound; where that is
        below nothing, no plan exists.
        """
        stages = self.stages
        aimless = replace(self.program, cost=np.zeros_like(self.program.cost))
        shared = np.searchsorted(stages.first, stages.allowance)
        parts = split(aimless, stages.first, stages.scenarios)
        work = decompose(aimless, parts, stages.hard, shared, self.effort.threads)
        work.restart(self.work.point)
        met = agree(work, 1e-3, MOST_ROUNDS, lambda _best, _bound: None)
        if met is None or met.bound > -1e-2:
            return None
        work.ask(work.point)
        return Clash(tuple(work.rows_of(count) for count in (1, 3, 10, len(work.blocks))))

    def fit(self, point: Floats) -> None:
        """Fit the plan to the integers of a point, and keep it if it is the best.

        Where the answer breaks a limit on a mean, it is shared out and fitted anew.
        """
        for _ in range(2):
            self.work.restart(point)
            met = self.agree(
                "improve", "fitting the plan to its blocks", self.wanted * CLOSE, point
            )
            if met is None:
                return
            if self.work.broken > BROKEN:
                self.hint = self._settled(collect(self.work, met))
                return
            if not self._share_out():
                found = self._settled(collect(self.work, met))
                if self.best is None or found.objective > self.best.objective - self._spare:
                    self.best = found
                return

    def find_prices(self) -> None:
        """Bisect for prices at which the scenarios, unlimited, keep the limits on a mean.

        They begin between nothing and twice what the plan says one more unit is worth; where
        there is no plan yet, only the worth to one that breaks limits, far below it.
        """
        best = self.best or self.hint
        if best is None or not len(self.rows):
            return
        high = 2 * np.maximum(best.row_dual[self.rows], 0.0)
        low = np.zeros(len(self.rows)) if self.best else high * LEAST_PRICE
        self.priced = True
        for _ in range(PRICES if self.best else 2 * PRICES):
            self.price = (low + high) / 2 if self.best else np.sqrt(low * high)
            self.work = self._decompose()
            self.work.restart(best.values[self.stages.first])
            met = self.agree("bound", "pricing limits on a mean", self.wanted / 4, None)
            if met is None:
                return
            limit = self.program.row_upper[self.rows]
            self.bound = min(self.bound, met.bound + float(self.price @ limit))
            over = self._mean(self._parts(self.work.values())) > limit
            low, high = np.where(over, self.price, low), np.where(over, high, self.price)
        self.price = high
        self.work = self._decompose()
        self.work.restart(best.values[self.stages.first])
        self.agree("bound", "pricing limits on a mean", self.wanted / 4, None)

    def _parts(self, values: Floats) -> Floats:
        """What each scenario takes of each limit on a mean."""
        without = values.copy()
        without[self.stages.allowance] = 0.0
        taken: Floats = self.program.matrix.tocsr()[self.stages.part] @ without
        return taken

    def _mean(self, taken: Floats) -> Floats:
        place = np.searchsorted(self.rows, self.stages.mean)
        weighed = taken * self.stages.chance
        return np.bincount(place, weights=weighed, minlength=len(self.rows)).astype(float)

    def _share_out(self) -> bool:
        """Share out limits on a mean that the last answer breaks; tell whether any was.

        Every scenario that took something is allowed that, scaled until the mean keeps the
        limit; one that gave (a negative part) goes on giving, on the scale that other limits
        leave it. A scenario can do with its share, because it can do all its work on a
        smaller scale. That is never better than
        the best sharing; what it loses is in the gap, because the bound never counts on it.
        """
        stages = self.stages
        if not len(stages.allowance):
            return False
        taken = self._parts(self.work.values())
        takes, gives = np.maximum(taken, 0.0), np.minimum(taken, 0.0)
        limits, means = self.program.row_upper[self.rows], self._mean(taken)
        broken = means > limits + 1e-7 * np.maximum(abs(limits), 1.0)
        plain = broken & (limits > 0) & (self._mean(gives) == 0)
        smaller = float(np.min(limits[plain] / means[plain], initial=1.0))
        scale = (limits - smaller * self._mean(gives)) / np.maximum(self._mean(takes), 1e-12)
        new = self.work.allowance.copy()
        for number in np.flatnonzero(broken):
            mine = stages.mean == self.rows[number]
            new[mine] = scale[number] * takes[mine] + smaller * gives[mine]
        changed = bool(np.any(new != self.work.allowance))
        self.work.allowance = new
        return changed

    def _settled(self, solution: Solution) -> Solution:
        """Write into a solution what each scenario takes of a mean, and what a limit is worth.

        A price is the worth itself; one more unit of a limit shared out by shares a_w/limit
        is worth Σ_w dual_w·a_w/limit.
        """
        stages, work = self.stages, self.work
        solution.values[stages.allowance] = self._parts(solution.values)
        for number, row in enumerate(self.rows):
            mine = stages.mean == row
            solution.row_dual[row] = self.price[number]
            if work.allowance[mine].max() < UNLIMITED:
                limit = self.program.row_upper[row]
                share = work.allowance[mine] / limit if limit > 0 else stages.chance[mine]
                solution.row_dual[row] += float(solution.row_dual[stages.part[mine]] @ share)
        return replace(solution, objective=float(self.program.cost @ solution.values))


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


def _whole(program: Assembled, effort: Effort, tell: Tell) -> Found | None:
    """Branch and bound on everything, then the linear program at its integers.

    Raises:
        OfftakeError: time ran out before any plan was found (`OTK-P191`).
    """

    def improved(best: float, limit: float) -> None:
        tell(Progress("improve", "better blocks found", best * MILLION, limit * MILLION))

    small = len(program.cost) <= SMALL
    if not program.integer.any():
        solution = solve(program, How(method="choose" if small else "ipm", threads=effort.threads))
        return Found(solution, solution.objective) if solution.status == "optimal" else None
    tell(Progress("integers", "choosing whole blocks and sites"))
    how = How(gap=1e-6 if small else 1e-3, seconds=effort.seconds, threads=effort.threads)
    mixed = solve(program, how, improved=improved)
    if mixed.status == "infeasible":
        return None
    if not np.isfinite(mixed.objective):
        raise _out_of_time(effort)
    return _held(program, mixed.values, mixed.bound, effort, tell)
