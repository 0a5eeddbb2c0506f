"""The controller: one that leads, in memory, a cycle of some ten milliseconds.

    store ──new jobs, wishes──┐
    lanes ──news──────────────┼─> learn ─> decide ─> one transaction ─> lanes
                              └── all of it pure, but for reading and writing

Nothing is asked of an engine that is not on disk before. Whatever goes wrong on the way, the
controller forgets what it holds and reads the store again: it begins anew as after `kill -9`.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from offtake.errors import OfftakeError
from offtake.model.canonical import sha256
from offtake.model.installation import ClusterSpec, Installation
from offtake.model.work import JobSpec, JobState
from offtake.operate.attempts import Attempt
from offtake.operate.draft import Draft
from offtake.operate.engines.port import Launch
from offtake.operate.held import Held
from offtake.operate.jobs import Job, after, gives_way, limit_s, wished
from offtake.operate.lanes import Health, Inbox, Lane
from offtake.operate.news import hear, weigh
from offtake.operate.placing import Placing, Start, Verdict
from offtake.operate.rows import attempt_of, job_of, new_attempt, spec_text
from offtake.operate.services.tending import Tending
from offtake.operate.writing import write
from offtake.store import work
from offtake.store.opening import Store

LEAD = "controller"
"""Name of the lease."""
LEASE_S = 10.0
"""How long a leader that says nothing more still leads."""
AT_ONCE = 20_000
"""Most new jobs one cycle takes in."""
BEHIND = 1_000
"""PostgreSQL: rows that are looked at again, as one may become visible after a later one."""


class Controller:
    """The one that decides: what it holds, and the round it does again and again."""

    def __init__(
        self,
        store: Store,
        installation: Installation,
        lanes: Mapping[str, Lane],
        inbox: Inbox,
        placing: Callable[[], Placing],
        *,
        clock: Callable[[], float],
        holder: str | None = None,
    ) -> None:
        """Begin without anything known; the first cycle that leads reads the store."""
        self.installation = installation
        self.clusters: Mapping[str, ClusterSpec] = {c.id: c for c in installation.clusters}
        self.lanes = lanes
        self._store = store
        self._inbox = inbox
        self._placing = placing
        self._clock = clock
        self._holder = secrets.token_hex(8) if holder is None else holder
        self._fence: int | None = None
        self._renew_at = 0.0
        self._lock = threading.Lock()
        self._forget_all()

    def _forget_all(self) -> None:
        settle = {name: lane.engine.settle_s for name, lane in self.lanes.items()}
        self.held = Held(self.clusters, settle, self._placing())
        self.tending = Tending(self.clusters)
        self._seq = 0
        self._loaded = self._knows_all = False

    @property
    def leads(self) -> bool:
        """Whether this one decides."""
        return self._fence is not None

    def cycle(self) -> Draft:
        """Do one round: learn, decide, write, hand over; gives what changed.

        Raises:
            OfftakeError: the store cannot be used (`OTK-B002`), or another leads now
                (`OTK-E028`); the controller has forgotten everything and may be asked again.
        """
        with self._lock:
            return self._cycle()

    def why(self, job: str) -> Mapping[str, Any]:
        """Say why a job waits: what was looked at for it, and when it may begin (modelled)."""
        with self._lock:
            if job in self.held.resting:
                return {"waits_until": self.held.resting[job]}
            if job not in self.held.jobs or job in self.held.current:
                return {}
            return self.held.placing.told(job, self._clock())

    def too_late(self, spec: JobSpec, cluster: str) -> str | None:
        """Say why a preemptible job may not begin on a cluster services may want room on."""
        with self._lock:
            if cluster not in self.held.too_slow(spec):
                return None
            soon = self.held.reclaims[cluster]
        return f"services may want room within {soon:g} s, and it takes {spec.grace_s:g} s to go"

    def _cycle(self) -> Draft:
        draft = Draft(self._clock())
        try:
            if not self._lead(draft.now) or self._fence is None:
                while not self._inbox.empty():  # lanes tell again what is still so
                    self._inbox.get()
                return draft
            self._take_in(draft)
            with self._store.reading() as connection:
                while not self._inbox.empty():
                    cluster, news = self._inbox.get()
                    hear(self.held, draft, connection, cluster, news)
            weigh(self.held, draft, self.installation.lost_after_s)
            self.held.rest(draft.now)
            if self._knows_all:
                self.tending.tend(self.held, draft)
            for verdict in self.held.placing.decide(draft.now):
                self._carry_out(draft, verdict)
            write(self._store, LEAD, self._fence, self.held, draft)
        except OfftakeError:
            self.begin_anew()
            raise
        self._hand_over(draft)
        return draft

    def begin_anew(self) -> None:
        """Forget everything, the lease too; the next cycle that leads reads the store again."""
        self._fence = None
        self._forget_all()

    def _lead(self, now: float) -> bool:
        if self._fence is None or now >= self._renew_at:
            with self._store.writing() as connection:
                fence = work.lead(connection, LEAD, self._holder, now, LEASE_S)
            if fence != self._fence:
                self._forget_all()
            self._fence = fence
            self._renew_at = now + LEASE_S / 3.0
            if self._loaded and self._fence is not None:
                self._account(now)
        if self._fence is not None and not self._loaded:
            self._load(now)
        return self._fence is not None

    def _load(self, now: float) -> None:
        """Read what is not over; what is in no list yet is asked for by the next lists."""
        held = self.held
        with self._store.reading() as connection:
            for row in work.clusters(connection):
                if row["id"] in self.clusters:
                    held.usable[row["id"]] = int(row["usable"])
                    held.drained[row["id"]] = bool(row["drained"])
                    capped = _capped(connection, row["id"])
                    if capped is not None:
                        held.capped[row["id"]] = capped
                    lost = row["health"] == Health.LOST.value and _said_lost(connection, row["id"])
                    held.given_up.update([row["id"]] if lost else [])
                    held.health[row["id"]] = Health.LOST if lost else _tried_again(row["health"])
            for row in work.live_attempts(connection):
                attempt = attempt_of(row)
                found = work.job(connection, attempt.job)
                if found is not None:
                    held.hold(attempt, int(row["version"]), job_of(found))
            held.counts.update(work.attempt_counts(connection))
        for cluster in self.clusters:
            held.placing.usable(cluster, held.usable[cluster])
            held.reopen(cluster)
        for attempt in held.attempts.values():
            began = attempt.began_at if attempt.began_at is not None else now
            waiting = held.waiting(held.jobs[attempt.job])
            held.placing.hold(waiting, attempt.cluster, began)
            if held.jobs[attempt.job].state is JobState.STOPPING:
                held.placing.stopping(attempt.job)
        self.tending.know(held.jobs.values())
        self._account(now)
        self._loaded = True

    def _account(self, now: float) -> None:
        """Tell placement what was used and spent this month (UTC): minimums and budgets."""
        budgets = self.installation.budgets_usd
        if not budgets and not any(c.price.paid_hours for c in self.clusters.values()):
            return
        month = datetime.fromtimestamp(now, UTC).replace(day=1, hour=0, minute=0, second=0)
        with self._store.reading() as connection:
            found = work.spent(connection, month.timestamp())
        hours = dict.fromkeys(self.clusters, 0.0)
        usd = dict.fromkeys(budgets, 0.0)
        for tenant, cluster, seconds in found:
            if cluster in hours:
                hours[cluster] += seconds / 3600.0
                if tenant in usd:
                    price = self.clusters[cluster].price
                    rate = price.usd_per_gpu_hour + price.running_usd_per_gpu_hour
                    usd[tenant] += seconds / 3600.0 * rate
        for cluster, used in hours.items():
            self.held.placing.used(cluster, used)
        for tenant, spent in usd.items():
            self.held.placing.budget(tenant, budgets[tenant], spent)

    def _take_in(self, draft: Draft) -> None:
        """Take in new jobs, what people wish and what they said of capacity."""
        with self._store.reading() as connection:
            self.tending.read(connection, self.held)
            rows = work.jobs_after(connection, self._seq, AT_ONCE)
            wishes = work.wishes(connection)
            events = work.undone(connection)
            behind = 0 if connection.dialect.name == "sqlite" else BEHIND
        fresh = [job_of(row) for row in rows if row["id"] not in self.held.jobs]
        if rows:
            self._seq = max(self._seq, int(rows[-1]["seq"]) - behind)
        self.held.jobs.update((job.id, job) for job in fresh)
        self.held.placing.add([self.held.waiting(job) for job in fresh])
        self.tending.know(fresh)
        self._knows_all = len(rows) < AT_ONCE
        for row in events:
            draft.acted.append(int(row["seq"]))
            self._said(draft, row["cluster"], row["kind"], json.loads(row["body"]))
        for row in wishes:
            self._wished(draft, int(row["seq"]), row["job"])

    def _said(
        self, draft: Draft, cluster: str | None, kind: str, body: Mapping[str, object]
    ) -> None:
        """Act on what somebody said of a cluster."""
        held = self.held
        if cluster is None or cluster not in self.clusters:
            return
        match kind:
            case "drained" | "resumed":
                held.drained[cluster] = kind == "drained"
                if body.get("stop"):
                    held.clear(draft, cluster)
            case "lost":
                held.given_up.add(cluster)
                held.lose(draft, cluster, "it was said to be lost")
            case "found":
                held.given_up.discard(cluster)
                held.health[cluster] = Health.OK
            case "curtailed" | "delivered" | "withdrawn":
                held.usable[cluster] = held.capped[cluster] = int(str(body["usable"]))
                held.placing.usable(cluster, held.usable[cluster])
            case _:
                return
        draft.clusters.add(cluster)
        held.reopen(cluster)

    def _wished(self, draft: Draft, seq: int, ident: str) -> None:
        """Cancel a job: at once where it waits, else when its attempt is over."""
        held = self.held
        job = held.jobs.get(ident)
        if job is None or job.state.final:
            draft.granted.append(seq)
            return
        if job.cancelled:
            return
        job = held.changed(draft, wished(job, draft.now))
        draft.tell(ident, job.state.value, reason=job.reason)
        token = held.current.get(ident)
        if token is None:
            held.placing.withdraw([ident])
            held.resting.pop(ident, None)
        else:
            held.stop(draft, token)

    def _carry_out(self, draft: Draft, verdict: Verdict) -> None:
        held = self.held
        if isinstance(verdict, Start):
            self._start(draft, verdict)
            return
        token, job = held.current.get(verdict.job), held.jobs[verdict.job]
        if token is not None and job.state is not JobState.STOPPING:
            reason = f"it gives way to {verdict.stops_for}"
            held.changed(draft, gives_way(job, reason))
            draft.tell(job.id, JobState.STOPPING.value, reason=reason)
            held.stop(draft, token)

    def _start(self, draft: Draft, start: Start) -> None:
        held, cluster = self.held, self.clusters[start.cluster]
        job = held.jobs[start.job]
        number = held.counts.get(job.id, 0) + 1
        attempt = Attempt(
            token=secrets.token_hex(16),
            job=job.id,
            number=number,
            cluster=cluster.id,
            accelerators=job.spec.accelerator_count,
            intended_at=draft.now,
        )
        held.counts[job.id] = number
        held.changed(draft, after(job, attempt, now=draft.now))
        held.hold(attempt, 1, held.jobs[job.id])
        draft.made.append(new_attempt(attempt, sha256(spec_text(job.spec)), start.decided))
        draft.tell(job.id, "placed", cluster=cluster.id, token=attempt.token, attempt=number)
        launch = _launch(job, attempt, cluster, self.lanes[cluster.id])
        draft.errands[cluster.id].launches.append(launch)

    def _hand_over(self, draft: Draft) -> None:
        """Ask lanes for what is on disk now, and let go of what is over."""
        for cluster, errands in draft.errands.items():
            lane = self.lanes[cluster]
            if errands.launches:
                lane.submit(errands.launches)
            if errands.stops:
                lane.stop(errands.stops)
            if errands.revokes:
                lane.revoke(errands.revokes)
            if errands.accounts:
                lane.account(errands.accounts)
            if errands.forgets:
                lane.forget(errands.forgets)
        self.held.let_go(draft)


def _launch(job: Job, attempt: Attempt, cluster: ClusterSpec, lane: Lane) -> Launch:
    token, each = attempt.token, cluster.accelerators_per_node_count
    own = {"OFFTAKE_ATTEMPT": str(attempt.number), "OFFTAKE_ATTAINED_S": f"{job.attained_s:.0f}"}
    return Launch(
        token=token,
        job=job.id,
        name=job.spec.name,
        command=lane.yard.command(token),
        log=lane.yard.log(token),
        folder=job.spec.folder,
        script=job.spec.run,
        env={**job.spec.env, **own},
        accelerator=cluster.accelerator,
        accelerators=attempt.accelerators,
        nodes=-(-attempt.accelerators // each),
        limit_s=limit_s(job),
        grace_s=job.spec.grace_s,
    )


def _tried_again(health: str) -> Health:
    """Give the health of a cluster one begins with: what was not well has to show that it is."""
    return Health.OK if health == Health.OK.value else Health.DEGRADED


def _said_lost(connection: Connection, cluster: str) -> bool:
    """Tell whether somebody said that a cluster is lost, and has not taken it back.

    One that was only out of reach for long is tried again by whoever begins anew.
    """
    said = [r["kind"] for r in work.happened(connection, cluster=cluster)]
    return [kind for kind in said if kind in ("lost", "found")][-1:] == ["lost"]


def _capped(connection: Connection, cluster: str) -> int | None:
    """Give the accelerators somebody last said may be used of a cluster; None said nothing."""
    kinds = ("curtailed", "delivered", "withdrawn")
    said = [r for r in work.happened(connection, cluster=cluster) if r["kind"] in kinds]
    return int(json.loads(said[-1]["body"])["usable"]) if said else None
