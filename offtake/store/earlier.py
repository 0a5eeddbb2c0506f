"""Jobs as they stood at an earlier moment: by what had been told of each by then.

    job_event   queued · placed · running · queued · placed · running · succeeded
                            ^ as of here: it is starting, on the cluster of its last attempt

What a job says of itself now (when it began, how often it was tried) is not asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, select
from sqlalchemy.engine import RowMapping

from offtake.store import work
from offtake.store import work_tables as tables

_E, _J, _A = tables.job_event, tables.job, tables.attempt
_STATES = {"placed": "starting"}
"""What is told of a job is the state it comes to; only a placement has a word of its own."""
_KINDS = {state: kind for kind, state in _STATES.items()}


def jobs_as_of(
    connection: Connection,
    at: float,
    *,
    states: Sequence[str] = (),
    tenant: str | None = None,
    cluster: str | None = None,
    name: str | None = None,
    before: int | None = None,
    most: int = 100,
) -> Sequence[Mapping[str, Any]]:
    """Give jobs as they stood at a moment, the newest first; `before` goes on below a number.

    Args:
        connection: to the store.
        at: the moment, in seconds since 1970 (UTC); what was told at that moment counts.
        states: those they were in; none is any.
        tenant: whose; None is all.
        cluster: where their last attempt by then was; None is anywhere.
        name: what they are called; None is anything.
        before: the number (`seq`) they lie below.
        most: how many.
    """
    shown = [_J.c[word] for word in ("seq", "id", "name", "tenant", "client", "spec", "submitted")]
    asked = _told(select(*shown, _E.c.kind, _E.c.at.label("since"), _E.c.body), at)
    where = _cluster(at)
    asked = asked.add_columns(where.label("cluster")).order_by(_J.c.seq.desc()).limit(most)
    if states:
        asked = asked.where(_E.c.kind.in_([_KINDS.get(state, state) for state in states]))
    if cluster is not None:
        asked = asked.where(where == cluster)
    asked = work.narrowed(asked, tenant=tenant, name=name, before=before)
    return list(_plain(connection.execute(asked).mappings()))


def counts_as_of(connection: Connection, at: float, tenant: str | None = None) -> Mapping[str, int]:
    """Count jobs by the state they were in at a moment, all of them or a tenant's."""
    asked = _told(select(_E.c.kind, func.count()), at).group_by(_E.c.kind)
    if tenant is not None:
        asked = asked.where(_J.c.tenant == tenant)
    rows = connection.execute(asked)
    return {_STATES.get(str(kind), str(kind)): int(count) for kind, count in rows}


def last_happened(connection: Connection, most: int) -> Sequence[RowMapping]:
    """Give what last happened to clusters, the newest first; comings of agents are left out."""
    table = tables.capacity_event
    asked = select(table).where(table.c.cluster.is_not(None), table.c.kind != "agent")
    return connection.execute(asked.order_by(table.c.seq.desc()).limit(most)).mappings().all()


def _told(asked: Select[Any], at: float) -> Select[Any]:
    """Join jobs with what was last told of each by a moment; jobs of later are left out."""
    other = tables.job_event.alias()
    last = select(func.max(other.c.seq)).where(other.c.job == _J.c.id, other.c.at <= at)
    joined = asked.select_from(_J).join(_E, _E.c.seq == last.correlate(_J).scalar_subquery())
    return joined.where(_J.c.submitted <= at)


def _cluster(at: float) -> Any:
    """Give the cluster of a job's last attempt by a moment."""
    asked = select(_A.c.cluster).where(_A.c.job == _J.c.id, _A.c.intended <= at)
    return asked.order_by(_A.c.number.desc()).limit(1).correlate(_J).scalar_subquery()


def _plain(rows: Any) -> Iterator[Mapping[str, Any]]:
    for row in rows:
        told = json.loads(row["body"])
        yield {
            **{name: row[name] for name in row if name not in ("kind", "body", "spec")},
            "state": _STATES.get(row["kind"], row["kind"]),
            "cluster": None if row["kind"] == "queued" else row["cluster"],
            "reason": told.get("reason"),
            "spec": json.loads(row["spec"]),
        }
