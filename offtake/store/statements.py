"""Statements in a store: invoices, lines with their arithmetic, and money from outside."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from offtake.errors import Exit, Fault, OfftakeError, Where, did_you_mean
from offtake.ledger.stated import SCHEMA, charge_of, statement_of, statement_plain
from offtake.model.charge import Charge
from offtake.model.month import Month
from offtake.model.statement import Statement
from offtake.store.bodies import json_text
from offtake.store.tables import charge, external, invoice

Plain = dict[str, Any]

_INVOICE = (
    *("id", "month", "contract", "seller", "buyer", "currency", "places"),
    *("net_minor", "cash_minor"),
)
_CHARGE = ("id", "kind", "minor", "corrects")
_EXTERNAL = ("id", "month", "payer", "payee", "currency", "places", "minor", "corrects")
"""What has a column of its own; the rest of each stands in its body."""


def keep(connection: Connection, statement: Statement) -> None:
    """Write a statement of a month that is being closed."""
    plain = statement_plain(statement)
    lines: list[Plain] = []
    invoices: list[Plain] = []
    for position, (made, data) in enumerate(
        zip(statement.invoices, plain["invoices"], strict=True)
    ):
        charges = data.pop("charges")
        row = {**data, "id": made.id, "position": position}
        invoices.append(_parted(row, (*_INVOICE, "position")))
        for place, line in enumerate(charges):
            row = {**line, "invoice": made.id, "position": place}
            lines.append(_parted(row, (*_CHARGE, "invoice", "position")))
    outside = [
        _parted({**data, "position": position}, (*_EXTERNAL, "position"))
        for position, data in enumerate(plain["externals"])
    ]
    for table, rows in ((invoice, invoices), (charge, lines), (external, outside)):
        if rows:
            connection.execute(table.insert(), rows)


def _parted(data: Plain, columns: Sequence[str]) -> Plain:
    """Put what has a column into it, and the rest into the body."""
    rest = {name: held for name, held in data.items() if name not in columns}
    return {**{name: data[name] for name in columns}, "body": json_text(rest)}


def _joined(row: Row[Any], columns: Sequence[str]) -> Plain:
    return {**json.loads(row.body), **{name: getattr(row, name) for name in columns}}


def kept(connection: Connection, month: Month, as_of: datetime) -> Statement:
    """Give back the statement of a month that was closed as of a moment."""
    lines: dict[str, list[Plain]] = {}
    asked = (
        select(charge)
        .join(invoice, invoice.c.id == charge.c.invoice)
        .where(invoice.c.month == str(month))
        .order_by(charge.c.position)
    )
    for row in connection.execute(asked):
        lines.setdefault(row.invoice, []).append(_joined(row, _CHARGE))
    among = select(invoice).where(invoice.c.month == str(month)).order_by(invoice.c.position)
    outside = select(external).where(external.c.month == str(month)).order_by(external.c.position)
    return statement_of(
        {
            "schema": SCHEMA,
            "month": str(month),
            "as_of": as_of.isoformat(),
            "invoices": [
                {**_joined(row, _INVOICE), "charges": lines.get(row.id, [])}
                for row in connection.execute(among)
            ],
            "externals": [_joined(row, _EXTERNAL) for row in connection.execute(outside)],
        }
    )


def charge_in(connection: Connection, line: str) -> Charge:
    """Give a line of a closed month by its id, with the steps of its arithmetic.

    Raises:
        OfftakeError: no closed month has such a line (`OTK-B030`).
    """
    row = connection.execute(select(charge).where(charge.c.id == line)).first()
    if row is None:
        beside = charge.c.id.startswith("/".join(line.split("/")[:2]) + "/", autoescape=True)
        near = connection.scalars(select(charge.c.id).where(beside)).all()
        raise absent("no closed month has this line", line, did_you_mean(line, near))
    return charge_of(_joined(row, _CHARGE))


def absent(what: str, got: str, hint: str | None) -> OfftakeError:
    """Make the error of something that the books do not have (`OTK-B030`)."""
    fault = Fault(code="OTK-B030", what=what, where=Where(), got=got, hint=hint)
    return OfftakeError(fault, exit=Exit.USAGE)
