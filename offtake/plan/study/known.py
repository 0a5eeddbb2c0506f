"""Wait and see: what could be reached if each scenario were known before anything is signed.

Every scenario is a program of its own, without a tail. Limits on the mean of scenarios
(carbon, clean energy, spending over revenue) tie scenarios together even for who knows
them. They are left out first; where what is then taken keeps them on the mean, that is the
answer. Else they are shared out over the scenarios (`sharing`), which gives a bound, and
every scenario is planned with its share, which can be reached.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from offtake.plan.formulate import Risk
from offtake.plan.program import Floats
from offtake.plan.question import Part, Question, ask
from offtake.plan.solve import How, Solution, solve
from offtake.plan.study.setting import BROKEN, Setting, objective
from offtake.plan.study.sharing import alone, share
from offtake.plan.workloads import MILLION

AT_ONCE = 2
"""Scenarios planned at the same time."""
LEAST_GAP, MOST_GAP = 1e-9, 0.1
"""Gaps asked of one scenario, over its own net present value."""


@dataclass(frozen=True, slots=True)
class Known:
    """What plans that know their scenario reach, in million USD."""

    npv: Floats | None
    """[W] reached in each scenario; None where no plans that keep all limits were found."""
    most: Floats
    """[W] nobody can exceed in each scenario, limits on the mean left out."""
    bound: float
    """Objective nobody can exceed."""
    shared: bool
    """Whether limits on the mean had to be shared out."""


@dataclass(frozen=True, slots=True)
class _One:
    npv: float
    most: float
    taken: Floats


def wait_and_see(setting: Setting) -> Known:
    """Plan every scenario alone, as if it were known before anything is signed."""
    samples, risk = setting.samples, setting.risk
    chance = samples.probability
    question = ask(setting.portfolio, samples, Risk(0.0, risk.alpha))
    first = _sure(question, 0)
    limit = first.assembled.row_upper[first.means]
    free = list(_each(setting, question, None))
    found = np.array([one.npv for one in free])
    # Where nothing was found in time, the plan itself is what can be reached.
    npv = np.where(np.isfinite(found), found, setting.base.npv)
    most = np.maximum([one.most for one in free], npv)
    bound = objective(most, chance, risk)
    taken = np.array([one.taken for one in free]).T @ chance
    if (taken <= limit + BROKEN * np.maximum(np.abs(limit), 1.0)).all():
        return Known(npv, most, bound, False)
    setting.say("sharing limits on the mean out over scenarios that are known")
    programs = [alone(_sure(question, row)) for row in range(samples.count)]
    volume = setting.base.volume / MILLION
    shares = share(programs, limit, chance, risk, volume, setting.gap / 2)
    if shares is None:
        return Known(None, most, bound, True)
    kept = np.array([one.npv for one in _each(setting, question, shares.allowance)])
    reached = kept if np.isfinite(kept).all() else None
    return Known(reached, most, float(np.fmin(bound, shares.bound)), True)


def _each(setting: Setting, question: Question, allowance: Floats | None) -> Iterator[_One]:
    count = question.scenarios.count

    def planned(row: int) -> _One:
        return _planned(setting, question, row, None if allowance is None else allowance[:, row])

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for number, one in enumerate(pool.map(planned, range(count))):
            setting.say(f"planning with the future known, scenario {number + 1} of {count}")
            yield one


def _sure(question: Question, row: int) -> Part:
    """Write the program of one scenario that is sure to happen."""
    own = question.take(np.array([row], np.int64))
    sure = replace(own, scenarios=replace(own.scenarios, probability=np.ones(1)))
    return sure.part(np.zeros(1, np.int64))


def _planned(setting: Setting, question: Question, row: int, allowance: Floats | None) -> _One:
    """Plan one scenario; minus infinity where it has no plan, or none was found in time.

    Args:
        setting: gap and time limit.
        question: all scenarios.
        row: the scenario.
        allowance: [K] its share of limits on the mean; None leaves them out.
    """
    part = _sure(question, row)
    upper = part.assembled.row_upper.copy()
    upper[part.means] = np.inf if allowance is None else allowance
    program = replace(part.assembled, row_upper=upper)
    wanted = setting.gap * setting.base.volume / MILLION / max(abs(setting.base.npv[row]), 1e-6)
    how = How(gap=float(np.clip(wanted, LEAST_GAP, MOST_GAP)), seconds=setting.seconds)
    found = solve(program, how)
    if found.status not in ("optimal", "stopped") or not np.isfinite(found.objective):
        return _One(-np.inf, np.inf, np.full(len(part.means), np.inf))
    return _One(found.objective, found.bound, _taken(part, found))


def _taken(part: Part, found: Solution) -> Floats:
    """What the scenario takes of each limit on a mean, [K]."""
    values = found.values.copy()
    values[part.allowance.ravel()] = 0.0
    taken: Floats = part.assembled.matrix.tocsr()[part.shares.ravel()] @ values
    return taken
