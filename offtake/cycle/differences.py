"""Plan against actual: why a month cost another sum than planned, in four parts that add up.

Standard costing, with useful work as the output. Of each contract, with planned price p₀ a paid
GPU-hour, paid GPU-hours q, useful GPU-hours U, useful share e = U/q, and d GPU-hours that were
planned and not there because a tranche was late or a site was lost:

    price       = C₁ − p₀·q₁                    what the paid hours cost beyond the planned price
    efficiency  = p₀·(q₁ − U₁/e₀)               paid hours beyond what the work done should take
    delay       = −p₀·d                         hours that were late or lost, not paid for
    volume      = p₀·(U₁/e₀ − q₀) + p₀·d        more or less work than planned, all else

    price + efficiency + delay + volume = C₁ − C₀         with C₀ = p₀·q₀

Positive costs more than planned. Credits and damages are in C₁, and so in the price. Where nothing
is late and as large a share is useful as planned, price is (p₁ − p₀)·q₁ and volume (q₁ − q₀)·p₀.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from offtake.errors import Fault, OfftakeError, Where

CENT = Decimal("0.01")
PARTS = ("price", "volume", "delay", "efficiency")
"""The parts, in the order they are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What a contract was planned to cost in a month."""

    contract: str
    """The contract."""
    price: Decimal
    """Planned price of a paid GPU-hour, in USD."""
    paid_hours: Decimal
    """Planned GPU-hours that are paid for."""
    useful_share: Decimal
    """Share of them that was planned to do useful work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actual:
    """What a contract came to in a month."""

    contract: str
    """The contract."""
    cost: Decimal
    """What was invoiced for the month, in USD: credits and damages taken off."""
    paid_hours: Decimal
    """GPU-hours that were paid for."""
    useful_hours: Decimal
    """GPU-hours whose work was kept."""
    missing_hours: Decimal = Decimal(0)
    """GPU-hours that were planned and not there: late, or lost with their site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Why a contract cost another sum than planned; the four parts add up to the cent."""

    contract: str
    """The contract."""
    planned: Decimal
    """What was planned, in USD."""
    actual: Decimal
    """What it came to, in USD."""
    price: Decimal
    """Of the price: what paid hours cost beyond the planned price."""
    volume: Decimal
    """Of the volume: more or less work than planned, all else."""
    delay: Decimal
    """Of delay: hours that were late or lost, and not paid for."""
    efficiency: Decimal
    """Of efficiency: paid hours beyond what the work done should have taken."""

    @property
    def total(self) -> Decimal:
        """What it cost beyond the plan."""
        return self.actual - self.planned


def difference(planned: Planned, actual: Actual) -> Difference:
    """Split what a contract cost beyond its plan into price, volume, delay and efficiency.

    Each of price, delay and efficiency is rounded to the cent, half to even; volume is what the
    total leaves, which is its own amount to within two cents.

    Raises:
        OfftakeError: they are of two contracts, or no share of what is paid was planned to be
            useful, so that nothing can be said of efficiency (`OTK-E119`).
    """
    if planned.contract != actual.contract or planned.useful_share <= 0:
        what = "a plan and a month that are compared are of one contract, some of it useful"
        got = f"{planned.contract} and {actual.contract}, useful {planned.useful_share}"
        where = Where(path=f"contracts.{actual.contract}")
        raise OfftakeError(Fault(code="OTK-E119", what=what, where=where, got=got))
    price = Fraction(planned.price)
    paid, useful = Fraction(actual.paid_hours), Fraction(actual.useful_hours)
    needed = useful / Fraction(planned.useful_share)
    cost = cents(Fraction(actual.cost))
    was = cents(price * Fraction(planned.paid_hours))
    of_price = cents(Fraction(actual.cost) - price * paid)
    of_efficiency = cents(price * (paid - needed))
    of_delay = cents(-price * Fraction(actual.missing_hours))
    return Difference(
        contract=actual.contract,
        planned=was,
        actual=cost,
        price=of_price,
        volume=cost - was - of_price - of_efficiency - of_delay,
        delay=of_delay,
        efficiency=of_efficiency,
    )


def total(of: Iterable[Difference], name: str = "all") -> Difference:
    """Add differences up, part by part."""
    held = tuple(of)

    def summed(part: str) -> Decimal:
        return sum((getattr(one, part) for one in held), Decimal("0.00"))

    return Difference(
        contract=name,
        planned=summed("planned"),
        actual=summed("actual"),
        price=summed("price"),
        volume=summed("volume"),
        delay=summed("delay"),
        efficiency=summed("efficiency"),
    )


def cents(value: Fraction) -> Decimal:
    """Round to the cent, half to even, exactly."""
    return (Decimal(round(value * 100)) * CENT).quantize(CENT, ROUND_HALF_EVEN)
