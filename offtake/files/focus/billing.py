"""Rows of Invoice Detail and Billing Period: the invoices as they were sent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from offtake.files.focus.columns import Cell, Row
from offtake.model.charge import Invoice

_SHARED = (
    "BillingAccountId",
    "BillingCurrency",
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "ChargeCategory",
    "InvoiceDetailId",
    "InvoiceId",
    "InvoiceIssuerName",
)
"""What a line of an invoice shares with the row of Cost and Usage it stands for."""


def details(invoice: Invoice, cost: Iterable[Row], *, closed: bool) -> Iterator[Row]:
    """Give the lines of one invoice: names from its rows, money from the invoice itself.

    A line that a purchased minimum covers stands at 0, the purchase at their sum.
    """
    amounts = {charge.id: charge.amount for charge in invoice.charges}
    rows = tuple(cost)
    covered: dict[str, Decimal] = {}
    for row in rows:
        if row.get("CommitmentDiscountStatus"):
            key = f"{row['CommitmentDiscountId']} {row.get('x_CorrectsMonth')}"
            line = str(row["x_ChargeId"])
            covered[key] = covered.get(key, Decimal(0)) + amounts.pop(line)
            amounts[line] = Decimal(0)
    for row in rows:
        key = f"{row.get('CommitmentDiscountId')} {row.get('x_CorrectsMonth')}"
        line = str(row["x_ChargeId"])
        money = amounts[line] if line in amounts else covered[key]
        yield {**_detail(invoice, row, closed), "BilledCost": money}


def _detail(invoice: Invoice, row: Row, closed: bool) -> dict[str, Cell]:
    corrects = row.get("x_CorrectsMonth")
    grain = {"ResourceId": row.get("ResourceId"), "x_Clause": row["x_Clause"]}
    return {
        **{name: row.get(name) for name in _SHARED},
        "InvoiceDetailCreated": invoice.as_of,
        "InvoiceDetailDescription": row["ChargeDescription"],
        "InvoiceDetailGrain": json.dumps({k: v for k, v in grain.items() if v is not None}),
        "InvoiceDetailLastUpdated": invoice.as_of,
        "InvoiceIssueDate": invoice.as_of if closed else None,
        "InvoiceIssueStatus": "Issued" if closed else "Open",
        "PaymentTerms": f"As agreed in contract {invoice.contract}",
        "ReferenceInvoiceId": f"{invoice.contract}/{corrects}" if corrects else invoice.id,
    }


def periods(cost: Iterable[Row], as_of: datetime, *, closed: bool) -> Iterator[Row]:
    """Give one row for every period and issuer that Cost and Usage has."""
    seen: Mapping[tuple[Cell, Cell, Cell], None] = dict.fromkeys(
        (row["BillingPeriodStart"], row["BillingPeriodEnd"], row["InvoiceIssuerName"])
        for row in cost
    )
    for starts, ends, issuer in seen:
        yield {
            "BillingPeriodCreated": as_of,
            "BillingPeriodEnd": ends,
            "BillingPeriodLastUpdated": as_of,
            "BillingPeriodStart": starts,
            "BillingPeriodStatus": "Closed" if closed else "Open",
            "InvoiceIssuerName": issuer,
        }
