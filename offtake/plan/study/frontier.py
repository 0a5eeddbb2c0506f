"""Mean against tail: the best plan at every weight of the tail.

        mean │ ·λ=0
             │     ·λ=0.2
             │         ·λ=0.5
             │            ·λ=1
             └──────────────────  CVaR

Every plan starts the search for the next. Since each is only known within its gap, a plan
found at one weight may beat the one found at another; so every weight takes the best of
all plans found. Their objectives are linear in λ, so the points chosen this way never
dominate each other in the scenarios they were planned on, save for equal plans.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.model.outlook import Outlook
from offtake.model.study import Fresh, Frontier, FrontierPoint
from offtake.plan.formulate import Risk
from offtake.plan.front import MOST_RISK
from offtake.plan.study.fresh import fresh_scenarios, freshly
from offtake.plan.study.setting import Candidate, Setting, at_risk, objective
from offtake.plan.study.words import differences, money

WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Weights of the tail that are planned, with the study's own, unless others are given."""
SAME = 1e-6
"""Difference in mean or tail, as a share of the volume of cost, that counts as none."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The best plan found at a weight."""

    weight: float
    held: Candidate


def frontier(
    setting: Setting, weights: Sequence[float] | None = None, fresh: int | None = None
) -> tuple[Frontier, list[Placed]]:
    """Plan at every weight of the tail, and hold each plan in fresh scenarios.

    Args:
        setting: the plan that is studied; its own weight is among the points.
        weights: of the tail, each from 0 to 1; None takes five.
        fresh: fresh scenarios; None takes as many as `out_of_sample` would, 0 none.

    Raises:
        OfftakeError: a weight is outside 0 to 1 (`OTK-P100`).
    """
    asked = sorted({*(WEIGHTS if weights is None else weights), setting.risk.weight})
    wrong = [w for w in asked if not 0 <= w <= 1]
    if wrong:
        raise OfftakeError(
            [
                Fault(
                    code="OTK-P100",
                    what="a weight of the tail must lie between 0 and 1",
                    where=Where(path="weights"),
                    got=f"{weight:g}",
                )
                for weight in wrong
            ],
            exit=Exit.USAGE,
        )
    placed = _best(setting, _found(setting, asked))
    lived = [None] * len(placed) if fresh == 0 else _fresh(setting, placed, fresh)
    marked = _dominated([p.held.outlook for p in placed])
    points = []
    for number, place in enumerate(placed):
        before = placed[number - 1].held.outlook.lots if number else None
        points.append(
            FrontierPoint(
                risk_share=place.weight,
                plan=place.held.outlook,
                fresh=lived[number],
                dominated=marked[number],
                changed=(
                    "the first of the line"
                    if before is None
                    else differences(before, place.held.outlook.lots)
                ),
            )
        )
    made = Frontier(scenarios=setting.count, points=tuple(points), says=_says(points))
    return made, placed


def _found(setting: Setting, asked: Sequence[float]) -> list[Placed]:
    """Plan at every weight, from the study's own outwards, each from the plan before."""
    own = setting.risk.weight
    found = {own: setting.base}
    up = [w for w in asked if w > own]
    down = [w for w in reversed(asked) if w < own]
    for way in (up, down):
        start = setting.base
        for weight in way:
            setting.say(f"planning at λ = {weight:g}")
            risk = Risk(weight, setting.risk.alpha)
            start = found[weight] = setting.planned(risk=risk, start=start.decision)
    return [Placed(weight, found[weight]) for weight in asked]


def _best(setting: Setting, found: Sequence[Placed]) -> list[Placed]:
    """Take, at every weight, the best of all plans found; its bound stays."""
    chosen = []
    for place in found:
        risk = Risk(place.weight, setting.risk.alpha)
        # A little of the mean decides between plans with the same tail.
        seen = Risk(min(place.weight, MOST_RISK), setting.risk.alpha)
        best = max(
            (p.held for p in found),
            key=lambda c: (objective(c.npv, c.chance, seen), c is place.held),
        )
        if best is not place.held:
            held = at_risk(best, risk)
            best = replace(held, outlook=_bounded(held, place.held.outlook.bound_usd))
        chosen.append(Placed(place.weight, best))
    return chosen


def _bounded(held: Candidate, bound: float | None) -> Outlook:
    volume = held.volume
    gap = None if bound is None else (bound - held.outlook.objective_usd) / volume
    return replace(held.outlook, bound_usd=bound, gap_share=gap)


def _dominated(plans: Sequence[Outlook]) -> list[bool]:
    """Mark plans another one is better than in the mean and in the tail."""
    return [
        any(
            other.npv.mean_usd > plan.npv.mean_usd + SAME * plan.volume_usd
            and other.npv.cvar_usd > plan.npv.cvar_usd + SAME * plan.volume_usd
            for other in plans
        )
        for plan in plans
    ]


def _fresh(setting: Setting, placed: Sequence[Placed], count: int | None) -> list[Fresh | None]:
    """Hold all plans in the same fresh scenarios."""
    samples = fresh_scenarios(setting, count)
    setting.say(f"holding {len(placed)} plans in {samples.count:,} fresh scenarios")
    kept = setting.held_each([p.held.decision for p in placed], samples=samples)
    risks = [Risk(p.weight, setting.risk.alpha) for p in placed]
    return [freshly(setting, held, samples, risk) for held, risk in zip(kept, risks, strict=True)]


def _says(points: Sequence[FrontierPoint]) -> str:
    first, last = points[0], points[-1]
    given = first.plan.npv.mean_usd - last.plan.npv.mean_usd
    won = last.plan.npv.cvar_usd - first.plan.npv.cvar_usd
    if len({p.plan.lots for p in points}) == 1:
        return "The same plan is best at every weight of the tail."
    return (
        f"From λ = {first.risk_share:g} to λ = {last.risk_share:g} the tail gains {money(won)} and "
        f"the mean gives up {money(given)}."
    )
