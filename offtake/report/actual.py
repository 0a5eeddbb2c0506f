"""A settled month beside the plan it was to follow: what was paid, what was there, and by how much.

A statement tells money and the hours that were paid for; the plan tells means of a quarter, of
which a month is taken as a third. What splits the difference into price, volume, delay and
efficiency needs what ran as well: `offtake cycle` has it.
"""

from __future__ import annotations

from decimal import Decimal

from offtake.draw.tables import Table
from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.model.charge import ChargeKind
from offtake.model.period import Quarter
from offtake.model.plan import Plan
from offtake.model.statement import Statement
from offtake.report.statement import Section

MONTHS = 3
"""Months of a quarter."""
_HELD = (ChargeKind.CAPACITY, ChargeKind.USAGE, ChargeKind.SHORTFALL)


def section(statement: Statement, plan: Plan) -> Section:
    """Give the part of a statement's page that holds it against its plan.

    Raises:
        OfftakeError: the plan does not cover the month (`OTK-R005`).
    """
    period = Quarter.of(statement.month.first_day)
    line = next((one for one in plan.by_period if one.period == period), None)
    if line is None:
        what = "the plan does not cover the month"
        got = f"{statement.month}; the plan is of {plan.horizon.first} to {plan.horizon.last}"
        where = Where(path="report")
        raise OfftakeError(Fault(code="OTK-R005", what=what, where=where, got=got), exit=Exit.USAGE)
    last = {i.buyer for i in statement.invoices} - {i.seller for i in statement.invoices}
    own = [i for i in statement.invoices if i.buyer in last and i.currency == "USD"]
    paid = sum((i.net for i in own), Decimal(0))
    hours = sum(
        float(c.quantity)
        for i in own
        for c in i.charges
        if c.kind in _HELD and c.unit == "GPU-hour"
    )
    cash = Decimal(repr((line.payment_cash_usd + line.energy_cash_usd) / MONTHS))
    more = paid - cash
    word = "more" if more >= 0 else "less"
    rows = (
        ("Paid", f"{cash:,.2f}", f"{paid:,.2f}", f"{more:+,.2f}"),
        ("GPU-hours paid for", "", f"{hours:,.0f}", ""),
        ("Share of capacity that works", f"{100 * line.used_share:.1f} %", "", ""),
    )
    table = Table(
        caption=f"Plan: modelled, a third of {period}. Actual: invoiced, USD",
        head=("What", "Plan", "Actual", "Difference"),
        rows=tuple(tuple(cell.replace("-", "−") for cell in row) for row in rows),
    )
    said = f"The month cost {abs(more):,.2f} USD {word} than a third of its quarter in the plan."
    return Section(key="plan", title="Plan against actual", says=(said,), tables=(table,))
