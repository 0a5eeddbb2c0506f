"""Pairs of runs that differ in one cause alone, and what the differences come to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from offtake.errors import Fault, OfftakeError, Where
from offtake.model.bucket import Bucket
from offtake.model.fleet import Cluster
from offtake.model.history import History
from offtake.simulate.gang.job import Mean
from offtake.simulate.gang.run import mean_of
from offtake.simulate.scene import HOUR_S, Scene, faults_of

Made = TypeVar("Made")
Told = Callable[[int, int], bool]
"""Told replications done, of how many; False stops after the one that is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a cause changed, in accelerator-hours: with it less without it."""

    buckets: Mapping[Bucket, Mean]
    """By bucket; over all of them they add up to the change of capacity."""
    capacity: Mean
    """Capacity that went away."""
    energy_mwh: Mean
    """Energy at the servers, in MWh."""
    finished: Mean
    """Jobs that were done by the end."""


def replicated(
    replications: int, seed: int, one: Callable[[int], Made], told: Told | None = None
) -> list[Made]:
    """Do something once for each of so many seeds, from `seed` on.

    Raises:
        OfftakeError: it is asked for less than once (`OTK-S049`).
    """
    if replications < 1:
        what = "a simulation is run once or more"
        where = Where(path="replications")
        raise OfftakeError(Fault(code="OTK-S049", what=what, where=where, got=f"{replications}"))
    made: list[Made] = []
    for place in range(replications):
        made.append(one(seed + place))
        if told is not None and not told(place + 1, replications):
            break
    return made


def mean(values: Iterable[float]) -> Mean:
    """Give the mean of what replications gave, with how sure it is."""
    return mean_of(np.array(list(values), dtype=np.float64))


def change_of(pairs: Sequence[tuple[History, History]]) -> Change:
    """Compare runs with a cause with the runs of the same luck without it."""
    return Change(
        buckets={
            bucket: mean((w.total(bucket) - o.total(bucket)) / HOUR_S for w, o in pairs)
            for bucket in Bucket
        },
        capacity=mean(float(w.capacity.sum() - o.capacity.sum()) / HOUR_S for w, o in pairs),
        energy_mwh=mean(float(w.joules.sum() - o.joules.sum()) / 3.6e9 for w, o in pairs),
        finished=mean(done(w) - done(o) for w, o in pairs),
    )


def done(history: History) -> float:
    """Count the jobs that were done by the end."""
    return float(np.isfinite(history.outcomes.ended_s).sum())


def between(history: History, bucket: int, first_s: float, last_s: float) -> float:
    """Give the accelerator-hours of a bucket in the hours that touch a span of time."""
    first, last = int(first_s // HOUR_S), int(np.ceil(last_s / HOUR_S))
    return float(history.seconds[:, first:last, bucket].sum()) / HOUR_S


def unclosed(histories: Iterable[History]) -> float:
    """Give the largest gap of any ledger, as a share."""
    return max(history.unclosed() for history in histories)


def cluster_of(scene: Scene, name: str | None) -> Cluster:
    """Give a cluster by its name; the first where none is named.

    Raises:
        OfftakeError: there is none of that name (`OTK-S045`).
    """
    if name is None and scene.clusters:
        return scene.clusters[0]
    found = [cluster for cluster in scene.clusters if cluster.id == name]
    if not found:
        known = ", ".join(cluster.id for cluster in scene.clusters)
        raise OfftakeError(
            Fault(
                code="OTK-S045",
                what="the scene has no such cluster",
                where=Where(path="clusters"),
                got=repr(name),
                hint=f"there are: {known}",
            )
        )
    return found[0]


def refuse(scene: Scene, more: Iterable[Fault]) -> None:
    """Refuse a scene and what is asked of it, with all that is wrong.

    Raises:
        OfftakeError: something is (`OTK-S046`, `OTK-S050`, `OTK-S051`, `OTK-S052`).
    """
    wrong = [*faults_of(scene), *more]
    if wrong:
        raise OfftakeError(wrong)


def outside(at_hours: float, ends_hours: float, hours: float) -> Iterator[Fault]:
    """Give the fault of a cause that does not lie within the time that is simulated."""
    if not 0.0 <= at_hours < ends_hours <= hours:
        yield Fault(
            code="OTK-S046",
            what="what happens lies within the time that is simulated, and lasts",
            where=Where(path="at_hours"),
            got=f"from {at_hours:g} h to {ends_hours:g} h, of {hours:g} h",
            hint="simulate longer, or let it begin earlier",
        )
