"""Vehicles: ring-fenced companies that build what is offered, on terms that make sense."""

from __future__ import annotations

from collections.abc import Iterator

from offtake.checks.finding import Check, Level
from offtake.checks.walk import fault
from offtake.errors import Fault
from offtake.model.contract import Offer, Tenure
from offtake.model.party import Vehicle
from offtake.model.portfolio import Portfolio


def _built(portfolio: Portfolio) -> Iterator[tuple[Vehicle, Offer]]:
    """Give every vehicle with every offer it would build."""
    vehicles = {vehicle.party: vehicle for vehicle in portfolio.capital.vehicles}
    for offer in portfolio.offers:
        if offer.vehicle in vehicles:
            yield vehicles[offer.vehicle], offer


def _used(portfolio: Portfolio) -> Iterator[tuple[Vehicle, str]]:
    """Give every vehicle that builds something that is offered, with its path."""
    named = {offer.vehicle for offer in portfolio.offers}
    for vehicle in portfolio.capital.vehicles:
        if vehicle.party in named:
            yield vehicle, f"capital.vehicles.{vehicle.party}"


def _terms(portfolio: Portfolio) -> Iterator[Fault]:
    for vehicle, path in _used(portfolio):
        yield from _price(vehicle, path)
        yield from _cover(vehicle, path)
    for vehicle, offer in _built(portfolio):
        yield from _offered(portfolio, vehicle, offer)
    for offer in portfolio.offers:
        if offer.vehicle is not None and offer.tenure is not Tenure.OWN:
            what = "a vehicle builds what is owned, and nothing else"
            hint = "leave `vehicle` out, or make it `tenure: own`"
            path = f"offers.{offer.id}.vehicle"
            yield fault("OTK-C300", path, what, got=offer.tenure.value, hint=hint)


def _price(vehicle: Vehicle, path: str) -> Iterator[Fault]:
    stated = vehicle.offtake_usd_per_it_kw_month is not None
    agreed = vehicle.offtake_return_share_per_year is not None
    if stated == agreed:
        given = "both" if stated else "neither"
        what = "the lab pays a price, or one that brings a return: one of the two"
        hint = "give `offtake_usd_per_it_kw_month` or `offtake_return_share_per_year`"
        yield fault("OTK-C301", path, what, got=given, hint=hint)


def _cover(vehicle: Vehicle, path: str) -> Iterator[Fault]:
    covenant, lockup = vehicle.dscr_covenant_ratio, vehicle.dscr_lockup_ratio
    for name, value, least, why in (
        ("dscr_covenant_ratio", covenant, 1.0, "cash must cover debt service at least once"),
        ("dscr_lockup_ratio", lockup, covenant, "lock-up lies above the covenant"),
        ("dscr_target_ratio", vehicle.dscr_target_ratio, lockup, "debt is sized above lock-up"),
    ):
        if value < least:
            hint = f"at least {least:g}"
            yield fault("OTK-C302", f"{path}.{name}", why, got=f"{value:g}", hint=hint)


def _offered(portfolio: Portfolio, vehicle: Vehicle, offer: Offer) -> Iterator[Fault]:
    lasts = offer.term_quarters
    for kind in portfolio.accelerators:
        if lasts is None and kind.id == offer.accelerator:
            lasts = round(kind.life_years * 4)
    needed = vehicle.tenor_quarters + max(offer.ramp_quarters, 1)
    if lasts is not None and vehicle.gearing_share > 0 and needed > lasts:
        yield fault(
            "OTK-C303",
            f"capital.vehicles.{vehicle.party}.tenor_quarters",
            f"debt on '{offer.id}' would outlive it: it serves for {lasts} quarters, and is repaid "
            f"from its quarter {max(offer.ramp_quarters, 1) + 1} on",
            got=str(vehicle.tenor_quarters),
            hint=f"at most {max(lasts - max(offer.ramp_quarters, 1), 0)}",
        )
    price = vehicle.offtake_usd_per_it_kw_month
    if price is not None and price * 12e3 <= offer.price.running_usd_per_it_mw_year:
        running = offer.price.running_usd_per_it_mw_year / 12e3
        yield fault(
            "OTK-C304",
            f"capital.vehicles.{vehicle.party}.offtake_usd_per_it_kw_month",
            f"running '{offer.id}' costs {running:,.0f} USD per kW-month, so nothing is left for "
            "lenders or shareholders",
            got=f"{price:g}",
        )


def _unusual(portfolio: Portfolio) -> Iterator[Fault]:
    for vehicle in portfolio.capital.vehicles:
        path = f"capital.vehicles.{vehicle.party}"
        if vehicle.ownership_share <= 0.5:
            what = "not majority-owned: others hold at least as much as the lab"
            got = f"{vehicle.ownership_share:g}"
            yield fault("OTK-C305", f"{path}.ownership_share", what, got=got)
    for vehicle, path in _used(portfolio):
        if vehicle.gearing_share > 0 and vehicle.interest_share_per_year == 0:
            what = "its debt costs nothing"
            yield fault("OTK-C306", f"{path}.interest_share_per_year", what, got="0")
    for vehicle, offer in _built(portfolio):
        if offer.seller != vehicle.party:
            what = f"built by '{vehicle.party}', but its seller is another party"
            hint = "a default of the seller stops it, and counts towards limits on sellers"
            yield fault(
                "OTK-C307", f"offers.{offer.id}.seller", what, got=f"'{offer.seller}'", hint=hint
            )


CHECKS = (
    Check(
        name="vehicle-terms",
        about="A vehicle that builds what is offered has a price, covers in order, and debt that "
        "is repaid while what it paid for serves.",
        level=Level.ERROR,
        codes={
            "OTK-C300": "An offer that is not owned names a vehicle.",
            "OTK-C301": "A vehicle has no price for its capacity, or two.",
            "OTK-C302": "Covenant, lock-up and target cover are not in this order from 1 up.",
            "OTK-C303": "Debt outlives what it pays for.",
            "OTK-C304": "The price of capacity does not pay for running it.",
        },
        look=_terms,
    ),
    Check(
        name="vehicles",
        about="Vehicles are majority-owned, pay interest, and sell what they build themselves.",
        level=Level.WARNING,
        codes={
            "OTK-C305": "The lab does not hold the majority of a vehicle.",
            "OTK-C306": "A vehicle borrows at no interest.",
            "OTK-C307": "The seller of an offer is not the vehicle that builds it.",
        },
        look=_unusual,
    ),
)
