"""Fees: what was charged for a tranche over some months, as the base of a credit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from offtake.ledger.case import Case
from offtake.ledger.quantities import UNITS
from offtake.ledger.rates import rates
from offtake.model.charge import Charge, ChargeKind, Step
from offtake.model.clause import Basis
from offtake.model.contract import Tranche
from offtake.model.month import Month

KINDS = (ChargeKind.CAPACITY, ChargeKind.USAGE)
"""Lines that are a fee: what is held and what is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """What was charged for a tranche."""

    amount: Fraction
    """The exact sum, in the contract's currency."""
    steps: tuple[Step, ...]
    """The lines it is the sum of."""


def fee(case: Case, tranche: Tranche, months: Sequence[Month], charges: Sequence[Charge]) -> Fee:
    """Add up what was charged for a tranche over months, before rounding.

    A line of the whole contract is of its only tranche; of several it is of none. What is
    paid once is no fee of a month. Earlier months are worked out anew, as known now.
    """
    lines: list[Charge] = []
    for month in months:
        lines += [c for c in _charged(case, month, charges) if _is_of(case, tranche, c)]
    amount = sum((line.exact for line in lines), Fraction(0))
    step = Step(
        what=f"charged for {tranche.id}",
        value=amount,
        unit=case.contract.currency,
        sources=tuple(f"line:{line.id}" for line in lines),
    )
    return Fee(amount=amount, steps=(step,))


def _charged(case: Case, month: Month, charges: Sequence[Charge]) -> Sequence[Charge]:
    if month == case.month:
        return charges
    key = ("charged", case.contract, month)
    memo = case.known.memo
    if key not in memo:
        then = case.at(month)
        lines = rates(then, ())
        case.faults.extend(fault for fault in then.faults if fault not in case.faults)
        if then.faults:
            return lines
        memo[key] = lines
    kept: Sequence[Charge] = memo[key]
    return kept


def _is_of(case: Case, tranche: Tranche, line: Charge) -> bool:
    if line.kind not in KINDS or line.unit == UNITS[Basis.FLAT_ONCE]:
        return False
    return line.tranche == tranche.id or (line.tranche is None and len(case.contract.tranches) == 1)
