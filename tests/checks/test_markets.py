"""Cycles of prices, and offers that follow a market."""

from __future__ import annotations

import pytest

from offtake.model import Tenure
from offtake.model.uncertainty import PriceProcess
from tests.checks.small import SOUND, put, told, wrong

TURNING = PriceProcess(cycle_ratio=1.4, cycle_years=3, crest_years=1, crest_spread_years=2)

CASES = {
    "a crest below its trough": (
        PriceProcess(cycle_ratio=0.8),
        "OTK-C283 uncertainty.rental_price.cycle_ratio: the crest of a cycle lies above its "
        "trough: at least 1; got 0.8; write its inverse, and move the crest by half a cycle",
    ),
    "a crest after the next": (
        PriceProcess(cycle_ratio=1.4, cycle_years=2, crest_years=2.5),
        "OTK-C283 uncertainty.rental_price.crest_years: the next crest comes within one cycle, "
        "2 years; got 2.5",
    ),
    "a crest less known than not at all": (
        PriceProcess(cycle_ratio=1.4, cycle_years=2, crest_spread_years=3),
        "OTK-C283 uncertainty.rental_price.crest_spread_years: a crest is not less known than "
        "within one cycle, 2 years; got 3; leave it out where nothing is known",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_cycle_that_contradicts_itself(name: str) -> None:
    process, said = CASES[name]
    assert wrong("cycles", ("uncertainty.rental_price", process)) == [said]


@pytest.mark.parametrize("name", ["rental_price", "spot_basis", "electricity_price"])
def test_a_sound_cycle(name: str) -> None:
    assert wrong("cycles", (f"uncertainty.{name}", TURNING)) == []
    flat = PriceProcess(cycle_years=1, crest_years=2)
    assert wrong("cycles", (f"uncertainty.{name}", flat)) == []


def test_offers_that_have_no_market_to_follow() -> None:
    """Own and hourly offers are told; a lease may follow."""
    portfolio = SOUND
    for offer in ("own", "lease", "rent"):
        portfolio = put(portfolio, f"offers.{offer}.price.follows_rental_share", 0.5)
    assert told("markets", portfolio) == [
        "OTK-C285 offers.own.price.follows_rental_share: owned capacity has no rental price that "
        "could follow a market; leave it out: it changes nothing",
        "OTK-C285 offers.rent.price.follows_rental_share: what is taken by the hour follows its "
        "market in full; leave it out: it changes nothing",
    ]
    assert told("markets", put(portfolio, "offers.own.tenure", Tenure.LEASE))[0].startswith(
        "OTK-C285 offers.rent"
    )
