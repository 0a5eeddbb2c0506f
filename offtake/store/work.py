"""Reading and writing the tables of work; every writer names the version it saw.

The functions take a connection, so that a job, its attempt, its readings and what is told of it
change in one transaction, or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, func, select, update
from sqlalchemy.engine import RowMapping

from offtake.store import work_tables as tables
from offtake.store.inserting import insert

Row = dict[str, Any]
OPEN = ("queued", "starting", "running", "stopping")
"""States of jobs that are not over."""
_ASKED = 500
"""Names asked for in one statement."""
LIVE = ("intent", "submitted", "begun")
"""States of attempts that are not over."""


def jobs_after(
    connection: Connection, seq: int, most: int, states: Iterable[str] = OPEN
) -> Sequence[RowMapping]:
    """Give jobs in these states that were added after a number, in order."""
    asked = (
        select(tables.job)
        .where(tables.job.c.seq > seq, tables.job.c.state.in_(tuple(states)))
        .order_by(tables.job.c.seq)
        .limit(most)
    )
    return connection.execute(asked).mappings().all()


def job(connection: Connection, ident: str) -> RowMapping | None:
    """Give a job; None where there is none of this name."""
    asked = select(tables.job).where(tables.job.c.id == ident)
    return connection.execute(asked).mappings().one_or_none()


def jobs(
    connection: Connection,
    *,
    states: Sequence[str] = (),
    tenant: str | None = None,
    cluster: str | None = None,
    name: str | None = None,
    before: int | None = None,
    most: int = 100,
) -> Sequence[RowMapping]:
    """Give jobs, the newest first; `before` goes on below a number."""
    asked = select(tables.job).order_by(tables.job.c.seq.desc()).limit(most)
    if states:
        asked = asked.where(tables.job.c.state.in_(states))
    if cluster is not None:
        asked = asked.where(tables.job.c.cluster == cluster)
    asked = narrowed(asked, tenant=tenant, name=name, before=before)
    return connection.execute(asked).mappings().all()


def narrowed(
    asked: Select[Any], *, tenant: str | None, name: str | None, before: int | None
) -> Select[Any]:
    """Narrow what is asked of jobs to a tenant, a name, and numbers below one; None is any."""
    if tenant is not None:
        asked = asked.where(tables.job.c.tenant == tenant)
    if name is not None:
        asked = asked.where(tables.job.c.name == name)
    if before is not None:
        asked = asked.where(tables.job.c.seq < before)
    return asked


def waiting_specs(connection: Connection, tenant: str | None, most: int) -> Sequence[str]:
    """Give what waiting jobs were handed in as, and nothing else of them: there may be many."""
    asked = select(tables.job.c.spec).where(tables.job.c.state == "queued").limit(most)
    if tenant is not None:
        asked = asked.where(tables.job.c.tenant == tenant)
    return connection.scalars(asked).all()


def counts(connection: Connection, tenant: str | None = None) -> Mapping[str, int]:
    """Count jobs by state, all of them or a tenant's."""
    asked = select(tables.job.c.state, func.count()).group_by(tables.job.c.state)
    if tenant is not None:
        asked = asked.where(tables.job.c.tenant == tenant)
    return {str(state): int(count) for state, count in connection.execute(asked)}


def taken(connection: Connection) -> Mapping[str, int]:
    """Sum up the accelerators that attempts hold, by cluster."""
    table = tables.attempt
    asked = select(table.c.cluster, func.sum(table.c.accelerators))
    asked = asked.where(table.c.state.in_(LIVE)).group_by(table.c.cluster)
    return {str(name): int(count) for name, count in connection.execute(asked)}


def attempts(connection: Connection, ident: str) -> Sequence[RowMapping]:
    """Give the attempts of a job, the first one first."""
    table = tables.attempt
    asked = select(table).where(table.c.job == ident).order_by(table.c.number)
    return connection.execute(asked).mappings().all()


def attempts_of(connection: Connection, tokens: Sequence[str]) -> Mapping[str, RowMapping]:
    """Give attempts by their tokens; tokens of none are left out."""
    table = tables.attempt
    found: dict[str, RowMapping] = {}
    for first in range(0, len(tokens), _ASKED):
        asked = select(table).where(table.c.token.in_(tokens[first : first + _ASKED]))
        found |= {str(row["token"]): row for row in connection.execute(asked).mappings()}
    return found


def live_attempts(connection: Connection) -> Sequence[RowMapping]:
    """Give all attempts that are not over."""
    asked = select(tables.attempt).where(tables.attempt.c.state.in_(LIVE))
    return connection.execute(asked).mappings().all()


def attempt_counts(connection: Connection) -> Mapping[str, int]:
    """Count the attempts of each job that is not over."""
    a, j = tables.attempt, tables.job
    asked = select(a.c.job, func.count()).join(j, j.c.id == a.c.job)
    asked = asked.where(j.c.state.in_(OPEN)).group_by(a.c.job)
    return {str(job): int(count) for job, count in connection.execute(asked)}


def spent(connection: Connection, since: float) -> Sequence[tuple[str, str, float]]:
    """Give the accelerator-seconds metered since a time, by tenant and cluster."""
    a, j = tables.attempt, tables.job
    asked = (
        select(j.c.tenant, a.c.cluster, func.sum(a.c.gpu_seconds))
        .join(j, j.c.id == a.c.job)
        .where(a.c.ended >= since, a.c.gpu_seconds.is_not(None))
        .group_by(j.c.tenant, a.c.cluster)
    )
    return [(str(t), str(c), float(seconds)) for t, c, seconds in connection.execute(asked)]


def add_attempts(connection: Connection, rows: Sequence[Row]) -> None:
    """Add attempts, before any engine hears of them."""
    insert(connection, tables.attempt, rows)


def change_jobs(connection: Connection, rows: Sequence[Row]) -> list[str]:
    """Write jobs as they are now; each names `version`, the one it was read at, and grows it.

    Gives back the names of those somebody else changed meanwhile: they stay as they are.
    """
    return _change(connection, tables.job, "id", rows)


def change_attempts(connection: Connection, rows: Sequence[Row]) -> list[str]:
    """Write attempts as `change_jobs` writes jobs; gives back the tokens that stay as they are."""
    return _change(connection, tables.attempt, "token", rows)


def _change(connection: Connection, table: Any, key: str, rows: Sequence[Row]) -> list[str]:
    stale = []
    by_columns: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        by_columns.setdefault(tuple(sorted(row)), []).append(row)
    for columns, alike in by_columns.items():
        changed = [name for name in columns if name not in (key, "version")]
        values: Row = {name: bindparam(f"_{name}") for name in changed}
        asked = (
            update(table)
            .where(table.c[key] == bindparam("_key"), table.c.version == bindparam("_version"))
            .values(version=table.c.version + 1, **values)
        )
        sent = [
            {"_key": row[key], "_version": row["version"], **{f"_{n}": row[n] for n in changed}}
            for row in alike
        ]
        done = connection.execute(asked, sent)
        if done.rowcount != len(sent):
            stale += _stale(connection, table, key, alike)
    return stale


def _stale(connection: Connection, table: Any, key: str, rows: Sequence[Row]) -> list[str]:
    asked = select(table.c[key], table.c.version).where(table.c[key].in_([r[key] for r in rows]))
    there = {str(name): int(version) for name, version in connection.execute(asked)}
    return [row[key] for row in rows if there.get(row[key]) != row["version"] + 1]


def put_usage(connection: Connection, rows: Sequence[Row]) -> None:
    """Write what engines' accounting says of attempts: `token` and `engine_gpu_seconds`."""
    for row in rows:
        asked = update(tables.attempt).where(tables.attempt.c.token == row["token"])
        connection.execute(asked.values(engine_gpu_seconds=row["engine_gpu_seconds"]))


def tell(
    connection: Connection, events: Sequence[tuple[str, float, str, Mapping[str, Any]]]
) -> None:
    """Add what happened to jobs: (job, when, kind, what)."""
    insert(connection, tables.job_event, [event_row(*event) for event in events])


def event_row(job: str, at: float, kind: str, body: Mapping[str, Any]) -> Row:
    """Give the row by which something that happened to a job is added."""
    said = json.dumps(body, separators=(",", ":")) if body else "{}"
    return {"job": job, "at": at, "kind": kind, "body": said}


def told(
    connection: Connection, *, after: int = 0, job: str | None = None, most: int = 500
) -> Sequence[RowMapping]:
    """Give what was told after a number, of all jobs or of one, in order."""
    table = tables.job_event
    asked = select(table).where(table.c.seq > after).order_by(table.c.seq).limit(most)
    if job is not None:
        asked = asked.where(table.c.job == job)
    return connection.execute(asked).mappings().all()


def last_told(connection: Connection) -> int:
    """Give the number of the last thing told; 0 is none."""
    return int(connection.scalar(select(func.max(tables.job_event.c.seq))) or 0)


def wish(connection: Connection, job: str, kind: str, client: str, at: float) -> None:
    """Write down what somebody wishes for a job; the leader carries it out."""
    row = {"job": job, "kind": kind, "client": client, "at": at}
    connection.execute(tables.wish.insert(), row)


def wishes(connection: Connection) -> Sequence[RowMapping]:
    """Give the wishes that are not carried out, in order."""
    asked = select(tables.wish).where(tables.wish.c.done.is_(None)).order_by(tables.wish.c.seq)
    return connection.execute(asked).mappings().all()


def grant(connection: Connection, seqs: Sequence[int], at: float) -> None:
    """Mark wishes as carried out."""
    if seqs:
        asked = update(tables.wish).where(tables.wish.c.seq.in_(seqs)).values(done=at)
        connection.execute(asked)


def remembered(
    connection: Connection, client: str, keys: Sequence[str]
) -> Mapping[str, RowMapping]:
    """Give what was answered to requests of a client under these keys."""
    table = tables.request_key
    asked = select(table).where(and_(table.c.client == client, table.c.key.in_(keys)))
    return {row["key"]: row for row in connection.execute(asked).mappings()}


def remember(connection: Connection, rows: Sequence[Row]) -> None:
    """Keep what was answered to requests, by client and key."""
    if rows:
        connection.execute(tables.request_key.insert(), rows)


def clusters(connection: Connection) -> Sequence[RowMapping]:
    """Give all clusters, in order of their names."""
    return connection.execute(select(tables.cluster).order_by(tables.cluster.c.id)).mappings().all()


def put_clusters(connection: Connection, rows: Sequence[Row]) -> None:
    """Add clusters, or write those that are there anew; each keeps what it is not given."""
    _put(connection, tables.cluster, rows)


def tenants(connection: Connection) -> Sequence[RowMapping]:
    """Give all tenants, in order of their names."""
    return connection.execute(select(tables.tenant).order_by(tables.tenant.c.id)).mappings().all()


def put_tenants(connection: Connection, rows: Sequence[Row]) -> None:
    """Add tenants, or write those that are there anew."""
    _put(connection, tables.tenant, rows)


def _put(connection: Connection, table: Any, rows: Sequence[Row]) -> None:
    for row in rows:
        changed = {name: value for name, value in row.items() if name != "id"}
        asked = update(table).where(table.c.id == row["id"])
        done = connection.execute(asked.values(version=table.c.version + 1, **changed))
        if done.rowcount == 0:
            connection.execute(table.insert(), {**row, "version": 1})


def put_health(connection: Connection, rows: Sequence[Row]) -> None:
    """Write what is known of clusters now; those that are not there are left out."""
    for row in rows:
        asked = update(tables.cluster).where(tables.cluster.c.id == row["id"])
        changed = {name: value for name, value in row.items() if name != "id"}
        connection.execute(asked.values(version=tables.cluster.c.version + 1, **changed))


def happen(
    connection: Connection,
    cluster: str | None,
    at: float,
    kind: str,
    body: Mapping[str, Any],
    *,
    done: float | None = None,
) -> None:
    """Write down what happened to capacity; until it is `done`, the leader has to act on it."""
    row = {"cluster": cluster, "at": at, "kind": kind, "body": json.dumps(body), "done": done}
    connection.execute(tables.capacity_event.insert(), row)


def undone(connection: Connection) -> Sequence[RowMapping]:
    """Give what happened to capacity and nobody acted on yet, in order."""
    table = tables.capacity_event
    asked = select(table).where(table.c.done.is_(None)).order_by(table.c.seq)
    return connection.execute(asked).mappings().all()


def act(connection: Connection, seqs: Sequence[int], at: float) -> None:
    """Mark what happened to capacity as acted on."""
    if seqs:
        table = tables.capacity_event
        connection.execute(update(table).where(table.c.seq.in_(seqs)).values(done=at))


def happened(
    connection: Connection, *, after: int = 0, cluster: str | None = None
) -> Sequence[RowMapping]:
    """Give what happened to capacity after a number, in order."""
    table = tables.capacity_event
    asked = select(table).where(table.c.seq > after).order_by(table.c.seq)
    if cluster is not None:
        asked = asked.where(table.c.cluster == cluster)
    return connection.execute(asked).mappings().all()


def lead(connection: Connection, name: str, holder: str, now: float, length_s: float) -> int | None:
    """Take or keep the lease of a name; gives its fence, or None where another holds it.

    Who keeps it keeps its fence; who takes it from another, or anew, gets a higher one.
    """
    table = tables.lead
    asked = select(table).where(table.c.name == name)
    if connection.dialect.name == "postgresql":
        asked = asked.with_for_update()
    row = connection.execute(asked).mappings().one_or_none()
    until = now + length_s
    if row is None:
        made = {"name": name, "holder": holder, "fence": 1, "until": until}
        connection.execute(table.insert(), made)
        return 1
    if row["holder"] == holder:
        fence = int(row["fence"])
    elif row["until"] < now:
        fence = int(row["fence"]) + 1
    else:
        return None
    kept = update(table).where(table.c.name == name, table.c.fence == row["fence"])
    connection.execute(kept.values(holder=holder, fence=fence, until=until))
    return fence


def leads(connection: Connection, name: str, fence: int) -> bool:
    """Tell whether a fence is still the one that leads, and hold it so until the commit."""
    table = tables.lead
    asked = select(table.c.fence).where(table.c.name == name)
    if connection.dialect.name == "postgresql":
        asked = asked.with_for_update()
    return connection.scalar(asked) == fence
