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
from enum import StrEnum

from offtake.errors import Fault, OfftakeError, Where
from offtake.model.value import Value
from offtake.units import ExactShare, Money, Positive

CENT = Decimal("0.01")


class Standard(StrEnum):
    """Which rules the books follow."""

    IFRS_16 = "ifrs-16"
    ASC_842_FINANCE = "asc-842-finance"
    ASC_842_OPERATING = "asc-842-operating"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement(Value):
    """Whether a contract is a lease, as somebody decided it."""

    is_lease: bool
    """The judgement."""
    reason: str
    """Why: is there an identified asset, who takes its output, who directs its use."""
    decided_by: str
    """Who decided it."""


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
        OfftakeError: a rate of −1 or below (`OTK-A010`).
    """
    if rate <= -1:
        raise _fault("OTK-A010", "interest of -1 or below discounts nothing", str(rate))
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
        OfftakeError: it was judged not to be a lease (`OTK-A011`), nothing is paid
            (`OTK-A012`), or a rate cannot be (`OTK-A010`).
    """
    if not judgement.is_lease:
        what = "this contract was judged not to be a lease: its payments are expensed"
        raise _fault("OTK-A011", what, judgement.reason)
    if not terms.payments:
        raise _fault("OTK-A012", "a lease without payments", "none")
    first = terms.payments[0] if terms.in_advance else Decimal(0)
    liability = _liability(terms)
    right = liability + first + terms.direct_cost_amount - terms.incentive_amount
    lines = _schedule(terms, liability, right, standard, depreciation_periods)
    return Lease(
        liability=_cent(liability), right_of_use=_cent(right), paid_first=first, lines=lines
    )


def remeasure(
    lease: Lease, after: int, payments: Sequence[Decimal], rate: Decimal, *, in_advance: bool
) -> tuple[Decimal, Decimal]:
    """Work the liability out anew when an index, the term or a guarantee changes.

    The right of use moves by what the liability moves by (IFRS 16.39); at a change of an
    index the rate stays, at a change of the term it is the rate then (IFRS 16.40-43).

    Args:
        lease: The lease as it was.
        after: Whole periods that have passed.
        payments: What is still to be paid, the next first.
        rate: Interest of one period.
        in_advance: Whether the next payment is due at once.

    Returns:
        The liability and the right of use after it, to the cent. A right of use does not
        go below 0: what is left over is profit (IFRS 16.39).

    Raises:
        OfftakeError: no such period (`OTK-A013`), or a rate cannot be (`OTK-A010`).
    """
    if not 0 < after <= len(lease.lines):
        what = f"periods passed are 1 to {len(lease.lines)}"
        raise _fault("OTK-A013", what, str(after))
    line = lease.lines[after - 1]
    liability = _cent(present_value(payments, rate, in_advance=in_advance))
    return liability, max(Decimal(0), line.right_of_use + liability - line.closing)


def _liability(terms: Terms) -> Decimal:
    rest = terms.payments[1:] if terms.in_advance else terms.payments
    end = terms.residual_guarantee_amount + terms.purchase_amount
    due = present_value(rest, terms.rate_share)
    return due + end / (1 + terms.rate_share) ** len(terms.payments)


def _schedule(
    terms: Terms, liability: Decimal, right: Decimal, standard: Standard, over: int | None
) -> tuple[Line, ...]:
    """Run liability and right of use period by period; the last one absorbs the cents."""
    count = len(terms.payments)
    end = terms.residual_guarantee_amount + terms.purchase_amount
    owed, held, lines = _cent(liability), _cent(right), []
    first = terms.payments[0] if terms.in_advance else Decimal(0)
    even = (sum(terms.payments) + right - liability - first) / count
    for period in range(1, count + 1):
        opening, payment = owed, terms.payments[period - 1]
        if terms.in_advance:
            paid = Decimal(0) if period == 1 else payment
            base = owed - paid
        else:
            paid, base = payment, owed
        left = base if terms.in_advance else base - paid
        interest = _cent(base * terms.rate_share)
        if period == count:
            interest = end - left
        owed = left + interest
        if standard is Standard.ASC_842_OPERATING:
            taken = min(held, _cent(even) - interest)
        else:
            taken = _cent(right / (over or count)) if period <= (over or count) else Decimal(0)
        if period == count and not (over and over > count):
            taken = held
        held -= taken
        lines.append(
            Line(
                period=period,
                opening=opening,
                payment=payment,
                interest=interest,
                closing=owed,
                depreciation=taken,
                right_of_use=held,
            )
        )
    return tuple(lines)


def _cent(exact: Decimal) -> Decimal:
    return exact.quantize(CENT, rounding=ROUND_HALF_UP)


def _fault(code: str, what: str, got: str) -> OfftakeError:
    return OfftakeError(Fault(code=code, what=what, where=Where(path="lease"), got=got))
