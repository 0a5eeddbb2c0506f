"""The small world from end to end: a sound plan, the same one every time."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from offtake.draw import numbers, reading, says
from offtake.model import Tenure
from offtake.model.canonical import sha256
from offtake.model.plan import Plan
from offtake.plan.front import Solved, plan, solved
from tests.worlds.worlds import world


def still() -> float:
    """A clock that stands, so that two plans differ in nothing but what they say."""
    return 0.0


@cache
def answer() -> Solved:
    return solved(world("three-sites"), clock=still)


def test_every_tenure_has_its_place() -> None:
    assert {s.tenure for s in answer().plan.signed} >= {Tenure.OWN, Tenure.LEASE, Tenure.RESERVE}


def test_its_headlines() -> None:
    made = answer().plan
    assert made.unserved_share < 0.5
    assert made.effort.residual_amount < 1e-6
    assert made.gap_share <= 0.005
    assert made.bound_usd >= made.objective_usd
    assert 0.3e9 < made.npv.mean_usd < 3e9
    assert made.npv.cvar_usd <= made.npv.p50_usd <= made.npv.p90_usd
    assert made.signed[0].why
    assert len(made.by_period) == len(made.horizon.quarters)


def test_the_cash_of_the_quarters_becomes_the_net_present_value() -> None:
    made = answer().plan
    told = made.valuation
    assert told is not None
    rate = 1 + told.discount_share_per_year
    assert rate == 1 + world("three-sites").capital.discount_share_per_year
    cash = sum(
        (p.revenue_cash_usd - p.investment_cash_usd - p.payment_cash_usd - p.energy_cash_usd)
        * rate ** (-(t + 0.5) / 4)
        for t, p in enumerate(made.by_period)
    )
    worth = cash + told.residual_usd - told.shortfall_usd
    assert worth == pytest.approx(made.npv.mean_usd, rel=1e-9)


def test_what_is_paid_becomes_the_cost_that_is_told() -> None:
    made = answer().plan
    told = made.valuation
    assert told is not None
    paid = reading.paid_discounted(made, float(told.discount_share_per_year))
    assert paid - told.residual_usd == pytest.approx(made.cost.mean_usd, rel=1e-9)
    said = says.discounted(made)
    for amount in (paid, told.residual_usd, made.cost.mean_usd):
        assert str(numbers.usd(amount)) in said
    assert says.discounted(replace(made, valuation=None)) == ""


def test_offers_and_blocks_are_respected() -> None:
    made = answer().plan
    ahead = [o for o in world("three-sites").offers if not o.tenure.is_hourly]
    for offer in ahead:
        mine = [s for s in made.signed if s.offer == offer.id]
        assert sum(s.power_it_mw for s in mine) <= offer.power_it_mw * (1 + 1e-6)
        for line in mine:
            if offer.block_it_mw is not None:
                assert line.block_count is not None
                blocks = line.power_it_mw / offer.block_it_mw
                assert blocks == pytest.approx(line.block_count, abs=1e-6)
            assert offer.first_signing is None or line.period >= offer.first_signing


def test_capacity_by_tenure_adds_up() -> None:
    for line in answer().plan.by_period:
        assert sum(line.capacity_h100e.values()) == pytest.approx(
            line.capacity.mean_h100e, rel=1e-6, abs=1e-3
        )


def test_money_by_quarter_adds_up_to_the_cost() -> None:
    """Σ discounted cash of the quarters less residual value is the mean cost."""
    facts, outcome, made = answer().made.facts, answer().outcome, answer().plan
    cash = np.array(
        [x.investment_cash_usd + x.payment_cash_usd + x.energy_cash_usd for x in made.by_period]
    )
    residual = float(cash @ facts.discount) - made.cost.mean_usd
    assert residual >= -1.0, "what is left at the end is never a debt"
    assert cash @ facts.discount == pytest.approx(outcome.volume * 1e6)


def test_the_same_question_has_the_same_answer() -> None:
    """Byte for byte, and another seed is another question."""
    again = plan(world("three-sites"), clock=still)
    assert digest(again) == digest(answer().plan)
    other = plan(world("three-sites"), seed=99, clock=still)
    assert other.inputs_sha256 != again.inputs_sha256
    assert digest(other) != digest(again)


def digest(made: Plan) -> str:
    return sha256(made)
