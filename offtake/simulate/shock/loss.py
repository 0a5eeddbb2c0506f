"""What one lost site costs: all nodes of a site are gone at once, for a while or for good.

Jobs that ran there go back to the queue with what they had saved; how long until each runs
again somewhere is looked at every five minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from offtake.errors import Fault, OfftakeError, Where
from offtake.model.fleet import Cluster, Delivery
from offtake.model.history import History
from offtake.model.value import Value
from offtake.policy.tables import N_RUNNING, RUNNING, STOPPING, Tables
from offtake.simulate.fleet import run
from offtake.simulate.fleet.tables import World
from offtake.simulate.gang.job import Mean
from offtake.simulate.scene import HOUR_S, Scene, jobs_of
from offtake.simulate.shock.paired import (
    Change,
    Told,
    change_of,
    mean,
    outside,
    refuse,
    replicated,
    unclosed,
)
from offtake.units import Hours

LOOK_S = 300.0
"""Seconds from one look at what runs to the next; what began in the last of them before the loss
is not counted as struck."""
MINUTE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteLoss(Value):
    """A site that is gone for a while, or for good."""

    site: str | None = None
    """Which: a site, or a cluster where sites are not named; None is that of the first."""
    at_hours: Hours = 24.0
    """When it is lost."""
    lasts_hours: Hours | None = 24.0
    """How long; None is for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """What a lost site cost."""

    site: str
    """Which."""
    loss: SiteLoss
    """When, and how long."""
    hours: float
    """Time that was simulated."""
    change: Change
    """What it changed by the end."""
    struck: Mean
    """Jobs that ran there."""
    minutes: Mean | None
    """Minutes until one of them ran again, over all that did; None where none did."""
    median_minutes: float | None
    """Half of them ran again within so many minutes."""
    replaced_share: float
    """Share of them that ran again by the end of the simulation, or were done."""
    replications: int
    """Replications that were done."""
    unclosed: float
    """Largest gap of a ledger, as a share."""


@dataclass(slots=True)
class _Watched:
    """Which jobs ran at a site when it was lost, and when each ran again."""

    places: tuple[int, ...]
    at_s: float
    struck: set[int] = field(default_factory=set)
    again_s: dict[int, float] = field(default_factory=dict)

    def __call__(self, now: float, t: Tables, w: World) -> None:
        """Look at what runs now."""
        if now > self.at_s and len(self.again_s) == len(self.struck):
            return
        rows = t.active[t.running[: t.count[N_RUNNING]]]
        if now < self.at_s:
            here = np.isin(rows["cluster"], self.places)
            self.struck = {int(job) for job in rows["job"][here]}
            return
        runs = (rows["state"] == RUNNING) | (rows["state"] == STOPPING)
        for job in self.struck.intersection(map(int, rows["job"][runs])):
            self.again_s.setdefault(job, now)


@dataclass(frozen=True, slots=True)
class _Pair:
    with_it: History
    without: History
    struck: int
    waits_s: npt.NDArray[np.float64]


def lose(
    scene: Scene,
    loss: SiteLoss,
    *,
    hours: float = 72.0,
    replications: int = 8,
    seed: int = 1,
    told: Told | None = None,
) -> Lost:
    """Simulate a fleet with a lost site and without, with the same luck.

    Raises:
        OfftakeError: there is no such site (`OTK-S045`), it is lost outside the time that is
            simulated (`OTK-S046`), or the scene cannot be simulated.
    """
    site = _site(scene, loss.site)
    ends = hours if loss.lasts_hours is None else loss.at_hours + loss.lasts_hours
    refuse(scene, outside(loss.at_hours, ends, hours))
    places = tuple(p for p, c in enumerate(scene.clusters) if site in (c.site, c.id))
    with_it = _without(scene, places, loss, hours, lost=True)
    without = _without(scene, places, loss, hours, lost=False)

    def one(luck: int) -> _Pair:
        jobs = jobs_of(scene, hours * HOUR_S, luck)
        watched = _Watched(places, loss.at_hours * HOUR_S)
        lost = run(
            with_it.fleet,
            jobs,
            scene.parameters,
            horizon_s=hours * HOUR_S,
            seed=luck,
            watch=watched,
            step_s=LOOK_S,
        )
        plain = run(without.fleet, jobs, scene.parameters, horizon_s=hours * HOUR_S, seed=luck)
        return _paired(lost, plain, watched)

    return _lost(site, loss, hours, replicated(replications, seed, one, told))


def _paired(lost: History, plain: History, watched: _Watched) -> _Pair:
    """Leave out jobs that were done before the loss, though after the last look."""
    ended = lost.outcomes.ended_s
    struck = {job for job in watched.struck if not ended[job] < watched.at_s}
    waits = [when - watched.at_s for job, when in watched.again_s.items() if job in struck]
    return _Pair(lost, plain, len(struck), np.array(waits))


def _lost(site: str, loss: SiteLoss, hours: float, pairs: list[_Pair]) -> Lost:
    waits = np.concatenate([pair.waits_s for pair in pairs]) / MINUTE_S
    struck = sum(pair.struck for pair in pairs)
    runs = [(pair.with_it, pair.without) for pair in pairs]
    return Lost(
        site=site,
        loss=loss,
        hours=hours,
        change=change_of(runs),
        struck=mean(float(pair.struck) for pair in pairs),
        minutes=mean(waits) if len(waits) else None,
        median_minutes=float(np.median(waits)) if len(waits) else None,
        replaced_share=len(waits) / struck if struck else 1.0,
        replications=len(pairs),
        unclosed=unclosed(history for pair in runs for history in pair),
    )


def _site(scene: Scene, name: str | None) -> str:
    """Give the name of the site that is lost."""
    known = list(dict.fromkeys(c.site or c.id for c in scene.clusters))
    if name is None and known:
        return known[0]
    if name is None or name not in {*known, *(c.id for c in scene.clusters)}:
        raise OfftakeError(
            Fault(
                code="OTK-S045",
                what="the scene has no such site",
                where=Where(path="clusters"),
                got=repr(name),
                hint=f"there are: {', '.join(known)}",
            )
        )
    return name


def _without(
    scene: Scene, places: tuple[int, ...], loss: SiteLoss, hours: float, *, lost: bool
) -> Scene:
    """Give the scene with the site lost, or not: with the same nodes in the same order.

    What comes back is nodes of their own; where nothing is lost they come when all is over.
    """
    clusters = tuple(
        replace(cluster, deliveries=tuple(_deliveries(cluster, loss, hours, lost)))
        if place in places
        else cluster
        for place, cluster in enumerate(scene.clusters)
    )
    return replace(scene, clusters=clusters)


def _deliveries(cluster: Cluster, loss: SiteLoss, hours: float, lost: bool) -> Iterator[Delivery]:
    at, never = loss.at_hours, hours + 1.0
    back = None if loss.lasts_hours is None else at + loss.lasts_hours
    for delivery in cluster.deliveries:
        leaves = delivery.leaves_hours
        if delivery.arrives_hours >= at or (leaves is not None and leaves <= at):
            yield from _late(delivery, at, back, lost)
            continue
        yield replace(delivery, leaves_hours=at) if lost else delivery
        if back is not None and (leaves is None or leaves > back):
            arrives = back if lost else never
            stays = leaves if lost else None
            yield replace(delivery, arrives_hours=arrives, leaves_hours=stays)


def _late(delivery: Delivery, at: float, back: float | None, lost: bool) -> Iterator[Delivery]:
    """Give nodes that are gone by then as they are; those that come meanwhile, when it is over."""
    arrives = delivery.arrives_hours
    if not lost or arrives < at or (back is not None and arrives >= back):
        yield delivery
    elif back is not None and (delivery.leaves_hours is None or delivery.leaves_hours > back):
        yield replace(delivery, arrives_hours=back)
