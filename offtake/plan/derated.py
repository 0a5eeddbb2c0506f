"""A portfolio with what accelerators really did in the place of what was assumed.

    goodput_ratio := the derating's share       of offers and contracts of that type and site

The derating takes the place of what was assumed: multiplying would count the same failures twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.model.contract import Contract, Offer
from offtake.model.derating import Derated, Derating
from offtake.model.portfolio import Portfolio
from offtake.model.provenance import Provenance, Quality

FIELD = "goodput_ratio"
Held = TypeVar("Held", Offer, Contract)


def derated(portfolio: Portfolio, derating: Derating) -> Portfolio:
    """Give the portfolio whose offers and contracts do what the derating says they do.

    What it has no line for stays as it is. Each entry that changes says whose number it has, so
    a plan lists it among what it rests on.

    Raises:
        OfftakeError: a type has two lines for one site (`OTK-S080`), a line is for nothing the
            portfolio has (`OTK-S081`), or for some tranches of a contract alone (`OTK-S082`).
    """
    faults = [*_twice(derating), *_unused(portfolio, derating), *_mixed(portfolio, derating)]
    if faults:
        raise OfftakeError(faults, exit=Exit.FAULTS)
    return replace(
        portfolio,
        offers=tuple(
            _with(offer, derating.of(offer.accelerator, offer.site), derating)
            for offer in portfolio.offers
        ),
        contracts=tuple(
            _with(contract, next(iter(_lines(contract, derating)), None), derating)
            for contract in portfolio.contracts
        ),
    )


def uncovered(portfolio: Portfolio, derating: Derating) -> tuple[str, ...]:
    """Name the offers that keep what was assumed of them."""
    return tuple(o.id for o in portfolio.offers if derating.of(o.accelerator, o.site) is None)


def _with(held: Held, line: Derated | None, derating: Derating) -> Held:
    if line is None:
        return held
    kind = "measured" if derating.measured else "modelled"
    known = held.provenance or Provenance(quality=Quality.DERIVED, source=derating.source)
    why = f"{kind}: {derating.source}, {derating.window_hours:,.0f} hours watched"
    told = replace(known, assumptions={**known.assumptions, FIELD: why})
    return replace(held, goodput_ratio=line.goodput_share, provenance=told)


def _lines(contract: Contract, derating: Derating) -> list[Derated | None]:
    """Give the line of each tranche that has accelerators, each once."""
    found: list[Derated | None] = []
    for tranche in contract.tranches:
        if tranche.accelerator is not None:
            line = derating.of(tranche.accelerator, tranche.site)
            found += [line] if line not in found else []
    return found


def _twice(derating: Derating) -> Iterator[Fault]:
    counted = Counter((line.accelerator, line.site) for line in derating.lines)
    for (accelerator, site), count in counted.items():
        if count > 1:
            yield Fault(
                code="OTK-S080",
                what="a type of accelerator has one line for a site",
                where=Where(path="derating.lines"),
                got=f"{count} lines for {accelerator} at {site or 'every site'}",
            )


def _unused(portfolio: Portfolio, derating: Derating) -> Iterator[Fault]:
    there = {(offer.accelerator, offer.site) for offer in portfolio.offers}
    there |= {(t.accelerator or "", t.site) for c in portfolio.contracts for t in c.tranches}
    used = [derating.of(*place) for place in there]
    for row, line in enumerate(derating.lines):
        if line not in used:
            yield Fault(
                code="OTK-S081",
                what="no offer and no contract has what this line is for",
                where=Where(path=f"derating.lines[{row}]"),
                got=f"{line.accelerator} at {line.site or 'every site'}",
                hint="take the line out, or plan the world it was made from",
            )


def _mixed(portfolio: Portfolio, derating: Derating) -> Iterator[Fault]:
    for contract in portfolio.contracts:
        found = _lines(contract, derating)
        if len({None if x is None else x.goodput_share for x in found}) > 1:
            yield Fault(
                code="OTK-S082",
                what="tranches of one contract have one goodput",
                where=Where(path=f"contracts.{contract.id}"),
                got=f"{len(found)} lines of the derating",
                hint="give its types and sites the same share",
            )
