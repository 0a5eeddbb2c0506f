"""The tables of a store: facts as recorded, and books that are only ever added to.

    event  reading  fixing  tariff              facts: what was recorded, and when

    closing <── invoice <── charge              a closed month, wholly or not at all,
       │  <──── external                        and the terms it was settled by
       └──> terms
    book_transaction ──> seal                   a transaction stands when it is sealed
       ^────── posting

Nothing is ever updated or deleted: triggers, made by the migrations, refuse it, and hold
what must be true of a seal and of a closing. What these tables look like to queries is
said here; what makes them is in `migrations`, and a test holds the two together.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)
"""Every table of a store."""

WHOLE = Integer().with_variant(BigInteger(), "postgresql")
"""A whole number of 64 bits: seconds since 1970 UTC, minor units, counts."""
EXACT: dict[str, Any] = {"sqlite_with_rowid": False, "sqlite_strict": True}
"""SQLite: columns hold what they say, and rows go by their key alone."""

_MONTH = "length(month) = 7 AND substr(month, 5, 1) = '-'"


def _deferred(target: str) -> ForeignKey:
    """Point at a row that must be there when the transaction commits, not before."""
    return ForeignKey(target, deferrable=True, initially="DEFERRED")


event = Table(
    "event",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("recorded", WHOLE, nullable=False),
    Column("stored", WHOLE, nullable=False),
    **EXACT,
)
reading = Table(
    "reading",
    metadata,
    Column("source", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("meter", Text, nullable=False),
    Column("site", Text, nullable=False),
    Column("tranche", Text),
    Column("node", Text),
    Column("starts", WHOLE, nullable=False),
    Column("ends", WHOLE, nullable=False),
    Column("amount", WHOLE, nullable=False),
    Column("recorded", WHOLE, nullable=False),
    Column("stored", WHOLE, nullable=False),
    PrimaryKeyConstraint("source", "id"),
    CheckConstraint("starts < ends", name="span"),
    CheckConstraint("amount >= 0", name="amount"),
    **EXACT,
)
fixing = Table(
    "fixing",
    metadata,
    Column("series", Text, nullable=False),
    Column("day", Text, nullable=False),
    Column("recorded", WHOLE, nullable=False),
    Column("value", Text, nullable=False),
    Column("stored", WHOLE, nullable=False),
    PrimaryKeyConstraint("series", "day", "recorded"),
    **EXACT,
)
tariff = Table(
    "tariff",
    metadata,
    Column("id", Text, primary_key=True),
    Column("body", Text, nullable=False),
    Column("recorded", WHOLE, nullable=False),
    Column("stored", WHOLE, nullable=False),
    **EXACT,
)

terms = Table(
    "terms",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("body", Text, nullable=False),
    **EXACT,
)
closing = Table(
    "closing",
    metadata,
    Column("month", Text, primary_key=True),
    Column("as_of", WHOLE, nullable=False),
    Column("closed", WHOLE, nullable=False),
    Column("contracts", Text, ForeignKey("terms.digest"), nullable=False),
    Column("digest", Text, nullable=False),
    CheckConstraint(_MONTH, name="month"),
    **EXACT,
)
invoice = Table(
    "invoice",
    metadata,
    Column("id", Text, primary_key=True),
    Column("month", Text, _deferred("closing.month"), nullable=False),
    Column("position", WHOLE, nullable=False),
    Column("contract", Text, nullable=False),
    Column("seller", Text, nullable=False),
    Column("buyer", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("places", WHOLE, nullable=False),
    Column("net_minor", WHOLE, nullable=False),
    Column("cash_minor", WHOLE, nullable=False),
    Column("body", Text, nullable=False),
    Index(None, "month"),
    **EXACT,
)
charge = Table(
    "charge",
    metadata,
    Column("id", Text, primary_key=True),
    Column("invoice", Text, ForeignKey("invoice.id"), nullable=False),
    Column("position", WHOLE, nullable=False),
    Column("kind", Text, nullable=False),
    Column("minor", WHOLE, nullable=False),
    Column("corrects", Text),
    Column("body", Text, nullable=False),
    Index(None, "invoice"),
    **EXACT,
)
external = Table(
    "external",
    metadata,
    Column("id", Text, primary_key=True),
    Column("month", Text, _deferred("closing.month"), nullable=False),
    Column("position", WHOLE, nullable=False),
    Column("payer", Text, nullable=False),
    Column("payee", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("places", WHOLE, nullable=False),
    Column("minor", WHOLE, nullable=False),
    Column("corrects", Text),
    Column("body", Text, nullable=False),
    CheckConstraint("minor >= 0", name="minor"),
    Index(None, "month"),
    **EXACT,
)

seal = Table(
    "seal",
    metadata,
    Column("key", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    **EXACT,
)
book_transaction = Table(
    "book_transaction",
    metadata,
    Column("key", Text, _deferred("seal.key"), primary_key=True),
    Column("party", Text, nullable=False),
    Column("month", Text, nullable=False),
    Column("day", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("invoice", Text, ForeignKey("invoice.id")),
    Column("external", Text, ForeignKey("external.id")),
    Column("event", Text),
    Column("reverses", Text, ForeignKey("book_transaction.key")),
    Column("booked", WHOLE, nullable=False),
    CheckConstraint(_MONTH, name="month"),
    CheckConstraint("substr(day, 1, 7) = month AND length(day) = 10", name="day"),
    CheckConstraint("(kind = 'reversal') = (reverses IS NOT NULL)", name="reverses"),
    UniqueConstraint("reverses"),
    Index(None, "invoice"),
    Index(None, "external"),
    Index(None, "month"),
    **EXACT,
)
posting = Table(
    "posting",
    metadata,
    Column("transaction_key", Text, ForeignKey("book_transaction.key"), nullable=False),
    Column("position", WHOLE, nullable=False),
    Column("account", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("minor", WHOLE, nullable=False),
    Column("places", WHOLE, nullable=False),
    Column("corrects", Text),
    PrimaryKeyConstraint("transaction_key", "position"),
    CheckConstraint("minor <> 0", name="minor"),
    CheckConstraint("length(currency) = 3", name="currency"),
    CheckConstraint("places BETWEEN 0 AND 12", name="places"),
    **EXACT,
)
