"""From what happened to capacity to outages that contracts are settled by.

    usable  16 ────┐        ┌──────┐          ┌──        16 were delivered
             8     └────────┘      │          │
             0                     └── lost ──┘
    outage          1 node          2 nodes

A control plane knows how many accelerators of a cluster can be used, not always which: nodes are
counted, and named only where the contract names them too. What was not delivered is no outage;
what somebody curtailed has the cause `curtailment`, which clauses may exclude.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from offtake.errors import OfftakeError
from offtake.ledger.hosts import folded, hosts
from offtake.ledger.twins import twin_tranches
from offtake.measure.watched import Happening
from offtake.model.clause import Scope
from offtake.model.contract import Contract, Tranche
from offtake.model.event import Event, EventKind
from offtake.model.installation import ClusterSpec

CURTAILMENT = "curtailment"
"""Cause of an outage that somebody ordered."""
_LOST, _BACK = ("outage", "lost"), ("ok", "found")
_SAID = ("curtailed", "delivered", "withdrawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """A stretch of time in which the same part of a cluster could not be used."""

    seq: int
    """What happened first."""
    starts: float
    """When it began."""
    ends: float | None = None
    """When it ended; None has not."""
    told: float
    """When what is known of it was told."""
    accelerators: int
    """How many could not be used."""
    lost: bool = False
    """Whether it was all of the cluster."""
    cause: str = ""
    """Why, where it was ordered."""
    nodes: tuple[str, ...] = ()
    """Nodes that were down, where the engine named all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stands:
    """How a cluster stands."""

    delivered: int
    usable: int
    cap: int
    lost: bool = False
    since: float | None = None
    down: tuple[str, ...] = ()

    def lack(self, happening: Happening) -> Lack | None:
        """Give what it lacks from something that happened on; None lacks nothing."""
        missing = self.delivered if self.lost else max(0, self.delivered - self.usable)
        if not missing:
            return None
        ordered = not self.lost and self.usable >= self.cap
        named = () if self.lost or ordered else self.down
        starts = happening.at if self.since is None or not self.lost else self.since
        return Lack(
            seq=happening.seq,
            starts=min(starts, happening.at),
            told=happening.at,
            accelerators=missing,
            lost=self.lost,
            cause=CURTAILMENT if ordered else "",
            nodes=named,
        )


def lacks(cluster: ClusterSpec, happenings: Iterable[Happening]) -> Iterator[Lack]:
    """Give when which part of a cluster could not be used, first to last, none overlapping."""
    whole = int(cluster.accelerator_count)
    stands = _Stands(delivered=whole, usable=whole, cap=whole)
    open_: Lack | None = None
    last_end = -math.inf
    for happening in happenings:
        if happening.cluster != cluster.id:
            continue
        stands = _after(stands, happening)
        lack = stands.lack(happening)
        if lack is not None and open_ is not None and _same(lack, open_):
            continue
        if open_ is not None:
            # What was out of reach before it was given up began when that began.
            ends = happening.at if lack is None else min(happening.at, lack.starts)
            last_end = max(ends, open_.starts)
            yield replace(open_, ends=last_end, told=happening.at)
        open_ = None if lack is None else replace(lack, starts=max(lack.starts, last_end))
    if open_ is not None:
        yield open_


def _after(stands: _Stands, happening: Happening) -> _Stands:
    """Give how a cluster stands after something happened."""
    kind, body = happening.kind, happening.body
    if kind in _LOST:
        since = body.get("since")
        began = happening.at if since is None else float(str(since))
        return stands if stands.lost else replace(stands, lost=True, since=began)
    if kind in _BACK:
        return replace(stands, lost=False, since=None)
    if kind == "usable":
        down = body.get("down")
        named = tuple(map(str, down)) if isinstance(down, Sequence) else ()
        return replace(stands, usable=int(str(body["usable"])), down=named)
    if kind in _SAID:
        count = int(str(body["usable"]))
        delivered = stands.delivered if kind == "curtailed" else count
        return replace(stands, delivered=delivered, usable=count, cap=count, down=())
    return stands


def _same(lack: Lack, other: Lack) -> bool:
    """Tell whether two say the same of a cluster."""
    parts = ("accelerators", "lost", "cause", "nodes")
    return all(getattr(lack, part) == getattr(other, part) for part in parts)


def outages(
    clusters: Iterable[ClusterSpec],
    happenings: Sequence[Happening],
    contracts: Sequence[Contract],
) -> tuple[Event, ...]:
    """Give the outages of the tranches that clusters are delivered under, all up the chain.

    A cluster without a contract, or with one that is not among them, has none. An outage that
    lasted less than a second is none.
    """
    named = {contract.id: contract for contract in contracts}
    made: list[Event] = []
    for cluster in clusters:
        links = tuple(_links(cluster, named))
        if links:
            for lack in lacks(cluster, happenings):
                made += _events(cluster, lack, links)
    return tuple(made)


def _events(
    cluster: ClusterSpec, lack: Lack, links: Sequence[tuple[Contract, Tranche]]
) -> Iterator[Event]:
    """Give one event, or none for less than a second."""
    starts, ends = math.floor(lack.starts), None if lack.ends is None else math.floor(lack.ends)
    if ends is not None and ends <= starts:
        return
    each = int(cluster.accelerators_per_node_count)
    count = -(-lack.accelerators // each)
    names = _known(lack.nodes, links) if len(lack.nodes) == count else None
    yield Event(
        id=f"offtake:{cluster.id}/{lack.seq}",
        kind=EventKind.OUTAGE,
        starts=_moment(starts),
        ends=None if ends is None else _moment(ends),
        recorded=_moment(math.ceil(lack.told)),
        tranches=tuple(f"{contract.id}.{tranche.id}" for contract, tranche in links),
        site=cluster.site,
        scope=Scope.CLUSTER if lack.lost else Scope.NODE,
        nodes=names,
        node_count=None if names is not None else count,
        accelerator_count=None if names is not None else lack.accelerators,
        cause=lack.cause,
        note=f"As the control plane saw cluster {cluster.id}.",
    )


def _known(nodes: Sequence[str], links: Sequence[tuple[Contract, Tranche]]) -> str | None:
    """Write nodes as a host list where every link names them; else None."""
    for _, tranche in links:
        try:
            held = hosts(tranche.nodes) if tranche.nodes else ()
        except OfftakeError:
            return None  # a list that is none is told when the contract is settled
        if not set(nodes) <= set(held):
            return None
    return folded(nodes)


def _links(
    cluster: ClusterSpec, contracts: Mapping[str, Contract]
) -> Iterator[tuple[Contract, Tranche]]:
    """Give the tranche of a cluster, and those above it in the chain that stand in its place."""
    contract = contracts.get(cluster.contract or "")
    if contract is None:
        return
    todo = [(contract, tranche) for tranche in contract.tranches if tranche.id == cluster.tranche]
    seen: set[tuple[str, str]] = set()
    while todo:
        below, tranche = todo.pop(0)
        if (below.id, tranche.id) in seen:
            continue
        seen.add((below.id, tranche.id))
        yield below, tranche
        for name in below.upstream:
            above = contracts.get(name)
            if above is not None:
                pairs = twin_tranches(above, below)
                todo += [(above, upper) for upper, lower in pairs if lower == tranche]


def _moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
