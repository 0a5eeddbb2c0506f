"""From histories to deratings: what a fleet did of what was expected.

goodput = productive / (productive + exposed + checkpoint + lost + restart + capped)
up      = 1 − (down + drained) / all
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from offtake.model.bucket import Bucket
from offtake.model.derating import Derated, Derating
from offtake.model.fleet import Fleet
from offtake.model.history import BUCKETS, History

Floats = npt.NDArray[np.float64]

HELD = (
    Bucket.PRODUCTIVE,
    Bucket.EXPOSED,
    Bucket.CHECKPOINT,
    Bucket.LOST,
    Bucket.RESTART,
    Bucket.CAPPED,
)
"""Buckets of time in which work held nodes that were up."""
Place = tuple[str, str]
"""A type of accelerator, and a site."""


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
    lines = []
    for (accelerator, site), spent in sorted(seconds.items()):
        by = dict(zip(BUCKETS, map(float, spent), strict=True))
        whole, held = sum(by.values()), sum(by[bucket] for bucket in HELD)
        if by[Bucket.PRODUCTIVE] > 0.0:
            away = by[Bucket.DOWN] + by[Bucket.DRAINED]
            lines.append(
                Derated(
                    accelerator=accelerator,
                    site=site or None,
                    goodput_share=by[Bucket.PRODUCTIVE] / held,
                    up_share=1.0 - away / whole,
                    bucket_share={bucket: by[bucket] / whole for bucket in Bucket},
                    coverage_share=held / whole,
                )
            )
    return Derating(source=source, measured=measured, window_hours=window_hours, lines=tuple(lines))
