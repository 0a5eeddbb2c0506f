"""Chains: contracts end to end, from the site to the lab."""

from __future__ import annotations

from collections.abc import Mapping

from offtake.errors import Fault, OfftakeError, Where
from offtake.model.contract import Contract


def links(contract: Contract, contracts: Mapping[str, Contract]) -> tuple[Contract, ...]:
    """List every contract `contract` rests on, upstream first, itself last.

        SiteCo ──0──> OpCo ──A──> HyperCo ──B──> Lab        links(B) = (0, A, B)

    A contract with several upstream contracts brings in each branch once.

    Raises:
        OfftakeError: the chain comes back to itself (`OTK-C110`) or names a contract that
            does not exist (`OTK-C111`).
    """
    done: dict[str, Contract] = {}
    path = {contract.id: iter(contract.upstream)}
    known = {**contracts, contract.id: contract}
    while path:
        here = next(reversed(path))
        name = next(path[here], None)
        if name is None:
            done[here] = known[here]
            del path[here]
        elif name not in done:
            if name in path or name not in contracts:
                raise OfftakeError(_broken(name, list(path)))
            path[name] = iter(contracts[name].upstream)
    return tuple(done.values())


def _broken(name: str, path: list[str]) -> Fault:
    """Tell why a chain cannot be followed from the last contract of a path to `name`."""
    if name not in path:
        where = Where(path=f"contracts.{path[-1]}.upstream")
        return Fault(code="OTK-C111", what="unknown upstream contract", where=where, got=name)
    round_trip = " -> ".join((*path[path.index(name) :], name))
    return Fault(
        code="OTK-C110",
        what=f"the chain comes back to itself: {round_trip}",
        where=Where(path=f"contracts.{name}.upstream"),
        hint="a chain runs from the site to the lab; remove one `upstream`",
    )


def parties(contract: Contract, contracts: Mapping[str, Contract]) -> tuple[str, ...]:
    """Name the parties of a chain from the site to the buyer, each once.

    Raises:
        OfftakeError: as `links`.
    """
    names: dict[str, None] = {}
    for link in links(contract, contracts):
        names.setdefault(link.seller)
        names.setdefault(link.buyer)
    return tuple(names)
