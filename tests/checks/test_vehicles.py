"""Vehicles that build what is offered: their price, covers, tenor and owner."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from offtake.checks import run
from offtake.model import Portfolio, Tenure
from offtake.model.provenance import Provenance, Quality
from tests.plan.portfolios import offer
from tests.plan.vehicle_cases import portfolio, spv

NAMES = ("vehicle-terms", "vehicles", "references")
PATH = "capital.vehicles.spv"


def found(made: Portfolio) -> list[str]:
    faults = run(made, only=NAMES)
    return [f"{f.level.value} {f.fault.code} {f.fault.where.path}" for f in faults]


def with_offer(**fields: Any) -> Portfolio:
    """The portfolio of the vehicle, its one offer changed."""
    made = portfolio(spv())
    own, *others = made.offers
    return replace(made, offers=(replace(own, **fields), *others))


def test_a_sound_vehicle_has_no_fault() -> None:
    """Its source and assumptions, which cannot be hashed, do not matter."""
    told = Provenance(quality=Quality.ASSUMED, assumptions={"gearing_share": "made up"})
    assert found(portfolio(spv(provenance=told))) == []


CASES: dict[str, tuple[Portfolio, list[str]]] = {
    "no such vehicle": (
        with_offer(vehicle="svp"),
        ["error OTK-C210 offers.own.vehicle"],
    ),
    "a lease is not built": (
        with_offer(tenure=Tenure.LEASE),
        ["error OTK-C300 offers.own.vehicle"],
    ),
    "no price": (
        portfolio(spv(offtake_return_share_per_year=None)),
        [f"error OTK-C301 {PATH}"],
    ),
    "two prices": (
        portfolio(spv(offtake_usd_per_it_kw_month=700.0)),
        [f"error OTK-C301 {PATH}"],
    ),
    "a target below lock-up": (
        portfolio(spv(dscr_target_ratio=1.15)),
        [f"error OTK-C302 {PATH}.dscr_target_ratio"],
    ),
    "a lock-up below the covenant": (
        portfolio(spv(dscr_lockup_ratio=1.05)),
        [f"error OTK-C302 {PATH}.dscr_lockup_ratio"],
    ),
    "a covenant below 1": (
        portfolio(spv(dscr_covenant_ratio=0.9)),
        [f"error OTK-C302 {PATH}.dscr_covenant_ratio"],
    ),
    "debt that outlives the accelerators": (
        portfolio(spv(tenor_quarters=20)),
        [f"error OTK-C303 {PATH}.tenor_quarters"],
    ),
    "a price below running cost": (
        portfolio(spv(offtake_return_share_per_year=None, offtake_usd_per_it_kw_month=33.0)),
        [f"error OTK-C304 {PATH}.offtake_usd_per_it_kw_month"],
    ),
    "half is no majority": (
        portfolio(spv(ownership_share=0.5)),
        [f"warning OTK-C305 {PATH}.ownership_share"],
    ),
    "money for nothing": (
        portfolio(spv(interest_share_per_year=0.0)),
        [f"warning OTK-C306 {PATH}.interest_share_per_year"],
    ),
    "somebody else sells it": (
        with_offer(seller="other"),
        ["warning OTK-C307 offers.own.seller"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_fault_is_named(case: str) -> None:
    made, told = CASES[case]
    assert found(made) == told


def test_a_vehicle_nobody_names_needs_no_terms() -> None:
    """As in portfolios that only say who owns what: neither price nor covers are asked for."""
    idle = spv(offtake_return_share_per_year=None, dscr_target_ratio=1.0)
    made = portfolio(None)
    capital = replace(made.capital, vehicles=(idle,))
    assert found(replace(made, capital=capital)) == []


def test_the_longest_tenor_is_told() -> None:
    (fault,) = [f.fault for f in run(portfolio(spv(tenor_quarters=20)), only=("vehicle-terms",))]
    assert fault.hint == "at most 19"
    served = offer("x", Tenure.OWN, term_quarters=10, vehicle="spv")
    longer = replace(portfolio(spv()), offers=(served,))
    (fault,) = [f.fault for f in run(longer, only=("vehicle-terms",))]
    assert "it serves for 10 quarters" in fault.what
    assert fault.hint == "at most 9"
