"""What a lab holds at each site, on a day: in service, still to come, behind its date.

A tranche counts from the day its contract was signed until its term is over. It is in
service once it was accepted; before that it is to come, and late once its due day is past.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from offtake.checks import walk
from offtake.draw import numbers, words
from offtake.draw.numbers import NOTHING
from offtake.draw.tables import Table
from offtake.model.contract import Contract, Tenure, Tranche
from offtake.model.plan import Plan
from offtake.model.portfolio import Portfolio
from offtake.model.site import Site


@dataclass(frozen=True, slots=True)
class Tranched:
    """A tranche the lab has signed, as it stands on a day."""

    contract: Contract
    tranche: Tranche
    power_it_mw: float | None
    """MW at the servers; None is not known."""
    accepted: bool
    late: bool
    """Not accepted though its due day is past."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What is held at one site in one way, in MW at the servers."""

    site: str
    """The site's short name."""
    name: str
    country: str
    longitude_degrees: float | None
    """None where nobody says where the site lies."""
    latitude_degrees: float | None
    tenure: Tenure
    serving_it_mw: float = 0.0
    """In service."""
    coming_it_mw: float = 0.0
    """Signed, or to be signed, and not in service."""
    late_it_mw: float = 0.0
    """Of what is to come: behind its date."""
    offered_it_mw: float = 0.0
    """May be signed; not part of what is held."""

    @property
    def held_it_mw(self) -> float:
        """In service and to come."""
        return self.serving_it_mw + self.coming_it_mw


@dataclass(slots=True)
class _Sum:
    serving: float = 0.0
    coming: float = 0.0
    late: float = 0.0
    offered: float = 0.0


@dataclass(slots=True)
class _Sums:
    by: dict[tuple[str, Tenure], _Sum] = field(default_factory=dict)

    def of(self, site: str, tenure: Tenure) -> _Sum:
        return self.by.setdefault((site, tenure), _Sum())


def tranches(portfolio: Portfolio, as_of: date) -> tuple[Tranched, ...]:
    """Give the tranches the lab and its vehicles hold on a day, contract by contract."""
    buyers = walk.buyers(portfolio)
    return tuple(
        _stands(contract, tranche, portfolio, as_of)
        for contract in portfolio.contracts
        if contract.buyer in buyers and (contract.signed is None or contract.signed <= as_of)
        for tranche in contract.tranches
        if walk.after_months(walk.begins(tranche), tranche.term_months) > as_of
    )


def _stands(contract: Contract, tranche: Tranche, portfolio: Portfolio, as_of: date) -> Tranched:
    accepted = tranche.accepted is not None and tranche.accepted <= as_of
    return Tranched(
        contract=contract,
        tranche=tranche,
        power_it_mw=walk.power_it_mw(tranche, portfolio),
        accepted=accepted,
        late=not accepted and tranche.due < as_of,
    )


def of_portfolio(portfolio: Portfolio, as_of: date) -> tuple[Holding, ...]:
    """Give what is held at each site on a day, and what is offered there, by site and tenure."""
    sums = _Sums()
    for each in tranches(portfolio, as_of):
        one = sums.of(each.tranche.site, each.contract.tenure)
        power = each.power_it_mw or 0.0
        one.serving += power if each.accepted else 0.0
        one.coming += 0.0 if each.accepted else power
        one.late += power if each.late else 0.0
    for offer in portfolio.offers:
        sums.of(offer.site, offer.tenure).offered += offer.power_it_mw
    return _placed(sums, portfolio.sites)


def of_plan(plan: Plan, sites: Sequence[Site]) -> tuple[Holding, ...]:
    """Give what a plan holds at each site: in service by the median date, or still to come."""
    sums = _Sums()
    for delivery in plan.deliveries:
        one = sums.of(delivery.site, delivery.tenure)
        if delivery.p50 <= plan.as_of:
            one.serving += delivery.power_it_mw
        else:
            one.coming += delivery.power_it_mw
    return _placed(sums, sites)


def _placed(sums: _Sums, sites: Sequence[Site]) -> tuple[Holding, ...]:
    known = {site.id: site for site in sites}
    found = []
    for (ident, tenure), one in sums.by.items():
        site = known.get(ident)
        found.append(
            Holding(
                site=ident,
                name=words.plain(site.name if site else ident),
                country=site.country if site else "",
                longitude_degrees=site.longitude_degrees if site else None,
                latitude_degrees=site.latitude_degrees if site else None,
                tenure=tenure,
                serving_it_mw=one.serving,
                coming_it_mw=one.coming,
                late_it_mw=one.late,
                offered_it_mw=one.offered,
            )
        )
    return tuple(sorted(found, key=lambda h: (-h.held_it_mw, h.name, h.tenure)))


def says(holdings: Sequence[Holding]) -> str:
    """Say in a sentence or two how much is held, how much is to come and what is late."""
    held = [h for h in holdings if h.held_it_mw > 0]
    if not held:
        return "Nothing is held at any site."
    serving, coming = (sum(h.serving_it_mw for h in held), sum(h.coming_it_mw for h in held))
    late = sum(h.late_it_mw for h in held)
    sites = words.counted(len({h.site for h in held}), "site")
    told = f"{numbers.power(serving)} in service and {numbers.power(coming)} to come at {sites}."
    if late:
        told += f" {numbers.power(late)} behind the day it was due."
    lost = unplaced(held)
    if lost:
        told += f" Not on the map, as nobody says where they lie: {'; '.join(lost)}."
    return told


def unplaced(holdings: Iterable[Holding]) -> list[str]:
    """Name the sites without coordinates."""
    return list(dict.fromkeys(h.name for h in holdings if h.latitude_degrees is None))


def table(holdings: Sequence[Holding]) -> Table:
    """Give what is held at each site, in MW at the servers."""
    rows = tuple(
        (
            h.name,
            words.plain(h.country) or NOTHING,
            h.tenure.value,
            *(
                numbers.power(amount).number if amount else NOTHING
                for amount in (h.serving_it_mw, h.coming_it_mw, h.late_it_mw, h.offered_it_mw)
            ),
            NOTHING if h.latitude_degrees is None else f"{h.latitude_degrees:.2f}",
            NOTHING if h.longitude_degrees is None else f"{h.longitude_degrees:.2f}",
        )
        for h in holdings
    )
    return Table(
        caption="Held at each site, MW IT as written; offered is not part of what is held",
        head=(
            *("Site", "Country", "Held", "In service", "To come", "Late", "Offered"),
            *("Latitude", "Longitude"),
        ),
        rows=rows,
        texts=frozenset({0, 1, 2}),
    )
