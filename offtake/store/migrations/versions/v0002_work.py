"""The tables of work: jobs, attempts, wishes, requests, clusters, tokens and the lease.

Revision ID: v0002
"""

from __future__ import annotations

from typing import Any

from alembic import op
from sqlalchemy import (
    REAL,
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

revision = "v0002"
down_revision: str | None = "v0001"
branch_labels = None
depends_on = None

_WHOLE = Integer().with_variant(BigInteger(), "postgresql")
_ORDER = _WHOLE.with_variant(Integer(), "sqlite")
_MOMENT: Any = Double().with_variant(REAL(), "sqlite")
_EXACT: dict[str, Any] = {"sqlite_with_rowid": False, "sqlite_strict": True}
_work = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)
_OPEN = "state NOT IN ('succeeded', 'failed', 'cancelled')"
_LIVE = "state IN ('intent', 'submitted', 'begun')"

Table(
    "job",
    _work,
    Column("seq", _ORDER, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", _WHOLE, nullable=False),
    Column("spec", Text, nullable=False),
    Column("submitted", _MOMENT, nullable=False),
    Column("began", _MOMENT),
    Column("ended", _MOMENT),
    Column("exit_code", _WHOLE),
    Column("cluster", Text),
    Column("reason", Text),
    Column("restarts", _WHOLE, nullable=False),
    Column("retries", _WHOLE, nullable=False),
    Column("preemptions", _WHOLE, nullable=False),
    Column("attained", _MOMENT, nullable=False),
    Index("ix_job_open", "seq", sqlite_where=text(_OPEN), postgresql_where=text(_OPEN)),
    Index("ix_job_tenant", "tenant"),
    sqlite_strict=True,
)
Table(
    "attempt",
    _work,
    Column("token", Text, primary_key=True),
    Column("job", Text, ForeignKey("job.id"), nullable=False),
    Column("number", _WHOLE, nullable=False),
    Column("cluster", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", _WHOLE, nullable=False),
    Column("accelerators", _WHOLE, nullable=False),
    Column("digest", Text, nullable=False),
    Column("decided", Text, nullable=False),
    Column("engine_id", Text),
    Column("intended", _MOMENT, nullable=False),
    Column("submitted", _MOMENT),
    Column("began", _MOMENT),
    Column("ended", _MOMENT),
    Column("exit_code", _WHOLE),
    Column("stopped", _WHOLE),
    Column("node", Text),
    Column("reason", Text),
    Column("gpu_seconds", _WHOLE),
    Column("engine_gpu_seconds", _MOMENT),
    CheckConstraint("(state = 'ended') = (exit_code IS NOT NULL)", name="exit_code"),
    Index("ix_attempt_job", "job"),
    Index("ix_attempt_live", "cluster", sqlite_where=text(_LIVE), postgresql_where=text(_LIVE)),
    **_EXACT,
)
Table(
    "wish",
    _work,
    Column("seq", _ORDER, primary_key=True, autoincrement=True),
    Column("job", Text, ForeignKey("job.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("at", _MOMENT, nullable=False),
    Column("done", _MOMENT),
    Index(
        "ix_wish_open",
        "seq",
        sqlite_where=text("done IS NULL"),
        postgresql_where=text("done IS NULL"),
    ),
    sqlite_strict=True,
)
Table(
    "job_event",
    _work,
    Column("seq", _ORDER, primary_key=True, autoincrement=True),
    Column("job", Text, nullable=False),
    Column("at", _MOMENT, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_job_event_job", "job"),
    sqlite_strict=True,
)
Table(
    "request_key",
    _work,
    Column("client", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", _MOMENT, nullable=False),
    PrimaryKeyConstraint("client", "key"),
    **_EXACT,
)
Table(
    "cluster",
    _work,
    Column("id", Text, primary_key=True),
    Column("version", _WHOLE, nullable=False),
    Column("body", Text, nullable=False),
    Column("usable", _WHOLE, nullable=False),
    Column("health", Text, nullable=False),
    Column("drained", _WHOLE, nullable=False),
    Column("changed", _MOMENT, nullable=False),
    **_EXACT,
)
Table(
    "capacity_event",
    _work,
    Column("seq", _ORDER, primary_key=True, autoincrement=True),
    Column("cluster", Text),
    Column("at", _MOMENT, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("done", _MOMENT),
    sqlite_strict=True,
)
Table(
    "tenant",
    _work,
    Column("id", Text, primary_key=True),
    Column("version", _WHOLE, nullable=False),
    Column("body", Text, nullable=False),
    **_EXACT,
)
Table(
    "access",
    _work,
    Column("id", Text, primary_key=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("party", Text),
    Column("tenant", Text),
    Column("made", _MOMENT, nullable=False),
    Column("expires", _MOMENT),
    Column("revoked", _MOMENT),
    **_EXACT,
)
Table(
    "lead",
    _work,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("fence", _WHOLE, nullable=False),
    Column("until", _MOMENT, nullable=False),
    **_EXACT,
)


def upgrade() -> None:
    """Make the tables as they were in this release, whatever they became since."""
    _work.create_all(op.get_bind(), checkfirst=False)
