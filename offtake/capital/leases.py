"""A lease in the lessee's books (IFRS 16, ASC 842): liability, right of use, schedules.

    liability = present value of the payments not yet made, at the rate implicit in the lease
    right of use = liability + payments made on the first day + direct costs − incentives

Whether a contract is a lease is a judgement, declared with its reason (`Judgement`); it is
never inferred here. Payments that vary with use or an index that is not fixed on the first
day are no part of the liability: they are expensed as they arise (IFRS 16.38).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from offtake.errors import Fault, OfftakeError, Where
from offtake.model.lease import Judgement, Standard
from offtake.model.value import Value
from offtake.units import ExactShare, Money, Positive

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms(Value):
    """What a lease asks the lessee to pay, at even distances in time."""

    payments: tuple[Money, ...]
    """Fixed payments, one a period, in order."""
    in_advance: bool = False
    """Whether each is due on the first day of its period, else on its last."""
    rate_share: ExactShare
    """Interest of one period: the rate implicit in the lease, or the lessee's own."""
    direct_cost_amount: Money = Decimal(0)
    """What it cost the lessee to get the lease."""
    incentive_amount: Money = Decimal(0)
    """What the lessor gave for signing."""
    residual_guarantee_amount: Money = Decimal(0)
    """What the lessee expects to owe at the end under a guarantee."""
    purchase_amount: Money = Decimal(0)
    """Price of an option to buy that is reasonably certain to be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One period of a schedule; amounts in the contract's currency, to the cent."""

    period: int
    """Counted from 1."""
    opening: Decimal
    """Liability when it begins, before a payment in advance."""
    payment: Decimal
    """Paid in it."""
    interest: Decimal
    """Added in it."""
    closing: Decimal
    """Liability when it ends."""
    depreciation: Decimal
    """Taken off the right of use."""
    right_of_use: Decimal
    """Right of use when it ends."""

    @property
    def expense(self) -> Decimal:
        """What the period costs in the statement of profit or loss."""
        return self.interest + self.depreciation


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A lease on its first day, and over its term."""

    liability: Decimal
    """Present value of what is still to be paid."""
    right_of_use: Decimal
    """What the right to use costs, all told."""
    paid_first: Decimal
    """Paid on the first day, and so no part of the liability."""
    lines: tuple[Line, ...]
    """Its schedule."""


def present_value(
    payments: Sequence[Decimal], rate: Decimal, *, in_advance: bool = False
) -> Decimal:
    """Discount payments at even distances, unrounded; the first in advance counts in full.

    v = Σ p_k / (1 + r)^k, k from 0 in advance, from 1 in arrears.

    Raises:
        OfftakeError: a rate of −1 or below (`OTK-C010`).
    """
    if rate <= -1:
        raise _fault("OTK-C010", "interest of -1 or below discounts nothing", str(rate))
    first = 0 if in_advance else 1
    return sum((p / (1 + rate) ** k for k, p in enumerate(payments, start=first)), start=Decimal(0))


def recognise(
    terms: Terms,
    judgement: Judgement,
    *,
    standard: Standard = Standard.IFRS_16,
    depreciation_periods: Positive | None = None,
) -> Lease:
    """Put a lease on the balance sheet, and work out its schedule.

    Checks: IFRS 16 Example 13 (10 payments of 50,000 in advance at 5 %, direct costs 20,000,
    incentive 5,000): liability 355,391.08 after the first payment, right of use 420,391.08.

    Args:
        terms: What is paid.
        judgement: That it is a lease, with the reason.
        standard: Which rules; under an operating lease of ASC 842 the cost is even.
        depreciation_periods: Periods the right of use is taken off over; None is the term.

    Raises:
        OfftakeError: it was judged not to be a lease (`OTK-C011`), nothing is paid
            (`OTK-C012`), or a rate cannot be (`OTK-C010`).
    """
    if not judgement.is_lease:
        what = "this contract was judged not to be a lease: its payments are expensed"
        raise _fault("OTK-C011", what, judgement.reason)
    if not terms.payments:
        raise _fault("OTK-C012", "a lease without payments", "none")
    first = terms.payments[0] if terms.in_advance else Decimal(0)
    liability = _liability(terms)
    right = liability + first + terms.direct_cost_amount - terms.incentive_amount
    lines = schedule(terms, Stand(liability, right), standard, depreciation_periods)
    return Lease(liability=cent(liability), right_of_use=cent(right), paid_first=first, lines=lines)


def _liability(terms: Terms) -> Decimal:
    rest = terms.payments[1:] if terms.in_advance else terms.payments
    end = terms.residual_guarantee_amount + terms.purchase_amount
    due = present_value(rest, terms.rate_share)
    return due + end / (1 + terms.rate_share) ** len(terms.payments)


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a schedule begins: on the first day, or where a lease is measured anew."""

    liability: Decimal
    right_of_use: Decimal
    passed: int = 0
    """Periods that have passed."""
    continued: bool = False
    """Whether a payment on this very day is still part of the liability."""


def schedule(
    terms: Terms, stand: Stand, standard: Standard, over: int | None = None
) -> tuple[Line, ...]:
    """Run liability and right of use period by period; the last one absorbs the cents.

    Under an operating lease of ASC 842 each period costs the same, and what interest leaves
    of it is taken off the right of use.

    Args:
        terms: What is still to be paid.
        stand: What is owed and held when it begins.
        standard: Which rules.
        over: Periods the right of use is taken off over; None is as many as are paid.
    """
    count = len(terms.payments)
    end = terms.residual_guarantee_amount + terms.purchase_amount
    owed, held, lines = cent(stand.liability), cent(stand.right_of_use), []
    paid_first = terms.in_advance and not stand.continued
    first = terms.payments[0] if paid_first else Decimal(0)
    cost = sum(terms.payments) + end + stand.right_of_use - stand.liability - first
    for period in range(1, count + 1):
        opening, payment = owed, terms.payments[period - 1]
        due = Decimal(0) if period == 1 and paid_first else payment
        base = owed - due if terms.in_advance else owed
        left = base if terms.in_advance else base - due
        interest = end - left if period == count else cent(base * terms.rate_share)
        owed = left + interest
        if standard is Standard.ASC_842_OPERATING:
            taken = min(held, cent(cost / count) - interest)
        else:
            spread = stand.right_of_use / (over or count)
            taken = cent(spread) if period <= (over or count) else Decimal(0)
        if period == count and not (over and over > count):
            taken = held
        held -= taken
        lines.append(
            Line(
                period=stand.passed + period,
                opening=opening,
                payment=payment,
                interest=interest,
                closing=owed,
                depreciation=taken,
                right_of_use=held,
            )
        )
    return tuple(lines)


def cent(exact: Decimal) -> Decimal:
    """Round half up to the cent."""
    return exact.quantize(CENT, rounding=ROUND_HALF_UP)


def _fault(code: str, what: str, got: str) -> OfftakeError:
    return OfftakeError(Fault(code=code, what=what, where=Where(path="lease"), got=got))
