"""The fleet of a tranche: its nodes by name, and which of them are in service when.

A tranche accepted all at once is one cohort. One accepted or withdrawn in parts has several:
the nodes the events name or, where they name none, the first of the host list.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from offtake.errors import OfftakeError
from offtake.ledger.case import Case
from offtake.ledger.hosts import hosts
from offtake.ledger.service import Piece
from offtake.ledger.spans import Spans, union
from offtake.ledger.sweeps import Ints
from offtake.model.contract import Tranche
from offtake.model.event import EventKind
from offtake.model.month import epoch


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cohort:
    """Nodes that are in service at the same times."""

    spans: Spans
    """When they are in service, over all of time."""
    members: Ints
    """Their places in the host list."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fleet:
    """The nodes of a tranche."""

    names: tuple[str, ...]
    """Their names; empty where the tranche names none."""
    count: int
    """How many there are; 1 where the tranche does not count in nodes."""
    gpus_a_node: int
    """Accelerators of each; 0 where it has none."""
    cohorts: tuple[Cohort, ...]
    """Nodes by when they are in service; none that never are."""
    untold: Spans
    """When part of the tranche is in service and nobody said which nodes."""

    def cohort_of(self, nodes: Ints) -> Ints:
        """Give the cohort of each node; -1 is never in service."""
        found = np.full(self.count, -1, np.int64)
        for i, cohort in enumerate(self.cohorts):
            found[cohort.members] = i
        return found[nodes]


def fleet(case: Case, tranche: Tranche) -> Fleet:
    """Give the nodes of a tranche and when they are in service.

    Faults are collected in the case: a list that is no host list (`OTK-L010`), or has not
    as many nodes as the tranche (`OTK-L100`); accelerators that do not spread evenly over
    nodes (`OTK-L103`); a part in service that is not a whole number of nodes (`OTK-L104`).
    """
    service = case.services[tranche.id]
    key = ("fleet", case.contract.id, service)
    memo = case.known.memo
    if key in memo:
        kept: Fleet = memo[key]
        return kept
    sound = len(case.faults)
    names = _names(case, tranche)
    count = len(names) or tranche.node_count or 1
    pieces = tuple(piece for piece in service.pieces if piece.share > 0)
    serving, untold = _serving(case, tranche, pieces, names, count)
    made = Fleet(
        names=names,
        count=count,
        gpus_a_node=_gpus(case, tranche, count),
        cohorts=_cohorts(pieces, serving, count),
        untold=untold,
    )
    if len(case.faults) == sound:
        memo[key] = made
    return made


def _names(case: Case, tranche: Tranche) -> tuple[str, ...]:
    if tranche.nodes is None:
        return ()
    try:
        names = hosts(tranche.nodes)
    except OfftakeError as error:
        case.faults.extend(error.faults)
        return ()
    if tranche.node_count is not None and tranche.node_count != len(names):
        case.fault(
            "OTK-L100",
            f"the tranche has {tranche.node_count} nodes, but its list names {len(names)}",
            f"tranches.{tranche.id}",
            got=tranche.nodes[:80],
            hint="make `node_count` and `nodes` agree",
        )
    return names


def _gpus(case: Case, tranche: Tranche, count: int) -> int:
    each, rest = divmod(tranche.accelerator_count or 0, count)
    if rest:
        case.fault(
            "OTK-L103",
            "the accelerators of the tranche do not spread evenly over its nodes",
            f"tranches.{tranche.id}",
            got=f"{tranche.accelerator_count} on {count} nodes",
            hint="give it its `node_count`, or split it into tranches of equal nodes",
        )
    return each


def _serving(
    case: Case, tranche: Tranche, pieces: Sequence[Piece], names: tuple[str, ...], count: int
) -> tuple[list[Ints], Spans]:
    """Give the nodes in service in each piece, and when nobody said which they are."""
    serving: list[Ints] = []
    untold = []
    for piece in pieces:
        wanted = piece.share * count
        if wanted.denominator != 1:
            case.fault(
                "OTK-L104",
                "the part of the tranche in service is not a whole number of nodes",
                f"tranches.{tranche.id}",
                got=f"{piece.share} of {count} nodes",
                hint="give the tranche its `node_count`, and the event that accepted part of it "
                "the number of nodes",
            )
        told = _told(case, tranche, piece, names) if piece.share < 1 else None
        if piece.share < 1 and (told is None or len(told) != wanted):
            untold.append(piece.span)
            told = None
        serving.append(np.arange(int(wanted), dtype=np.int64) if told is None else told)
    return serving, union(untold)


def _told(case: Case, tranche: Tranche, piece: Piece, names: tuple[str, ...]) -> Ints | None:
    """Give the nodes that events put into service by a piece; None where they do not say."""
    place = {name: i for i, name in enumerate(names)}
    path = f"{case.contract.id}.{tranche.id}"
    accepted = any(path in e.tranches for e in case.known.of(EventKind.ACCEPTED))
    there: set[int] = set() if accepted else set(place.values())
    events = (*case.known.of(EventKind.ACCEPTED), *case.known.of(EventKind.WITHDRAWN))
    for event in sorted(events, key=lambda e: (e.starts, e.id)):
        if path not in event.tranches or epoch(event.starts) > piece.span[0]:
            continue
        hit = _named(event.nodes, place)
        if hit is None and (event.node_count is not None or event.nodes is not None):
            return None
        hit = set(place.values()) if hit is None else hit
        there = there | hit if event.kind is EventKind.ACCEPTED else there - hit
    return np.array(sorted(there), np.int64)


def _named(nodes: str | None, place: dict[str, int]) -> set[int] | None:
    if nodes is None:
        return None
    try:
        named = hosts(nodes)
    except OfftakeError:
        return None
    hit: Iterable[int] = (place[name] for name in named if name in place)
    return set(hit)


def _cohorts(pieces: Sequence[Piece], serving: Sequence[Ints], count: int) -> tuple[Cohort, ...]:
    """Gather nodes that serve in the same pieces."""
    if not pieces:
        return ()
    there = np.zeros((len(pieces), count), bool)
    for i, members in enumerate(serving):
        there[i, members] = True
    kinds, kind = np.unique(there, axis=1, return_inverse=True)
    made = []
    for i in range(kinds.shape[1]):
        spans = union(piece.span for piece, on in zip(pieces, kinds[:, i], strict=True) if on)
        if spans:
            made.append(Cohort(spans=spans, members=np.flatnonzero(kind == i)))
    return tuple(made)
