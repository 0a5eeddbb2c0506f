"""Prices: what a unit costs when, exactly: steps by dates, options, an index with its limits.

    price of the contract, or of an option ── · (1 + step)^k ── · (1 − w + w · index/reference)
                                                             ── at least floor, at most cap

Steps compound and are never rounded between. An index moves the stepped price; floor and
cap hold last. A price under an option replaces the contract's: it takes no steps and follows no
index.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import pairwise

from offtake.ledger.case import Case, window
from offtake.ledger.dates import day_of, months_later
from offtake.ledger.exchange import fixed
from offtake.ledger.quantities import FLAT, METERED, UNITS, Counted, amount
from offtake.ledger.service import Service
from offtake.ledger.services import ramped
from offtake.ledger.spans import Span
from offtake.model.charge import Step
from offtake.model.clause import Escalator, IndexLink, Quantity, Rate
from offtake.model.contract import Contract, Tranche
from offtake.model.month import Month, midnight


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """The price of a unit, and how it came about."""

    price: Fraction
    """In the contract's currency."""
    steps: tuple[Step, ...]
    """How it came about, the price itself last."""


def holds(case: Case, rate: Rate) -> Span | None:
    """Give the part of the month a rate holds for by its own dates; None where for none."""
    start, end = limits(case.contract, rate)
    first, last = max(case.window[0], start), min(case.window[1], end)
    return (first, last) if first < last else None


def limits(contract: Contract, rate: Rate) -> Span:
    """Give the seconds a rate begins and ends to hold, very early and late where not said."""
    start = -(2**62) if rate.starts is None else midnight(rate.starts, contract.time_zone)
    end = 2**62 if rate.ends is None else midnight(rate.ends, contract.time_zone)
    return start, end


def of_rate(case: Case, rate: Rate) -> tuple[Tranche, ...]:
    """Give the tranches of the contract, as it stands, that a rate holds for."""
    named = case.covered(rate.tranches)
    return tuple(t for t in case.contract.tranches if t.id in named)


def segments(case: Case, rate: Rate, tranches: Iterable[Tranche], span: Span) -> Iterator[Span]:
    """Cut a span where the price of a rate changes for one of its tranches."""
    zone, cuts = case.contract.time_zone, {*span}
    for tranche in tranches:
        service = case.services[tranche.id]
        cuts |= {second for second, _, _ in service.option_prices}
        if rate.escalator is not None:
            begins = _first_step(case, rate.escalator, tranche)
            cuts |= {midnight(day, zone) for day in _steps(case, rate.escalator, begins, span)}
    yield from pairwise(sorted(c for c in cuts if span[0] <= c <= span[1]))


def unit_price(
    case: Case, rate: Rate, tranche: Tranche | None, second: int, *, price: Fraction | None = None
) -> Unit:
    """Give the price of a unit of a rate at a second: stepped, under options and indexed.

    Args:
        case: The case.
        rate: The rate.
        tranche: The tranche it is for; None is the contract as a whole.
        second: When.
        price: The price of a tier, in place of the rate's own.

    A fixing that is missing is collected in the case (`OTK-L130`), and the price given back
    without the index: nothing is settled then.
    """
    path = f"rates.{rate.id}"
    made = stepped(case, rate, tranche, second, price=price)
    if rate.index is None or _under(case, rate, tranche, second) is not None:
        return made
    return _indexed(case, rate.index, made, f"{path}.index")


def stepped(
    case: Case, rate: Rate, tranche: Tranche | None, second: int, *, price: Fraction | None = None
) -> Unit:
    """Give the price of a unit of a rate at a second, without an index."""
    currency, path = f"{case.contract.currency} per {UNITS[rate.basis]}", f"rates.{rate.id}"
    under = _under(case, rate, tranche, second)
    if under is not None:
        return under
    value = Fraction(rate.price) if price is None else price
    first = Step(what="price", value=value, unit=currency, sources=(f"clause:{path}",))
    if rate.escalator is None:
        return Unit(price=value, steps=(first,))
    begins = _first_step(case, rate.escalator, tranche)
    today = day_of(second, case.contract.time_zone)
    count = _count(case, rate.escalator, begins, today)
    if not count:
        return Unit(price=value, steps=(first,))
    value *= (1 + Fraction(rate.escalator.step_share)) ** count
    source = (f"clause:{path}.escalator",)
    step = Step(what=f"price after {count} steps", value=value, unit=currency, sources=source)
    return Unit(price=value, steps=(first, step))


def _under(case: Case, rate: Rate, tranche: Tranche | None, second: int) -> Unit | None:
    """Give the price an option sets for a tranche at a second; None where none does."""
    if tranche is None or rate.basis in FLAT:
        return None
    held = [one for one in case.services[tranche.id].option_prices if one[0] <= second]
    if not held:
        return None
    _, own, option = held[-1]
    _refuse_ambiguous(case, tranche, option, second)
    step = Step(
        what=f"price under {option}",
        value=Fraction(own),
        unit=f"{case.contract.currency} per {UNITS[rate.basis]}",
        sources=(f"clause:options.{option}.price",),
    )
    return Unit(price=Fraction(own), steps=(step,))


def _refuse_ambiguous(case: Case, tranche: Tranche, option: str, second: int) -> None:
    rates = [
        rate
        for rate in case.contract.rates
        if tranche in of_rate(case, rate)
        and limits(case.contract, rate)[0] <= second < limits(case.contract, rate)[1]
    ]
    priced = [r.id for r in rates if r.basis not in FLAT]
    if len(priced) > 1 or any(r.tiers for r in rates):
        case.fault(
            "OTK-L061",
            f"the option has a price, and {tranche.id} has several prices it could replace",
            f"options.{option}",
            got=", ".join(priced),
            hint="leave its price out and give the rates `starts` and `ends` instead",
        )


def _first_step(case: Case, escalator: Escalator, tranche: Tranche | None) -> date:
    """Give the day of the first step: its own, or so many months after service starts."""
    if escalator.first is not None:
        return escalator.first
    named = [tranche] if tranche is not None else list(case.contract.tranches)
    begun = []
    for one in named:
        service = case.services[one.id]
        begun.append(service.due if service.started is None else service.started)
    if not begun:
        case.fault(
            "OTK-L033",
            "nothing says when the price steps first: there is no tranche to start service",
            "rates",
            hint="give the escalator its `first` day",
        )
        return date.max
    zone = case.contract.time_zone
    return months_later(day_of(min(begun), zone), max(int(escalator.every_months), 1))


def _steps(case: Case, escalator: Escalator, first: date, span: Span) -> Iterator[date]:
    """Give the days of steps that lie in a span."""
    last = day_of(span[1], case.contract.time_zone)
    count = _count(case, escalator, first, last)
    for k in range(max(0, count - 40), count):
        yield months_later(first, k * int(escalator.every_months))


def _count(case: Case, escalator: Escalator, first: date, day: date) -> int:
    """Count the steps on or before a day."""
    every = int(escalator.every_months)
    if not every:
        case.fault(
            "OTK-L034",
            "a price that steps needs months between its steps",
            "rates",
            got="every_months: 0",
            hint="write `every_months: 12` for one step a year",
        )
        return 0
    if day < first:
        return 0
    whole = Month.of(day) - Month.of(first)
    count = whole // every
    return count + (months_later(first, count * every) <= day)


def _indexed(case: Case, link: IndexLink, made: Unit, clause: str) -> Unit:
    found = fixed(case, link.index, link.rule, clause)
    reference, weight = Fraction(link.reference_price), Fraction(link.weight_share)
    if found is None:
        return made
    if not reference:
        case.fault(
            "OTK-L035",
            "a price cannot follow an index from a reference of 0",
            clause,
            got="reference_price: 0",
            hint="give the value of the index at which the price is the contract's own",
        )
        return made
    unit, source = made.steps[-1].unit, (f"clause:{clause}",)
    value = made.price * (1 - weight + weight * found.value / reference)
    steps = [
        *made.steps,
        *found.steps,
        Step(what=f"price after {link.index}", value=value, unit=unit, sources=source),
    ]
    floor, cap = link.floor_price, link.cap_price
    if floor is not None and value < Fraction(floor):
        value = Fraction(floor)
        steps.append(Step(what="at least its floor", value=value, unit=unit, sources=source))
    if cap is not None and value > Fraction(cap):
        value = Fraction(cap)
        steps.append(Step(what="at most its cap", value=value, unit=unit, sources=source))
    return Unit(price=value, steps=tuple(steps))


def capacity_rates(case: Case, tranche: Tranche) -> tuple[Rate, ...]:
    """Give the rates that carry the value of a tranche: those of its capacity, else of use."""
    sized = [
        rate
        for rate in case.contract.rates
        if tranche in of_rate(case, rate) and rate.basis not in FLAT and rate.basis not in METERED
    ]
    held = [rate for rate in sized if rate.quantity is not Quantity.USED]
    return tuple(held or sized)


def total_value(case: Case, tranche: Tranche, clause: str) -> Unit | None:
    """Give the total value of a tranche, as agreed: all that is owed over its term.

    value = Σ months · quantity contracted · price, from the written due date, by the steps
    of the price and without an index, so that it is known when the tranche is due.

    A tranche without a price of capacity (`OTK-L051`) is collected as a fault, and None
    given back.
    """
    rates = capacity_rates(case, tranche)
    tiered = [rate.id for rate in rates if rate.tiers]
    if not rates or tiered:
        case.fault(
            "OTK-L051",
            f"the total value of {tranche.id} is not fixed by a price of its capacity",
            clause,
            got=f"tiers in {', '.join(tiered)}" if tiered else "no rate of its capacity",
            hint="give it a rate per GPU-hour, node-month or kW-month without tiers",
        )
        return None
    key = ("value", case.contract, tranche)
    memo = case.known.memo
    if key not in memo:
        memo[key] = sum((_value(case, rate, tranche) for rate in rates), Fraction(0))
    value: Fraction = memo[key]
    step = Step(
        what=f"total value of {tranche.id} over {tranche.term_months} months",
        value=value,
        unit=case.contract.currency,
        sources=tuple(f"clause:rates.{rate.id}" for rate in rates),
    )
    return Unit(price=value, steps=(step,))


def _as_written(tranche: Tranche, service: Service, zone: str) -> Service:
    """Give a tranche as owed by its written due date and term, no fact about it counted."""
    due = midnight(tranche.due, zone)
    end = midnight(months_later(tranche.due, int(tranche.term_months)), zone)
    return Service(
        tranche=tranche,
        pieces=(),
        due=due,
        started=None,
        complete=None,
        ended=end,
        contracted=ramped(tranche, due, end, zone),
        option_prices=tuple(one for one in service.option_prices if one[0] == 0),
    )


def _value(case: Case, rate: Rate, tranche: Tranche) -> Fraction:
    """Add up what a rate brings over the written term of a tranche, month by month."""
    zone, total = case.contract.time_zone, Fraction(0)
    service = _as_written(tranche, case.services[tranche.id], zone)
    last = months_later(tranche.due, int(tranche.term_months))
    for month in Month.of(tranche.due).until(Month.of(last)):
        services = {**case.services, tranche.id: service}
        then = replace(case, month=month, window=window(month, zone), services=services)
        span = holds(then, rate)
        for part in segments(then, rate, (tranche,), span) if span else ():
            counted = Counted(
                basis=rate.basis, quantity=Quantity.CONTRACTED, clause=f"rates.{rate.id}"
            )
            units = amount(then, tranche, counted, part).value
            total += units * stepped(then, rate, tranche, part[0]).price
    return total
