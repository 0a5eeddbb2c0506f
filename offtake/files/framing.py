"""Values as Arrow tables, for notebooks and programs: one table of a value, by its name."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa

from offtake.errors import Fault, OfftakeError, did_you_mean
from offtake.files.arrow import table as arrow_table
from offtake.files.histories import history_table
from offtake.files.tables import tables
from offtake.files.transparency import sheet_table
from offtake.model.history import History
from offtake.model.metric import Sheet
from offtake.model.plan import Plan
from offtake.model.statement import Statement
from offtake.model.study import Study

Framed = Plan | Study | Statement | History | Sheet
"""What has tables."""

_AMOUNT = pa.decimal128(38, 4)
"""Exact: no currency has more than four decimal places."""
_FIRST = {Plan: "signings", Study: "findings"}
_ONLY = {Statement: "charges", History: "hours", Sheet: "metrics"}
_TEXTS = ("line", "contract", "seller", "buyer", "month", "kind", "clause", "tranche", "subject")


def frame(held: Framed, table: str | None = None) -> pa.Table:
    """Give a value as an Arrow table, with unit and meaning of its columns where they are known.

        offtake.frame(plan)                    what to sign
        offtake.frame(plan, "by_period")       quarter by quarter
        offtake.frame(study, "strategies")
        offtake.frame(statement)               every line of every invoice, amounts exact
        offtake.frame(history)                 a row for each cluster and hour

    Args:
        held: A plan, study, statement, history or transparency sheet.
        table: Which of its tables; a plan's signings, a study's findings if not said. The
            others have one table.

    Raises:
        OfftakeError: it has no such table (`OTK-F046`).
    """
    if isinstance(held, Plan | Study):
        made = tables(held)
        name = table or _FIRST[type(held)]
        _known(name, list(made))
        return arrow_table(made[name], {})
    if table is not None:
        _known(table, [_ONLY[type(held)]])
    if isinstance(held, Statement):
        return charge_table(held)
    return history_table(held) if isinstance(held, History) else sheet_table(held)


def charge_table(statement: Statement) -> pa.Table:
    """Give every line of every invoice of a statement; amounts are exact decimals."""
    rows = [
        {
            "line": charge.id,
            "contract": charge.contract,
            "seller": invoice.seller,
            "buyer": invoice.buyer,
            "month": str(charge.month),
            "kind": charge.kind.value,
            "clause": charge.clause,
            "tranche": charge.tranche,
            "subject": charge.subject,
            "text": charge.text,
            "quantity": float(charge.quantity),
            "unit": charge.unit,
            "price_per_unit": float(charge.price),
            "amount": Decimal(charge.minor).scaleb(-charge.places),
            "currency": charge.currency,
            "corrects": str(charge.corrects) if charge.corrects else None,
        }
        for invoice in statement.invoices
        for charge in invoice.charges
    ]
    fields = [
        *(pa.field(name, pa.string()) for name in (*_TEXTS, "text")),
        pa.field("quantity", pa.float64(), metadata={"about": "Of the unit; nearest float."}),
        pa.field("unit", pa.string()),
        pa.field("price_per_unit", pa.float64(), metadata={"about": "Nearest float."}),
        pa.field("amount", _AMOUNT, metadata={"about": "Exact; owed by the buyer."}),
        pa.field("currency", pa.string()),
        pa.field("corrects", pa.string()),
    ]
    return pa.Table.from_pylist(rows, schema=pa.schema(fields))


def _known(name: str, there: list[str]) -> None:
    if name not in there:
        raise OfftakeError(
            Fault(
                code="OTK-F046",
                what="there is no such table",
                got=name,
                hint=did_you_mean(name, there),
            )
        )
