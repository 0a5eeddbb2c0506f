"""What the store watched of an operation, and the records a month is settled by.

    facts ───────────┐
    attempts ────────┼──> records: facts, a meter of what ran, outages of what failed
    capacity events ─┘

The facts themselves are never touched: who settles asks for them as `settled_by` gives them, and
who explains a line asks for the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select

from offtake.measure.outages import outages
from offtake.measure.runs import SOURCE, metered
from offtake.measure.watched import Happening, Run, Watched
from offtake.model.contract import Contract
from offtake.model.installation import ClusterSpec
from offtake.model.records import Records
from offtake.model.work import AttemptState
from offtake.store import work_tables as tables
from offtake.store.bodies import value_of
from offtake.store.facts import records as all_records

_GIVEN_UP = ("queued", "failed", "cancelled")
"""What is told of a job when an attempt of it is given up."""


def settled_by(
    connection: Connection, contracts: Sequence[Contract], *, as_of: datetime
) -> Records:
    """Give the records that months are settled by, as known at a moment.

    Raises:
        OfftakeError: a contract names a time zone there is not (`OTK-L002`).
    """
    facts = all_records(connection)
    seen = watched(connection, until=as_of.timestamp())
    failed = outages(seen.clusters, seen.happenings, contracts)
    facts = replace(facts, events=(*facts.events, *failed))
    if SOURCE not in facts.readings.names:
        return facts
    runs = {run.token: run for run in seen.runs}
    return metered(facts, runs, [each.time_zone for each in contracts], as_of=as_of)


def watched(connection: Connection, *, until: float | None = None) -> Watched:
    """Give what was watched up to a time; None is all of it."""
    return Watched(
        clusters=_clusters(connection),
        runs=tuple(_runs(connection, until)),
        happenings=tuple(_happenings(connection, until)),
    )


def _clusters(connection: Connection) -> tuple[ClusterSpec, ...]:
    rows = connection.execute(select(tables.cluster.c.body).order_by(tables.cluster.c.id))
    return tuple(value_of(ClusterSpec, json.loads(body)) for (body,) in rows)


def _runs(connection: Connection, until: float | None) -> Iterable[Run]:
    a, j = tables.attempt, tables.job
    asked = (
        select(a, j.c.spec, j.c.state.label("job_state"))
        .join(j, j.c.id == a.c.job)
        .where(a.c.state.not_in(("intent", "submitted", "lost")))
        .order_by(a.c.intended, a.c.token)
    )
    gone = _gone(connection)
    for row in connection.execute(asked).mappings():
        known = until is None or row["ended"] is None or row["ended"] <= until
        yield Run(
            token=row["token"],
            job=row["job"],
            cluster=row["cluster"],
            accelerators=row["accelerators"],
            state=AttemptState(row["state"]) if known else AttemptState.BEGUN,
            began_at=row["began"],
            ended_at=row["ended"] if known else None,
            gone_at=gone.get(row["token"]),
            gave_way=bool(row["stopped"]) and row["job_state"] != "cancelled",
            interval_s=_interval(row["spec"]),
            metered_s=row["gpu_seconds"] if known else None,
            accounted_s=row["engine_gpu_seconds"],
        )


def _interval(spec: str) -> float | None:
    minutes = json.loads(spec).get("checkpoint_minutes")
    return None if minutes is None else float(minutes) * 60.0


def _gone(connection: Connection) -> Mapping[str, float]:
    """Give when attempts were given up for vanished, as their jobs were told."""
    a, e = tables.attempt, tables.job_event
    asked = (
        select(e.c.at, e.c.body)
        .where(e.c.kind.in_(_GIVEN_UP), e.c.job.in_(select(a.c.job).where(a.c.state == "vanished")))
        .order_by(e.c.seq)
    )
    found: dict[str, float] = {}
    for at, body in connection.execute(asked):
        token = json.loads(body).get("token")
        if token is not None:
            found.setdefault(str(token), float(at))
    return found


def _happenings(connection: Connection, until: float | None) -> Iterable[Happening]:
    table = tables.capacity_event
    asked = select(table).where(table.c.cluster.is_not(None)).order_by(table.c.seq)
    if until is not None:
        asked = asked.where(table.c.at <= until)
    for row in connection.execute(asked).mappings():
        yield Happening(
            seq=int(row["seq"]),
            cluster=row["cluster"],
            at=float(row["at"]),
            kind=row["kind"],
            body=json.loads(row["body"]),
        )
