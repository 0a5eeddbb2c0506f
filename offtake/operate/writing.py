"""Writing a draft: one transaction under the lease, or nothing."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from sqlalchemy import Connection

from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.operate.draft import Draft
from offtake.operate.held import Held
from offtake.operate.metering import readings_of
from offtake.operate.rows import changed_attempt, changed_job
from offtake.store import work
from offtake.store import work_tables as tables
from offtake.store.facts import append
from offtake.store.inserting import insert
from offtake.store.opening import Store


def write(store: Store, lead: str, fence: int, held: Held, draft: Draft) -> None:
    """Write all that a cycle changed, if its leader still leads.

    Raises:
        OfftakeError: another leads now, or changed what this one holds (`OTK-E028`); the store
            cannot be used (`OTK-B002`). Nothing is written.
    """
    if draft.empty:
        return
    with store.writing() as connection:
        if not work.leads(connection, lead, fence):
            raise _stale(store.name, "another process leads now; this one changed nothing")
        insert(connection, tables.job, draft.born)
        work.add_attempts(connection, draft.made)
        _changes(connection, store.name, held, draft)
        if draft.meters:
            records = readings_of(draft.meters, held.clusters, now=draft.now)
            append(connection, records, now=datetime.fromtimestamp(math.floor(draft.now), UTC))
        work.put_usage(connection, draft.usage)
        for job, client in draft.wishes:
            work.wish(connection, job, "cancel", client, draft.now)
        work.grant(connection, draft.granted, draft.now)
        work.put_health(connection, [_cluster(held, name, draft.now) for name in draft.clusters])
        for cluster, kind, body in draft.capacity:
            work.happen(connection, cluster, draft.now, kind, body, done=draft.now)
        work.act(connection, draft.acted, draft.now)
        work.tell(connection, draft.events)
    for ident in draft.jobs:
        held.written(ident)
    for token in draft.attempts:
        held.versions[token] += 1


def _changes(connection: Connection, name: str, held: Held, draft: Draft) -> None:
    attempts = [
        changed_attempt(held.attempts[token], held.versions[token]) for token in draft.attempts
    ]
    stale = work.change_jobs(connection, [changed_job(held.jobs[ident]) for ident in draft.jobs])
    stale += work.change_attempts(connection, attempts)
    if stale:
        what = f"somebody else changed {', '.join(stale[:3])}; nothing was written"
        raise _stale(name, what)


def _cluster(held: Held, name: str, now: float) -> work.Row:
    return {
        "id": name,
        "usable": held.usable[name],
        "health": held.health[name].value,
        "drained": int(held.drained[name]),
        "changed": now,
    }


def _stale(name: str, what: str) -> OfftakeError:
    fault = Fault(code="OTK-E028", what=what, where=Where(file=name))
    return OfftakeError(fault, exit=Exit.FAILED)
