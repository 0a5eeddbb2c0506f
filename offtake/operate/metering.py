"""From attempts to readings: what ran becomes what is settled, once a token.

The reading of an attempt is named by its token, so that it counts once however often its end is
heard of. It covers whole seconds that hold the run, is known when the last of them is over, and
has the accelerator-seconds between begin and end, to the nearest whole one. An attempt that
vanished has no reading until a late word of its wrapper says how long it ran; until then it is
counted apart (`offtake usage`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from offtake.measure.runs import SOURCE
from offtake.model.installation import ClusterSpec
from offtake.model.reading import Meter, Reading
from offtake.model.records import Readings, Records
from offtake.operate.attempts import Attempt


def readings_of(
    attempts: Iterable[Attempt], clusters: Mapping[str, ClusterSpec], *, now: float
) -> Records:
    """Give the readings of attempts whose begin and end are known; the others have none."""
    return Records(readings=Readings.of(_readings(attempts, clusters, now)))


def _readings(
    attempts: Iterable[Attempt], clusters: Mapping[str, ClusterSpec], now: float
) -> Iterator[Reading]:
    for attempt in attempts:
        if attempt.began_at is None or attempt.ended_at is None:
            continue
        starts = math.floor(attempt.began_at)
        cluster = clusters[attempt.cluster]
        tranche = None
        if cluster.contract is not None and cluster.tranche is not None:
            tranche = f"{cluster.contract}.{cluster.tranche}"
        ends = max(starts + 1, math.ceil(attempt.ended_at))
        yield Reading(
            source=SOURCE,
            id=attempt.token,
            meter=Meter.GPU_TIME,
            site=cluster.site,
            tranche=tranche,
            starts=_moment(starts),
            ends=_moment(ends),
            amount=attempt.gpu_seconds,
            recorded=_moment(max(ends, math.floor(now))),
        )


def _moment(second: float) -> datetime:
    return datetime.fromtimestamp(second, UTC)
