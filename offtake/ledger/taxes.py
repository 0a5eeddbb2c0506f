"""Taxes: a declared rate on the lines it is taken on, as they stand on the invoice.

No tax is taken on another, nor on cash that only moves in time (prepayments).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from offtake.errors import did_you_mean
from offtake.ledger.case import Case
from offtake.model.charge import Charge, ChargeKind, Step
from offtake.model.clause import Tax


def taxes(case: Case, charges: tuple[Charge, ...]) -> tuple[Charge, ...]:
    """Give one line for each tax: the sum of the rounded lines it is on · its rate.

    Faults are collected in the case: a tax on a rate there is not (`OTK-L037`).
    """
    return tuple(
        line for i, tax in enumerate(case.contract.taxes) for line in _taxed(case, i, tax, charges)
    )


def _taxed(case: Case, number: int, tax: Tax, charges: tuple[Charge, ...]) -> Iterator[Charge]:
    path = f"taxes[{number}]"
    known = {rate.id for rate in case.contract.rates}
    for name in tax.rates:
        if name not in known:
            case.fault(
                "OTK-L037",
                "the tax is on a rate there is not",
                path,
                got=name,
                hint=did_you_mean(name, known),
            )
    wanted = {f"rates.{name}" for name in tax.rates}
    on = [
        charge
        for charge in charges
        if charge.kind is not ChargeKind.TAX
        and not charge.kind.is_cash_only
        and (not wanted or charge.clause in wanted)
    ]
    if not on:
        return
    total = sum((Fraction(charge.amount) for charge in on), Fraction(0))
    yield case.charge(
        name=f"taxes.{number}",
        kind=ChargeKind.TAX,
        clause=path,
        text=tax.name,
        quantity=total,
        unit=case.contract.currency,
        price=Fraction(tax.rate_share),
        steps=(
            Step(
                what=f"{tax.name} is taken on {len(on)} lines",
                value=total,
                unit=case.contract.currency,
                sources=tuple(f"line:{charge.id}" for charge in on),
            ),
            Step(
                what="its rate",
                value=Fraction(tax.rate_share),
                unit="share",
                sources=(f"clause:{path}",),
            ),
        ),
    )
