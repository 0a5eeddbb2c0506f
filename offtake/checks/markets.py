"""Prices that turn in cycles, and offers that follow a market, say what can be meant."""

from __future__ import annotations

from collections.abc import Iterator

from offtake.checks.finding import Check, Level
from offtake.checks.walk import fault
from offtake.errors import Fault
from offtake.model.contract import Tenure
from offtake.model.portfolio import Portfolio
from offtake.model.uncertainty import PriceProcess

PROCESSES = ("rental_price", "spot_basis", "electricity_price")
"""Fields of `Uncertainty` that are prices."""


def _cycles(portfolio: Portfolio) -> Iterator[Fault]:
    for name in PROCESSES:
        process: PriceProcess = getattr(portfolio.uncertainty, name)
        path = f"uncertainty.{name}"
        if process.cycle_ratio < 1:
            what = "the crest of a cycle lies above its trough: at least 1"
            hint = "write its inverse, and move the crest by half a cycle"
            got = f"{process.cycle_ratio:g}"
            yield fault("OTK-C283", f"{path}.cycle_ratio", what, got=got, hint=hint)
        if process.cycle_ratio == 1:
            continue
        span = f"{process.cycle_years:g} years"
        if process.crest_years > process.cycle_years:
            what = f"the next crest comes within one cycle, {span}"
            got = f"{process.crest_years:g}"
            yield fault("OTK-C283", f"{path}.crest_years", what, got=got)
        width = process.crest_spread_years
        if width is not None and width > process.cycle_years:
            what = f"a crest is not less known than within one cycle, {span}"
            hint = "leave it out where nothing is known"
            yield fault("OTK-C283", f"{path}.crest_spread_years", what, got=f"{width:g}", hint=hint)


def _follows(portfolio: Portfolio) -> Iterator[Fault]:
    for offer in portfolio.offers:
        if offer.price.follows_rental_share == 0:
            continue
        path = f"offers.{offer.id}.price.follows_rental_share"
        if offer.tenure is Tenure.OWN:
            what = "owned capacity has no rental price that could follow a market"
            yield fault("OTK-C285", path, what, hint="leave it out: it changes nothing")
        elif offer.tenure.is_hourly:
            what = "what is taken by the hour follows its market in full"
            yield fault("OTK-C285", path, what, hint="leave it out: it changes nothing")


CHECKS = (
    Check(
        name="cycles",
        about="The cycle of a price has its crest above its trough, once in each cycle.",
        level=Level.ERROR,
        codes={"OTK-C283": "The cycle of a price contradicts itself."},
        look=_cycles,
    ),
    Check(
        name="markets",
        about="Only what is signed ahead for a price per hour follows the rental market by a "
        "share.",
        level=Level.WARNING,
        codes={"OTK-C285": "A share of the rental market that nothing follows."},
        look=_follows,
    ),
)
