"""The tables of work: jobs, their attempts, what was asked of them, and who leads.

    client ──> request_key        a request sent again is answered as the first time
    job <── attempt               an attempt is committed before any engine hears of it
     ^──── wish                   cancel, and who wished it; the leader carries it out
     ^──── job_event              what happened to it, in order: `watch`, `why`, the live page
    cluster <── capacity_event    delivered, accepted, late, withdrawn, outage, curtailment
    service                       endless work: its replicas are jobs
    tenant    access    lead      quotas; tokens; the lease of the one that decides

These rows change, unlike facts and books: each carries a `version` that a writer must name, and
every write of the leader names its lease, so that one who was replaced changes nothing.
Times are seconds since 1970 UTC with a fraction.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    REAL,
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

from offtake.store.tables import EXACT, WHOLE, metadata

work = MetaData(naming_convention=metadata.naming_convention)
"""The tables of work; those of facts and books have rules these have not."""
ORDER = WHOLE.with_variant(Integer(), "sqlite")
"""A number that grows with each row; on PostgreSQL rows may become visible out of order."""
MOMENT: Any = Double().with_variant(REAL(), "sqlite")
"""Seconds since 1970 UTC with a fraction, or any number with one."""
_OPEN = "state NOT IN ('succeeded', 'failed', 'cancelled')"
_LIVE = "state IN ('intent', 'submitted', 'begun')"

job = Table(
    "job",
    work,
    Column("seq", ORDER, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", WHOLE, nullable=False),
    Column("spec", Text, nullable=False),
    Column("submitted", MOMENT, nullable=False),
    Column("began", MOMENT),
    Column("ended", MOMENT),
    Column("exit_code", WHOLE),
    Column("cluster", Text),
    Column("reason", Text),
    Column("restarts", WHOLE, nullable=False),
    Column("retries", WHOLE, nullable=False),
    Column("preemptions", WHOLE, nullable=False),
    Column("attained", MOMENT, nullable=False),
    Index("ix_job_open", "seq", sqlite_where=text(_OPEN), postgresql_where=text(_OPEN)),
    Index("ix_job_tenant", "tenant"),
    sqlite_strict=True,
)
"""A job: `attained` are seconds of its work that are saved and need not be run again."""
attempt = Table(
    "attempt",
    work,
    Column("token", Text, primary_key=True),
    Column("job", Text, ForeignKey("job.id"), nullable=False),
    Column("number", WHOLE, nullable=False),
    Column("cluster", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", WHOLE, nullable=False),
    Column("accelerators", WHOLE, nullable=False),
    Column("digest", Text, nullable=False),
    Column("decided", Text, nullable=False),
    Column("engine_id", Text),
    Column("intended", MOMENT, nullable=False),
    Column("submitted", MOMENT),
    Column("began", MOMENT),
    Column("ended", MOMENT),
    Column("exit_code", WHOLE),
    Column("stopped", WHOLE),
    Column("node", Text),
    Column("reason", Text),
    Column("gpu_seconds", WHOLE),
    Column("engine_gpu_seconds", MOMENT),
    CheckConstraint("(state = 'ended') = (exit_code IS NOT NULL)", name="exit_code"),
    Index("ix_attempt_job", "job"),
    Index("ix_attempt_live", "cluster", sqlite_where=text(_LIVE), postgresql_where=text(_LIVE)),
    **EXACT,
)
"""An attempt: `decided` is the decision with what else was looked at, `gpu_seconds` what its
wrapper metered and `engine_gpu_seconds` what the engine's accounting says."""
wish = Table(
    "wish",
    work,
    Column("seq", ORDER, primary_key=True, autoincrement=True),
    Column("job", Text, ForeignKey("job.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("done", MOMENT),
    Index(
        "ix_wish_open",
        "seq",
        sqlite_where=text("done IS NULL"),
        postgresql_where=text("done IS NULL"),
    ),
    sqlite_strict=True,
)
job_event = Table(
    "job_event",
    work,
    Column("seq", ORDER, primary_key=True, autoincrement=True),
    Column("job", Text, nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_job_event_job", "job"),
    sqlite_strict=True,
)
request_key = Table(
    "request_key",
    work,
    Column("client", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", MOMENT, nullable=False),
    PrimaryKeyConstraint("client", "key"),
    **EXACT,
)
cluster = Table(
    "cluster",
    work,
    Column("id", Text, primary_key=True),
    Column("version", WHOLE, nullable=False),
    Column("body", Text, nullable=False),
    Column("usable", WHOLE, nullable=False),
    Column("health", Text, nullable=False),
    Column("drained", WHOLE, nullable=False),
    Column("changed", MOMENT, nullable=False),
    Column("yard", Text),
    **EXACT,
)
"""A cluster: `usable` accelerators as last seen or said, `drained` where nothing new begins,
`yard` the one its site agent serves it from."""
capacity_event = Table(
    "capacity_event",
    work,
    Column("seq", ORDER, primary_key=True, autoincrement=True),
    Column("cluster", Text),
    Column("at", MOMENT, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("done", MOMENT),
    sqlite_strict=True,
)
tenant = Table(
    "tenant",
    work,
    Column("id", Text, primary_key=True),
    Column("version", WHOLE, nullable=False),
    Column("body", Text, nullable=False),
    **EXACT,
)
access = Table(
    "access",
    work,
    Column("id", Text, primary_key=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("party", Text),
    Column("tenant", Text),
    Column("made", MOMENT, nullable=False),
    Column("expires", MOMENT),
    Column("revoked", MOMENT),
    Column("cluster", Text),
    **EXACT,
)
"""A token somebody shows: only its digest is kept; `cluster` is the one an agent may serve."""
service = Table(
    "service",
    work,
    Column("id", Text, primary_key=True),
    Column("version", WHOLE, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("spec", Text, nullable=False),
    Column("said", Text, nullable=False),
    Column("made", MOMENT, nullable=False),
    Column("changed", MOMENT, nullable=False),
    **EXACT,
)
"""A service: `said` is what was last said of its load and its replicas; replicas are jobs."""
lead = Table(
    "lead",
    work,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("fence", WHOLE, nullable=False),
    Column("until", MOMENT, nullable=False),
    **EXACT,
)
"""Who leads: the number of `fence` grows with each new leader."""
