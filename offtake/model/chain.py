"""Chains: contracts end to end, from the site to the lab."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

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
    return tuple(_walk(contract, contracts, ()))


def _walk(
    contract: Contract, contracts: Mapping[str, Contract], path: tuple[str, ...]
) -> Iterator[Contract]:
    where = Where(path=f"contracts.{contract.id}.upstream")
    if contract.id in path:
        round_trip = " -> ".join((*path[path.index(contract.id) :], contract.id))
        raise OfftakeError(
            Fault(
                code="OTK-C110",
                what=f"the chain comes back to itself: {round_trip}",
                where=where,
                hint="a chain runs from the site to the lab; remove one `upstream`",
            )
        )
    seen: set[str] = set()
    for name in contract.upstream:
        if name not in contracts:
            raise OfftakeError(
                Fault(code="OTK-C111", what="unknown upstream contract", where=where, got=name)
            )
        for link in _walk(contracts[name], contracts, (*path, contract.id)):
            if link.id not in seen:
                seen.add(link.id)
                yield link
    yield contract


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
