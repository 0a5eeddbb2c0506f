"""The case: one contract and one month, with everything known about them.

Each clause is a function `(case, charges so far) -> more charges`. What several clauses
need (the window, service of each tranche, facts as known then) is worked out once, here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from offtake.errors import Fault, Where
from offtake.ledger.known import Known
from offtake.ledger.service import Service
from offtake.ledger.spans import Span
from offtake.model.charge import Charge, ChargeKind, Coverage, Invoice, Number, Step
from offtake.model.contract import Contract, RoundingRule
from offtake.model.month import Month, midnight


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One contract in one month."""

    contract: Contract
    """The contract as it stands in that month, options and terminations applied."""
    month: Month
    """The month to be settled."""
    window: Span
    """Its first second, and the first second after it, in the contract's zone."""
    as_of: datetime
    """Moment whose knowledge counts."""
    known: Known
    """Events, readings, fixings and tariffs as known then."""
    services: Mapping[str, Service]
    """For each tranche, when which part of it is in service (all of time, not the month)."""
    upstream: Mapping[str, Invoice] = field(default_factory=dict)
    """The same month's invoices of the contracts it rests on."""
    faults: list[Fault] = field(default_factory=list)
    """What is wrong, collected over all clauses; settling fails where there is any."""
    coverage: list[Coverage] = field(default_factory=list)
    """How much of what clauses looked at was metered."""
    notes: list[str] = field(default_factory=list)
    """What a reader of the invoice should know."""
    months: Callable[[Month], Case] | None = None
    """Gives the case of another month of the same contract, as known at the same moment."""
    written: Contract | None = None
    """The contract as it was signed; None is as it stands."""

    def at(self, month: Month) -> Case:
        """Give the case of a month: this one, or that of an earlier or later month.

        Raises:
            LookupError: this case stands alone and the month is another.
        """
        if month == self.month:
            return self
        if self.months is None:
            raise LookupError(f"the case of {self.contract.id} ({self.month}) stands alone")
        return self.months(month)

    def note(self, text: str) -> None:
        """Add a note, once."""
        if text not in self.notes:
            self.notes.append(text)

    @property
    def seconds(self) -> int:
        """Seconds of the month."""
        return self.window[1] - self.window[0]

    @property
    def days(self) -> int:
        """Days of the month."""
        return (self.month.last_day - self.month.first_day).days + 1

    def covered(self, named: tuple[str, ...]) -> tuple[str, ...]:
        """Give the tranches a clause holds for, of those there are: the ones it names, or all."""
        return tuple(t.id for t in self.contract.tranches if not named or t.id in named)

    def fault(self, code: str, what: str, clause: str, **more: str | None) -> None:
        """Collect a fault of a clause, with contract, clause and month as its place."""
        where = Where(path=f"contracts.{self.contract.id}.{clause} ({self.month})")
        self.faults.append(
            Fault(code=code, what=what, where=where, got=more.get("got"), hint=more.get("hint"))
        )

    def charge(
        self,
        *,
        name: str,
        kind: ChargeKind,
        clause: str,
        text: str,
        quantity: Number,
        unit: str,
        price: Fraction,
        tranche: str | None = None,
        subject: str | None = None,
        steps: Iterable[Step] = (),
    ) -> Charge:
        """Make a line: quantity · price, rounded once by the contract's rule.

        `name` is unique on the invoice and the same in every run.
        """
        exact = Fraction(quantity) * price
        rounding = self.contract.rounding
        return Charge(
            id=f"{self.contract.id}/{self.month}/{name}",
            contract=self.contract.id,
            month=self.month,
            kind=kind,
            clause=clause,
            tranche=tranche,
            subject=subject,
            text=text,
            quantity=quantity,
            unit=unit,
            price=price,
            currency=self.contract.currency,
            exact=exact,
            minor=rounded(exact * 10**rounding.decimal_count, rounding.rule),
            places=rounding.decimal_count,
            steps=tuple(steps),
        )


Clause = Callable[[Case, tuple[Charge, ...]], tuple[Charge, ...]]
"""A clause: the case and the lines before it, to its own lines."""


def rounded(exact: Fraction, rule: RoundingRule) -> int:
    """Round to a whole number of minor units, once, by the contract's rule.

    Halves go away from zero (half up) or to the even neighbour; down is towards zero and
    up away from it. So a credit is rounded as the charge it mirrors.
    """
    sign = -1 if exact < 0 else 1
    whole, rest = divmod(abs(exact.numerator), exact.denominator)
    twice = 2 * rest
    match rule:
        case RoundingRule.DOWN:
            up = False
        case RoundingRule.UP:
            up = rest > 0
        case RoundingRule.HALF_EVEN:
            up = twice > exact.denominator or (twice == exact.denominator and whole % 2 == 1)
        case _:
            up = twice >= exact.denominator
    return sign * (whole + up)


def exactly(number: float | Decimal) -> Fraction:
    """Give the number that is written, exactly: 6.4 is 32/5."""
    return Fraction(str(number))


def window(month: Month, zone: str) -> Span:
    """Give the first second of a month and of the next, in a time zone.

    Raises:
        OfftakeError: there is no such zone (`OTK-L002`).
    """
    return midnight(month.first_day, zone), midnight((month + 1).first_day, zone)
