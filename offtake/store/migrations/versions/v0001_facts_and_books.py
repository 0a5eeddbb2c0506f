"""The first tables: facts as recorded, and books.

Revision ID: v0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from offtake.store.migrations.rules import triggers
from offtake.store.migrations.rules_v0001 import BOOKS, FACTS

revision = "v0001"
down_revision: str | None = None
branch_labels = None
depends_on = None

_WHOLE = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
_MONTH = "length(month) = 7 AND substr(month, 5, 1) = '-'"


def upgrade() -> None:
    """Make the tables, then the triggers that guard them."""
    _facts()
    _closings()
    _transactions()
    bind = op.get_bind()
    for statement in triggers(bind.dialect.name, (*FACTS, *BOOKS)):
        bind.exec_driver_sql(statement)


def _table(name: str, *parts: sa.schema.SchemaItem) -> None:
    op.create_table(name, *parts, sqlite_with_rowid=False, sqlite_strict=True)


def _text(name: str, *more: sa.schema.SchemaItem, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, *more, nullable=null)


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, _WHOLE, nullable=False)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _meets(table: str, column: str, target: str, late: bool = False) -> sa.ForeignKeyConstraint:
    """Point at another table: at once, or by the end of the transaction."""
    name = op.f(f"fk_{table}_{column}")
    if late:
        return sa.ForeignKeyConstraint(
            [column], [target], name=name, deferrable=True, initially="DEFERRED"
        )
    return sa.ForeignKeyConstraint([column], [target], name=name)


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _facts() -> None:
    _table(
        "event",
        *(_text("id"), _text("kind"), _text("body"), _whole("recorded"), _whole("stored")),
        _key("event", "id"),
    )
    _table(
        "reading",
        *(_text("source"), _text("id"), _text("meter"), _text("site")),
        *(_text("tranche", null=True), _text("node", null=True)),
        *(_whole("starts"), _whole("ends"), _whole("amount"), _whole("recorded")),
        _whole("stored"),
        _key("reading", "source", "id"),
        _check("reading", "span", "starts < ends"),
        _check("reading", "amount", "amount >= 0"),
    )
    _table(
        "fixing",
        *(_text("series"), _text("day"), _whole("recorded"), _text("value"), _whole("stored")),
        _key("fixing", "series", "day", "recorded"),
    )
    _table(
        "tariff",
        *(_text("id"), _text("body"), _whole("recorded"), _whole("stored")),
        _key("tariff", "id"),
    )


def _closings() -> None:
    _table("terms", _text("digest"), _text("body"), _key("terms", "digest"))
    _table(
        "closing",
        *(_text("month"), _whole("as_of"), _whole("closed"), _text("contracts"), _text("digest")),
        _key("closing", "month"),
        _check("closing", "month", _MONTH),
        _meets("closing", "contracts", "terms.digest"),
    )
    _table(
        "invoice",
        *(_text("id"), _text("month"), _whole("position"), _text("contract"), _text("seller")),
        *(_text("buyer"), _text("currency"), _whole("places"), _whole("net_minor")),
        *(_whole("cash_minor"), _text("body")),
        _key("invoice", "id"),
        _meets("invoice", "month", "closing.month", late=True),
    )
    _table(
        "charge",
        *(_text("id"), _text("invoice"), _whole("position"), _text("kind"), _whole("minor")),
        *(_text("corrects", null=True), _text("body")),
        _key("charge", "id"),
        _meets("charge", "invoice", "invoice.id"),
    )
    _table(
        "external",
        *(_text("id"), _text("month"), _whole("position"), _text("payer"), _text("payee")),
        *(_text("currency"), _whole("places"), _whole("minor")),
        *(_text("corrects", null=True), _text("body")),
        _key("external", "id"),
        _check("external", "minor", "minor >= 0"),
        _meets("external", "month", "closing.month", late=True),
    )
    _index("invoice", "month")
    _index("charge", "invoice")
    _index("external", "month")


def _transactions() -> None:
    _table("seal", _text("key"), _text("digest"), _key("seal", "key"))
    _table(
        "book_transaction",
        *(_text("key"), _text("party"), _text("month"), _text("day"), _text("kind")),
        *(_text("text"), _text("invoice", null=True), _text("external", null=True)),
        *(_text("event", null=True), _text("reverses", null=True), _whole("booked")),
        _key("book_transaction", "key"),
        _check("book_transaction", "month", _MONTH),
        _check("book_transaction", "day", "substr(day, 1, 7) = month AND length(day) = 10"),
        _check("book_transaction", "reverses", "(kind = 'reversal') = (reverses IS NOT NULL)"),
        sa.UniqueConstraint("reverses", name=op.f("uq_book_transaction_reverses")),
        _meets("book_transaction", "key", "seal.key", late=True),
        _meets("book_transaction", "invoice", "invoice.id"),
        _meets("book_transaction", "external", "external.id"),
        _meets("book_transaction", "reverses", "book_transaction.key"),
    )
    _table(
        "posting",
        *(_text("transaction_key"), _whole("position"), _text("account"), _text("currency")),
        *(_whole("minor"), _whole("places"), _text("corrects", null=True)),
        _key("posting", "transaction_key", "position"),
        _check("posting", "minor", "minor <> 0"),
        _check("posting", "currency", "length(currency) = 3"),
        _check("posting", "places", "places BETWEEN 0 AND 12"),
        _meets("posting", "transaction_key", "book_transaction.key"),
    )
    _index("book_transaction", "invoice", "external", "month")
