"""From histories to deratings: what a fleet did of what was expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from offtake.measure.derating import Place, of_buckets
from offtake.model.derating import Derating
from offtake.model.fleet import Fleet
from offtake.model.history import BUCKETS, History

Floats = npt.NDArray[np.float64]


def derating(
    histories: Sequence[History], fleet: Fleet, *, source: str, measured: bool
) -> Derating:
    """Give what the clusters of a fleet did, by type and site.

    What did no work in the whole window has no line: nothing is known of it.
    """
    seconds: dict[Place, Floats] = {}
    places = {cluster.id: (cluster.accelerator, cluster.site) for cluster in fleet.clusters}
    for history in histories:
        for row, name in enumerate(history.clusters):
            total = history.seconds[row].sum(axis=0)
            seconds[places[name]] = seconds.get(places[name], 0.0) + total
    window = sum(history.duration_s for history in histories) / 3600.0
    return of_seconds(seconds, window, source=source, measured=measured)


def of_seconds(
    seconds: Mapping[Place, Floats], window_hours: float, *, source: str, measured: bool
) -> Derating:
    """Give a derating of accelerator-seconds by bucket, in the order of `BUCKETS`."""
    by = {
        place: dict(zip(BUCKETS, map(float, each), strict=True)) for place, each in seconds.items()
    }
    return of_buckets(by, window_hours, source=source, measured=measured)
