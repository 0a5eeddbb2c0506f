"""Fees: what was charged for a tranche over some months, as the base of a credit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from offtake.ledger.case import Case
from offtake.model.charge import Charge, ChargeKind, Step
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

    A line of the whole contract is of its only tranche; of several it is of none.
    """
    lines = [line for line in charges if _is_of(case, tranche, line)]
    amount = sum((line.exact for line in lines), Fraction(0))
    step = Step(
        what=f"charged for {tranche.id}",
        value=amount,
        unit=case.contract.currency,
        sources=tuple(f"line:{line.id}" for line in lines),
    )
    return Fee(amount=amount, steps=(step,))


def _is_of(case: Case, tranche: Tranche, line: Charge) -> bool:
    if line.kind not in KINDS or line.corrects is not None:
        return False
    return line.tranche == tranche.id or (line.tranche is None and len(case.contract.tranches) == 1)
