"""A lease in the books over its life: schedule, what was measured anew, and every entry.

    change   liability′ = present value of what is still to be paid, at the rate that applies
             right of use′ = right of use + liability′ − liability, not below 0
             given back: both fall by the share that is not kept; the difference is a gain
    sublease finance: right of use leaves, a net investment comes; the difference is a gain
             operating: right of use stays, income is even

Sources: IFRS 16.36-46 (remeasurement, modification), B58 (subleases), 38(b) (what varies is
expensed); ASC 842-10-35-4 (remeasurement), 842-20-35-14 (a head lease after a finance sublease).
Under ASC 842 a moved index alone measures nothing anew: it is a variable cost.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from offtake.capital.leases import Line, Stand, Terms, cent, present_value, recognise, schedule
from offtake.errors import Fault, OfftakeError, Where
from offtake.model.lease import ChangeKind, LeaseChange, LeaseTerms, Standard, Sublease

ZERO = Decimal(0)
RIGHT, OWED, CASH = "right of use", "lease liability", "cash"
INTEREST, TAKEN, COST = "interest expense", "depreciation", "lease cost"
VARIABLE, SERVICE, GAIN = "variable lease cost", "service cost", "gain or loss on leases"
LENT, EARNED, RENTED = "net investment in sublease", "interest income", "sublease income"
ACCRUED, PREPAID = "accrued sublease rent", "initial direct costs and incentives"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a journal; entries of one day and occasion balance."""

    day: date
    account: str
    debit: Decimal
    credit: Decimal
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remeasured:
    """What measuring a lease anew did."""

    after: int
    kind: ChangeKind
    reason: str
    liability_before: Decimal
    liability: Decimal
    right_before: Decimal
    right_of_use: Decimal
    gain: Decimal
    """Gain, or loss where negative."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lent:
    """One period of a finance sublease, in the books of who leases on."""

    period: int
    opening: Decimal
    interest: Decimal
    received: Decimal
    closing: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """One contract in the lessee's books."""

    lease: LeaseTerms
    liability: Decimal
    """On the first day, after what is paid on it."""
    right_of_use: Decimal
    lines: tuple[Line, ...]
    """Period by period; empty where it was judged not to be a lease."""
    remeasured: tuple[Remeasured, ...]
    lent: tuple[Lent, ...]
    journal: tuple[Entry, ...]


def book(lease: LeaseTerms) -> Books:
    """Put a contract in the books, as it was judged.

    Raises:
        OfftakeError: it has no payments (`OTK-C012`), a change or sublease comes at no such
            period or out of order (`OTK-C013`), an index measures anew what ASC 842 expenses
            (`OTK-C014`), something is given back or leased on that cannot be (`OTK-C015`), or
            a rate cannot be (`OTK-C010`).
    """
    try:
        return _booked(lease)
    except OfftakeError as error:
        place = f"capital.leases.{lease.id}"
        faults = [
            replace(f, where=Where(path=f"{place}.{f.where.path}".removesuffix(".lease")))
            for f in error.faults
        ]
        raise OfftakeError(faults, exit=error.exit) from None


def _booked(lease: LeaseTerms) -> Books:
    terms = _terms(lease)
    if not lease.judgement.is_lease:
        if not terms.payments and not lease.variable:
            raise _fault("OTK-C012", "payments", "a contract without payments", "none")
        journal = tuple(_service(lease, terms))
        return Books(
            lease=lease,
            liability=ZERO,
            right_of_use=ZERO,
            lines=(),
            remeasured=(),
            lent=(),
            journal=journal,
        )
    first = recognise(
        terms,
        lease.judgement,
        standard=lease.standard,
        depreciation_periods=lease.depreciation_count,
    )
    lines, events, terms = _changed(lease, terms, first.lines)
    lent: tuple[Lent, ...] = ()
    sub = lease.sublease
    entries = list(_opening(lease, terms, first.liability, first.right_of_use))
    if sub is not None:
        held = _held(lease, first.right_of_use, lines, events, sub)
        entries += _leased_on(lease, sub, held)
        if sub.finance:
            lent = tuple(_net_investment(lease, sub))
            lines = _without(lease, sub, terms, lines, held, first.liability)
    entries += _running(lease, lines)
    entries += _events(lease, events)
    entries.sort(key=lambda entry: entry.day)
    return Books(
        lease=lease,
        liability=first.liability,
        right_of_use=first.right_of_use,
        lines=lines,
        remeasured=events,
        lent=lent,
        journal=tuple(entry for entry in entries if entry.debit or entry.credit),
    )


def rate_of(lease: LeaseTerms, yearly: Decimal) -> Decimal:
    """Give the interest of one period: (1 + i)^(months / 12) − 1.

    Raises:
        OfftakeError: a rate of −1 or below (`OTK-C010`).
    """
    months = lease.period.months
    if yearly <= -1:
        what = "interest of -1 or below discounts nothing"
        raise _fault("OTK-C010", "rate_share_per_year", what, str(yearly))
    if months == 12:
        return yearly
    return Decimal((1 + yearly) ** (Decimal(months) / 12) - 1)


def day_after(lease: LeaseTerms, periods: int) -> date:
    """Give the first day after so many periods."""
    start = lease.start
    months = start.year * 12 + start.month - 1 + periods * lease.period.months
    return date(months // 12, months % 12 + 1, min(start.day, 28))


def _last_day(lease: LeaseTerms, period: int) -> date:
    return day_after(lease, period) - timedelta(days=1)


def _terms(lease: LeaseTerms) -> Terms:
    return Terms(
        payments=lease.fixed,
        in_advance=lease.in_advance,
        rate_share=rate_of(lease, lease.rate_share_per_year),
        direct_cost_amount=lease.direct_cost_amount,
        incentive_amount=lease.incentive_amount,
        residual_guarantee_amount=lease.residual_guarantee_amount,
        purchase_amount=lease.purchase_amount,
    )


def _changed(
    lease: LeaseTerms, terms: Terms, lines: tuple[Line, ...]
) -> tuple[tuple[Line, ...], tuple[Remeasured, ...], Terms]:
    """Measure anew at each change: lines before it stay, those after are worked out again."""
    events: list[Remeasured] = []
    last = 0
    for number, change in enumerate(lease.changes):
        place = f"changes.{number}"
        _refuse(lease, change, place, last, len(lines))
        last = change.after_count
        line = lines[last - 1]
        rate = terms.rate_share
        if change.rate_share_per_year is not None:
            rate = rate_of(lease, change.rate_share_per_year)
        terms = replace(terms, payments=change.each_amount, rate_share=rate)
        event = _measured(terms, change, line)
        events.append(event)
        stand = Stand(event.liability, event.right_of_use, last, continued=True)
        over = lease.depreciation_count
        rest = max(over - last, 1) if over is not None else None
        lines = lines[:last] + schedule(terms, stand, lease.standard, rest)
    return lines, tuple(events), terms


def _measured(terms: Terms, change: LeaseChange, line: Line) -> Remeasured:
    given = 1 - change.kept_share
    less_owed, less_held = cent(line.closing * given), cent(line.right_of_use * given)
    owed, held = line.closing - less_owed, line.right_of_use - less_held
    end = terms.residual_guarantee_amount + terms.purchase_amount
    worth = present_value(terms.payments, terms.rate_share, in_advance=terms.in_advance)
    liability = cent(worth + end / (1 + terms.rate_share) ** len(terms.payments))
    right = held + liability - owed
    left_over = max(ZERO, -right)
    return Remeasured(
        after=change.after_count,
        kind=change.kind,
        reason=change.reason,
        liability_before=line.closing,
        liability=liability,
        right_before=line.right_of_use,
        right_of_use=right + left_over,
        gain=less_owed - less_held + left_over,
    )


def _refuse(lease: LeaseTerms, change: LeaseChange, place: str, last: int, count: int) -> None:
    after = change.after_count
    if not last < after < count:
        what = f"changes come in order, after {last + 1} to {count - 1} periods"
        raise _fault("OTK-C013", f"{place}.after_count", what, str(after))
    if change.kind is ChangeKind.INDEX and lease.standard is not Standard.IFRS_16:
        what = "under ASC 842 a moved index measures nothing anew: give it as `variable`"
        raise _fault("OTK-C014", f"{place}.kind", what, lease.standard.value)
    if not 0 < change.kept_share <= 1 or (
        change.kept_share < 1 and change.kind is not ChangeKind.MODIFICATION
    ):
        what = "only a modification gives part of it back, and keeps a share above 0 and up to 1"
        raise _fault("OTK-C015", f"{place}.kept_share", what, str(change.kept_share))
    if not change.each_amount:
        raise _fault("OTK-C012", f"{place}.payments", "nothing is left to be paid", "none")
    if lease.sublease is not None and after > lease.sublease.after_count:
        what = "a lease that is leased on is not measured anew here: change it before"
        raise _fault("OTK-C015", f"{place}.after_count", what, str(after))


def _held(
    lease: LeaseTerms,
    right: Decimal,
    lines: tuple[Line, ...],
    events: tuple[Remeasured, ...],
    sub: Sublease,
) -> Decimal:
    """Give the right of use when a sublease begins, what was measured anew on that day in it."""
    if not 0 <= sub.after_count < len(lines):
        what = f"a sublease begins after 0 to {len(lines) - 1} periods"
        raise _fault("OTK-C013", "sublease.after_count", what, str(sub.after_count))
    if not sub.each_amount or len(sub.each_amount) > len(lines) - sub.after_count:
        what = "a sublease brings payments, and ends no later than its head lease"
        raise _fault("OTK-C015", "sublease.payments", what, str(len(sub.each_amount)))
    if not 0 < sub.right_share <= 1:
        what = "a sublease covers a share above 0 and up to 1"
        raise _fault("OTK-C015", "sublease.right_share", what, str(sub.right_share))
    for event in events:
        if event.after == sub.after_count:
            return event.right_of_use
    return lines[sub.after_count - 1].right_of_use if sub.after_count else right


def _without(
    lease: LeaseTerms,
    sub: Sublease,
    terms: Terms,
    lines: tuple[Line, ...],
    held: Decimal,
    first: Decimal,
) -> tuple[Line, ...]:
    """Go on without the right of use that left; the liability goes on as it was.

    A head lease that was operating (ASC 842) is booked like a finance lease from then on.
    """
    after = sub.after_count
    rest = replace(terms, payments=tuple(line.payment for line in lines[after:]))
    owed = lines[after].opening if after else first
    kept = held - cent(held * sub.right_share)
    standard = lease.standard
    if standard is Standard.ASC_842_OPERATING:
        standard = Standard.ASC_842_FINANCE
    stand = Stand(owed, kept, after, continued=after > 0)
    return lines[:after] + schedule(rest, stand, standard)


def _net_investment(lease: LeaseTerms, sub: Sublease) -> Iterator[Lent]:
    rate = rate_of(lease, sub.rate_share_per_year)
    lent = cent(present_value(sub.each_amount, rate))
    for number, received in enumerate(sub.each_amount, 1):
        interest = cent(lent * rate) if number < len(sub.each_amount) else received - lent
        closing = lent + interest - received
        yield Lent(
            period=sub.after_count + number,
            opening=lent,
            interest=interest,
            received=received,
            closing=closing,
        )
        lent = closing


def _pair(day: date, about: str, *lines: tuple[str, Decimal]) -> Iterator[Entry]:
    """Give the lines of one occasion: above 0 is a debit, below is a credit."""
    for account, amount in lines:
        yield Entry(
            day=day,
            account=account,
            debit=max(amount, ZERO),
            credit=max(-amount, ZERO),
            about=about,
        )


def _opening(
    lease: LeaseTerms, terms: Terms, liability: Decimal, right: Decimal
) -> Iterator[Entry]:
    paid = lease.fixed[0] if lease.in_advance else ZERO
    other = lease.direct_cost_amount - lease.incentive_amount
    # Rounded one by one, the three may miss the right of use by a cent: it takes what they are.
    lines = ((RIGHT, right), (OWED, -liability), (CASH, -paid), (PREPAID, -other))
    apart = sum((amount for _, amount in lines), start=ZERO)
    yield from _pair(lease.start, "lease begins", *lines[:3], (PREPAID, -other - apart))
    yield from _pair(
        lease.start,
        "direct costs, incentives",
        (PREPAID, other + apart),
        (CASH, -other - apart),
    )


def _running(lease: LeaseTerms, lines: tuple[Line, ...]) -> Iterator[Entry]:
    """Give what each period books: payment, interest, what is taken off, what varies."""
    operating = lease.standard is Standard.ASC_842_OPERATING
    for line in lines:
        number = line.period
        end = _last_day(lease, number)
        due = day_after(lease, number - 1) if lease.in_advance else end
        if number > 1 or not lease.in_advance:
            yield from _pair(due, f"payment {number}", (OWED, line.payment), (CASH, -line.payment))
        gone = lease.sublease
        level = operating and not (gone and gone.finance and number > gone.after_count)
        about = f"period {number}"
        accounts = (COST, COST) if level else (INTEREST, TAKEN)
        yield from _pair(end, about, (accounts[0], line.interest), (OWED, -line.interest))
        yield from _pair(end, about, (accounts[1], line.depreciation), (RIGHT, -line.depreciation))
    last = lines[-1]
    if last.closing:
        day = _last_day(lease, last.period)
        about = "guarantee or purchase at the end"
        yield from _pair(day, about, (OWED, last.closing), (CASH, -last.closing))
    yield from _varying(lease, VARIABLE)


def _varying(lease: LeaseTerms, account: str) -> Iterator[Entry]:
    for part in lease.variable:
        day = _last_day(lease, part.period_count)
        yield from _pair(day, part.what, (account, part.amount), (CASH, -part.amount))


def _service(lease: LeaseTerms, terms: Terms) -> Iterator[Entry]:
    """Expense what was judged not to be a lease."""
    for number, payment in enumerate(terms.payments, 1):
        end = _last_day(lease, number)
        yield from _pair(end, f"period {number}", (SERVICE, payment), (CASH, -payment))
    yield from _varying(lease, SERVICE)


def _events(lease: LeaseTerms, events: tuple[Remeasured, ...]) -> Iterator[Entry]:
    for event in events:
        day = day_after(lease, event.after)
        yield from _pair(
            day,
            event.reason or f"measured anew: {event.kind.value}",
            (RIGHT, event.right_of_use - event.right_before),
            (OWED, event.liability_before - event.liability),
            (GAIN, -event.gain),
        )


def _leased_on(lease: LeaseTerms, sub: Sublease, held: Decimal) -> Iterator[Entry]:
    """Book a sublease: a net investment with its interest, or even income."""
    if sub.finance:
        lent = list(_net_investment(lease, sub))
        gone = cent(held * sub.right_share)
        day = day_after(lease, sub.after_count)
        gain = lent[0].opening - gone
        yield from _pair(
            day, f"sublease: {sub.reason}", (LENT, lent[0].opening), (RIGHT, -gone), (GAIN, -gain)
        )
        for line in lent:
            end, about = _last_day(lease, line.period), f"sublease, period {line.period}"
            yield from _pair(end, about, (LENT, line.interest), (EARNED, -line.interest))
            yield from _pair(end, about, (CASH, line.received), (LENT, -line.received))
        return
    total, count = sum(sub.each_amount, start=ZERO), len(sub.each_amount)
    booked = ZERO
    for number, received in enumerate(sub.each_amount, 1):
        income = cent(total * number / count) - booked
        booked += income
        period = sub.after_count + number
        end, about = _last_day(lease, period), f"sublease, period {period}"
        yield from _pair(
            end, about, (CASH, received), (ACCRUED, income - received), (RENTED, -income)
        )


def _fault(code: str, path: str, what: str, got: str) -> OfftakeError:
    return OfftakeError(Fault(code=code, what=what, where=Where(path=path), got=got))
