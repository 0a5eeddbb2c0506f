"""Standing: whether a contract and what was recorded about it make sense together.

What is looked at here is of the contract as a whole, whatever its clauses: tranches that
do not contradict their events, name real nodes and never share one, and clauses that name
tranches and rates there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from offtake.errors import OfftakeError, did_you_mean
from offtake.ledger.case import Case
from offtake.ledger.dates import day_of
from offtake.ledger.fleet import fleet
from offtake.ledger.hosts import hosts
from offtake.ledger.services import nodes_of
from offtake.ledger.spans import intersect
from offtake.model.contract import Contract, Tranche
from offtake.model.event import Event, EventKind
from offtake.model.month import epoch, midnight

PLACES = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
}
"""Decimal places of currencies that do not have two (ISO 4217)."""

_OF_TRANCHES = (
    EventKind.ACCEPTED,
    EventKind.REJECTED,
    EventKind.WITHDRAWN,
    EventKind.EXCUSED,
    EventKind.TERMINATED,
    EventKind.OPTION_USED,
)


def refuse(case: Case) -> None:
    """Collect in a case what makes its contract and its facts contradict each other."""
    _refuse_currency(case)
    _refuse_names(case)
    _refuse_events(case)
    _refuse_transfers(case)
    for tranche in case.contract.tranches:
        _refuse_acceptance(case, tranche)
    _refuse_shared_nodes(case)


def _refuse_currency(case: Case) -> None:
    places = PLACES.get(case.contract.currency, 2)
    said = case.contract.rounding.decimal_count
    if places != said and (places != 2 or said in (0, 3)):
        case.fault(
            "OTK-L038",
            f"{case.contract.currency} has {places} decimal places (ISO 4217)",
            "rounding",
            got=f"decimal_count: {said}",
            hint=f"write `decimal_count: {places}`",
        )


def _refuse_names(case: Case) -> None:
    """Refuse clauses that name tranches or rates there are not."""
    contract, written = case.contract, case.written or case.contract
    known = {t.id for t in written.tranches}
    for path, named in _naming(contract):
        for name in named:
            if name not in known:
                case.fault(
                    "OTK-L026",
                    "the clause names a tranche there is not",
                    path,
                    got=name,
                    hint=did_you_mean(name, known),
                )
    rates = {rate.id for rate in contract.rates}
    for i, clause in enumerate(contract.commitments):
        if clause.rate is not None and clause.rate not in rates:
            case.fault(
                "OTK-L028",
                "the commitment names a rate there is not",
                f"commitments[{i}]",
                got=clause.rate,
                hint=did_you_mean(clause.rate, rates),
            )


def _naming(contract: Contract) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give every clause that may name tranches, with those it names."""
    yield from ((f"rates.{rate.id}", rate.tranches) for rate in contract.rates)
    yield from ((f"commitments[{i}]", c.tranches) for i, c in enumerate(contract.commitments))
    yield from ((f"prepayments[{i}]", c.tranches) for i, c in enumerate(contract.prepayments))
    yield from ((f"service_levels.{s.id}", s.tranches) for s in contract.service_levels)
    yield from ((f"delay_damages[{i}]", c.tranches) for i, c in enumerate(contract.delay_damages))
    yield from ((f"options.{option.id}", option.tranches) for option in contract.options)


def _mine(case: Case, event: Event) -> Iterator[str]:
    """Give the tranches of an event that it says are of the case's contract, by their name."""
    start = f"{case.contract.id}."
    others = [t for t in event.tranches if t.startswith(start)]
    yield from (t.removeprefix(start) for t in others)


def _refuse_events(case: Case) -> None:
    written = case.written or case.contract
    known = {t.id: t for t in written.tranches}
    for kind in _OF_TRANCHES:
        for event in case.known.of(kind):
            for name in _mine(case, event):
                if name not in known:
                    case.fault(
                        "OTK-L022",
                        f"event {event.id} is of a tranche there is not",
                        "tranches",
                        got=f"{case.contract.id}.{name}",
                        hint=did_you_mean(name, known),
                    )
                    continue
                _refuse_count(case, event, known[name])
    for kind in (EventKind.ACCEPTED, EventKind.REJECTED):
        for event in case.known.of(kind):
            if event.starts > event.recorded and any(_mine(case, event)):
                case.fault(
                    "OTK-L023",
                    f"event {event.id} was recorded before it happened",
                    "tranches",
                    got=f"{event.starts.isoformat()}, recorded {event.recorded.isoformat()}",
                    hint="record what happened once it has",
                )


def _refuse_count(case: Case, event: Event, tranche: Tranche) -> None:
    if event.kind not in (EventKind.ACCEPTED, EventKind.WITHDRAWN, EventKind.OPTION_USED):
        return
    if nodes_of(event) is not None and not tranche.node_count:
        case.fault(
            "OTK-L021",
            f"event {event.id} counts nodes, and {tranche.id} does not say how many it has",
            f"tranches.{tranche.id}",
            got=f"{nodes_of(event)} nodes",
            hint="give the tranche its `node_count`",
        )


def _refuse_transfers(case: Case) -> None:
    """Refuse a transfer from who is no party of the contract; note those that count."""
    written = case.written or case.contract
    seller, buyer = written.seller, written.buyer
    for event in case.known.of(EventKind.TRANSFERRED):
        if event.contract != case.contract.id or epoch(event.starts) >= case.window[1]:
            continue
        if event.from_party not in (seller, buyer):
            case.fault(
                "OTK-L027",
                f"event {event.id} transfers from who is no party then",
                "buyer",
                got=str(event.from_party),
                hint=f"its parties are {seller}, {buyer}",
            )
        seller = str(event.party) if event.from_party == seller else seller
        buyer = str(event.party) if event.from_party == buyer else buyer
        if case.window[0] < epoch(event.starts):
            day = day_of(epoch(event.starts), case.contract.time_zone)
            case.note(
                f"{event.from_party} handed the contract to {event.party} on {day}: all of "
                f"{case.month} is invoiced between {seller} and {buyer}; what is of before is "
                "theirs to share"
            )
    for event in case.known.of(EventKind.DEFAULTED):
        about = event.contract in (None, case.contract.id)
        if about and event.party in (seller, buyer) and epoch(event.starts) < case.window[1]:
            day = day_of(epoch(event.starts), case.contract.time_zone)
            case.note(f"{event.party} has been in default since {day} (event {event.id})")


def _refuse_acceptance(case: Case, tranche: Tranche) -> None:
    """Refuse an acceptance that is told twice, and differently; or of more than there is."""
    path, at = f"{case.contract.id}.{tranche.id}", f"tranches.{tranche.id}"
    events = [e for e in case.known.of(EventKind.ACCEPTED) if path in e.tranches]
    service, zone = case.services[tranche.id], case.contract.time_zone
    if events and tranche.accepted is not None:
        done = None if service.complete is None else day_of(service.complete, zone)
        if done != tranche.accepted and midnight(tranche.accepted, zone) <= epoch(case.as_of):
            case.fault(
                "OTK-L020",
                f"{tranche.id} was accepted on two days: by the contract, and by events",
                at,
                got=f"accepted: {tranche.accepted}; by {', '.join(e.id for e in events)}: "
                f"{done or 'not all of it'}",
                hint="leave `accepted` out where events say when",
            )
    _refuse_too_many(case, tranche, events, at)
    if tranche.nodes is not None:
        fleet(case, tranche)


def _refuse_too_many(case: Case, tranche: Tranche, events: Sequence[Event], at: str) -> None:
    if not tranche.node_count:
        return
    path = f"{case.contract.id}.{tranche.id}"
    gone = [e for e in case.known.of(EventKind.WITHDRAWN) if path in e.tranches]
    accepted = sum(nodes_of(e) or 0 for e in events)
    withdrawn = sum(nodes_of(e) or 0 for e in gone)
    whole = any(nodes_of(e) is None for e in events) or not events
    for word, count, most in (
        ("accepted", accepted, int(tranche.node_count)),
        ("withdrawn", withdrawn, int(tranche.node_count) if whole else accepted),
    ):
        if count > most:
            case.fault(
                "OTK-L024",
                f"more nodes of {tranche.id} were {word} than there are",
                at,
                got=f"{count} nodes",
                hint=f"at most {most}; one event may replace another",
            )


def _names(tranche: Tranche) -> frozenset[str]:
    try:
        return frozenset(hosts(tranche.nodes)) if tranche.nodes else frozenset()
    except OfftakeError:
        return frozenset()  # told by `fleet`


def _refuse_shared_nodes(case: Case) -> None:
    """Refuse a node that is in service in two tranches at one time."""
    serving = [
        (t, case.services[t.id].spans(case.window)) for t in case.contract.tranches if t.nodes
    ]
    for i, (left, spans) in enumerate(serving):
        for right, others in serving[i + 1 :]:
            if left.site != right.site or not intersect(spans, others):
                continue
            both = _names(left) & _names(right)
            if both:
                case.fault(
                    "OTK-L029",
                    f"{left.id} and {right.id} have nodes in common and are in service at one time",
                    f"tranches.{right.id}.nodes",
                    got=f"{len(both)} nodes, the first {min(both)}",
                    hint="a node is sold once: end one tranche first, or name other nodes",
                )
