"""What happens in the month a cycle lives through: work, a late tranche, a lost site, power.

All of it is made up from the world and a seed, and called assumed wherever it is told:

    tranches due before the month ── all but the last ──> accepted on the day they are due
                                  └── the last one ─────> LATE_DAYS days into the month
    largest site ── dark from day LOST_DAY for LOST_HOURS hours
    work ── a job a day for each demand of inference, gangs of training of 6 to 48 hours
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np

from offtake.cycle.driving import cluster_name
from offtake.cycle.month import Delivered, Outage, Script, Submission
from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.model.contract import Contract, Tranche
from offtake.model.demand import Inference
from offtake.model.installation import ClusterSpec, Installation
from offtake.model.month import Month
from offtake.model.portfolio import Portfolio
from offtake.model.work import JobSpec

LATE_DAYS = 11
"""Days of the month that pass until the late tranche is accepted."""
LOST_DAY, LOST_HOUR, LOST_HOURS = 8, 6, 9
"""When the largest site goes dark, and for how long."""
SERVED_SHARE = 0.45
"""Share of what is in service that inference holds."""
TRAINED_SHARE = 0.35
"""Share of what is in service that training asks for."""
PARTS = 2
"""Jobs a day's inference of a demand is cut into."""
DAY_S = 86_100
"""How long each holds its accelerators: a day, less what handing over takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A month that can be lived through, and what is recorded of it besides its readings."""

    month: Month
    """The month."""
    world: Portfolio
    """The world, tranches accepted as they were."""
    script: Script
    """What happens from outside."""
    late: Tranche | None
    """The tranche that comes late."""
    late_contract: str
    """Its contract."""
    lost: str
    """The site that goes dark."""


def scene(world: Portfolio, installation: Installation, month: Month, *, seed: int) -> Scene:
    """Make up a month of a world.

    Raises:
        OfftakeError: nothing is in service by then (`OTK-E119`).
    """
    starts = datetime.combine(month.first_day, datetime.min.time(), UTC)
    ends = datetime.combine((month + 1).first_day, datetime.min.time(), UTC)
    due = [
        (tranche.due, contract.id, tranche)
        for contract in world.contracts
        for tranche in contract.tranches
        if tranche.accepted is None and tranche.due < month.first_day
    ]
    ours = {(c.contract, c.tranche) for c in installation.clusters}
    awaited = [one for one in due if (one[1], one[2].id) in ours]
    late = max(awaited, key=lambda one: (one[0], one[1], one[2].id), default=None)
    accepted = {(one[1], one[2].id): one[0] for one in due}
    if late is not None:
        accepted[late[1], late[2].id] = (starts + timedelta(days=LATE_DAYS)).date()
    there = {c.id: c for c in installation.clusters if _serves(c, world, accepted)}
    if not there:
        what = "nothing is in service in the month: there is nothing to run on"
        fault = Fault(code="OTK-E119", what=what, where=Where(path="--month"), got=str(month))
        raise OfftakeError(fault, exit=Exit.FAULTS)
    lost = _largest(there.values())
    late_cluster = None if late is None else cluster_name(late[1], late[2].id)
    script = Script(
        starts=starts,
        ends=ends,
        submissions=tuple(_work(world, there, late_cluster, starts, ends, seed)),
        outages=(_outage(lost, starts),),
        delivered=tuple(_delivered(there, world, late_cluster, starts)),
    )
    return Scene(
        month=month,
        world=_accepted(world, accepted),
        script=script,
        late=None if late is None else late[2],
        late_contract="" if late is None else late[1],
        lost=lost,
    )


def _serves(
    cluster: ClusterSpec, world: Portfolio, accepted: Mapping[tuple[str, str], date]
) -> bool:
    held = (cluster.contract or "", cluster.tranche or "")
    known = {(c.id, t.id) for c in world.contracts for t in c.tranches if t.accepted is not None}
    return held in accepted or held in known


def _largest(clusters: Iterable[ClusterSpec]) -> str:
    sites: dict[str, int] = {}
    for cluster in clusters:
        sites[cluster.site] = sites.get(cluster.site, 0) + cluster.accelerator_count
    return max(sites, key=lambda name: (sites[name], name))


def _outage(site: str, starts: datetime) -> Outage:
    began = starts + timedelta(days=LOST_DAY, hours=LOST_HOUR)
    return Outage(site=site, starts=began, ends=began + timedelta(hours=LOST_HOURS))


def _delivered(
    there: Mapping[str, ClusterSpec], world: Portfolio, late: str | None, starts: datetime
) -> Iterator[Delivered]:
    for name, cluster in there.items():
        days = LATE_DAYS if name == late else 0
        at = starts + timedelta(days=days)
        yield Delivered(cluster=name, at=at, accelerator_count=cluster.accelerator_count)


def _accepted(world: Portfolio, accepted: Mapping[tuple[str, str], date]) -> Portfolio:
    def after(contract: Contract) -> Contract:
        made = tuple(
            replace(t, accepted=accepted.get((contract.id, t.id), t.accepted))
            for t in contract.tranches
        )
        return replace(contract, tranches=made)

    return replace(world, contracts=tuple(after(c) for c in world.contracts))


def _work(
    world: Portfolio,
    there: Mapping[str, ClusterSpec],
    late: str | None,
    starts: datetime,
    ends: datetime,
    seed: int,
) -> Iterator[Submission]:
    """Give the work of a month: a job a day for each demand, and gangs of training."""
    rng = np.random.default_rng(seed)
    days = (ends - starts).days
    whole = {name: c.accelerator_count for name, c in there.items() if name != late}
    total = sum(whole.values())
    for at in range(days - 1):
        when = starts + timedelta(days=at, minutes=1)
        jobs = []
        for need in world.demand.inference:
            near = [name for name in whole if _reaches(there[name], need)]
            held = int(SERVED_SHARE * sum(whole[name] for name in near)) // PARTS
            jobs += [_service(need, at, held, part) for part in range(PARTS if held else 0)]
        yield Submission(at=when, jobs=tuple(jobs))
        gangs: list[JobSpec] = []
        asked = TRAINED_SHARE * total * 24.0
        while asked > 0:
            count = int(rng.choice([512, 1024, 2048, 3072]))
            hours = float(np.round(rng.uniform(6.0, 48.0), 2))
            gangs.append(_gang(at, len(gangs), min(count, max(whole.values())), hours))
            asked -= count * hours
        if at < days - 3:
            yield Submission(
                at=when + timedelta(hours=float(rng.uniform(1, 20))), jobs=tuple(gangs)
            )


def _reaches(cluster: ClusterSpec, need: Inference) -> bool:
    near = cluster.latency_ms.get(need.region, math.inf) <= need.latency_ms
    return near and (not need.countries or cluster.country in need.countries)


def _service(need: Inference, day: int, count: int, part: int) -> JobSpec:
    return JobSpec(
        name=f"{need.id}-{day + 1:02}-{part}",
        run=f"simulate {DAY_S}",
        accelerator_count=max(1, count),
        region=need.region,
        latency_ms=need.latency_ms,
        countries=need.countries,
        priority=10,
        limit_hours=36.0,
        labels={"kind": "inference"},
    )


def _gang(day: int, number: int, count: int, hours: float) -> JobSpec:
    return JobSpec(
        name=f"train-{day + 1:02}-{number}",
        run=f"simulate {hours * 3600:.0f}",
        accelerator_count=count,
        preemptible=True,
        checkpoint_minutes=60.0,
        limit_hours=72.0,
        labels={"kind": "training"},
    )
