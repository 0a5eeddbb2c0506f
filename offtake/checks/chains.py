"""Chains run from the site to the lab without a gap.

SiteCo ──0──> OpCo ──A──> HyperCo ──B──> Lab
buyer = seller of the next
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from offtake.checks.finding import Check, Level
from offtake.checks.walk import buyers, fault
from offtake.errors import Fault
from offtake.model.contract import Contract, Offer
from offtake.model.portfolio import Portfolio


def _chains(portfolio: Portfolio) -> Iterator[Fault]:
    contracts = {contract.id: contract for contract in portfolio.contracts}
    yield from _round_trips(contracts)
    for contract in portfolio.contracts:
        yield from _gaps(contract, contracts)
        if contract.seller == contract.buyer:
            where = f"contracts.{contract.id}.buyer"
            yield fault("OTK-C222", where, "sells to itself", got=f"'{contract.buyer}'")
    for offer in portfolio.offers:
        yield from _offered(offer, buyers(portfolio))


def _round_trips(contracts: Mapping[str, Contract]) -> Iterator[Fault]:
    """Every way back, told at the contract it comes back to; each contract is passed once."""
    done: set[str] = set()
    for start in contracts.values():
        path: dict[str, Iterator[str]] = {start.id: iter(start.upstream)}
        while path and start.id not in done:
            here = next(reversed(path))
            name = next(path[here], None)
            if name is None:
                done.add(here)
                del path[here]
            elif name in path:
                steps = list(path)
                circle = " -> ".join((*steps[steps.index(name) :], name))
                what = f"the chain comes back to itself: {circle}"
                hint = "a chain runs from the site to the lab; remove one `upstream`"
                yield fault("OTK-C110", f"contracts.{name}.upstream", what, hint=hint)
            elif name in contracts and name not in done:
                path[name] = iter(contracts[name].upstream)


def _gaps(contract: Contract, contracts: Mapping[str, Contract]) -> Iterator[Fault]:
    for index, name in enumerate(contract.upstream):
        upstream = contracts.get(name)
        if upstream is not None and upstream.buyer != contract.seller:
            yield fault(
                "OTK-C221",
                f"contracts.{contract.id}.upstream.{index}",
                f"the seller '{contract.seller}' does not buy this capacity: "
                f"in '{name}' the buyer is '{upstream.buyer}'",
                hint="a contract is missing between the two, or a party is wrong",
            )


def _offered(offer: Offer, lab: frozenset[str]) -> Iterator[Fault]:
    if not offer.chain:
        return
    where = f"offers.{offer.id}.chain"
    if offer.chain[-1] not in lab:
        what = "the last party of the chain is neither the lab nor its vehicle"
        yield fault("OTK-C223", where, what, got=f"'{offer.chain[-1]}'")
    elif len(offer.chain) > 1 and offer.chain[-2] != offer.seller:
        what = "the party before the lab is not the seller of the offer"
        hint = f"the seller is '{offer.seller}'"
        yield fault("OTK-C223", where, what, got=f"'{offer.chain[-2]}'", hint=hint)
    if len(set(offer.chain)) < len(offer.chain):
        yield fault("OTK-C224", where, "a party stands in the chain twice")


CHECKS = (
    Check(
        name="chains",
        about="Chains do not come back to themselves, and who sells on is who bought.",
        level=Level.ERROR,
        codes={
            "OTK-C110": "A chain comes back to itself.",
            "OTK-C221": "The seller is not the buyer of the upstream contract.",
            "OTK-C222": "A party sells to itself.",
            "OTK-C223": "The chain of an offer does not end with its seller and the lab.",
            "OTK-C224": "A party stands in one chain twice.",
        },
        look=_chains,
    ),
)
