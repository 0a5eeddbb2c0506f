"""Usage: GPU-seconds and tokens of a tranche, added up from readings by tranche or by node.

Readings of the tranche itself (CONTRACT.TRANCHE) count; where there are none in the time
asked for, those of its nodes. Tens of millions of rows are added up as columns, once for
all tranches and contracts that ask for the same time.

A reading counts whole or not at all: one that lies only partly in service or in the month
is a fault, for nothing says how to split it. Two of one source that overlap would count
twice: a fault too. Several sources are several meters, and are added; more than all
accelerators could give is a fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from offtake.errors import OfftakeError
from offtake.ledger.case import Case
from offtake.ledger.flaws import MOST, of
from offtake.ledger.hosts import hosts
from offtake.ledger.spans import Span, Spans
from offtake.ledger.spans import seconds as length
from offtake.model.charge import Coverage
from offtake.model.contract import Tranche
from offtake.model.reading import Meter
from offtake.model.records import METERS, Readings

CHUNK = 1 << 22
"""Rows looked at in one go: keeps memory flat."""

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What a meter showed of a tranche over some spans."""

    amount: int
    """The sum, in the unit of the meter."""
    count: int
    """Readings it rests on."""
    share: Fraction
    """Share of the time (of the nodes' time, where nodes are read) that was metered."""
    sources: tuple[str, ...]
    """The readings, as sources of a step."""

    def coverage(self, what: str) -> Coverage:
        """Tell which share was metered."""
        return Coverage(meter=what, share=self.share, reading_count=self.count)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sums:
    """Readings of one meter at one site inside a span, added up by name."""

    amount: tuple[Ints, Ints]
    """By code of the tranche, and of the node."""
    seconds: tuple[Ints, Ints]
    count: tuple[Ints, Ints]
    crossing: tuple[Ints, Ints]
    """How many lie only partly inside."""
    by_node: Ints
    """By code of the tranche, how many of its readings also name a node."""


def used(case: Case, tranche: Tranche, meter: Meter, spans: Spans, clause: str) -> Used | None:
    """Add up what a meter showed of a tranche; None where it was never read.

    Faults are collected in the case: flaws of readings (`OTK-L040`, `OTK-L041`), readings
    that overlap (`OTK-L042`) or lie only partly inside (`OTK-L043`), a tranche read both as
    a whole and by node (`OTK-L044`), more GPU-seconds than there were (`OTK-L046`).
    """
    flawed(case, meter, tranche.site, clause)
    path = f"{case.contract.id}.{tranche.id}"
    readings = case.known.readings
    code = readings.code(path)
    nodes = _nodes(case, tranche, readings)
    every = [_sums(case, meter, tranche.site, span) for span in spans]
    _refuse_overlap(case, meter, tranche, code, nodes, clause)
    key = ("used", case.contract.id, case.services[tranche.id], meter, spans)
    memo = case.known.memo
    if key not in memo:
        before = len(case.faults)
        found = _added_up(case, tranche, meter, spans, clause, (every, code, nodes))
        if len(case.faults) > before:
            return found
        memo[key] = found
    kept: Used | None = memo[key]
    return kept


def _added_up(
    case: Case,
    tranche: Tranche,
    meter: Meter,
    spans: Spans,
    clause: str,
    read: tuple[list[_Sums], int, Ints],
) -> Used | None:
    every, code, nodes = read
    side, at = 0, np.array([code] if code >= 0 else [], np.int64)
    if not any(int((s.count[0][at] + s.crossing[0][at]).sum()) for s in every):
        side, at = 1, nodes
    count = sum(int(s.count[side][at].sum()) for s in every)
    crossing = sum(int(s.crossing[side][at].sum()) for s in every)
    if crossing:
        case.fault(
            "OTK-L043",
            f"{crossing} readings of {meter} lie only partly in the time that {tranche.id} is in "
            "service and charged at one price, and nothing says how to split them",
            clause,
            hint="read the meter where the month, service and the price begin and end",
        )
    many = _subjects(case, tranche, every, side, at, clause)
    whole = length(spans) * many
    seconds = sum(int(s.seconds[side][at].sum()) for s in every)
    if not count and not _ever(case, meter, tranche.site, code, nodes):
        return None
    total = sum(int(s.amount[side][at].sum(dtype=object)) for s in every) if len(at) else 0
    if meter is Meter.GPU_TIME:
        _refuse_excess(case, tranche, total, spans, clause)
    return Used(
        amount=total,
        count=count,
        share=Fraction(seconds, whole) if whole else Fraction(1),
        sources=tuple(_sources(case, meter, tranche.site, spans, side, at)),
    )


def _refuse_excess(case: Case, tranche: Tranche, total: int, spans: Spans, clause: str) -> None:
    """Refuse more GPU-seconds than all accelerators in service could give: a double count."""
    service = case.services[tranche.id]
    most = sum((service.share_seconds(span) for span in spans), Fraction(0))
    most *= int(tranche.accelerator_count or 0)
    if tranche.accelerator_count is not None and total > most:
        case.fault(
            "OTK-L046",
            f"more was metered of {tranche.id} than its accelerators could give",
            clause,
            got=f"{total} GPU-seconds of {most}",
            hint="see whether two sources read the same use, and withdraw one",
        )


def flawed(case: Case, meter: Meter, site: str, clause: str) -> None:
    """Collect the flaws of a meter's readings at a site as faults of a clause."""
    hint = "withdraw one of them at its source; what was read is not guessed"
    for flaw in case.known.flaws:
        told = list(of(flaw, meter, site, case.window, case.contract.id))
        for got in told[:MOST]:
            case.fault(flaw.code, flaw.what, clause, got=got, hint=hint)
        if len(told) > MOST:
            what = f"{len(told) - MOST:,} more readings of this kind"
            case.fault(flaw.code, what, clause)


def outside(case: Case, tranche: Tranche, meter: Meter, spans: Spans) -> int:
    """Add up what readings of a tranche show in the month outside some spans."""
    code = case.known.readings.code(f"{case.contract.id}.{tranche.id}")
    if code < 0:
        return 0
    month = _sums(case, meter, tranche.site, case.window)
    inside = [_sums(case, meter, tranche.site, span) for span in spans]
    return int(month.amount[0][code]) - sum(int(s.amount[0][code]) for s in inside)


def _nodes(case: Case, tranche: Tranche, readings: Readings) -> Ints:
    """Give the codes of the nodes of a tranche that readings name."""
    if tranche.nodes is None:
        return np.zeros(0, np.int64)
    key = ("codes", tranche.nodes)
    memo = case.known.memo
    if key not in memo:
        place = {name: i for i, name in enumerate(readings.names)}
        try:
            found = [place[name] for name in hosts(tranche.nodes) if name in place]
        except OfftakeError:
            found = []  # told by `offtake.ledger.standing`
        memo[key] = np.array(found, np.int64)
    codes: Ints = memo[key]
    return codes


def _subjects(
    case: Case, tranche: Tranche, every: list[_Sums], side: int, at: Ints, clause: str
) -> int:
    """Count what is read: the tranche as one, or each of its nodes."""
    nodes = int(tranche.node_count or 0) or len(_named(tranche))
    if side == 1:
        return nodes
    told = sum(int(s.by_node[at].sum()) for s in every)
    count = sum(int(s.count[0][at].sum()) for s in every)
    if told and told < count:
        what = f"{tranche.id} is metered both as a whole and by node, which would count twice"
        got = f"{told} readings name a node, {count - told} do not"
        case.fault("OTK-L044", what, clause, got=got, hint="keep one of the two")
    return nodes if told else 1


def _named(tranche: Tranche) -> tuple[str, ...]:
    try:
        return hosts(tranche.nodes) if tranche.nodes else ()
    except OfftakeError:
        return ()


def _picked(readings: Readings, meter: Meter, site: int, rows: slice) -> Mask:
    mask: Mask = readings.meter[rows] == METERS.index(meter)
    mask &= readings.site[rows] == site
    return mask


def _chunks(readings: Readings) -> Iterator[slice]:
    for first in range(0, len(readings), CHUNK):
        yield slice(first, first + CHUNK)


def _sums(case: Case, meter: Meter, site: str, span: Span) -> _Sums:
    """Add up readings of a meter at a site inside a span, by tranche and by node."""
    key = ("sums", meter, site, span)
    memo = case.known.memo
    if key not in memo:
        memo[key] = _added(case.known.readings, meter, site, span)
    made: _Sums = memo[key]
    return made


def _added(readings: Readings, meter: Meter, site: str, span: Span) -> _Sums:
    size, code = len(readings.names), readings.code(site)

    def zeros() -> tuple[Ints, Ints]:
        return np.zeros(size, np.int64), np.zeros(size, np.int64)

    amount, seconds, count, crossing = zeros(), zeros(), zeros(), zeros()
    by_node = np.zeros(size, np.int64)
    for rows in _chunks(readings):
        starts, ends = readings.starts[rows], readings.ends[rows]
        touching = _picked(readings, meter, code, rows) & (starts < span[1]) & (ends > span[0])
        at = np.flatnonzero(touching)
        if not len(at):
            continue
        inside = (starts[at] >= span[0]) & (ends[at] <= span[1])
        tranche, node = readings.tranche[rows][at], readings.node[rows][at]
        amounts, lasted = readings.amount[rows][at], ends[at] - starts[at]
        for side, (names, own) in enumerate(((tranche, tranche >= 0), (node, tranche < 0))):
            there = own & (names >= 0)
            whole = there & inside
            amount[side][:] += _by(names[whole], amounts[whole], size)
            seconds[side][:] += _by(names[whole], lasted[whole], size)
            count[side][:] += np.bincount(names[whole], minlength=size)
            crossing[side][:] += np.bincount(names[there & ~inside], minlength=size)
        told = inside & (tranche >= 0) & (node >= 0)
        by_node += np.bincount(tranche[told], minlength=size)
    return _Sums(amount=amount, seconds=seconds, count=count, crossing=crossing, by_node=by_node)


def _by(names: npt.NDArray[np.int32], amounts: Ints, size: int) -> Ints:
    """Add up amounts by name, exactly: in parts of 21 bits, which floats hold exactly."""
    total = np.zeros(size, np.int64)
    for shift in (0, 21, 42):
        part = amounts >> shift
        if shift and not part.any():
            break
        part = part & ((1 << 21) - 1) if shift < 42 else part
        sums = np.bincount(names, weights=part, minlength=size)
        total += sums.astype(np.int64) << shift
    return total


def _ever(case: Case, meter: Meter, site: str, code: int, nodes: Ints) -> bool:
    """Tell whether the meter was ever read, for the tranche or one of its nodes."""
    everything = _sums(case, meter, site, (-(2**62), 2**62))
    return bool((code >= 0 and everything.count[0][code]) or everything.count[1][nodes].any())


def _refuse_overlap(
    case: Case, meter: Meter, tranche: Tranche, code: int, nodes: Ints, clause: str
) -> None:
    """Refuse readings of one source and subject that overlap; note those of several sources."""

    def mine(found: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
        return [one for one in found if one[0] == code or (one[0] < 0 and one[1] in nodes)]

    if not mine(_overlaps(case, meter, tranche.site, by_source=False)):
        return
    wrong = mine(_overlaps(case, meter, tranche.site, by_source=True))
    if not wrong:
        case.note(
            f"{meter} of {case.contract.id}.{tranche.id} is the sum of several sources that "
            "read it at one time"
        )
        return
    names = case.known.readings.names
    subject = " of ".join(names[c] for c in reversed(wrong[0][:2]) if c >= 0)
    case.fault(
        "OTK-L042",
        f"readings of {meter} overlap and would count twice",
        clause,
        got=f"{len(wrong)} of {tranche.id}; the first is of {subject}, at "
        f"{np.datetime64(wrong[0][2], 's')}Z",
        hint="withdraw one of them; two meters are two sources",
    )


def _overlaps(
    case: Case, meter: Meter, site: str, *, by_source: bool
) -> list[tuple[int, int, int]]:
    """Give (tranche, node, second) where two readings of one subject overlap."""
    key = ("overlaps", meter, site, by_source)
    memo = case.known.memo
    if key not in memo:
        readings = case.known.readings
        code = readings.code(site)
        parts = [
            np.flatnonzero(_picked(readings, meter, code, rows)) + rows.start
            for rows in _chunks(readings)
        ]
        rows = np.concatenate(parts) if parts else np.zeros(0, np.int64)
        memo[key] = _doubled(readings, rows, by_source=by_source)
    found: list[tuple[int, int, int]] = memo[key]
    return found


def _doubled(readings: Readings, rows: Ints, *, by_source: bool) -> list[tuple[int, int, int]]:
    """Find overlaps without following a single interval.

    Sort the starts and, apart from them, the ends of one subject: intervals are disjoint
    if and only if each end comes no later than the start after it.
    """
    if len(rows) < 2:
        return []
    picked = slice(None) if len(rows) == len(readings) else rows
    tranche, node = readings.tranche[picked], readings.node[picked]
    starts, ends = readings.starts[picked], readings.ends[picked]
    first = int(starts.min())
    width = int(ends.max()) - first + 1
    size = len(readings.names) + 1
    group = tranche.astype(np.int64) + 1
    if by_source:
        group += readings.source[picked].astype(np.int64) * size
    present, dense = _dense(group)
    if len(present) * size * width < 2**62:
        subject = (dense * size + (node + 1)) * width - first
        opens, closes = np.sort(subject + starts), np.sort(subject + ends)
        del subject
        wrong = (opens[1:] // width == opens[:-1] // width) & (closes[:-1] > opens[1:])
        return [
            (int(present[k // size]) % size - 1, int(k % size) - 1, int(second) + first)
            for k, second in (divmod(int(o), width) for o in opens[1:][wrong])
        ]
    order = np.lexsort((starts, node, group))
    same = (group[order][1:] == group[order][:-1]) & (node[order][1:] == node[order][:-1])
    wrong = same & (ends[order][:-1] > starts[order][1:])
    at = order[1:][wrong]
    return [(int(tranche[i]), int(node[i]), int(starts[i])) for i in at]


def _dense(group: Ints) -> tuple[Ints, Ints]:
    """Give the numbers that occur, and each row's place among them."""
    if int(group.max()) > len(group) + 1_000_000:
        present, dense = np.unique(group, return_inverse=True)
        return present, dense.astype(np.int64)
    present = np.flatnonzero(np.bincount(group))
    place = np.zeros(int(group.max()) + 1, np.int64)
    place[present] = np.arange(len(present))
    return present, place[group]


def _sources(
    case: Case, meter: Meter, site: str, spans: Spans, side: int, at: Ints
) -> Iterator[str]:
    """Name the readings: one by one where there are few, else how many of each source."""
    readings = case.known.readings
    wanted = np.zeros(len(readings.names) + 1, bool)
    wanted[at] = True
    code = readings.code(site)
    counts = np.zeros(len(readings.names), np.int64)
    few: list[int] = []
    for rows in _chunks(readings):
        mask = _picked(readings, meter, code, rows)
        mask &= wanted[(readings.node if side else readings.tranche)[rows]]
        mask &= (readings.tranche[rows] < 0) if side else True
        within = np.zeros(len(mask), bool)
        for start, end in spans:
            within |= (readings.starts[rows] >= start) & (readings.ends[rows] <= end)
        found = np.flatnonzero(mask & within)
        counts += np.bincount(readings.source[rows][found], minlength=len(counts))
        few += (found[:4] + rows.start).tolist()
    if int(counts.sum()) <= 3:
        names = (f"{readings.names[int(readings.source[row])]}/{readings.id[row]}" for row in few)
        yield from (f"reading:{name}" for name in sorted(names))
        return
    for name in sorted(np.flatnonzero(counts).tolist(), key=lambda code: readings.names[code]):
        yield f"readings:{counts[name]} of {readings.names[name]}"
