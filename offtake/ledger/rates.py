"""Rates: a line for each tranche, and for each price where it changes inside the month.

    quantity inside the month ∩ service ∩ the rate's own dates · price of the unit

Tiers count the quantity of all tranches of a rate, from the start of its tier interval on:
what earlier months counted is worked out anew from the facts. Where several tranches fill
a tier together, each has the part its own quantity is of theirs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from offtake.ledger.case import Case
from offtake.ledger.dates import day_of
from offtake.ledger.intervals import months_before
from offtake.ledger.prices import Unit, holds, limits, of_rate, segments, unit_price
from offtake.ledger.quantities import UNITS, Amount, Counted, amount, cover, meter_of
from offtake.ledger.spans import Span, Spans, intersect, seconds, subtract, union
from offtake.model.charge import Charge, ChargeKind, Step
from offtake.model.clause import Basis, Quantity, Rate
from offtake.model.contract import Tranche
from offtake.model.month import midnight


def rates(case: Case, charges: tuple[Charge, ...]) -> tuple[Charge, ...]:
    """Give the lines of all rates.

    Faults are collected in the case; see `docs/reference/errors.md`, `OTK-L030` and on.
    """
    lines: list[Charge] = []
    for rate in case.contract.rates:
        if rate.basis is Basis.FLAT_MONTH:
            lines += _flat_month(case, rate)
        elif rate.basis is Basis.FLAT_ONCE:
            lines += _flat_once(case, rate)
        else:
            lines += _by_unit(case, rate)
    _refuse_gaps(case)
    return tuple(lines)


def counted(rate: Rate) -> Counted:
    """Tell what a rate counts."""
    return Counted(basis=rate.basis, quantity=rate.quantity, clause=f"rates.{rate.id}")


def quantities(case: Case, rate: Rate, span: Span) -> Mapping[str, Amount]:
    """Count a rate's quantity inside a span of the case's month, for each tranche that has any."""
    found = {t.id: amount(case, t, counted(rate), span) for t in of_rate(case, rate)}
    return {name: one for name, one in found.items() if one.value}


@dataclass(frozen=True, slots=True)
class _Part:
    """A quantity at one price, of one tranche."""

    tranche: Tranche
    number: int
    """Which stretch of one price it is in, from 0."""
    tier: int | None
    second: int
    units: Fraction
    steps: tuple[Step, ...]
    price: Unit


def _by_unit(case: Case, rate: Rate) -> Iterator[Charge]:
    span = holds(case, rate)
    if span is None:
        return
    tranches = {t.id: t for t in of_rate(case, rate)}
    before = reached(case, rate) if rate.tiers else Fraction(0)
    for number, part in enumerate(segments(case, rate, tranches.values(), span)):
        found = quantities(case, rate, part)
        total = sum((one.value for one in found.values()), Fraction(0))
        for name, one in found.items():
            for tier, units, price, steps in _tiered(case, rate, before, total, one):
                unit = unit_price(case, rate, tranches[name], part[0], price=price)
                yield _line(
                    case,
                    rate,
                    _Part(tranches[name], number, tier, part[0], units, steps, unit),
                )
        before += total
    for tranche in tranches.values():
        cover(case, tranche, counted(rate), span)


def _tiered(
    case: Case, rate: Rate, before: Fraction, total: Fraction, one: Amount
) -> Iterator[tuple[int | None, Fraction, Fraction | None, tuple[Step, ...]]]:
    """Split a tranche's quantity over the tiers that all tranches reach together."""
    if not rate.tiers:
        yield None, one.value, None, one.steps
        return
    unit = UNITS[rate.basis]
    ladder = sorted((Fraction(t.from_amount), Fraction(t.price)) for t in rate.tiers)
    bounds = [(Fraction(0), Fraction(rate.price)), *ladder]
    if ladder[0][0] == 0:
        bounds = ladder
    for i, (low, price) in enumerate(bounds):
        high = bounds[i + 1][0] if i + 1 < len(bounds) else None
        end = before + total if high is None else min(before + total, high)
        inside = end - max(before, low)
        if inside > 0:
            units = inside * one.value / total
            source = (f"clause:rates.{rate.id}.tiers",)
            steps = (
                Step(what="counted before, in the interval", value=before, unit=unit),
                Step(what="counted now, of all tranches", value=total, unit=unit),
                Step(what=f"of it from {low} on", value=inside, unit=unit, sources=source),
            )
            yield i, units, price, (*one.steps, *steps)


def reached(case: Case, rate: Rate) -> Fraction:
    """Count what earlier months of the rate's tier interval counted."""
    total = Fraction(0)
    for month in months_before(case, rate.tier_interval):
        then = case.at(month)
        span = holds(then, rate)
        if span is not None:
            total += sum((q.value for q in quantities(then, rate, span).values()), Fraction(0))
    return total


def _line(case: Case, rate: Rate, part: _Part) -> Charge:
    tranche, path = part.tranche, f"rates.{rate.id}"
    since = f"@{day_of(part.second, case.contract.time_zone)}" if part.number else ""
    tier = "" if part.tier is None else f".tier-{part.tier}"
    capacity = rate.quantity is not Quantity.USED and meter_of(counted(rate)) is None
    return case.charge(
        name=f"{path}.{tranche.id}{tier}{since}",
        kind=ChargeKind.CAPACITY if capacity else ChargeKind.USAGE,
        clause=path,
        tranche=tranche.id,
        text=f"{rate.id}, {tranche.id}, {rate.quantity if capacity else Quantity.USED}",
        quantity=part.units,
        unit=UNITS[rate.basis],
        price=part.price.price,
        steps=(*part.steps, *part.price.steps),
    )


def _flat_month(case: Case, rate: Rate) -> Iterator[Charge]:
    """Give the line of a price a month, taken by the share of the month it is owed for."""
    span = holds(case, rate)
    spans = () if span is None else intersect(_flat_time(case, rate), (span,))
    path = f"rates.{rate.id}"
    if _refused(case, rate) or not spans:
        return
    parts = segments(case, rate, of_rate(case, rate)[:1], (spans[0][0], spans[-1][1]))
    for number, part in enumerate(parts):
        within = intersect(spans, (part,))
        if not within:
            continue
        first = next(iter(of_rate(case, rate)), None)
        unit = unit_price(case, rate, first, part[0])
        since = f"@{day_of(part[0], case.contract.time_zone)}" if number else ""
        share = Fraction(seconds(within), case.seconds)
        step = Step(what="share of the month", value=share, unit="month")
        yield case.charge(
            name=f"{path}{since}",
            kind=ChargeKind.CAPACITY,
            clause=path,
            tranche=rate.tranches[0] if len(rate.tranches) == 1 else None,
            text=rate.id,
            quantity=share,
            unit=UNITS[rate.basis],
            price=unit.price,
            steps=(step, *unit.steps),
        )


def _flat_once(case: Case, rate: Rate) -> Iterator[Charge]:
    """Give the line of a price paid once: on the day it begins to hold, else of service."""
    path = f"rates.{rate.id}"
    if _refused(case, rate):
        return
    if rate.starts is not None:
        second: int | None = midnight(rate.starts, case.contract.time_zone)
        what = "the day it is owed"
    else:
        second, what = _first_second(case, rate), "service begins"
    if second is None or not case.window[0] <= second < case.window[1]:
        return
    unit = unit_price(case, rate, next(iter(of_rate(case, rate)), None), second)
    yield case.charge(
        name=path,
        kind=ChargeKind.CAPACITY,
        clause=path,
        tranche=rate.tranches[0] if len(rate.tranches) == 1 else None,
        text=rate.id,
        quantity=1,
        unit=UNITS[rate.basis],
        price=unit.price,
        steps=(
            Step(what=f"{what}, seconds since 1970", value=second, unit="s"),
            *unit.steps,
        ),
    )


def _refused(case: Case, rate: Rate) -> bool:
    """Refuse a flat price of what cannot be: used, available, or tiered."""
    odd = rate.quantity in (Quantity.USED, Quantity.AVAILABLE) or bool(rate.tiers)
    if odd:
        case.fault(
            "OTK-L031",
            f"a flat price has no quantity {rate.quantity}, and no tiers",
            f"rates.{rate.id}",
            hint="let it hold for what is contracted or delivered, or give it a unit",
        )
    undated = not of_rate(case, rate) and rate.starts is None and case.contract.signed is None
    if undated and not rate.tranches:
        case.fault(
            "OTK-L036",
            "nothing says from when a flat price is owed: there is no tranche",
            f"rates.{rate.id}",
            hint="give the rate `starts`, or the contract the day it was `signed`",
        )
    return odd or undated


def _flat_time(case: Case, rate: Rate) -> Spans:
    """Give the time a flat price is owed for: that of its tranches, or of the contract."""
    tranches = of_rate(case, rate)
    if not case.contract.tranches:
        begins = rate.starts or case.contract.signed
        zone = case.contract.time_zone
        return () if begins is None else ((midnight(begins, zone), case.window[1]),)
    services = [case.services[t.id] for t in tranches]
    if rate.quantity is Quantity.CONTRACTED:
        return union(p.span for service in services for p in service.contracted)
    return union(p.span for service in services for p in service.pieces)


def _first_second(case: Case, rate: Rate) -> int | None:
    if not case.contract.tranches:
        signed = case.contract.signed
        return None if signed is None else midnight(signed, case.contract.time_zone)
    services = [case.services[t.id] for t in of_rate(case, rate)]
    if rate.quantity is Quantity.CONTRACTED:
        return min((s.contracted[0].span[0] for s in services if s.contracted), default=None)
    return min((s.started for s in services if s.started is not None), default=None)


def _refuse_gaps(case: Case) -> None:
    """Refuse capacity in service that no rate prices; electricity alone may be handed on."""
    if not case.contract.rates and case.contract.pass_through is not None:
        return
    for tranche in case.contract.tranches:
        priced = union(
            limits(case.contract, rate)
            for rate in case.contract.rates
            if rate.basis is not Basis.FLAT_ONCE and tranche in of_rate(case, rate)
        )
        gap = subtract(case.services[tranche.id].spans(case.window), priced)
        if gap:
            zone = case.contract.time_zone
            case.fault(
                "OTK-L030",
                f"{tranche.id} is in service and no rate prices it",
                "rates",
                got=f"{seconds(gap)} seconds from {day_of(gap[0][0], zone)} on",
                hint="give a rate that holds for the tranche and the day",
            )
