"""The desk: where work is handed in and asked about; any number of them on one store.

It writes jobs, wishes and what is said of capacity as rows; the controller that leads reads them
and acts. What the desk acknowledged is on disk.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from offtake.errors import Exit, Fault, OfftakeError, Where, did_you_mean, few
from offtake.model.canonical import sha256
from offtake.model.installation import ClusterSpec, Installation
from offtake.model.work import JobSpec, JobState
from offtake.operate.engines.yard import NAME
from offtake.operate.fitting import obstacle
from offtake.operate.jobs import Job
from offtake.operate.rows import CLUSTER, new_job, spec_text
from offtake.store import work
from offtake.store import work_tables as tables
from offtake.store.earlier import counts_as_of, jobs_as_of, last_happened
from offtake.store.grouped import Add, GroupCommit, Write
from offtake.store.opening import Store

MOST_BYTES = 1_000_000
"""Largest specification that is taken in."""
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_PAIRS = tuple(one + other for one in _ALPHABET for other in _ALPHABET)


@dataclass(frozen=True, slots=True)
class Handed:
    """What came of handing jobs in."""

    jobs: tuple[str, ...]
    """Their names, in the order they were handed in."""
    again: bool
    """Whether the same request had been answered before."""


class Desk:
    """Where work is handed in and asked about."""

    def __init__(
        self, store: Store, installation: Installation, *, clock: Callable[[], float]
    ) -> None:
        """Open the desk; clusters and tenants of the installation are written down."""
        self.store = store
        self.installation = installation
        self._clock = clock
        self._writer = GroupCommit(store)
        self._clusters = {cluster.id: cluster for cluster in installation.clusters}
        self._tenants = {tenant.id for tenant in installation.tenants}
        sound(installation)
        with store.writing() as connection:
            self._settle_in(connection)

    def close(self) -> None:
        """Write what is under way, and let go."""
        self._writer.close()

    def submit(
        self, specs: Sequence[JobSpec], *, client: str = "", key: str | None = None
    ) -> Handed:
        """Take jobs in, all or none, as `taking`; they are on disk when this gives back.

        Raises:
            OfftakeError: as `taking` and its write.
        """
        return self._writer.do(self.taking(specs, client=client, key=key)).result()

    def write(self, writes: Sequence[Write[Handed]]) -> Future[list[Handed | Exception]]:
        """Have what `taking` gave written, each for itself; done when all of it is on disk."""
        return self._writer.all(writes)

    def taking(
        self, specs: Sequence[JobSpec], *, client: str = "", key: str | None = None
    ) -> Write[Handed]:
        """Give the write that takes jobs in, all or none.

        A request that is sent again under its key gets the answer of the first time, and nothing
        is taken in twice; a key that was used for another request fails (`OTK-E021`) when it is
        written.

        Args:
            specs: the jobs.
            client: who sends them; keys are its own.
            key: name of the request, chosen by the client; None is taken in anew each time.

        Raises:
            OfftakeError: a job fits nowhere (`OTK-E022`), names a tenant there is not
                (`OTK-E023`), is too large (`OTK-E024`) or names what there is not (`OTK-E030`).
        """
        now = self._clock()
        jobs = [
            Job(id=name, spec=spec, client=client, submitted_at=now + at * 1e-6)
            for at, (name, spec) in enumerate(zip(names(len(specs)), specs, strict=True))
        ]
        rows = [new_job(job) for job in jobs]
        self._see_sound(specs, [len(row["spec"]) for row in rows])
        events = [work.event_row(job.id, now, "queued", {}) for job in jobs]
        handed = Handed(tuple(job.id for job in jobs), again=False)
        fresh = Add({tables.job: rows, tables.job_event: events}, handed)
        if key is None:
            return fresh
        digest = sha256(*(row["spec"] for row in rows))

        def write(connection: Connection) -> Handed:
            before = work.remembered(connection, client, [key]).get(key)
            if before is not None:
                if before["digest"] != digest:
                    raise OfftakeError(_other_body(key), exit=Exit.USAGE)
                return Handed(tuple(json.loads(before["answer"])), again=True)
            answer = json.dumps(handed.jobs)
            kept = {"client": client, "key": key, "digest": digest, "answer": answer}
            work.remember(connection, [{**kept, "at": now}])
            return fresh(connection)

        return write

    def check(self, specs: Sequence[JobSpec]) -> Sequence[Mapping[str, Any]]:
        """Say as plain data where each job could run, and why not elsewhere; nothing is kept.

        Raises:
            OfftakeError: as `submitting`.
        """
        self._see_sound(specs, [len(spec_text(spec)) for spec in specs])
        there = self.clusters()
        return [{"name": spec.name, "clusters": self._options(spec, there)} for spec in specs]

    def _options(self, spec: JobSpec, there: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        return [
            {
                "cluster": each["id"],
                "never": obstacle(spec, self._clusters[each["id"]]),
                **{word: each[word] for word in ("usable", "health", "drained")},
            }
            for each in there
        ]

    def cancel(self, ident: str, *, client: str = "") -> None:
        """Wish a job cancelled; the controller carries it out.

        Raises:
            OfftakeError: there is no such job (`OTK-E020`), or it is over (`OTK-E025`).
        """
        now = self._clock()

        def write(connection: Connection) -> None:
            row = work.job(connection, ident)
            if row is None:
                raise OfftakeError(_no_job(ident), exit=Exit.USAGE)
            if JobState(row["state"]).final:
                what = f"the job is over: {row['state']}"
                fault = Fault(code="OTK-E025", what=what, where=Where(path=f"jobs.{ident}"))
                raise OfftakeError(fault, exit=Exit.USAGE)
            work.wish(connection, ident, "cancel", client, now)

        self._writer.do(write).result()

    def say(self, cluster: str, kind: str, **body: Any) -> None:
        """Say what happens to a cluster: drained, resumed, lost, found, curtailed and so on.

        Raises:
            OfftakeError: there is no such cluster (`OTK-E027`).
        """
        self._known(cluster)
        now = self._clock()

        def write(connection: Connection) -> None:
            work.happen(connection, cluster, now, kind, body)

        self._writer.do(write).result()

    def job(self, ident: str) -> Mapping[str, Any]:
        """Give a job with its attempts and what happened to it, as plain data.

        Raises:
            OfftakeError: there is no such job (`OTK-E020`).
        """
        with self.store.reading() as connection:
            row = work.job(connection, ident)
            if row is None:
                raise OfftakeError(_no_job(ident), exit=Exit.USAGE)
            attempts = [dict(a) for a in work.attempts(connection, ident)]
            events = [_event(e) for e in work.told(connection, job=ident)]
        made = plain_job(row)
        return {**made, "attempts": attempts, "events": events}

    def jobs(
        self,
        *,
        states: Sequence[str] = (),
        tenant: str | None = None,
        cluster: str | None = None,
        name: str | None = None,
        before: int | None = None,
        most: int = 100,
    ) -> Sequence[Mapping[str, Any]]:
        """Give jobs as plain data, the newest first; `before` goes on below a number."""
        with self.store.reading() as connection:
            rows = work.jobs(
                connection,
                states=states,
                tenant=tenant,
                cluster=cluster,
                name=name,
                before=before,
                most=most,
            )
        return [plain_job(row) for row in rows]

    def jobs_as_of(self, at: float, **asked: Any) -> Sequence[Mapping[str, Any]]:
        """Give jobs as they stood at a moment: `state`, `since`, `cluster` and `reason` of then.

        Args:
            at: the moment, in seconds since 1970 (UTC).
            asked: as `jobs` is asked.

        Raises:
            OfftakeError: the moment is still to come (`OTK-H002`).
        """
        self._see_past(at)
        with self.store.reading() as connection:
            return jobs_as_of(connection, at, **asked)

    def counts(self, tenant: str | None = None, as_of: float | None = None) -> Mapping[str, int]:
        """Count jobs by state, all of them or a tenant's; a state without jobs counts 0.

        Args:
            tenant: whose; None is all.
            as_of: the moment at which they were so, in seconds since 1970 (UTC); None is now.

        Raises:
            OfftakeError: the moment is still to come (`OTK-H002`).
        """
        if as_of is not None:
            self._see_past(as_of)
        with self.store.reading() as connection:
            if as_of is None:
                found = work.counts(connection, tenant)
            else:
                found = counts_as_of(connection, as_of, tenant)
        return {state.value: found.get(state.value, 0) for state in JobState}

    def clusters(self) -> Sequence[Mapping[str, Any]]:
        """Give clusters as plain data, with their health, what can be used and what is taken."""
        with self.store.reading() as connection:
            rows, taken = work.clusters(connection), work.taken(connection)
        return [
            {**json.loads(r["body"]), **_now_of(r), "taken": taken.get(r["id"], 0)}
            for r in rows
            if r["id"] in self._clusters
        ]

    def told(
        self, *, after: int = 0, job: str | None = None, most: int = 500
    ) -> Sequence[Mapping[str, Any]]:
        """Give what was told of jobs after a number, in order."""
        with self.store.reading() as connection:
            return [_event(row) for row in work.told(connection, after=after, job=job, most=most)]

    def last_told(self) -> int:
        """Give the number of the last thing told."""
        with self.store.reading() as connection:
            return work.last_told(connection)

    def cluster(self, name: str) -> ClusterSpec:
        """Give what a cluster is.

        Raises:
            OfftakeError: there is no such cluster (`OTK-E027`).
        """
        self._known(name)
        return self._clusters[name]

    def happened(self, cluster: str) -> Sequence[Mapping[str, Any]]:
        """Give what happened to a cluster, in order.

        Raises:
            OfftakeError: there is no such cluster (`OTK-E027`).
        """
        self._known(cluster)
        with self.store.reading() as connection:
            rows = work.happened(connection, cluster=cluster)
        return [
            {"seq": r["seq"], "at": r["at"], "kind": r["kind"], **json.loads(r["body"])}
            for r in rows
        ]

    def turns(self, most: int) -> Sequence[Mapping[str, Any]]:
        """Give what last happened to clusters, the newest first; comings of agents left out."""
        with self.store.reading() as connection:
            rows = last_happened(connection, most)
        return [{"at": r["at"], "kind": r["kind"], "cluster": r["cluster"]} for r in rows]

    def _see_past(self, at: float) -> None:
        if at > self._clock():
            what, hint = "this moment is still to come", "ask of an earlier one, or leave it out"
            got = f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S} UTC"
            where = Where(path="as_of")
            raise OfftakeError(Fault(code="OTK-H002", what=what, where=where, got=got, hint=hint))

    def _settle_in(self, connection: Connection) -> None:
        left = {row["cluster"] for row in work.live_attempts(connection)} - set(self._clusters)
        if left:
            what = "attempts are under way on clusters the installation does not name"
            hint = "name them again, and drain them before they are taken out"
            fault = Fault(code="OTK-E027", what=what, got=", ".join(sorted(left)), hint=hint)
            raise OfftakeError(fault, exit=Exit.USAGE)
        there = {row["id"]: row for row in work.clusters(connection)}
        rows = []
        for cluster in self.installation.clusters:
            body = CLUSTER.dump_json(cluster, exclude_defaults=True).decode()
            row: work.Row = {"id": cluster.id, "body": body, "changed": self._clock()}
            if cluster.id not in there:
                row.update(usable=cluster.accelerator_count, health="ok", drained=0)
            rows.append(row)
        work.put_clusters(connection, rows)

    def _known(self, cluster: str) -> None:
        if cluster not in self._clusters:
            hint = did_you_mean(cluster, self._clusters)
            fault = Fault(
                code="OTK-E027", what="there is no such cluster", got=repr(cluster), hint=hint
            )
            raise OfftakeError(fault, exit=Exit.USAGE)

    def _see_sound(self, specs: Sequence[JobSpec], sizes: Sequence[int]) -> None:
        each = enumerate(zip(specs, sizes, strict=True))
        wrong = few(fault for at, (spec, size) in each for fault in self._faults(at, spec, size))
        if wrong:
            raise OfftakeError(wrong)

    def _faults(self, at: int, spec: JobSpec, size: int) -> Sequence[Fault]:
        path = f"jobs[{at}]"
        found = []
        if size > MOST_BYTES:
            what = f"a job may have {MOST_BYTES:,} bytes"
            hint: str | None = "keep data and code in files it reads"
            where = Where(path=path)
            found.append(Fault(code="OTK-E024", what=what, where=where, got=f"{size:,}", hint=hint))
        if self._tenants and spec.tenant not in self._tenants:
            hint = did_you_mean(spec.tenant, self._tenants)
            where = Where(path=f"{path}.tenant")
            what = "there is no such tenant"
            found.append(
                Fault(code="OTK-E023", what=what, where=where, got=repr(spec.tenant), hint=hint)
            )
        for name, value in spec.env.items():
            if not NAME.fullmatch(name) or "\0" in value:
                where = Where(path=f"{path}.env")
                what = (
                    "a name in the environment is letters, digits and _; no value has a zero byte"
                )
                found.append(Fault(code="OTK-E004", what=what, where=where, got=repr(name)))
        for name in spec.clusters:
            if name not in self._clusters:
                where = Where(path=f"{path}.clusters")
                what = "there is no such cluster"
                hint = did_you_mean(name, self._clusters)
                found.append(
                    Fault(code="OTK-E030", what=what, where=where, got=repr(name), hint=hint)
                )
        clusters = self.installation.clusters
        if not found and all(obstacle(spec, each) is not None for each in clusters):
            reasons = (f"{each.id}: {obstacle(spec, each)}" for each in clusters)
            what = "no cluster will ever run it"
            hint = "; ".join(reasons)
            where = Where(path=path)
            found.append(Fault(code="OTK-E022", what=what, where=where, hint=hint))
        return found


def plain_job(row: Any) -> Mapping[str, Any]:
    """Give a job's row as plain data, its specification among it."""
    made = {name: row[name] for name in row if name != "spec"}
    return {**made, "spec": json.loads(row["spec"])}


def _now_of(row: Any) -> Mapping[str, Any]:
    return {
        "usable": row["usable"],
        "health": row["health"],
        "drained": bool(row["drained"]),
        "changed": row["changed"],
    }


def _event(row: Any) -> Mapping[str, Any]:
    return {
        "seq": row["seq"],
        "job": row["job"],
        "at": row["at"],
        "kind": row["kind"],
        **json.loads(row["body"]),
    }


def names(count: int) -> Sequence[str]:
    """Give names nobody has: 12 letters of 31 are 59 bits, and the store refuses a second.

    All are drawn at once: each call for randomness lets another thread go first.
    """
    drawn = secrets.token_bytes(12 * count)
    return [_name(int.from_bytes(drawn[at : at + 12])) for at in range(0, 12 * count, 12)]


def _name(drawn: int) -> str:
    pairs = []
    for _ in range(6):
        drawn, at = divmod(drawn, len(_PAIRS))
        pairs.append(_PAIRS[at])
    return "j-" + "".join(pairs)


def _no_job(ident: str) -> Fault:
    hint = "`offtake status --all` lists them"
    return Fault(code="OTK-E020", what="there is no such job", got=repr(ident), hint=hint)


def _other_body(key: str) -> Fault:
    what = "this key was used for another request"
    hint = "a new request needs a new key"
    return Fault(code="OTK-E021", what=what, got=repr(key), hint=hint)


def sound(installation: Installation) -> None:
    """See that an installation can be driven.

    Raises:
        OfftakeError: two clusters or tenants have one id (`OTK-E029`).
    """
    for kind, names in (
        ("clusters", [cluster.id for cluster in installation.clusters]),
        ("tenants", [tenant.id for tenant in installation.tenants]),
    ):
        for name in sorted({name for name in names if names.count(name) > 1}):
            where = Where(path=f"{kind}.{name}")
            raise OfftakeError(Fault(code="OTK-E029", what="two have one id", where=where))
