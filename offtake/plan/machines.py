"""Money machines: offers that earn by being signed and left idle.

A plan would sign all it can of such an offer, whatever there is to do, and call it profit.
No market offers that; the portfolio has a price, a damage, a residual value or a growth
wrong. So it is refused, with the offer and what pays for it by name:

    idle worth of a MW = − Σ_t d_t·paid[w, t] + d_T·residual[w],   in the mean of scenarios

Only offers that serve their whole term inside the horizon are looked at, in the first quarter
they can be signed in: at the end of the horizon damages for a late start come in, and the
payments after it do not count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from offtake.errors import Fault, Where
from offtake.model.contract import Offer
from offtake.plan.flows import Flow
from offtake.plan.formulate import Facts
from offtake.plan.program import Floats, Ints
from offtake.plan.question import Question
from offtake.plan.workloads import MILLION

LOOKED_AT = 20
"""Scenarios the worth is taken over."""
LEAST = 1e-6
"""Million USD a MW below which a worth is rounding."""


@dataclass(frozen=True, slots=True)
class _Gain:
    offer: Offer
    row: int
    period: int
    worth: float
    flow: Flow


def money_machines(question: Question) -> list[Fault]:
    """Name every offer that earns by being signed and left idle, with what pays for it."""
    count = question.scenarios.count
    some: Ints = np.unique(np.linspace(0, count - 1, min(count, LOOKED_AT)).astype(np.int64))
    facts = question.take(some).facts(keep=False)
    chance = facts.scenarios.probability / facts.scenarios.probability.sum()
    earliest: dict[int, int] = {}
    for row, period in facts.offered:
        earliest[row] = min(period, earliest.get(row, period))
    found = []
    for row, period in earliest.items():
        offer, moved = facts.supply.offers[row], facts.offered[row, period]
        source = facts.supply.offered[row]
        if period + source.start + source.term > facts.shape[1]:
            continue
        worth = float(chance @ _idle(facts, moved))
        # A vehicle's debt is data of its own, made from what it is paid.
        if worth > LEAST and offer.vehicle is None:
            found.append(_fault(facts, _Gain(offer, row, period, worth, moved), chance))
    return found


def _idle(facts: Facts, moved: Flow) -> Floats:
    spent: Floats = (moved.paid * facts.discount).sum(axis=1)
    return facts.final_discount * moved.residual - spent


def _fault(facts: Facts, gain: _Gain, chance: Floats) -> Fault:
    paid = (gain.flow.payment * facts.discount).sum(axis=1)
    back = float(chance @ np.minimum(paid, 0.0))
    left = facts.final_discount * float(chance @ gain.flow.residual)
    source = "what is paid back for it" if -back > left else "what it is worth at the end"
    first = facts.portfolio.horizon.first
    rival = _rival(facts, gain)
    return Fault(
        code="OTK-P160",
        what=f"signing it in {first + gain.period} and leaving it idle earns money: {source} "
        "is more than all it costs" + (f", against {rival}" if rival else ""),
        where=Where(path=f"offers.{gain.offer.id}"),
        got=f"{gain.worth * MILLION:,.0f} USD a MW of IT, discounted",
        hint="look at its price, its damages for lateness, and the price path of its accelerator",
    )


def _rival(facts: Facts, gain: _Gain) -> str:
    """Name the hourly offer of the same site that the capacity could stand in for."""
    pool = facts.supply.offered[gain.row].pool
    here = facts.supply.pools[pool].site.id
    found = [o.id for o in facts.supply.hourly_offers if o.site == here]
    return f"offers.{found[0]} at the same site" if found else ""
