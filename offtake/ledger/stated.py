"""Statements as plain data and back, exactly: what is saved, served and kept in books.

Exact numbers are text: `10275982/3`. Moments are ISO 8601 in UTC, months `2027-06`, and
amounts stand as whole minor units with the places they have.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from offtake.errors import Fault, OfftakeError
from offtake.model.charge import Charge, ChargeKind, Coverage, Invoice, Number, Step
from offtake.model.month import Month
from offtake.model.statement import External, Statement

SCHEMA = "offtake.statement/1"
"""Name and version of the form."""

Plain = dict[str, Any]


def statement_plain(statement: Statement) -> Plain:
    """Give a statement as plain data that JSON can hold."""
    return {
        "schema": SCHEMA,
        "month": str(statement.month),
        "as_of": _moment(statement.as_of),
        "invoices": [invoice_plain(invoice) for invoice in statement.invoices],
        "externals": [_external(external) for external in statement.externals],
    }


def invoice_plain(invoice: Invoice) -> Plain:
    """Give an invoice as plain data that JSON can hold."""
    return {
        "contract": invoice.contract,
        "month": str(invoice.month),
        "seller": invoice.seller,
        "buyer": invoice.buyer,
        "currency": invoice.currency,
        "places": invoice.places,
        "as_of": _moment(invoice.as_of),
        "net_minor": invoice.net_minor,
        "cash_minor": invoice.cash_minor,
        "charges": [charge_plain(charge) for charge in invoice.charges],
        "coverage": [
            {"meter": c.meter, "share": str(c.share), "reading_count": c.reading_count}
            for c in invoice.coverage
        ],
        "notes": list(invoice.notes),
    }


def charge_plain(charge: Charge) -> Plain:
    """Give a line as plain data that JSON can hold."""
    return {
        "id": charge.id,
        "contract": charge.contract,
        "month": str(charge.month),
        "kind": str(charge.kind),
        "clause": charge.clause,
        "tranche": charge.tranche,
        "subject": charge.subject,
        "text": charge.text,
        "quantity": str(charge.quantity),
        "unit": charge.unit,
        "price": str(charge.price),
        "currency": charge.currency,
        "exact": str(charge.exact),
        "minor": charge.minor,
        "places": charge.places,
        "corrects": None if charge.corrects is None else str(charge.corrects),
        "steps": [_step(step) for step in charge.steps],
    }


def statement_of(data: object) -> Statement:
    """Give back the statement that plain data stand for.

    Raises:
        OfftakeError: the data are no statement, or of another version (`OTK-L003`).
    """
    if not isinstance(data, Mapping) or data.get("schema") != SCHEMA:
        got = data.get("schema") if isinstance(data, Mapping) else type(data).__name__
        raise OfftakeError(
            Fault(code="OTK-L003", what=f"not a statement of form {SCHEMA}", got=repr(got))
        )
    try:
        return Statement(
            month=Month.parse(data["month"]),
            as_of=datetime.fromisoformat(data["as_of"]),
            invoices=tuple(_invoice_of(one) for one in data["invoices"]),
            externals=tuple(_external_of(one) for one in data["externals"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        what = f"a statement with a part missing or wrong: {error!r}"
        raise OfftakeError(Fault(code="OTK-L003", what=what)) from None


def _invoice_of(data: Plain) -> Invoice:
    return Invoice(
        contract=data["contract"],
        month=Month.parse(data["month"]),
        seller=data["seller"],
        buyer=data["buyer"],
        currency=data["currency"],
        places=data["places"],
        as_of=datetime.fromisoformat(data["as_of"]),
        charges=tuple(charge_of(one) for one in data["charges"]),
        coverage=tuple(
            Coverage(
                meter=one["meter"],
                share=Fraction(one["share"]),
                reading_count=one["reading_count"],
            )
            for one in data["coverage"]
        ),
        notes=tuple(data["notes"]),
    )


def charge_of(data: Plain) -> Charge:
    """Give back the line that plain data stand for.

    Raises:
        KeyError: a part is missing.
        ValueError: a part is not what it should be.
    """
    return Charge(
        id=data["id"],
        contract=data["contract"],
        month=Month.parse(data["month"]),
        kind=ChargeKind(data["kind"]),
        clause=data["clause"],
        tranche=data["tranche"],
        subject=data["subject"],
        text=data["text"],
        quantity=_number(data["quantity"]),
        unit=data["unit"],
        price=Fraction(data["price"]),
        currency=data["currency"],
        exact=Fraction(data["exact"]),
        minor=data["minor"],
        places=data["places"],
        corrects=None if data["corrects"] is None else Month.parse(data["corrects"]),
        steps=tuple(_step_of(one) for one in data["steps"]),
    )


def _external(external: External) -> Plain:
    return {
        "id": external.id,
        "month": str(external.month),
        "payer": external.payer,
        "payee": external.payee,
        "text": external.text,
        "currency": external.currency,
        "minor": external.minor,
        "places": external.places,
        "corrects": None if external.corrects is None else str(external.corrects),
        "steps": [_step(step) for step in external.steps],
    }


def _external_of(data: Plain) -> External:
    steps = tuple(_step_of(one) for one in data["steps"])
    corrects = None if data["corrects"] is None else Month.parse(data["corrects"])
    months = {"month": Month.parse(data["month"]), "corrects": corrects}
    return External(**{**data, **months, "steps": steps})


def _step(step: Step) -> Plain:
    sources = list(step.sources)
    return {"what": step.what, "value": str(step.value), "unit": step.unit, "sources": sources}


def _step_of(data: Plain) -> Step:
    return Step(
        what=data["what"],
        value=_number(data["value"]),
        unit=data["unit"],
        sources=tuple(data["sources"]),
    )


def _number(text: str) -> Number:
    exact = Fraction(text)
    return exact.numerator if exact.denominator == 1 else exact


def _moment(when: datetime) -> str:
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z")
