"""What a plan signs becomes contracts: sizes, days, prices and clauses as the offer says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from offtake import checks
from offtake.checks import Level
from offtake.cycle.adopting import adopt, name_of, signed_price
from offtake.errors import OfftakeError
from offtake.model.clause import Quantity
from offtake.model.contract import Offer, OfferPrice, Tenure
from offtake.model.period import Quarter
from offtake.model.plan import Plan
from offtake.model.portfolio import Portfolio
from offtake.plan import plan as planned
from offtake.units import it_mw


def test_what_the_first_quarter_signs_becomes_contracts_of_that_size(
    plan: Plan, world: Portfolio
) -> None:
    made = adopt(plan, world)
    now = [one for one in plan.signed if one.period == plan.horizon.first]
    assert now
    assert [one.id for one in made.contracts] == [name_of(one) for one in now]
    for signing, contract in zip(now, made.contracts, strict=True):
        tranche = contract.tranches[0]
        assert tranche.accelerator_count == signing.accelerator_count
        assert (contract.seller, contract.buyer) == (signing.seller, world.lab)
        assert contract.signed == date(2026, 7, 1)
    assert {one.period for one in made.later} == {
        one.period for one in plan.signed if one.period > plan.horizon.first
    }


def test_the_adopted_world_passes_its_checks_and_promises_nothing_twice(
    plan: Plan, world: Portfolio
) -> None:
    made = adopt(plan, world, through=plan.horizon.last)
    assert not made.later
    assert [f for f in checks.run(made.world) if f.level is Level.ERROR] == []
    before = {offer.id: offer.power_it_mw for offer in world.offers}
    left = {offer.id: offer.power_it_mw for offer in made.world.offers}
    for name, power in before.items():
        taken = sum(s.power_it_mw for s in plan.signed if s.offer == name)
        assert left.get(name, 0.0) == pytest.approx(max(0.0, power - taken), abs=1e-3)


def test_a_plan_can_be_made_again_from_the_adopted_world(plan: Plan, world: Portfolio) -> None:
    again = planned(adopt(plan, world).world, scenarios=4)
    committed = {one.id for one in again.deliveries if one.committed}
    assert {f"{c.id}/t1" for c in adopt(plan, world).contracts} <= committed


def test_a_price_is_the_offers_path_at_signing() -> None:
    price = OfferPrice(usd_per_gpu_hour=2.0, price_share_per_year=-0.19)
    offer = Offer(
        id="a",
        tenure=Tenure.LEASE,
        seller="s",
        site="x",
        accelerator="G",
        power_it_mw=it_mw(1),
        price=price,
    )
    first = Quarter(2026, 3)
    assert signed_price(offer, first, first) == Decimal("2.0000")
    assert signed_price(offer, first + 2, first) == Decimal("1.8000")


def test_take_or_pay_in_full_pays_what_is_delivered_and_in_part_what_is_used(
    plan: Plan, world: Portfolio
) -> None:
    made = {c.id: c for c in adopt(plan, world, through=plan.horizon.last).contracts}
    reserve = next(c for c in made.values() if c.tenure is Tenure.RESERVE)
    assert reserve.rates[0].quantity is Quantity.DELIVERED
    assert not reserve.commitments
    lease = next(c for c in made.values() if c.id.startswith("fjell-lease"))
    assert lease.rates[0].quantity is Quantity.USED
    assert lease.commitments[0].level_share == Decimal("0.9")
    assert lease.prepayments[0].share == Decimal("0.05")
    rent = next(c for c in made.values() if c.tenure is Tenure.RENT)
    assert rent.rates[0].quantity is Quantity.USED
    assert not rent.commitments


def test_a_plan_of_another_world_a_lost_offer_and_a_foreign_quarter_are_told_together(
    plan: Plan, world: Portfolio
) -> None:
    other = replace(world, name="elsewhere", offers=world.offers[:1])
    with pytest.raises(OfftakeError) as caught:
        adopt(plan, other, through=plan.horizon.last + 1)
    codes = {fault.code for fault in caught.value.faults}
    assert {"OTK-E110", "OTK-E111", "OTK-E113"} <= codes
    with pytest.raises(OfftakeError) as caught:
        adopt(plan, adopt(plan, world).world)
    assert "OTK-E112" in {fault.code for fault in caught.value.faults}
