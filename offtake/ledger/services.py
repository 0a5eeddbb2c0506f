"""Contracts as they stand and tranches in service, worked out from events.

    accepted, withdrawn ──┐
    term, extended ───────┼─ service ─> pieces of time, each with the share in service
    terminated, bought ───┤
    curtailed ────────────┘

A tranche is accepted by events, in parts or at once; without any by its `accepted` date;
else, where nobody tested it, by `deemed_after_days`. Its term runs from the moment all of
it is accepted. A transfer counts from the invoice of the month it happens in: whoever is
party at the end of a month owes or is owed all of that month, and a note says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from offtake.errors import OfftakeError
from offtake.ledger.case import exactly, window
from offtake.ledger.dates import second_later
from offtake.ledger.hosts import hosts
from offtake.ledger.known import Known
from offtake.ledger.service import FOREVER, Piece, Service
from offtake.ledger.spans import intersect, seconds, union
from offtake.model.clause import Option, OptionKind
from offtake.model.contract import Contract, Tranche
from offtake.model.event import Event, EventKind
from offtake.model.month import Month, epoch, midnight

DAY = 86_400
"""Seconds of a day of grace or notice."""
ENDING = (OptionKind.TERMINATE, OptionKind.BUY_OUT)
"""Options that end tranches."""


def stands(contract: Contract, known: Known, month: Month) -> Contract:
    """Give a contract as it stands in a month: its parties, and tranches added by options.

    A tranche that an option to expand names is part of the contract only once the option
    was used. What ends or lengthens a tranche is in its `service`.

    Raises:
        OfftakeError: there is no such time zone (`OTK-L002`).
    """
    end = window(month, contract.time_zone)[1]
    seller, buyer = contract.seller, contract.buyer
    for event in known.of(EventKind.TRANSFERRED):
        if event.contract == contract.id and event.party and epoch(event.starts) < end:
            seller = event.party if event.from_party == seller else seller
            buyer = event.party if event.from_party == buyer else buyer
    maybe = {name for o in contract.options if o.kind is OptionKind.EXPAND for name in o.tranches}
    added = {
        name
        for option, event in used(contract, known)
        if option.kind is OptionKind.EXPAND
        for name in subjects(contract, option, event)
    }
    tranches = tuple(t for t in contract.tranches if t.id not in maybe or t.id in added)
    return replace(contract, seller=seller, buyer=buyer, tranches=tranches)


def used(contract: Contract, known: Known) -> Iterator[tuple[Option, Event]]:
    """Give the options of a contract that were used, with the event that says so."""
    options = {option.id: option for option in contract.options}
    for event in known.of(EventKind.OPTION_USED):
        if event.contract == contract.id and event.option in options:
            yield options[event.option], event


def subjects(contract: Contract, option: Option, event: Event) -> tuple[str, ...]:
    """Name the tranches an option was used on: those of its event, else its own, else all."""
    named = tuple(name for t in event.tranches if (name := own(contract, t)) is not None)
    return named or option.tranches or tuple(t.id for t in contract.tranches)


def own(contract: Contract, path: str) -> str | None:
    """Give the name inside a contract of a tranche written CONTRACT.TRANCHE, if it is its own."""
    name = path.removeprefix(f"{contract.id}.")
    return name if name != path and any(t.id == name for t in contract.tranches) else None


def nodes_of(event: Event) -> int | None:
    """Count the nodes an event is of; None is all."""
    if event.node_count is not None:
        return int(event.node_count)
    try:
        return None if event.nodes is None else len(hosts(event.nodes))
    except OfftakeError:
        return None  # told by `offtake.ledger.standing`


def service(tranche: Tranche, contract: Contract, known: Known) -> Service:
    """Work out when which share of a tranche is in service, over all of time.

    Raises:
        OfftakeError: there is no such time zone (`OTK-L002`).
    """
    zone, path = contract.time_zone, f"{contract.id}.{tranche.id}"
    due = midnight(tranche.due, zone)
    begun = _begun(tranche, path, known, due, zone)
    late_until = begun.complete if begun.complete is not None else FOREVER
    excused = union(
        (epoch(e.starts), epoch(e.ends))
        for e in known.of(EventKind.EXCUSED)
        if path in e.tranches and e.ends is not None
    )
    moved = due + seconds(intersect(excused, ((due, max(late_until, due)),)))
    mine = [
        (option, event)
        for option, event in used(contract, known)
        if tranche.id in subjects(contract, option, event)
    ]
    first = min(moved, begun.started if begun.started is not None else moved)
    term = _Term.of(tranche, contract, known, mine, zone)
    ended, prices = term.end(begun.complete)
    owed_end, _ = term.end(begun.complete if begun.complete is not None else first)
    curtailed = _curtailed(tranche, mine)
    pieces = _pieces(begun.changes, curtailed, ended)
    if begun.withdrawn is not None:
        ended, owed_end = min(ended, begun.withdrawn), min(owed_end, begun.withdrawn)
    return Service(
        tranche=tranche,
        pieces=pieces,
        due=moved,
        started=begun.started,
        complete=begun.complete,
        ended=ended,
        sources=(*begun.sources, *term.sources, *(f"event:{e.id}" for _, e in mine)),
        contracted=ramped(tranche, first, owed_end, zone),
        curtailed=curtailed,
        option_prices=prices,
    )


@dataclass(frozen=True, slots=True)
class _Begun:
    """How a tranche came into service, and left it."""

    changes: tuple[tuple[int, Fraction], ...]
    """At which second its share in service rises or falls by how much."""
    started: int | None
    complete: int | None
    withdrawn: int | None
    """When the last of it was withdrawn."""
    sources: tuple[str, ...]


def _begun(tranche: Tranche, path: str, known: Known, due: int, zone: str) -> _Begun:
    accepted = [e for e in known.of(EventKind.ACCEPTED) if path in e.tranches]
    if accepted:
        return _by_events(tranche, path, known, accepted)
    if tranche.accepted is not None:
        second = midnight(tranche.accepted, zone)
        source = f"clause:tranches.{tranche.id}.accepted"
    else:
        second = deemed(tranche, path, known, due)
        source = f"clause:tranches.{tranche.id}.acceptance.deemed_after_days"
    if second > epoch(known.as_of):
        return _Begun((), None, None, None, ())
    return _by_events(tranche, path, known, (), (second, source))


def deemed(tranche: Tranche, path: str, known: Known, due: int) -> int:
    """Give the second a tranche nobody tested counts as accepted; `FOREVER` is never."""
    days = tranche.acceptance.deemed_after_days if tranche.acceptance else None
    if days is None:
        return FOREVER
    second = due + int(exactly(days) * DAY)
    rejected = (e for e in known.of(EventKind.REJECTED) if path in e.tranches)
    return FOREVER if any(epoch(e.starts) < second for e in rejected) else second


def _by_events(
    tranche: Tranche,
    path: str,
    known: Known,
    accepted: Iterable[Event],
    at_once: tuple[int, str] | None = None,
) -> _Begun:
    """Follow a tranche through what was accepted and withdrawn, in the order of time."""
    moves = [(epoch(e.starts), 0, nodes_of(e), f"event:{e.id}") for e in accepted]
    if at_once is not None:
        moves.append((at_once[0], 0, None, at_once[1]))
    withdrawn = (e for e in known.of(EventKind.WITHDRAWN) if path in e.tranches)
    moves += [(epoch(e.starts), 1, nodes_of(e), f"event:{e.id}") for e in withdrawn]
    begun, gone = Fraction(0), Fraction(0)
    changes: list[tuple[int, Fraction]] = []
    complete = last = None
    for second, leaves, nodes, _ in sorted(moves, key=lambda move: (move[0], move[1], move[3])):
        share = None if nodes is None else Fraction(nodes, tranche.node_count or max(nodes, 1))
        if leaves:
            step = begun - gone if share is None else min(share, begun - gone)
            gone += step
            changes.append((second, -step))
        else:
            step = 1 - begun if share is None else min(share, 1 - begun)
            begun += step
            changes.append((second, step))
        complete = second if complete is None and begun == 1 else complete
        last = second if last is None and gone == 1 else last
    started = next((second for second, step in changes if step > 0), None)
    return _Begun(tuple(changes), started, complete, last, tuple(move[3] for move in moves))


@dataclass(frozen=True, slots=True)
class _Term:
    """How long a tranche serves: its term, extensions, and what cuts it short."""

    months: int
    extensions: tuple[tuple[int, Decimal | None, str], ...]
    cut: int
    """Second at which it is ended early; `FOREVER` where it is not."""
    expanded: tuple[tuple[int, Decimal, str], ...]
    sources: tuple[str, ...]
    zone: str

    @classmethod
    def of(
        cls,
        tranche: Tranche,
        contract: Contract,
        known: Known,
        mine: list[tuple[Option, Event]],
        zone: str,
    ) -> _Term:
        path = f"{contract.id}.{tranche.id}"
        ends = [
            event
            for event in known.of(EventKind.TERMINATED)
            if event.contract == contract.id and (not event.tranches or path in event.tranches)
        ]
        cuts = [epoch(e.starts) for e in ends]
        cuts += [epoch(event.starts) for option, event in mine if option.kind in ENDING]
        extended = tuple(
            (int(option.months or 0), option.price, option.id)
            for option, _ in mine
            if option.kind is OptionKind.EXTEND
        )
        expanded = tuple(
            (0, option.price, option.id)
            for option, _ in mine
            if option.kind is OptionKind.EXPAND and option.price is not None
        )
        sources = tuple(f"event:{e.id}" for e in ends)
        return cls(
            int(tranche.term_months), extended, min(cuts, default=FOREVER), expanded, sources, zone
        )

    def end(self, begins: int | None) -> tuple[int, tuple[tuple[int, Decimal, str], ...]]:
        """Give the second service ends, and the prices of options from when they hold."""
        if begins is None:
            return self.cut, self.expanded
        prices = list(self.expanded)
        months = self.months
        for more, price, option in self.extensions:
            if price is not None:
                prices.append((second_later(begins, months, self.zone), price, option))
            months += more
        return min(second_later(begins, months, self.zone), self.cut), tuple(prices)


def _curtailed(tranche: Tranche, mine: list[tuple[Option, Event]]) -> tuple[Piece, ...]:
    """Give when which share of a tranche is curtailed; overlapping ones add up, to all of it."""
    changes: list[tuple[int, Fraction]] = []
    for option, event in mine:
        if option.kind is OptionKind.CURTAIL:
            nodes = nodes_of(event)
            whole = nodes is None or not tranche.node_count
            share = Fraction(1) if whole else Fraction(nodes or 0, tranche.node_count or 1)
            end = FOREVER if event.ends is None else epoch(event.ends)
            changes += [(epoch(event.starts), share), (end, -share)]
    return tuple(
        Piece(span=p.span, share=min(p.share, Fraction(1))) for p in _steps(changes, FOREVER)
    )


def _pieces(
    changes: Iterable[tuple[int, Fraction]], curtailed: tuple[Piece, ...], ended: int
) -> tuple[Piece, ...]:
    """Give what is in service: accepted, less withdrawn, less curtailed, until the end."""
    there = _steps(changes, ended)
    if not curtailed:
        return there
    made = []
    for piece in there:
        edges = {piece.span[0], piece.span[1]}
        edges |= {s for c in curtailed for s in c.span if piece.span[0] < s < piece.span[1]}
        cuts = sorted(edges)
        for start, end in pairwise(cuts):
            away = sum((c.share for c in curtailed if c.span[0] <= start < c.span[1]), Fraction(0))
            if piece.share > away:
                made.append(Piece(span=(start, end), share=piece.share - away))
    return tuple(made)


def _steps(changes: Iterable[tuple[int, Fraction]], ended: int) -> tuple[Piece, ...]:
    """Turn changes of a share into pieces of time, up to an end."""
    by_second: dict[int, Fraction] = {}
    for second, step in changes:
        by_second[second] = by_second.get(second, Fraction(0)) + step
    moments = sorted(by_second)
    made, share = [], Fraction(0)
    for second, following in pairwise([*moments, FOREVER]):
        share += by_second[second]
        span = (second, min(following, ended))
        if share > 0 and span[0] < span[1]:
            made.append(Piece(span=span, share=share))
    return tuple(made)


def ramped(tranche: Tranche, first: int, ended: int, zone: str) -> tuple[Piece, ...]:
    """Give what is owed: all from the due date on, or in equal steps, one a quarter.

    A ramp of n quarters has n + 1 equal deliveries: at the due date, and after each quarter.
    """
    count = int(tranche.ramp_quarters) + 1
    step = Fraction(1, count)
    return _steps([(second_later(first, 3 * i, zone), step) for i in range(count)], ended)
