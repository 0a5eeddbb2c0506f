"""Services with replicas; the cluster a site agent may serve, and the yard it serves it from.

Revision ID: v0003
"""

from __future__ import annotations

from typing import Any

from alembic import op
from sqlalchemy import REAL, BigInteger, Column, Double, Integer, MetaData, Table, Text

revision = "v0003"
down_revision: str | None = "v0002"
branch_labels = None
depends_on = None

_WHOLE = Integer().with_variant(BigInteger(), "postgresql")
_MOMENT: Any = Double().with_variant(REAL(), "sqlite")
_made = MetaData(naming_convention={"pk": "pk_%(table_name)s"})

Table(
    "service",
    _made,
    Column("id", Text, primary_key=True),
    Column("version", _WHOLE, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("spec", Text, nullable=False),
    Column("said", Text, nullable=False),
    Column("made", _MOMENT, nullable=False),
    Column("changed", _MOMENT, nullable=False),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)


def upgrade() -> None:
    """Make the table, and the columns, as they were in this release."""
    _made.create_all(op.get_bind(), checkfirst=False)
    op.add_column("access", Column("cluster", Text))
    op.add_column("cluster", Column("yard", Text))
