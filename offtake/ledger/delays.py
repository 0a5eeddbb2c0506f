"""Delay: what a tranche that comes late costs its seller, day by day.

    due ──grace──|███████ late part · daily fee · share ███████|─ accepted
                                                   | long stop: the buyer may terminate

Late is what is owed by then and not yet accepted: of a tranche accepted in parts, the rest.
The daily fee is that of the late part's contracted capacity at the price of the day. A month
has its own late seconds only, so months add up; the cap holds over all of them together.

Damages that abate rent are not paid: rent of the tranche is not charged until they are used
up, so where none is charged yet they wait, and a note says how much is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from offtake.ledger.case import Case, exactly, rounded
from offtake.ledger.dates import month_of, second_later
from offtake.ledger.prices import capacity_rates, holds, segments, total_value, unit_price
from offtake.ledger.service import Piece, clipped, share_seconds
from offtake.model.charge import Charge, ChargeKind, Step
from offtake.model.clause import Basis, DelayDamages
from offtake.model.contract import Tranche
from offtake.model.month import epoch, midnight

DAY = 86_400
"""Seconds of a day of grace or damages."""


@dataclass(frozen=True, slots=True)
class _Late:
    """One clause and one tranche it holds for."""

    clause: DelayDamages
    path: str
    tranche: Tranche


@dataclass(frozen=True, slots=True)
class _Due:
    """What a month owes for lateness."""

    amount: Fraction
    left: Fraction
    """Rent still to be abated."""
    own: bool
    """Whether it is what accrued in the month itself, neither capped nor carried."""


def damages(case: Case, charges: tuple[Charge, ...]) -> tuple[Charge, ...]:
    """Give the lines of delay damages and abated rent; notes say which rights arise.

    Faults are collected in the case: a late tranche without a daily fee (`OTK-L140`), those
    of its price and of its total value.
    """
    lines: list[Charge] = []
    for index, clause in enumerate(case.contract.delay_damages):
        for name in case.covered(clause.tranches):
            tranche = next(t for t in case.contract.tranches if t.id == name)
            late = _Late(clause, f"delay_damages[{index}]", tranche)
            lines += _line(case, late, f"delay_damages.{index}.{name}")
            _note_long_stop(case, late)
    return tuple(lines)


def late_pieces(case: Case, clause: DelayDamages, tranche: Tranche) -> tuple[Piece, ...]:
    """Give when which share of a tranche is late after its grace, up to the end of the month.

    Nothing is known beyond `as_of`, so nothing is late there yet.
    """
    service, zone = case.services[tranche.id], case.contract.time_zone
    grace = int(exactly(max(clause.grace_days, tranche.grace_days)) * DAY)
    count = int(tranche.ramp_quarters) + 1
    owed = [
        (second_later(service.due, 3 * i, zone) + grace, Fraction(i + 1, count))
        for i in range(count)
    ]
    until = min(case.window[1], epoch(case.as_of), service.ended)
    edges = {second for second, _ in owed} | {p.span[0] for p in service.pieces} | {until}
    made = []
    for start, end in pairwise(sorted(second for second in edges if second <= until)):
        wanted = max((share for second, share in owed if second <= start), default=Fraction(0))
        there = max((p.share for p in service.pieces if p.span[0] <= start), default=Fraction(0))
        if wanted > there:
            made.append(Piece(span=(start, end), share=wanted - there))
    return tuple(made)


def _line(case: Case, late: _Late, name: str) -> Iterator[Charge]:
    pieces = late_pieces(case, late.clause, late.tranche)
    own = clipped(pieces, case.window)
    if not pieces or (not own and not late.clause.abates_rent):
        return
    if not capacity_rates(case, late.tranche):
        case.fault(
            "OTK-L140",
            f"{late.tranche.id} is late, and no rate of its capacity says its daily fee",
            late.path,
            got="no rate per GPU-hour, node-month or kW-month",
            hint="give the contract a rate of the tranche's capacity",
        )
        return
    if case.window[1] > epoch(case.as_of) and own and own[-1].span[1] == epoch(case.as_of):
        case.note(f"{late.tranche.id} is late: damages are counted up to {case.as_of.isoformat()}")
    due = _due(case, late, pieces)
    if due.left:
        rounding = case.contract.rounding
        minor = rounded(due.left * 10**rounding.decimal_count, rounding.rule)
        amount = f"{Decimal(minor).scaleb(-rounding.decimal_count):,} {case.contract.currency}"
        case.note(f"{late.tranche.id} was late: {amount} of its rent are still to be abated")
    if not due.amount:
        return
    days = share_seconds(own) / DAY
    told = days if due.own else Fraction(1)
    word = "rent abated" if late.clause.abates_rent else "delay damages"
    yield case.charge(
        name=name,
        kind=ChargeKind.DELAY_DAMAGES,
        clause=late.path,
        tranche=late.tranche.id,
        text=f"{late.tranche.id} late: {word}",
        quantity=-told,
        unit="days" if due.own else word,
        price=due.amount / told,
        steps=_steps(case, late, own, due),
    )


def _steps(case: Case, late: _Late, own: Sequence[Piece], due: _Due) -> tuple[Step, ...]:
    """Tell how a line came about, first to last."""
    currency, share = case.contract.currency, Fraction(late.clause.daily_fee_share)
    service, source = case.services[late.tranche.id], (f"clause:{late.path}",)
    days = share_seconds(own) / DAY
    accrued = _fee(case, late.tranche, own)
    grace = exactly(max(late.clause.grace_days, late.tranche.grace_days))
    steps = [
        Step(what="days of grace", value=grace, unit="days", sources=source),
        Step(
            what=f"{late.tranche.id} late after grace, share · time in the month",
            value=days,
            unit="days",
            sources=(f"clause:tranches.{late.tranche.id}.due", *service.sources),
        ),
    ]
    if days:
        rates = tuple(f"clause:rates.{r.id}" for r in capacity_rates(case, late.tranche))
        fee = Step(what="fee of these days", value=accrued, unit=currency, sources=rates)
        told = Step(what="share of the daily fee", value=share, unit="share", sources=source)
        steps += [fee, told]
    if not due.own:
        what = "after the cap and what other months have taken"
        steps.append(Step(what=what, value=due.amount, unit=currency, sources=source))
    return tuple(steps)


def _due(case: Case, late: _Late, pieces: Sequence[Piece]) -> _Due:
    """Give what this month owes: its own days, within the cap, as far as there is rent."""
    clause, share = late.clause, Fraction(late.clause.daily_fee_share)
    if clause.cap_share is None and not clause.abates_rent:
        amount = _fee(case, late.tranche, clipped(pieces, case.window)) * share
        return _Due(amount, Fraction(0), True)
    cap = _cap(case, late)
    first = month_of(pieces[0].span[0], case.contract.time_zone)
    accrued = given = now = own = Fraction(0)
    for month in first.until(case.month):
        then = case.at(month)
        own = _fee(then, late.tranche, clipped(pieces, then.window)) * share
        accrued += own
        owed = accrued if cap is None else min(accrued, cap)
        now = owed - given
        if clause.abates_rent:
            now = min(
                now, _fee(then, late.tranche, then.services[late.tranche.id].within(then.window))
            )
        given += now
    left = (accrued if cap is None else min(accrued, cap)) - given
    return _Due(now, left if clause.abates_rent else Fraction(0), now == own)


def _cap(case: Case, late: _Late) -> Fraction | None:
    """Give the most damages can reach; None is no limit."""
    if late.clause.cap_share is None:
        return None
    value = total_value(case, late.tranche, late.path)
    return None if value is None else value.price * Fraction(late.clause.cap_share)


def _fee(case: Case, tranche: Tranche, pieces: Sequence[Piece]) -> Fraction:
    """Give the fee of a tranche's contracted capacity over pieces of a month."""
    total = Fraction(0)
    for rate in capacity_rates(case, tranche):
        span = holds(case, rate)
        for part in segments(case, rate, (tranche,), span) if span else ():
            held = share_seconds(clipped(pieces, part))
            if held:
                size = _size(case, tranche, rate.basis)
                total += held * size * unit_price(case, rate, tranche, part[0]).price
    return total


def _size(case: Case, tranche: Tranche, basis: Basis) -> Fraction:
    """Give the units of a basis that all of a tranche comes to in a second."""
    match basis:
        case Basis.GPU_HOUR:
            return Fraction(tranche.accelerator_count or 0, 3600)
        case Basis.NODE_MONTH:
            return Fraction(tranche.node_count or 0, case.seconds)
        case _:
            return exactly(tranche.power_it_mw or 0) * 1000 / case.seconds


def _note_long_stop(case: Case, late: _Late) -> None:
    """Note that a tranche is so late that its buyer may terminate it."""
    service, tranche = case.services[late.tranche.id], late.tranche
    stops = []
    if late.clause.long_stop_days is not None:
        stops.append(service.due + int(exactly(late.clause.long_stop_days) * DAY))
    if tranche.long_stop is not None:
        stops.append(midnight(tranche.long_stop, case.contract.time_zone))
    if not stops:
        return
    stop, until = min(stops), min(case.window[1], epoch(case.as_of), service.ended)
    arrived = service.complete
    if stop < until and (arrived is None or arrived > max(stop, case.window[0])):
        when = datetime.fromtimestamp(stop, UTC).isoformat().replace("+00:00", "Z")
        case.note(f"{tranche.id} is late beyond its long stop: since {when} the buyer may end it")
