"""Outages: which nodes of a tranche were down when, from events that name a site and nodes.

    events at the site ──facts──> rows (event, node) ──downs──> spans of units, united

A unit is one node with outages of its own, or all nodes that share every outage (the
fabric's): 50,000 nodes are worked on as arrays, and where nothing happened nothing is done.
Where accelerators are looked at, a unit is one accelerator. Accelerators have no names: an
outage of `gpu_count` takes the first so many of its node, so that overlapping ones are
united there too. So does one of `node_count` with the nodes of a tranche.

Time counts while a node is in service: a tranche accepted in parts has cohorts of nodes.
Where the events that accepted or withdrew a part name no nodes, they are taken in the order
of the tranche's host list, which is sound as long as only outages of all nodes fall into
that time; any other is a fault.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from offtake.errors import Fault, OfftakeError
from offtake.ledger.case import Case
from offtake.ledger.fleet import Cohort, Fleet, fleet
from offtake.ledger.hosts import hosts
from offtake.ledger.spans import Span, Spans
from offtake.ledger.sweeps import Ints, Marks, cut, joined, lengths, marks, united
from offtake.model.clause import Clock, Scope
from offtake.model.contract import Tranche
from offtake.model.event import Event, EventKind
from offtake.model.month import epoch

BUYER = "buyer"
"""The cause of outages the buyer answers for: capacity counts as available during them."""
MOST_NAMED = 1000
"""Most events one step names."""
OPEN = 2**62
"""The end of what has not ended."""

_LISTS = frozenset("[],")
"""What makes a host list more than one name."""
RANK = {Scope.GPU: 0, Scope.NODE: 1, Scope.RACK: 2, Scope.CLUSTER: 3, Scope.FABRIC: 4}
"""Scopes from the smallest to the largest: a larger one that fails takes the smaller along."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Facts:
    """Events of a site that touch a tranche, as columns: row i is `events[i]`."""

    events: tuple[Event, ...]
    """The events: outages, then maintenance, each sorted by start and id."""
    start: Ints
    """First second."""
    end: Ints
    """First second after it; `OPEN` where it has not ended."""
    noticed: Ints
    """Second the seller was told; `OPEN` where it was not."""
    maintenance: Mask
    """Whether it was announced maintenance."""
    rank: Ints
    """What failed, by `RANK`."""
    gpu_count: Ints
    """Accelerators of each node that were down; 0 is the whole node."""
    whole: Ints
    """Rows that hit every node of the tranche."""
    event: Ints
    """For what hit only some nodes: the row …"""
    node: Ints
    """… and the node, by its place in the tranche's host list; sorted by node."""

    def causes(self, excluded: Iterable[str]) -> Mask:
        """Tell which events have a cause that is not excluded."""
        names = frozenset(excluded)
        return np.array([e.cause not in names for e in self.events], bool)

    def touching(self, node: int | None, rows: Mask) -> list[int]:
        """Give the rows of a mask that hit one node, or every node where it is None."""
        found = self.whole[rows[self.whole]].tolist()
        if node is not None:
            first, last = np.searchsorted(self.node, (node, node + 1))
            own = self.event[first:last]
            found += own[rows[own]].tolist()
        return sorted(set(found))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Downs:
    """When which unit of a tranche was down, within service, united."""

    node: Ints
    """For each unit its node, by its place in the host list; -1 is all without a fate of
    their own."""
    many: Ints
    """How many each unit stands for: nodes, or accelerators where those are looked at."""
    cohort: Ints
    """Which cohort it is of, and so when it is in service."""
    marks: Marks
    """When each unit was down."""

    def seconds(self, window: Span) -> Ints:
        """Add up the seconds each unit was down inside a window."""
        return lengths(cut(self.marks, (window,)), len(self.node))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Downtime:
    """What a tranche lacked in a month: provider's outages and maintenance, united."""

    names: tuple[str, ...]
    """The nodes of the tranche; empty where it names none."""
    gpu_seconds: int
    """Accelerator-seconds in service that were not available."""
    node_seconds: int
    """Node-seconds in service in which a node was not wholly available."""
    nodes: Downs
    """When which node was down."""
    sources: tuple[str, ...]
    """The events it rests on, as `event:ID`."""
    cohorts: tuple[Cohort, ...]
    """When which of its nodes are in service."""

    def spans(self, node: str) -> Spans:
        """Give when a node was down, within service; 3 h and 5 h that overlap are one span."""
        place = self.names.index(node)
        units = np.flatnonzero(self.nodes.node == place)
        if not len(units):
            cohort = next((i for i, c in enumerate(self.cohorts) if place in c.members), -1)
            units = np.flatnonzero((self.nodes.node < 0) & (self.nodes.cohort == cohort))
        return self.nodes.marks.spans(int(units[0])) if len(units) else ()


def downtime(case: Case, tranche: Tranche) -> Downtime:
    """Give what was not available of a tranche in the month of a case.

    Outages the buyer caused (`BUYER`) leave capacity available; all others and maintenance
    take it away, each second once. An outage of some accelerators of a node takes only
    those. Faults are collected in the case.
    """
    found, known = fleet(case, tranche), facts(case, tranche)
    rows = known.causes((BUYER,)) & touches(known, case.window)
    down = downs(case, tranche, rows, window=case.window)
    by_gpu = bool((known.gpu_count[rows] > 0).any())
    gpus = downs(case, tranche, rows, window=case.window, by_gpu=True) if by_gpu else down
    node_seconds = int((down.seconds(case.window) * down.many).sum())
    gpu_seconds = int((gpus.seconds(case.window) * gpus.many).sum())
    each = 1 if by_gpu else found.gpus_a_node
    serving = case.services[tranche.id].spans(case.window)
    picked = np.flatnonzero(rows)
    there = cut(marks(picked, known.start[picked], known.end[picked]), serving).unit
    note_open(case, known, rows)
    return Downtime(
        names=found.names,
        gpu_seconds=gpu_seconds * each,
        node_seconds=node_seconds,
        nodes=down,
        sources=named(known, np.unique(there).tolist(), tranche.site),
        cohorts=found.cohorts,
    )


def downs(
    case: Case,
    tranche: Tranche,
    rows: Mask,
    *,
    window: Span,
    apart: Mask | None = None,
    clock: Clock = Clock.FAILURE,
    by_gpu: bool = False,
) -> Downs:
    """Unite the outages of a mask for every unit, within service and before the window ends.

    What has not ended runs to the end of the window, or to `as_of` where that is earlier.
    Nodes hit by rows of `apart` are units of their own, so that two masks can have the same
    units; None is those hit by `rows`. Maintenance has no clock: it was announced.
    """
    found, known = fleet(case, tranche), facts(case, tranche)
    horizon = min(window[1], epoch(case.as_of))
    start = known.start
    if clock is Clock.NOTICE:
        start = np.where(known.maintenance, start, np.maximum(start, known.noticed))
    end = np.where(known.end >= OPEN, horizon, np.minimum(known.end, window[1]))
    own = rows[known.event]
    event, node = known.event[own], known.node[own]
    _refuse_untold(case, tranche, found, marks(event, start[event], end[event]))
    active = np.unique(node if apart is None else known.node[apart[known.event]])
    units = _units(found, active)
    place = np.searchsorted(active, node)
    whole = known.whole[rows[known.whole]]
    event = np.concatenate((event, np.tile(whole, len(units.node))))
    place = np.concatenate((place, np.repeat(np.arange(len(units.node)), len(whole))))
    if by_gpu:
        partly = apart if apart is not None else rows
        units, event, place = _split(units, known, found, partly, (event, place))
    raw = marks(place, start[event], end[event])
    parts = [
        cut(raw.where(units.cohort[raw.unit] == i), cohort.spans)
        for i, cohort in enumerate(found.cohorts)
    ]
    return Downs(
        node=units.node, many=units.many, cohort=units.cohort, marks=united(joined(*parts))
    )


def _refuse_untold(case: Case, tranche: Tranche, found: Fleet, own: Marks) -> None:
    if not len(cut(own, found.untold)):
        return
    what = "nodes were down while part of the tranche was in service, and nobody said which"
    hint = "name the nodes in the events that accepted or withdrew the part"
    case.fault("OTK-L105", what, f"tranches.{tranche.id}", hint=hint)


def _units(found: Fleet, active: Ints) -> Downs:
    """Give a unit to each node with outages of its own, and one to the rest of each cohort."""
    node, many, cohort = [active], [np.ones(len(active), np.int64)], [found.cohort_of(active)]
    for i, one in enumerate(found.cohorts):
        rest = len(one.members) - int((cohort[0] == i).sum())
        if rest > 0:
            node.append(np.array([-1]))
            many.append(np.array([rest]))
            cohort.append(np.array([i]))
    return Downs(
        node=np.concatenate(node).astype(np.int64),
        many=np.concatenate(many).astype(np.int64),
        cohort=np.concatenate(cohort).astype(np.int64),
        marks=marks((), (), ()),
    )


def _split(
    units: Downs, known: Facts, found: Fleet, rows: Mask, hits: tuple[Ints, Ints]
) -> tuple[Downs, Ints, Ints]:
    """Turn units of nodes into units of accelerators, apart only where some alone were down.

    `hits` are events and the units they hit; each becomes a hit on the first `gpu_count`
    accelerators of a node that is taken apart, or on all of it.
    """
    event, place = hits
    some = rows & (known.gpu_count > 0)
    partial = np.isin(units.node, known.node[some[known.event]]) & (units.node >= 0)
    partial |= bool(some[known.whole].any())
    pieces = np.where(partial, found.gpus_a_node, 1)
    first = np.concatenate(([0], np.cumsum(pieces)[:-1]))
    hit = np.where(known.gpu_count[event] > 0, known.gpu_count[event], pieces[place])
    ordinal = np.arange(int(hit.sum())) - np.repeat(np.cumsum(hit) - hit, hit)
    made = Downs(
        node=np.repeat(units.node, pieces),
        many=np.repeat(units.many * np.where(partial, 1, found.gpus_a_node), pieces),
        cohort=np.repeat(units.cohort, pieces),
        marks=units.marks,
    )
    return made, np.repeat(event, hit), np.repeat(first[place], hit) + ordinal


def facts(case: Case, tranche: Tranche) -> Facts:
    """Give the outages and maintenance that touch a tranche, as columns.

    Faults are collected in the case: nodes that cannot be told (`OTK-L101`), a number of
    accelerators that a node does not have (`OTK-L102`), a number of nodes of a tranche that does
    not count them (`OTK-L106`), or a list that is none (`OTK-L010`).
    """
    memo = case.known.memo
    own = (case.contract.id, tranche.id) if _of_tranches(case) else ()
    size = (tranche.accelerator_count, tranche.node_count)
    key = ("outages", tranche.site, tranche.nodes, size, own)
    if key in memo:
        kept: Facts = memo[key]
        return kept
    sound = len(case.faults)
    made = _gathered(case, tranche)
    if len(case.faults) == sound:
        memo[key] = made
    return made


def _of_tranches(case: Case) -> bool:
    """Tell whether an event names the tranches it is of, so that two alike may fare apart."""
    key, memo = ("apart",), case.known.memo
    if key not in memo:
        kinds = (EventKind.OUTAGE, EventKind.MAINTENANCE)
        memo[key] = any(e.tranches for kind in kinds for e in case.known.of(kind))
    return bool(memo[key])


def _gathered(case: Case, tranche: Tranche) -> Facts:
    found = fleet(case, tranche)
    place = {name: i for i, name in enumerate(found.names)}
    events: list[Event] = []
    # Flat lists of numbers: a quarter of a million events are gathered in a second or two.
    whole: list[int] = []
    rows: list[int] = []
    nodes: list[int] = []
    path = f"{case.contract.id}.{tranche.id}"
    for event in (*case.known.of(EventKind.OUTAGE), *case.known.of(EventKind.MAINTENANCE)):
        if event.site != tranche.site or (event.tranches and path not in event.tranches):
            continue
        hit = _hit(case, tranche, event, place)
        if hit == () or not _counted(case, tranche, event, found):
            continue
        if hit is None:
            whole.append(len(events))
        elif isinstance(hit, int):
            rows.append(len(events))
            nodes.append(hit)
        else:
            rows += [len(events)] * len(hit)
            nodes += hit
        events.append(event)
    order = np.argsort(nodes, kind="stable")
    gpus = np.array([_gpus(each, tranche, found) for each in events], np.int64)
    return _columns(
        events, gpus, whole, np.array(rows, np.int64)[order], np.array(nodes, np.int64)[order]
    )


def _gpus(event: Event, tranche: Tranche, found: Fleet) -> int:
    """Give how many accelerators of each node an event took; 0 is the whole node.

    A tranche that does not count in nodes is one node, of which unnamed ones took a part.
    """
    count = event.gpu_count or 0 if event.scope is Scope.GPU else 0
    if event.node_count is not None and not _counts(tranche):
        count = int(event.accelerator_count or 0)
    return 0 if count >= found.gpus_a_node else int(count)


def _counts(tranche: Tranche) -> bool:
    """Tell whether a tranche says in how many nodes it comes."""
    return tranche.node_count is not None or tranche.nodes is not None


def _columns(events: list[Event], gpus: Ints, whole: list[int], rows: Ints, nodes: Ints) -> Facts:
    def seconds(moments: Iterable[datetime | None]) -> Ints:
        return np.array([OPEN if m is None else epoch(m) for m in moments], np.int64)

    rank = np.array([RANK[_scope(e)] for e in events], np.int64)
    rank[(rank == 0) & (gpus == 0)] = RANK[Scope.NODE]
    return Facts(
        events=tuple(events),
        start=seconds(e.starts for e in events),
        end=seconds(e.ends for e in events),
        noticed=seconds(e.noticed for e in events),
        maintenance=np.array([e.kind is EventKind.MAINTENANCE for e in events], bool),
        rank=rank,
        gpu_count=gpus,
        whole=np.array(whole, np.int64),
        event=rows,
        node=nodes,
    )


def _scope(event: Event) -> Scope:
    """Give what failed; without a scope it is the nodes named, or all of the site."""
    return event.scope or (Scope.FABRIC if event.nodes is None else Scope.NODE)


def _hit(
    case: Case, tranche: Tranche, event: Event, place: dict[str, int]
) -> int | tuple[int, ...] | None:
    """Give the node of a tranche an event hit, or several; None is all of them."""
    text = event.nodes
    if text is None:
        return None if event.node_count is None else _first(case, tranche, event)
    if not place:
        what = f"event {event.id} names nodes, but the tranche does not say which it has"
        hint = "give the tranche its `nodes`, as a host list such as n[001-512]"
        case.fault("OTK-L101", what, f"tranches.{tranche.id}", got=text[:80], hint=hint)
        return ()
    alone = place.get(text)
    if alone is not None:
        return alone if len(place) > 1 else None
    if not _LISTS.intersection(text):
        return ()
    try:
        named = hosts(text)
    except OfftakeError as error:
        _adopt(case, error.faults)
        return ()
    hit = tuple(place[name] for name in named if name in place)
    return None if len(hit) == len(place) else hit


def _first(case: Case, tranche: Tranche, event: Event) -> tuple[int, ...] | None:
    """Give the nodes of an outage that counts them: the first so many; None is all."""
    count = int(event.node_count or 0)
    if not _counts(tranche):
        if count and event.accelerator_count is not None:
            return None
        what = f"event {event.id} counts nodes, and the tranche does not say how many it has"
        hint = "give the tranche its `node_count`, or the event its `accelerator_count`"
        case.fault("OTK-L106", what, f"tranches.{tranche.id}", got=f"{count} nodes", hint=hint)
        return ()
    return None if count >= fleet(case, tranche).count else tuple(range(count))


def _counted(case: Case, tranche: Tranche, event: Event, found: Fleet) -> bool:
    """Tell whether the accelerators an event took down can be told."""
    if event.scope is not Scope.GPU:
        return True
    most = found.gpus_a_node
    if event.gpu_count and event.gpu_count <= most:
        return True
    what = f"event {event.id} does not say how many of the {most} accelerators of a node it is of"
    hint = f"give it a `gpu_count` from 1 to {most}"
    got = str(event.gpu_count)
    case.fault("OTK-L102", what, f"tranches.{tranche.id}", got=got, hint=hint)
    return False


def _adopt(case: Case, faults: Iterable[Fault]) -> None:
    case.faults.extend(fault for fault in faults if fault not in case.faults)


def touches(known: Facts, window: Span) -> Mask:
    """Tell which events lie in a window, wholly or in part."""
    return (known.start < window[1]) & (known.end > window[0])


def named(known: Facts, rows: Sequence[int], site: str) -> tuple[str, ...]:
    """Give events as sources of a step; of very many only the number and the site."""
    if len(rows) > MOST_NAMED:
        return (f"events:{len(rows)} of {site}",)
    return tuple(f"event:{known.events[row].id}" for row in rows)


def note_open(case: Case, known: Facts, rows: Mask) -> None:
    """Note what had not ended and is counted up to the end of the month or to `as_of`."""
    for row in np.flatnonzero(rows & (known.end >= OPEN)).tolist():
        event = known.events[row]
        until = "the end of the month"
        if epoch(case.as_of) < case.window[1]:
            until = case.as_of.isoformat()
        note = f"{event.kind} {event.id} has not ended: it is counted up to {until}"
        case.note(note)
