"""Offers as they stood on an earlier day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from offtake import catalogue
from offtake.catalogue import RentalPrice
from offtake.model.contract import Offer, Tenure
from offtake.model.period import Quarter
from offtake.model.portfolio import Portfolio
from offtake.model.provenance import Provenance, Quality
from offtake.plan.backtest.ledger import Ledger
from offtake.plan.backtest.signed import Place

_PRODUCTS = {
    Tenure.RENT: ("on-demand", "market"),
    Tenure.SPOT: ("spot",),
    Tenure.RESERVE: ("1-year contract", "reserved"),
}
"""How the products of rental prices begin that a tenure may be priced by."""
_MARKET = "index"
"""The provider that stands for the market as a whole."""


def offers(
    portfolio: Portfolio, absent: frozenset[Place], first: Quarter, ledger: Ledger
) -> tuple[Offer, ...]:
    """Give the offers that could be known by the day, at prices that could."""
    named = _named(ledger.day)
    dated = {row.id for row in catalogue.accelerators()}
    found = []
    for offer in portfolio.offers:
        made = _offer(offer, absent, first, ledger, named, dated)
        if made is not None:
            found.append(_from(made, portfolio.horizon.first, first))
    return tuple(found)


def _offer(
    offer: Offer,
    absent: frozenset[Place],
    first: Quarter,
    ledger: Ledger,
    named: frozenset[str],
    dated: set[str],
) -> Offer | None:
    path, day = f"offers.{offer.id}", ledger.day
    if offer.phase is not None and (offer.site, offer.phase) in absent:
        ledger.leave_out(path, f"its phase '{offer.phase}' was not public")
        return None
    if offer.accelerator in dated and offer.accelerator not in named:
        since = min(r.known_from for r in catalogue.accelerators() if r.id == offer.accelerator)
        ledger.leave_out(path, f"its accelerator '{offer.accelerator}' was not public", since)
        return None
    days = ledger.days(offer.provenance)
    if days is None:
        ledger.undated(path, "an assumption of the portfolio: names no day")
        return offer
    if days.last <= day:
        ledger.keep()
        return offer
    if days.first <= day:
        ledger.hold(path, "known by then; its terms rest on younger sources too", days.last)
        return offer
    return _priced(path, offer, first, ledger, days.first)


def _priced(path: str, offer: Offer, first: Quarter, ledger: Ledger, since: date) -> Offer | None:
    """Price an offer by the market of the day; leave it out where nothing was in print."""
    seen = _market(offer, ledger.day)
    if seen is None:
        ledger.leave_out(
            path, "rests on younger sources, and no price of the day is on record", since
        )
        return None
    usd = seen.price_usd_per_gpu_hour
    ledger.replace(
        f"{path}.price",
        f"{offer.price.usd_per_gpu_hour:g} was {usd:g} USD per hour in {seen.observed} "
        f"({seen.product}), the last price in print",
        since,
    )
    return replace(
        offer,
        price=replace(offer.price, usd_per_gpu_hour=usd, quarter=first),
        provenance=Provenance(
            quality=Quality.ASSUMED,
            source=seen.source,
            as_of=seen.known_from,
            assumptions={"power_it_mw": "as the portfolio has it; names no day"},
        ),
    )


def _market(offer: Offer, day: date) -> RentalPrice | None:
    beginnings = _PRODUCTS.get(offer.tenure, ())
    seen = [
        row
        for row in catalogue.rental_prices(day, accelerator=offer.accelerator)
        if row.provider == _MARKET and row.product.startswith(beginnings or ("\0",))
    ]
    return max(seen, key=lambda row: (row.observed.last, row.known_from), default=None)


def _named(day: date) -> frozenset[str]:
    """Name the accelerators in print by the day: of their own, or in a site or contract."""
    rows: Iterable[str | None] = (
        *(row.id for row in catalogue.accelerators(day)),
        *(row.accelerator for row in catalogue.sites(day)),
        *(row.accelerator for row in catalogue.contracts(day)),
    )
    return frozenset(_each(rows))


def _each(rows: Iterable[str | None]) -> Iterator[str]:
    for row in rows:
        yield from (row or "").split("/")


def _from(offer: Offer, before: Quarter, first: Quarter) -> Offer:
    """Keep price and stock of an offer where they stood, though the plan begins elsewhere."""
    price = offer.price
    if price.quarter is None and before != first:
        price = replace(price, quarter=before)
    grown = float((1 + offer.growth_share_per_year) ** ((first - before) / 4))
    if not offer.tenure.is_hourly or grown == 1:
        return replace(offer, price=price)
    return replace(
        offer, price=price, power_it_mw=type(offer.power_it_mw)(offer.power_it_mw * grown)
    )
