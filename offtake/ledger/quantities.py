"""Quantities: how much of a tranche a rate or a commitment counts, exactly, in its unit.

contracted   what is owed, from the due date on
delivered    accepted and in service
available    delivered, less outages the provider answers for and maintenance
used         what readings show

GPU-hours    accelerators · seconds / 3600
node-months  nodes · seconds / seconds of the month
kW-months    kW at the servers · seconds / seconds of the month
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from offtake.ledger.case import Case, exactly
from offtake.ledger.metered import Metered, Sought, metered
from offtake.ledger.outages import downtime
from offtake.ledger.service import clipped, share_seconds
from offtake.ledger.spans import Span, Spans, union
from offtake.ledger.usage import flawed, outside, used
from offtake.model.charge import Coverage, Step
from offtake.model.clause import Basis, Quantity
from offtake.model.contract import Tranche
from offtake.model.reading import Meter

UNITS = {
    Basis.GPU_HOUR: "GPU-hour",
    Basis.NODE_MONTH: "node-month",
    Basis.KW_MONTH: "kW-month",
    Basis.KWH: "kWh",
    Basis.MILLION_TOKENS: "million tokens",
    Basis.FLAT_MONTH: "month",
    Basis.FLAT_ONCE: "once",
}
"""The unit a quantity of each basis is in."""
METERED = {
    Basis.KWH: Meter.FACILITY_ENERGY,
    Basis.MILLION_TOKENS: Meter.TOKENS,
}
"""Bases that are counted by a meter alone; GPU-hours are where the quantity is `used`."""
FLAT = (Basis.FLAT_MONTH, Basis.FLAT_ONCE)
"""Bases that count no capacity."""
_PER = {
    Meter.GPU_TIME: 3600,
    Meter.FACILITY_ENERGY: 1000,
    Meter.TOKENS: 1_000_000,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """How much there is of something, and how it was counted."""

    value: Fraction
    """The quantity, exact."""
    steps: tuple[Step, ...] = ()
    """How it came about, the quantity itself last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What is to be counted, for which clause."""

    basis: Basis
    """The unit."""
    quantity: Quantity
    """Which quantity."""
    clause: str
    """Clause that asks."""


def meter_of(counted: Counted) -> Meter | None:
    """Give the meter a quantity is read from; None where it follows from service."""
    if counted.basis is Basis.GPU_HOUR and counted.quantity is Quantity.USED:
        return Meter.GPU_TIME
    return METERED.get(counted.basis)


def amount(case: Case, tranche: Tranche, counted: Counted, span: Span) -> Amount:
    """Count a quantity of a tranche inside a span of the case's month.

    Faults are collected in the case: what makes no sense in the unit (`OTK-L031`), a size
    the tranche lacks (`OTK-L032`), a meter nobody reads (`OTK-L045`).
    """
    meter = meter_of(counted)
    if meter is not None:
        return _metered(case, tranche, counted, meter, span)
    seconds, steps = served(case, tranche, counted.quantity, span)
    return sized(case, tranche, counted, seconds, steps)


def sized(
    case: Case,
    tranche: Tranche,
    counted: Counted,
    seconds: Fraction,
    steps: tuple[Step, ...] = (),
) -> Amount:
    """Turn share · seconds of a tranche into a quantity.

    Faults are collected in the case, as by `amount`.
    """
    size = _size(case, tranche, counted)
    if size is None or not seconds:
        return Amount(value=Fraction(0))
    number, unit, source = size
    per = Fraction(3600) if counted.basis is Basis.GPU_HOUR else Fraction(case.seconds)
    value = seconds * number / per
    held = Step(what=f"size of {tranche.id}", value=number, unit=unit, sources=(source,))
    total = Step(what=f"{tranche.id} {counted.quantity}", value=value, unit=UNITS[counted.basis])
    return Amount(value=value, steps=(*steps, held, total))


def served(
    case: Case, tranche: Tranche, quantity: Quantity, span: Span
) -> tuple[Fraction, tuple[Step, ...]]:
    """Give share · seconds of a tranche inside a span: all of it for a second counts 1."""
    service = case.services[tranche.id]
    pieces = service.contracted if quantity is Quantity.CONTRACTED else service.pieces
    held = share_seconds(clipped(pieces, span))
    word = "owed" if quantity is Quantity.CONTRACTED else "in service"
    due = f"clause:tranches.{tranche.id}.due"
    sources = (due,) if quantity is Quantity.CONTRACTED else service.sources
    first = Step(what=f"{tranche.id} {word}, share · time", value=held, unit="s", sources=sources)
    if quantity is not Quantity.AVAILABLE or not held:
        return held, (first,)
    lost, events = _lost(case, tranche, span)
    away = Step(
        what=f"{tranche.id} not available, share · time", value=lost, unit="s", sources=events
    )
    return held - lost, (first, away)


def _lost(case: Case, tranche: Tranche, span: Span) -> tuple[Fraction, tuple[str, ...]]:
    """Give share · seconds of a tranche lost by outages and maintenance inside a span."""
    key = ("lost", case.contract.id, case.services[tranche.id], span)
    memo = case.known.memo
    if key not in memo:
        before = len(case.notes)
        down = downtime(case if span == case.window else replace(case, window=span), tranche)
        if tranche.accelerator_count:
            lost = down.gpu_seconds * Fraction(1, tranche.accelerator_count)
        else:
            nodes = max(len(down.names), int(tranche.node_count or 0), 1)
            lost = down.node_seconds * Fraction(1, nodes)
        if case.faults:
            return lost, down.sources
        memo[key] = lost, down.sources, tuple(case.notes[before:])
    found: tuple[Fraction, tuple[str, ...], tuple[str, ...]] = memo[key]
    for note in found[2]:
        case.note(note)
    return found[0], found[1]


def _size(case: Case, tranche: Tranche, counted: Counted) -> tuple[Fraction, str, str] | None:
    """Give how large a tranche is in the unit of a basis, with its unit and source."""
    path = f"tranches.{tranche.id}"
    if counted.quantity is Quantity.USED or counted.basis in FLAT:
        case.fault(
            "OTK-L031",
            f"nothing can be counted as {counted.quantity} in {UNITS[counted.basis]}s",
            counted.clause,
            hint="count what is delivered, or use a unit that is metered",
        )
        return None
    sizes = {
        Basis.GPU_HOUR: ("accelerator_count", tranche.accelerator_count, "accelerators"),
        Basis.NODE_MONTH: ("node_count", tranche.node_count, "nodes"),
        Basis.KW_MONTH: ("power_it_mw", tranche.power_it_mw, "kW"),
    }
    field, held, unit = sizes[counted.basis]
    if held is None:
        case.fault(
            "OTK-L032",
            f"{tranche.id} does not say its {field}, which a {UNITS[counted.basis]} is counted by",
            counted.clause,
            got=f"{path}.{field}: none",
            hint=f"give the tranche its `{field}`, or the clause another unit",
        )
        return None
    number = exactly(held) * (1000 if counted.basis is Basis.KW_MONTH else 1)
    return number, unit, f"clause:{path}.{field}"


def _metered(case: Case, tranche: Tranche, counted: Counted, meter: Meter, span: Span) -> Amount:
    """Count what a meter showed while a tranche was in service."""
    if counted.basis in METERED and counted.quantity in (Quantity.CONTRACTED, Quantity.AVAILABLE):
        case.fault(
            "OTK-L031",
            f"nothing can be counted as {counted.quantity} in {UNITS[counted.basis]}",
            counted.clause,
            hint="what is metered is counted as `used`",
        )
        return Amount(value=Fraction(0))
    spans = case.services[tranche.id].spans(span)
    if not spans:
        return Amount(value=Fraction(0))
    if meter is Meter.FACILITY_ENERGY:
        energy = _energy(case, tranche, counted, spans)
        shown = None if energy is None else (energy.amount, energy.sources)
    else:
        found = used(case, tranche, meter, spans, counted.clause)
        shown = None if found is None else (found.amount, found.sources)
    if shown is not None:
        return _read(tranche, counted, meter, *shown)
    if meter is not Meter.GPU_TIME:
        path = f"{case.contract.id}.{tranche.id}"
        case.fault(
            "OTK-L045",
            f"{UNITS[counted.basis]} of {tranche.id} are charged, and no meter reads its {meter}",
            counted.clause,
            got=f"no reading of {path}",
            hint=f"record readings of {meter} with `tranche: {path}`; 0 where nothing was used",
        )
    return Amount(value=Fraction(0))


def _read(
    tranche: Tranche, counted: Counted, meter: Meter, amount: int, sources: Iterable[str]
) -> Amount:
    value = Fraction(amount, _PER[meter])
    shown = Step(
        what=f"{meter} of {tranche.id}", value=amount, unit=meter.unit, sources=tuple(sources)
    )
    total = Step(what=f"{tranche.id} used", value=value, unit=UNITS[counted.basis])
    return Amount(value=value, steps=(shown, total))


def _energy(case: Case, tranche: Tranche, counted: Counted, spans: Spans) -> Metered | None:
    """Read kWh at the site's meter: of the tranche, or of the site where it stands alone."""
    meter, path = Meter.FACILITY_ENERGY, f"{case.contract.id}.{tranche.id}"
    flawed(case, meter, tranche.site, counted.clause)
    own = Sought(meter=meter, site=tranche.site, tranches=(path,))
    found = metered(case, own, spans, counted.clause)
    alone = sum(t.site == tranche.site for t in case.contract.tranches) == 1
    if found is None and alone:
        found = metered(case, Sought(meter=meter, site=tranche.site), spans, counted.clause)
    return found


def cover(case: Case, tranche: Tranche, counted: Counted, span: Span) -> None:
    """Tell which share of a metered quantity's time was read, and what was read beyond it."""
    meter, path = meter_of(counted), f"{case.contract.id}.{tranche.id}"
    if meter is None:
        return
    spans, what = case.services[tranche.id].spans(span), f"{meter} of {path}"
    if not any(one.meter == what for one in case.coverage) and spans:
        if meter is Meter.FACILITY_ENERGY:
            energy = _energy(case, tranche, counted, spans)
            made = None if energy is None else energy.coverage(what, spans)
        else:
            found = used(case, tranche, meter, spans, counted.clause)
            made = None if found is None else found.coverage(what)
        case.coverage.append(made or Coverage(meter=what, share=Fraction(0), reading_count=0))
        if made is None:
            case.note(f"nothing was ever metered of {what}")
    left = outside(case, tranche, meter, spans)
    if left:
        case.note(
            f"{left} {meter.unit} of {path} were metered while it was not in service, or not "
            f"under {counted.clause}, and are not charged there"
        )


def spans_of(case: Case, tranches: Iterable[Tranche]) -> Spans:
    """Give the time of the month any of some tranches is in service."""
    return union(s for t in tranches for s in case.services[t.id].spans(case.window))
