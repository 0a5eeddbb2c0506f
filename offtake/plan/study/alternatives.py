"""Near-optimal alternatives: what every good plan signs, and what is a matter of taste.

For each tenure, and the offers, sites and accelerators that count most, the least and the
most that plans hold which lose no more than a stated share of the volume of cost.
Modelling to generate alternatives goes back to Brill (1979); ranges of this kind are used
by Neumann and Brown (2021) for power systems.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from offtake.model.contract import Offer
from offtake.model.what_if import Alternative, AlternativeRange, Alternatives
from offtake.plan.decision import decide
from offtake.plan.near import End, Near
from offtake.plan.program import ABSENT, Floats
from offtake.plan.question import Part, ask
from offtake.plan.result import LEAST_MW
from offtake.plan.study.setting import Setting, lots, of_tenure
from offtake.plan.study.words import differences, listed, megawatts, percent
from offtake.plan.workloads import MILLION
from offtake.units import it_mw

TOLERANCES = (0.01, 0.05)
"""Shares of the volume of cost that an alternative may lose."""
MOST_GROUPS = 3
"""Offers, sites and accelerators that are looked at, each."""


@dataclass(frozen=True, slots=True)
class _Group:
    kind: str
    name: str
    weight: Floats
    """[F] MW of it in a first-stage point."""


def alternatives(setting: Setting, tolerances: Sequence[float] = TOLERANCES) -> Alternatives:
    """Find how far each group of offers can go in plans that are nearly as good.

    Args:
        setting: the plan, and the scenarios everything is compared on.
        tolerances: shares of the volume of cost that may be lost.

    Raises:
        OfftakeError: workers could not be hired or kept dying.
    """
    question = ask(setting.portfolio, setting.samples, setting.risk)
    near = Near(question, setting.base.decision.first, setting.mean_dual, setting.workers)
    ranges: list[AlternativeRange] = []
    plans: list[Alternative] = []
    try:
        groups = _groups(setting, near.example)
        for number, group in enumerate(groups):
            setting.say(f"alternatives: {group.kind} {group.name}, {number + 1} of {len(groups)}")
            for tolerance in sorted(tolerances):
                loss = tolerance * setting.base.volume / MILLION
                least = _negative(near.end(-group.weight, loss))
                most = near.end(group.weight, loss)
                ranges.append(_range(group, tolerance, near, least, most))
                if group.kind == "tenure" and tolerance == max(tolerances):
                    plans += _plans(setting, near, group, least, most)
    finally:
        near.close()
    return Alternatives(
        scenarios=setting.count,
        ranges=tuple(ranges),
        plans=tuple(sorted(plans, key=lambda p: p.loss_usd)),
        says=_says(ranges, min(tolerances)),
    )


def _negative(end: End) -> End:
    return replace(end, sure=-end.sure, possible=-end.possible)


def _groups(setting: Setting, part: Part) -> list[_Group]:
    """Give all tenures, and the largest offers, sites and accelerators."""
    offers = part.made.facts.supply.offers
    found: dict[tuple[str, str], Floats] = {}
    for row, offer in enumerate(offers):
        weight = _weight(part, row)
        for key in _keys(offer):
            found[key] = found.get(key, np.zeros(len(part.first))) + weight
    point = setting.base.decision.first
    room = {key: float(weight @ point) for key, weight in found.items()}
    chosen: list[_Group] = []
    for kind in ("tenure", "offer", "site", "accelerator"):
        mine = sorted((k for k in found if k[0] == kind), key=lambda k: (-room[k], k))
        most = len(mine) if kind == "tenure" else MOST_GROUPS
        chosen += [_Group(kind, name, found[kind, name]) for _, name in mine[:most]]
    return chosen


def _keys(offer: Offer) -> tuple[tuple[str, str], ...]:
    return (
        ("tenure", offer.tenure.value),
        ("offer", offer.id),
        ("site", offer.site),
        ("accelerator", offer.accelerator),
    )


def _weight(part: Part, row: int) -> Floats:
    columns = part.made.x[row]
    columns = columns[columns != ABSENT]
    weight = np.zeros(len(part.first))
    weight[np.searchsorted(part.first, columns)] = part.made.facts.size[row]
    return weight


def _range(group: _Group, tolerance: float, near: Near, least: End, most: End) -> AlternativeRange:
    plan = max(float(group.weight @ near.point), 0.0)
    low, high = max(least.sure, 0.0), max(most.sure, plan)
    always = least.possible > LEAST_MW
    made = AlternativeRange(
        group=group.name,
        kind=group.kind,
        tolerance_share=tolerance,
        least_it_mw=it_mw(min(low, plan)),
        most_it_mw=it_mw(high),
        plan_it_mw=it_mw(plan),
        always=always,
        optional=low <= LEAST_MW < high,
    )
    return replace(made, says=_sentence(made))


def _sentence(one: AlternativeRange) -> str:
    lost = f"losing at most {percent(one.tolerance_share)} of the cost"
    span = f"{megawatts(one.least_it_mw)} to {megawatts(one.most_it_mw)}"
    if one.always:
        mine = megawatts(one.plan_it_mw)
        return f"Every plan {lost} signs some {one.group}: {span}; this one {mine}."
    if one.most_it_mw <= LEAST_MW:
        return f"No plan {lost} signs any {one.group}."
    return f"Plans {lost} sign {span} of {one.group}; this one {megawatts(one.plan_it_mw)}."


def _plans(setting: Setting, near: Near, group: _Group, least: End, most: End) -> list[Alternative]:
    """Tell of the two plans at the ends of a tenure's range."""
    made = []
    for name, end in ((f"least {group.name}", least), (f"most {group.name}", most)):
        if abs(end.sure - float(group.weight @ near.point)) <= LEAST_MW:
            continue
        decision = decide(near.example, end.point)
        signed = lots(setting.portfolio, decision)
        loss = (near.value - near.worth(end.point)) * MILLION
        made.append(
            Alternative(
                name=name,
                loss_usd=loss,
                loss_share=loss / setting.base.volume,
                signed_it_mw=of_tenure(signed),
                lots=signed,
                changed=differences(setting.base.outlook.lots, signed),
            )
        )
    return made


def _says(ranges: Sequence[AlternativeRange], tolerance: float) -> str:
    mine = [r for r in ranges if r.tolerance_share == tolerance]
    told_of = [r for r in mine if r.kind in ("tenure", "offer")]
    always = list(dict.fromkeys(r.group for r in told_of if r.always))
    free = list(dict.fromkeys(r.group for r in told_of if r.optional))
    lost = f"Among plans that lose at most {percent(tolerance)} of the volume of cost"
    told = f"all sign some {listed(always)}" if always else "nothing is signed by all"
    rest = f"; {listed(free)} can be left out" if free else ""
    return f"{lost}, {told}{rest}. Whole blocks are cut in two where that tells more."
