"""Contracts and offers fit into the sites they stand at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from offtake.checks.finding import Check, Level
from offtake.checks.walk import (
    ROUNDING_SHARE,
    accelerators_it_mw,
    fault,
    phases,
    power_it_mw,
    shown_mw,
    tranches,
)
from offtake.errors import Fault
from offtake.model.portfolio import Portfolio
from offtake.model.site import Site

WHOLE_SHARE = 0.01
"""What whole accelerators may be off the power they were sized by."""
MISMATCH_SHARE = 0.10
"""What stated power and accelerators may differ by."""

MOST_BLOCKS = 100_000
"""Blocks an offer may come in."""

_Place = tuple[str, str | None]
"""A site and a phase of it; no phase is the whole site."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """Power that is taken somewhere, with where it is said."""

    path: str
    power_it_mw: float
    place: _Place


def _tranche_sizes(portfolio: Portfolio) -> Iterator[Fault]:
    rooms = _room(portfolio)
    for contract in portfolio.contracts:
        for path, tranche in tranches(contract):
            if tranche.accelerator is None and tranche.accelerator_count is not None:
                what = "accelerators are counted, but not named"
                yield fault("OTK-C267", f"{path}.accelerator_count", what)
            if tranche.power_it_mw is None and tranche.accelerator_count is None:
                what = "neither power nor accelerators say how much is delivered"
                yield fault("OTK-C266", path, what)
            power = power_it_mw(tranche, portfolio)
            room = rooms.get((tranche.site, tranche.phase))
            if power is not None and room is not None and power > room * (1 + WHOLE_SHARE):
                where = _where((tranche.site, tranche.phase))
                what = f"larger than {where}, which has {shown_mw(room)} IT"
                yield fault("OTK-C265", path, what, got=f"{shown_mw(power)} IT")
    yield from _together(portfolio)


def _together(portfolio: Portfolio) -> Iterator[Fault]:
    """Tranches that each fit, and do not fit together."""
    rooms = _room(portfolio)
    taken = list(_first_links(portfolio))
    for place, room in rooms.items():
        here = [one for one in taken if place in (one.place, (one.place[0], None))]
        total = sum(one.power_it_mw for one in here)
        largest = max((one.power_it_mw for one in here), default=0.0)
        if total > room * (1 + WHOLE_SHARE) >= largest:
            what = f"the contracts at {_where(place)} need more than its {shown_mw(room)} IT"
            paths = sorted({one.path.rpartition(".tranches.")[0] for one in here})
            yield fault(
                "OTK-C265",
                here[-1].path,
                what,
                got=f"{shown_mw(total)} IT",
                hint="together: " + ", ".join(paths),
            )


def _first_links(portfolio: Portfolio) -> Iterator[_Taken]:
    """Tranches chains begin with: what later links hand on is not counted again."""
    contracts = {contract.id: contract for contract in portfolio.contracts}
    for contract in portfolio.contracts:
        above = [contracts[name] for name in contract.upstream if name in contracts]
        supplied = {tranche.site for upstream in above for tranche in upstream.tranches}
        for path, tranche in tranches(contract):
            power = power_it_mw(tranche, portfolio)
            if tranche.site not in supplied and power is not None:
                yield _Taken(path, power, (tranche.site, tranche.phase))


def _room(portfolio: Portfolio) -> dict[_Place, float]:
    """Power at the servers, in MW, of every phase and of every site that says enough."""
    found: dict[_Place, float] = {}
    for site in portfolio.sites:
        for phase in site.phases:
            found[site.id, phase.id] = float(phase.power_it_mw)
        room = _site_room(site)
        if room is not None:
            found[site.id, None] = room
    return found


def _site_room(site: Site) -> float | None:
    if site.phases:
        return site.planned_it_mw
    if site.power_facility_mw is not None:
        return float(site.power_facility_mw) / site.peak_ratio
    return None


def _where(place: _Place) -> str:
    site, phase = place
    return f"site '{site}'" if phase is None else f"phase '{phase}' of '{site}'"


def _accelerator_power(portfolio: Portfolio) -> Iterator[Fault]:
    for contract in portfolio.contracts:
        for path, tranche in tranches(contract):
            yield from _mismatch(
                path,
                accelerators_it_mw(tranche.accelerator, tranche.accelerator_count, portfolio),
                tranche.power_it_mw,
            )
    for site in portfolio.sites:
        for path, phase in phases(site):
            made = accelerators_it_mw(phase.accelerator, phase.accelerator_count, portfolio)
            yield from _mismatch(path, made, phase.power_it_mw)


def _mismatch(path: str, drawn: float | None, stated: float | None) -> Iterator[Fault]:
    if drawn is None or stated is None:
        return
    if abs(drawn - stated) > MISMATCH_SHARE * max(stated, ROUNDING_SHARE):
        what = f"its accelerators draw {shown_mw(drawn)} IT, which is not what it says"
        yield fault("OTK-C268", f"{path}.power_it_mw", what, got=f"{shown_mw(stated)} IT")


def _offer_sizes(portfolio: Portfolio) -> Iterator[Fault]:
    rooms = _room(portfolio)
    taken = list(_first_links(portfolio))
    for place, room in rooms.items():
        offers = [
            offer
            for offer in portfolio.offers
            if not offer.tenure.is_hourly
            and place in ((offer.site, offer.phase), (offer.site, None))
        ]
        if not offers:
            continue
        offered = sum(offer.power_it_mw for offer in offers)
        signed = sum(t.power_it_mw for t in taken if place in (t.place, (t.place[0], None)))
        if offered + signed > room * (1 + WHOLE_SHARE):
            names = ", ".join(offer.id for offer in offers)
            yield fault(
                "OTK-C269",
                f"offers.{offers[-1].id}.power_it_mw",
                f"offers of {shown_mw(offered)} IT and contracts of {shown_mw(signed)} IT at "
                f"{_where(place)}, which has {shown_mw(room)} IT",
                hint=f"not all can be signed in full: {names}",
            )


def _offer_terms(portfolio: Portfolio) -> Iterator[Fault]:
    for offer in portfolio.offers:
        path = f"offers.{offer.id}"
        most, block = float(offer.power_it_mw), offer.block_it_mw
        if block is not None and most / block > MOST_BLOCKS:
            what = f"more than {MOST_BLOCKS:,} blocks are as good as none"
            yield fault("OTK-C270", f"{path}.block_it_mw", what, hint="leave it out")
            continue
        if block is not None and block > most * (1 + ROUNDING_SHARE):
            what = f"one block is larger than all that can be signed, {shown_mw(most)} IT"
            yield fault("OTK-C270", f"{path}.block_it_mw", what, got=f"{shown_mw(block)} IT")
        whole = most if block is None else (offer.block_limit_count or 0) * float(block)
        least = offer.least_it_mw
        if least is not None and least > whole * (1 + ROUNDING_SHARE):
            what = f"more must be signed than can be, {shown_mw(whole)} IT"
            yield fault("OTK-C270", f"{path}.least_it_mw", what, got=f"{shown_mw(least)} IT")


CHECKS = (
    Check(
        name="tranche-size",
        about="Every tranche says how much it is, and those that chains begin with fit into their "
        "phase and site, alone and together.",
        level=Level.ERROR,
        codes={
            "OTK-C265": "Tranches are larger than their phase or site.",
            "OTK-C266": "A tranche says neither power nor accelerators.",
            "OTK-C267": "Accelerators are counted, but not named.",
        },
        look=_tranche_sizes,
    ),
    Check(
        name="accelerator-power",
        about="The accelerators of a tranche or phase draw the power it says, within a tenth.",
        level=Level.WARNING,
        codes={"OTK-C268": "Accelerators and power do not fit each other."},
        look=_accelerator_power,
    ),
    Check(
        name="offer-size",
        about="Offers and contracts together fit into the phase or site they stand at.",
        level=Level.WARNING,
        codes={"OTK-C269": "More is offered than there is room for."},
        look=_offer_sizes,
    ),
    Check(
        name="offer-terms",
        about="What must be signed of an offer, and one block of it, is no more than can be.",
        level=Level.ERROR,
        codes={
            "OTK-C270": "A block or the least to sign exceeds the offer, or blocks are too many."
        },
        look=_offer_terms,
    ),
)
