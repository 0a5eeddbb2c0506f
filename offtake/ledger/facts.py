"""Facts: what went otherwise than agreed in a month, and the month as it would have been without.

An outage, maintenance, a cut of power for the grid or a withdrawal is a fact of its own;
capacity that came late is one fact for all contracts along the chain that it stands in.
Taking a fact out of the records gives the same month without it: the event gone, or the
tranche accepted on its due date. What was metered stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from offtake.ledger.case import window
from offtake.ledger.hosts import hosts
from offtake.ledger.known import known
from offtake.ledger.spans import Span
from offtake.ledger.twins import same_place
from offtake.model.contract import Contract, Tranche
from offtake.model.event import Event, EventKind
from offtake.model.month import Month, epoch, midnight
from offtake.model.records import Records

_PHYSICAL = (
    EventKind.OUTAGE,
    EventKind.MAINTENANCE,
    EventKind.WITHDRAWN,
    EventKind.DEMAND_RESPONSE,
)

_DOWN = (EventKind.OUTAGE, EventKind.MAINTENANCE)

Late = tuple[str, str]
"""A tranche that came late: its contract, its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Contracts and records that are settled together."""

    contracts: tuple[Contract, ...]
    """The contracts."""
    records: Records
    """Everything that was recorded about them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened in a month and can be thought away."""

    id: str
    """Name: that of its event, or `late:CONTRACT.TRANCHE`."""
    says: str
    """It in words."""
    events: frozenset[str] = frozenset()
    """Events that are gone without it."""
    late: tuple[Late, ...] = ()
    """Tranches that are on time without it."""
    weight: int = 0
    """Node-seconds of an outage or maintenance, to tell large from small; else 0."""


def facts(world: World, month: Month, *, as_of: datetime, most: int = 24) -> tuple[Fact, ...]:
    """List the facts of a month, by when they began.

    Args:
        world: Contracts and what was recorded.
        month: The month.
        as_of: Moment whose knowledge counts.
        most: Outages and maintenance told one by one; the smallest beyond are taken as one.

    Raises:
        OfftakeError: a time zone or a host list that cannot be read (`OTK-L002`, `OTK-L010`).
    """
    events = effective(world.records, as_of)
    span = reach(world.contracts, month)
    found = [
        (epoch(event.starts), _physical(event, span))
        for event in events
        if event.kind in _PHYSICAL and _touches(event, span)
    ]
    down = [pair for pair in found if pair[1].weight]
    if len(down) > most:
        down.sort(key=lambda pair: (-pair[1].weight, pair[0], pair[1].id))
        kept, rest = down[: most - 1], down[most - 1 :]
        found = [pair for pair in found if not pair[1].weight]
        found += [*kept, (span[1], _together([fact for _, fact in rest]))]
    found += [(span[0], fact) for fact in _lates(world.contracts, events, span)]
    found.sort(key=lambda pair: (pair[0], pair[1].id))
    return tuple(fact for _, fact in found)


def effective(records: Records, as_of: datetime) -> tuple[Event, ...]:
    """Give the events that count as known at a moment, by start and id."""
    kinds = known(records, as_of).events.values()
    return tuple(sorted((e for kind in kinds for e in kind), key=lambda e: (e.starts, e.id)))


def reach(contracts: Iterable[Contract], month: Month) -> Span:
    """Give the month in the time zones of all contracts together.

    Raises:
        OfftakeError: there is no such zone (`OTK-L002`).
    """
    zones = {contract.time_zone for contract in contracts} or {"UTC"}
    windows = [window(month, zone) for zone in zones]
    return min(w[0] for w in windows), max(w[1] for w in windows)


def without(world: World, gone: Sequence[Fact], *, as_of: datetime) -> World:
    """Give a world in which some facts did not happen.

    Raises:
        OfftakeError: a time zone that does not exist (`OTK-L002`).
    """
    dropped = frozenset[str]().union(*(fact.events for fact in gone))
    late = {each for fact in gone for each in fact.late}
    events = [e for e in effective(world.records, as_of) if e.id not in dropped]
    if not late:
        return replace(world, records=replace(world.records, events=tuple(events)))
    return accepted_at(
        replace(world, records=replace(world.records, events=tuple(events))),
        {each: _due(*_found(world.contracts, each)) for each in late},
    )


def accepted_at(world: World, moments: dict[Late, datetime]) -> World:
    """Give a world in which tranches were accepted wholly, each at one moment."""
    paths = {f"{contract}.{tranche}" for contract, tranche in moments}
    events: list[Event] = []
    for event in world.records.events:
        kept = tuple(path for path in event.tranches if path not in paths)
        if event.kind not in (EventKind.ACCEPTED, EventKind.REJECTED) or kept == event.tranches:
            events.append(event)
        elif kept:
            events.append(replace(event, tranches=kept))
    known_from = min((e.recorded for e in world.records.events), default=None)
    for (contract, tranche), moment in sorted(moments.items()):
        path = f"{contract}.{tranche}"
        events.append(
            Event(
                id=f"thought:accepted/{path}",
                kind=EventKind.ACCEPTED,
                starts=moment,
                recorded=moment if known_from is None else max(moment, known_from),
                tranches=(path,),
            )
        )
    return World(
        contracts=tuple(_unaccepted(contract, moments) for contract in world.contracts),
        records=replace(world.records, events=tuple(events)),
    )


def _unaccepted(contract: Contract, moments: dict[Late, datetime]) -> Contract:
    """Take the acceptance a contract states itself away from tranches an event accepts."""
    tranches = tuple(
        replace(t, accepted=None) if (contract.id, t.id) in moments else t
        for t in contract.tranches
    )
    return contract if tranches == contract.tranches else replace(contract, tranches=tranches)


def _touches(event: Event, span: Span) -> bool:
    starts = epoch(event.starts)
    if event.kind in (EventKind.DEMAND_RESPONSE, EventKind.WITHDRAWN):
        return span[0] <= starts < span[1]
    return starts < span[1] and (event.ends is None or epoch(event.ends) > span[0])


def _physical(event: Event, span: Span) -> Fact:
    starts = max(epoch(event.starts), span[0])
    ends = min(span[1], epoch(event.ends)) if event.ends else span[1]
    count = len(hosts(event.nodes)) if event.nodes else event.node_count or 1_000_000
    return Fact(
        id=event.id,
        says=_said(event),
        events=frozenset({event.id}),
        weight=count * (ends - starts) if event.kind in _DOWN else 0,
    )


def _said(event: Event) -> str:
    """Say an event: `fabric outage, n[001-512] at fjord, 2027-06-08 02:00 to 05:35 UTC`."""
    what = str(event.kind).replace("-", " ")
    if event.kind is EventKind.OUTAGE and event.scope:
        what = f"{event.scope} outage"
    if event.kind is EventKind.DEMAND_RESPONSE:
        what = f"demand response of {event.power_mw} MW"
    place = event.nodes or ", ".join(event.tranches)
    at = " at ".join(part for part in (place, event.site) if part)
    starts = event.starts.astimezone(UTC)
    said = f"{what}, {at}, {starts:%Y-%m-%d %H:%M}" if at else f"{what}, {starts:%Y-%m-%d %H:%M}"
    if event.ends is None:
        return f"{said} UTC"
    ends = event.ends.astimezone(UTC)
    day = "%H:%M" if ends.date() == starts.date() else "%Y-%m-%d %H:%M"
    return f"{said} to {ends:{day}} UTC"


def _together(rest: Sequence[Fact]) -> Fact:
    return Fact(
        id="others",
        says=f"{len(rest)} smaller facts, as one",
        events=frozenset[str]().union(*(fact.events for fact in rest)),
        weight=sum(fact.weight for fact in rest),
    )


def _lates(contracts: Sequence[Contract], events: Sequence[Event], span: Span) -> Iterator[Fact]:
    """Give tranches that were late in a month, those in the same place as one fact."""
    late = [
        (contract, tranche)
        for contract in contracts
        for tranche in contract.tranches
        if _was_late(contract, tranche, events, span)
    ]
    groups: list[list[tuple[Contract, Tranche]]] = []
    for each in late:
        joined = [group for group in groups if any(same_place(each[1], o[1]) for o in group)]
        groups = [group for group in groups if group not in joined]
        groups.append([*(one for group in joined for one in group), each])
    for group in groups:
        names = [f"{contract.id}.{tranche.id}" for contract, tranche in group]
        dues = ", ".join(f"{name} due {t.due}" for name, (_, t) in zip(names, group, strict=True))
        yield Fact(
            id=f"late:{names[-1]}",
            says=f"late capacity at {group[-1][1].site}: {dues}",
            late=tuple((contract.id, tranche.id) for contract, tranche in group),
        )


def _was_late(contract: Contract, tranche: Tranche, events: Sequence[Event], span: Span) -> bool:
    """Whether part of a month lies between the day a tranche was due and its last acceptance."""
    due = midnight(tranche.due, contract.time_zone)
    path = f"{contract.id}.{tranche.id}"
    accepted = [
        epoch(event.starts)
        for event in events
        if event.kind is EventKind.ACCEPTED and path in event.tranches
    ]
    if tranche.accepted is not None and not accepted:
        accepted = [midnight(tranche.accepted, contract.time_zone)]
    last = max(accepted) if accepted else span[1]
    return max(due, span[0]) < min(last, span[1])


def _due(contract: Contract, tranche: Tranche) -> datetime:
    return datetime.fromtimestamp(midnight(tranche.due, contract.time_zone), UTC)


def _found(contracts: Iterable[Contract], late: Late) -> tuple[Contract, Tranche]:
    return next(
        (contract, tranche)
        for contract in contracts
        for tranche in contract.tranches
        if (contract.id, tranche.id) == late
    )
