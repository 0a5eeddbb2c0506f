"""Learning: from what an operation did to what the next plan starts from.

    attempts, capacity ──> accelerator time by bucket ──> derating
                      ├──> failures over node-days    ──> rates, exact Poisson intervals
    contracts, events ──> acceptance against due date ──> delay process

A control plane sees when bodies begin and end, not what they lose inside: waiting for the network
and writing checkpoints count as productive. Work is lost where an attempt vanished or had to give
way: what it did since its job last saved. What ends by an error of its own, or because somebody
cancelled it, was no fault of the fleet.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from scipy.special import gammaincinv

from offtake.errors import Fault, OfftakeError, Where
from offtake.measure.derating import Place, of_buckets
from offtake.measure.outages import CURTAILMENT, lacks
from offtake.measure.watched import Happening, Run, Watched
from offtake.model.bucket import Bucket
from offtake.model.contract import Contract, Tranche
from offtake.model.event import Event, EventKind
from offtake.model.installation import ClusterSpec
from offtake.model.learned import Failure, FailureRate, Lateness, Learned
from offtake.model.month import zone_of
from offtake.model.portfolio import Portfolio
from offtake.model.provenance import Provenance, Quality
from offtake.model.uncertainty import DelayProcess
from offtake.model.work import AttemptState

PROCESS = "learned"
"""Name of the delay process that was learned."""
CONFIDENCE = 0.95
_DAY = 86_400.0
Span = tuple[float, float]


def learn(
    watched: Watched,
    contracts: Sequence[Contract],
    events: Iterable[Event],
    *,
    starts: datetime | None = None,
    ends: datetime,
) -> Learned:
    """Give what an operation did over a window.

    Args:
        watched: clusters, attempts and what happened to capacity.
        contracts: contracts the clusters are delivered under; empty says nothing of delays.
        events: facts; those that accepted tranches count.
        starts: first moment of the window; None is when the first thing was seen.
        ends: first moment after it.

    Raises:
        OfftakeError: nothing was seen before the end of the window (`OTK-E120`), or more ran on
            a cluster than was delivered of it (`OTK-E121`).
    """
    first = _first(watched) if starts is None else starts.timestamp()
    if first is None or first >= ends.timestamp():
        what = "nothing ran and nothing happened in the window, so there is nothing to learn from"
        until = ends.isoformat()
        raise OfftakeError(Fault(code="OTK-E120", what=what, where=Where(), got=f"up to {until}"))
    span = (first, ends.timestamp())
    accounts = [_account(cluster, watched, span) for cluster in watched.clusters]
    wrong = [fault for each in accounts for fault in each.faults()]
    if wrong:
        raise OfftakeError(wrong)
    ran = [run for run in watched.runs if _overlap(_times(run, span[1]), span) > 0.0]
    late = tuple(_lateness(contracts, tuple(events), ends))
    began = datetime.fromtimestamp(math.floor(first), UTC)
    told = f"a control plane from {began:%Y-%m-%d} to {ends:%Y-%m-%d}, {len(ran):,} attempts; "
    told += "what bodies lose inside is not seen"
    return Learned(
        source=told,
        measured=True,
        starts=began,
        ends=ends,
        attempt_count=len(ran),
        unmetered_count=sum(run.unmetered for run in ran),
        derating=of_buckets(
            _by_place(accounts), (span[1] - span[0]) / 3600.0, source=told, measured=True
        ),
        failures=tuple(rate for each in accounts for rate in _rates(each, watched, span)),
        tranches=late,
        delay=_process(late, told),
    )


def with_delays(portfolio: Portfolio, learned: Learned) -> Portfolio:
    """Give a portfolio whose deliveries are as late as was learned; else it stays as it is.

    The process that was learned becomes the one of everything that names none.
    """
    if learned.delay is None:
        return portfolio
    known = portfolio.uncertainty
    others = tuple(each for each in known.delays if each.id != learned.delay.id)
    delays = (*others, learned.delay)
    made = replace(known, delays=delays, default_delay=learned.delay.id)
    return replace(portfolio, uncertainty=made)


def interval(count: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Give the exact interval of the mean of a Poisson count (Garwood 1936).

    low = ½ χ²(α/2; 2k) and high = ½ χ²(1 − α/2; 2k + 2), as quantiles of the gamma distribution.
    """
    tail = (1.0 - confidence) / 2.0
    low = float(gammaincinv(count, tail)) if count else 0.0
    return low, float(gammaincinv(count + 1, 1.0 - tail))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Account:
    """Accelerator-seconds of a cluster in a window."""

    cluster: ClusterSpec
    delivered: float
    productive: float
    lost: float
    down: float
    capped: float
    drained: float

    @property
    def held(self) -> float:
        return self.productive + self.lost

    def faults(self) -> Iterator[Fault]:
        """Give a fault where more ran than there was, beyond the rounding of seconds."""
        if self.held > self.delivered * (1 + 1e-6) + 60.0:
            yield Fault(
                code="OTK-E121",
                what="more ran on the cluster than was delivered of it",
                where=Where(path=f"clusters.{self.cluster.id}"),
                got=f"{self.held / 3600:,.1f} of {self.delivered / 3600:,.1f} accelerator-hours",
                hint="see what was told to be delivered, and that no two clusters share nodes",
            )

    def buckets(self) -> Mapping[Bucket, float]:
        """Give the time by bucket; what work held to a good end was not down."""
        left = max(0.0, self.delivered - self.held)
        down = min(self.down, left)
        capped = min(self.capped, left - down)
        drained = min(self.drained, left - down - capped)
        return {
            Bucket.PRODUCTIVE: self.productive,
            Bucket.LOST: self.lost,
            Bucket.DOWN: down,
            Bucket.CAPPED: capped,
            Bucket.DRAINED: drained,
            Bucket.IDLE: left - down - capped - drained,
        }


def _account(cluster: ClusterSpec, watched: Watched, span: Span) -> _Account:
    own = [each for each in watched.happenings if each.cluster == cluster.id]
    failed = list(lacks(cluster, own))
    down = capped = productive = lost = 0.0
    for lack in failed:
        ends = span[1] if lack.ends is None else lack.ends
        amount = _overlap((lack.starts, ends), span) * lack.accelerators
        if lack.cause == CURTAILMENT:
            capped += amount
        else:
            down += amount
    gaps = [(x.starts, math.inf if x.ends is None else x.ends) for x in failed if not x.cause]
    held: list[tuple[Span, int]] = []
    for run in watched.runs:
        if run.cluster == cluster.id:
            times = _cut(run, _times(run, span[1]), gaps)
            kept = (times[0], times[0] + _kept(run, times[1] - times[0]))
            held.append((times, run.accelerators))
            good = _overlap(kept, span) * run.accelerators
            productive += good
            lost += _overlap(times, span) * run.accelerators - good
    return _Account(
        cluster=cluster,
        delivered=sum(n * _overlap(s, span) for s, n, _ in _stretches(cluster, own, span)),
        productive=productive,
        lost=lost,
        down=down,
        capped=capped,
        drained=_drained(cluster, own, span, held),
    )


def _stretches(
    cluster: ClusterSpec, own: Sequence[Happening], span: Span
) -> Iterator[tuple[Span, int, bool]]:
    """Give how many accelerators were delivered when, and whether nothing new could begin."""
    count, drained, since = int(cluster.accelerator_count), False, -math.inf
    for each in own:
        if each.kind in ("delivered", "withdrawn", "drained", "resumed"):
            yield (since, each.at), count, drained
            since = each.at
            if each.kind in ("drained", "resumed"):
                drained = each.kind == "drained"
            else:
                count = int(str(each.body["usable"]))
    yield (since, span[1]), count, drained


def _drained(
    cluster: ClusterSpec, own: Sequence[Happening], span: Span, held: Iterable[tuple[Span, int]]
) -> float:
    """Give accelerator-seconds in which nothing new could begin and nothing ran."""
    found = 0.0
    rows = list(held)
    for stretch, count, drained in _stretches(cluster, own, span):
        within = (max(stretch[0], span[0]), min(stretch[1], span[1]))
        if drained and within[0] < within[1]:
            busy = sum(_overlap(times, within) * many for times, many in rows)
            found += max(0.0, count * (within[1] - within[0]) - busy)
    return found


def _times(run: Run, ends: float) -> Span:
    """Give when a run held its accelerators; one that goes on up to the end of the window."""
    if run.began_at is None:
        return (ends, ends)
    last = run.ended_at
    if last is None:
        last = run.gone_at if run.state is AttemptState.VANISHED else ends
    return run.began_at, max(run.began_at, ends if last is None else last)


def _cut(run: Run, times: Span, gaps: Iterable[Span]) -> Span:
    """End a run that vanished where its nodes failed, if that was before it was given up."""
    if run.state is not AttemptState.VANISHED:
        return times
    failed = [start for start, end in gaps if times[0] < start <= times[1] <= end]
    return times[0], min([times[1], *failed])


def _kept(run: Run, ran_s: float) -> float:
    """Give the seconds of a run that were not undone: all, or up to where its job last saved."""
    if run.state is not AttemptState.VANISHED and not run.gave_way:
        return ran_s
    if run.interval_s is None:
        return 0.0
    return ran_s if run.interval_s <= 0.0 else ran_s // run.interval_s * run.interval_s


def _by_place(accounts: Iterable[_Account]) -> Mapping[Place, Mapping[Bucket, float]]:
    found: dict[Place, dict[Bucket, float]] = {}
    for each in accounts:
        place = found.setdefault((each.cluster.accelerator, each.cluster.site), {})
        for bucket, seconds in each.buckets().items():
            place[bucket] = place.get(bucket, 0.0) + seconds
    return found


def _rates(account: _Account, watched: Watched, span: Span) -> Iterator[FailureRate]:
    """Give how often nodes, the cluster and attempts failed; nothing of what was never there."""
    cluster = account.cluster
    if account.delivered <= 0.0:
        return
    per_node = _DAY * int(cluster.accelerators_per_node_count)
    own = [each for each in watched.happenings if each.cluster == cluster.id]
    lost = [x for x in lacks(cluster, own) if x.lost and span[0] <= x.starts < span[1]]
    gone = [
        run
        for run in watched.runs
        if run.cluster == cluster.id
        and run.state is AttemptState.VANISHED
        and span[0] <= _times(run, span[1])[1] < span[1]
    ]
    counts = (
        (Failure.NODE, _nodes_failed(cluster, own, span), account.delivered),
        (Failure.CLUSTER, len(lost), account.delivered),
        (Failure.ATTEMPT, len(gone), account.held),
    )
    for failure, count, seconds in counts:
        days = seconds / per_node
        low, high = interval(count)
        yield FailureRate(
            cluster=cluster.id,
            site=cluster.site,
            accelerator=cluster.accelerator,
            failure=failure,
            failure_count=count,
            watched_node_days=days,
            mean_per_1000_node_days=1000.0 * count / days if days else None,
            low_per_1000_node_days=1000.0 * low / days if days else None,
            high_per_1000_node_days=1000.0 * high / days if days else None,
            confidence_share=CONFIDENCE,
        )


def _nodes_failed(cluster: ClusterSpec, own: Iterable[Happening], span: Span) -> int:
    """Count nodes that went out of use by themselves: what an engine no longer counted as up."""
    each, found, cap = int(cluster.accelerators_per_node_count), 0, int(cluster.accelerator_count)
    before = cap
    for told in own:
        if told.kind in ("curtailed", "delivered", "withdrawn"):
            before = cap = int(str(told.body["usable"]))
        elif told.kind == "usable":
            now = int(str(told.body["usable"]))
            if now < before and span[0] <= told.at < span[1]:
                found += -(-(before - now) // each)
            before = now
    return found


def _lateness(
    contracts: Iterable[Contract], events: Sequence[Event], ends: datetime
) -> Iterator[Lateness]:
    """Give tranches that were due or accepted by the end of the window."""
    for contract in contracts:
        last = ends.astimezone(zone_of(contract.time_zone)).date()
        for tranche in contract.tranches:
            accepted = _accepted(contract, tranche, events, ends)
            day = accepted or last
            if accepted is not None or tranche.due <= last:
                yield Lateness(
                    contract=contract.id,
                    tranche=tranche.id,
                    due=tranche.due,
                    accepted=accepted,
                    late_days=float(max(0, (day - tranche.due).days)),
                )


def _accepted(
    contract: Contract, tranche: Tranche, events: Sequence[Event], ends: datetime
) -> date | None:
    """Give the day a tranche was last accepted, by events, else as the contract says."""
    path, zone = f"{contract.id}.{tranche.id}", zone_of(contract.time_zone)
    found = [
        event.starts.astimezone(zone).date()
        for event in events
        if event.kind is EventKind.ACCEPTED and path in event.tranches and event.starts < ends
    ]
    if found:
        return max(found)
    day = tranche.accepted
    return day if day is not None and day <= ends.astimezone(zone).date() else None


def _process(late: Sequence[Lateness], told: str) -> DelayProcess | None:
    """Fit a delay process: the share that was late, and the days of those accepted late.

    What is late and not accepted yet counts in the share; its days are not known.
    """
    days = [math.log(x.late_days) for x in late if x.accepted is not None and x.late_days > 0.0]
    if len(days) < 2:
        return None
    was_late = sum(x.late_days > 0.0 for x in late)
    return DelayProcess(
        id=PROCESS,
        late_share=was_late / len(late),
        median_days=math.exp(statistics.fmean(days)),
        log_sigma=statistics.stdev(days),
        provenance=Provenance(
            quality=Quality.DERIVED,
            source=told,
            assumptions={"late_share": f"{was_late} of {len(late)} tranches were late"},
        ),
    )


def _first(watched: Watched) -> float | None:
    times = [run.began_at for run in watched.runs if run.began_at is not None]
    times += [each.at for each in watched.happenings]
    return min(times, default=None)


def _overlap(first: Span, second: Span) -> float:
    return max(0.0, min(first[1], second[1]) - max(first[0], second[0]))
