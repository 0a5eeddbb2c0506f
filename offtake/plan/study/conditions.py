r"""What would have to be true for another strategy to win: the break-even of an input.

    lead(r) = objective of the winner − objective of the rival, with the input times r

        lead │\                           looked at on a grid over the range first,
           0 ├──\───────── r             so that a change of sign between two of its
             │   ● break-even            points is found, the nearest to 1 is taken,
             └──────────────             and narrowed by the Illinois method (Dowell and
                                         Jarratt 1971)

Both strategies are planned anew at every value, or held as they stand. A range without a
change of sign on the grid is told as `never within ×… to ×…`, with the values looked at.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from offtake.errors import Exit, Fault, OfftakeError, Where, did_you_mean
from offtake.model.outlook import Outlook
from offtake.model.what_if import Condition
from offtake.plan.study.levers import LEVERS, Handle, levers
from offtake.plan.study.setting import Setting
from offtake.plan.study.strategies import FREE, Tried, attempt
from offtake.plan.study.words import money

FACTORS = 0.5, 2.0
"""Range looked in, unless another is given."""
ASKED = ("own-capex", "lease-price", "demand")
"""Levers looked at, unless others are named."""
PLANNED, HELD = 1, 3
"""Points of the grid on each side of 1, its end among them, where both are planned anew and
where they are held, which is quick."""
CLOSE = 0.005
"""Break-even values are found to within this share of themselves."""
MOST_TRIALS = 24

Lead = Callable[[float], float | None]


def conditions(
    setting: Setting,
    tried: Sequence[Tried],
    *,
    only: Sequence[str] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    replan: bool = True,
) -> tuple[Condition, ...]:
    """Find, for each lever and rival, the value at which the rival catches up.

    The winner is the named strategy with the best objective, the free optimum apart; its
    rivals are the others that have a plan.

    Args:
        setting: the plan that is studied.
        tried: strategies as they stand, of `strategies`.
        only: levers by short name; None takes three.
        ranges: low and high factor by lever; None looks from half to twice.
        replan: plan both anew at every value; else hold them as they stand.

    Raises:
        OfftakeError: no such lever, or a range that makes no sense (`OTK-P100`).
    """
    asked = tuple(only) if only is not None else ASKED
    _check(asked)
    given = dict.fromkeys(asked, FACTORS) | dict(ranges or {})
    handles, _ = levers(setting.portfolio, given)
    named = [t for t in tried if t.rule.id != FREE and t.best is not None]
    found = []
    for handle in (h for h in handles if h.lever.id in asked):
        trials = Trials(setting, handle, named, replan)
        able = sorted(named, key=trials.standing)
        found += [_condition(trials, able[0], rival) for rival in able[1:]]
    return tuple(found)


def _check(asked: Sequence[str]) -> None:
    faults = [
        Fault(
            code="OTK-P100",
            what="there is no such lever",
            where=Where(path="levers"),
            got=name,
            hint=did_you_mean(name, LEVERS),
        )
        for name in asked
        if name not in LEVERS
    ]
    if faults:
        raise OfftakeError(faults, exit=Exit.USAGE)


@dataclass(slots=True)
class Trials:
    """Objectives of strategies at values of a lever, each worked out once."""

    setting: Setting
    handle: Handle
    named: Sequence[Tried]
    replan: bool
    known: dict[tuple[str, float], tuple[float, float] | None] = field(default_factory=dict)

    def value(self, tried: Tried, ratio: float) -> tuple[float, float] | None:
        """Give objective and gap in USD; None where the strategy has no plan there."""
        key = (tried.rule.id, ratio)
        if key not in self.known and self.replan:
            self.known[key] = self._planned(tried, ratio)
        elif key not in self.known:
            self._hold(ratio)
        return self.known[key]

    def standing(self, tried: Tried) -> float:
        """Give what strategies are sorted by as the portfolio stands, the best first."""
        found = self.value(tried, 1.0)
        assert found is not None
        return -found[0]

    def _planned(self, tried: Tried, ratio: float) -> tuple[float, float] | None:
        turned = self.handle.turn(self.setting.portfolio, ratio)
        best = tried.best if ratio == 1.0 else attempt(self.setting, tried.rule, turned).best
        return None if best is None else (best.outlook.objective_usd, _gap(best.outlook))

    def _hold(self, ratio: float) -> None:
        """Hold all strategies at once, also at 1, so that all values are of one kind."""
        self.setting.say(f"holding strategies with {self.handle.lever.name.lower()} × {ratio:.3g}")
        turned = self.handle.turn(self.setting.portfolio, ratio)
        decisions = [t.best.decision for t in self.named if t.best is not None]
        held = self.setting.held_each(decisions, turned, self.setting.drawn(turned))
        for tried, one in zip(self.named, held, strict=True):
            self.known[tried.rule.id, ratio] = one.outlook.objective_usd, 0.0

    def lead(self, winner: Tried, rival: Tried, ratio: float) -> float | None:
        """Give the winner's lead in USD, without end where only one of them has a plan."""
        own, other = self.value(winner, ratio), self.value(rival, ratio)
        if own is None or other is None:
            return None if own is other else -math.inf if own is None else math.inf
        return own[0] - other[0]

    def doubt(self, winner: Tried, rival: Tried, ratio: float) -> float:
        """Give how far the lead may be off, in USD: the gaps of both plans."""
        return sum(found[1] for t in (winner, rival) if (found := self.value(t, ratio)))


def _gap(outlook: Outlook) -> float:
    bound = outlook.bound_usd
    return 0.0 if bound is None else max(bound - outlook.objective_usd, 0.0)


def _condition(trials: Trials, winner: Tried, rival: Tried) -> Condition:
    lever = trials.handle.lever
    leads: dict[float, float] = {}

    def lead(ratio: float) -> float | None:
        found = trials.lead(winner, rival, ratio)
        if found is not None:
            leads[ratio] = found
        return found

    now = lead(1.0)
    assert now is not None
    for ratio in grid(lever.low_ratio, lever.high_ratio, PLANNED if trials.replan else HELD):
        lead(ratio)
    tiny = 1e-6 * trials.setting.base.volume
    bracket = nearest_change(leads)
    even = width = None
    if bracket is not None:
        even, width = narrow(lead, bracket, leads, tiny)
        width = max(width, _noise(trials, winner, rival, leads, even))
    return Condition(
        winner=winner.rule.id,
        rival=rival.rule.id,
        lever=lever,
        replanned=trials.replan,
        lead_usd=now,
        low_lead_usd=_finite(leads.get(lever.low_ratio)),
        high_lead_usd=_finite(leads.get(lever.high_ratio)),
        break_even_ratio=even,
        tolerance_ratio=CLOSE if width is None else width,
        trials_count=len(leads),
        says=_says(trials, winner, rival, leads, even),
    )


def _finite(lead: float | None) -> float | None:
    return lead if lead is not None and math.isfinite(lead) else None


def grid(low: float, high: float, each: int) -> list[float]:
    """Give the values looked at first, evenly spaced in the logarithm on both sides of 1."""
    steps = [number / each for number in range(1, each + 1)]
    down = [low**step for step in steps] if low < 1 else []
    return [*reversed(down), *([high**step for step in steps] if high > 1 else [])]


def nearest_change(leads: Mapping[float, float]) -> tuple[float, float] | None:
    """Find the two neighbours between which the lead changes hands, nearest to 1.

    The first of the two is where the winner still leads.
    """
    known = sorted(leads)
    found = []
    for left, right in pairwise(known):
        if leads[left] >= 0 > leads[right]:
            found.append((left, right))
        elif leads[right] >= 0 > leads[left]:
            found.append((right, left))
    return min(found, key=lambda pair: abs(math.log(pair[0])), default=None)


def narrow(
    lead: Lead, bracket: tuple[float, float], leads: Mapping[float, float], tiny: float
) -> tuple[float, float]:
    """Narrow a change of sign, by the Illinois method; where a lead has no end, by halves.

    Gives the value and how far the true one may lie from it.
    """
    ahead, behind = bracket
    high, low = leads[ahead], leads[behind]
    for _ in range(MOST_TRIALS):
        if high <= tiny:
            return ahead, CLOSE * ahead
        if abs(math.log(behind / ahead)) <= CLOSE:
            break
        smooth = math.isfinite(high) and math.isfinite(low)
        middle = ahead + (behind - ahead) * high / (high - low) if smooth else _half(ahead, behind)
        found = lead(middle)
        if found is None or middle in (ahead, behind):
            break
        if abs(found) <= tiny:
            return middle, tiny / max(abs(high - low), tiny) * abs(behind - ahead)
        if found > 0:
            ahead, high, low = middle, found, low / 2 if math.isfinite(low) else low
        else:
            behind, low, high = middle, found, high / 2 if math.isfinite(high) else high
    return _half(ahead, behind), abs(behind - ahead) / 2


def _half(left: float, right: float) -> float:
    return math.sqrt(left * right)


def _noise(
    trials: Trials, winner: Tried, rival: Tried, leads: Mapping[float, float], even: float
) -> float:
    """How far the gaps of the plans may move a break-even: their sum over the slope there."""
    near = sorted((r for r in leads if math.isfinite(leads[r])), key=lambda r: abs(r - even))[:2]
    if len(near) < 2 or leads[near[0]] == leads[near[1]]:
        return CLOSE * even
    slope = abs(leads[near[0]] - leads[near[1]]) / abs(near[0] - near[1])
    return max(trials.doubt(winner, rival, near[0]) / slope, 1e-9)


def _says(
    trials: Trials, winner: Tried, rival: Tried, leads: Mapping[float, float], even: float | None
) -> str:
    lever = trials.handle.lever
    name, how = lever.name.lower(), "planned anew" if trials.replan else "held as they stand"
    if even is None:
        least = min(leads.values())
        by = "" if math.isinf(least) else f": the latter leads by {money(least)} or more"
        return (
            f"{rival.rule.name} never beats {winner.rule.name.lower()} for {name} between "
            f"{lever.low_shown} and {lever.high_shown} (both {how}, {len(leads)} values){by}."
        )
    at = trials.handle.reached(trials.setting.portfolio, even)
    both = any(leads[r] < 0 for r in leads if r < 1) and any(leads[r] < 0 for r in leads if r > 1)
    again = ", and again at the other end" if both else ""
    return (
        f"{rival.rule.name} beats {winner.rule.name.lower()} once {name} is {at}{again} "
        f"(both {how})."
    )
