"""Work that is asked for in a quarter, as gang jobs a fleet works off.

A need is a number of lanes of equal jobs, one behind the other, evenly spread in time:

    lane 1 │ job │  job  │  job  │  job  │ jo │        every job takes `STEP_HOURS` at the
    lane 2 │  job  │  job  │  job  │  job  │ j│        mean speed of the places it may run at
           0                                  end

Jobs of the more valuable need have the higher priority. Inference gets one lane for each
fortieth of it; training one gang, as large as it takes to be done in time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offtake.model.fleet import Cluster
from offtake.model.job import Jobs, Kind
from offtake.simulate.stress.case import QUARTER_HOURS, Case, Floats, Need

LANES = 40
"""Lanes of inference."""
STEP_HOURS = 24.0
"""How long a job takes at the mean speed of the places it may run at."""
LARGEST_SHARE = 0.8
"""Share of the largest place a gang takes at most, so that failures leave it room."""
HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Load:
    """Jobs of a quarter, and what each is worth in work."""

    jobs: Jobs
    need: npt.NDArray[np.int64]
    """Place of the need each job is of."""
    work: Floats
    """H100e-hours of each."""


@dataclass(frozen=True, slots=True)
class _Lanes:
    """Jobs of one need."""

    need: int
    submitted: Floats
    hours: Floats
    """Time each takes on an accelerator that does one H100e."""
    accelerators: int


def load(
    case: Case, quarter: int, asked: Floats, places: Sequence[int], there: Sequence[Cluster]
) -> Load:
    """Give the jobs of what is asked for in a quarter, [N] H100e-hours.

    A need that no place can do, or whose gang finds no place as large, has no job: it is not
    served.
    """
    rows = []
    unit = there[0].accelerators_per_node_count
    for number, need in enumerate(case.needs):
        able = [
            (need.rate[place], cluster.nodes * unit, need.gang[place] if need.gang else 0.0)
            for place, cluster in zip(places, there, strict=True)
            if place in need.rate
        ]
        able = [one for one in able if one[2] <= one[1]]
        if able and asked[number] > 0.0:
            rows.append(_lanes(number, need, float(asked[number]), able, unit))
    return _load(case, quarter, rows, places, there)


def _lanes(
    number: int, need: Need, asked: float, able: Sequence[tuple[float, int, float]], unit: int
) -> _Lanes:
    rate = sum(r * n for r, n, _ in able) / sum(n for _, n, _ in able)
    wanted = asked / QUARTER_HOURS / rate
    most = max(n for _, n, _ in able) * LARGEST_SHARE
    if need.carries:
        least = min(gang for _, _, gang in able)
        size = min(max(wanted, least), max(most, least))
        lanes = 1.0
    else:
        lanes = min(float(LANES), max(1.0, np.floor(wanted / unit)))
        size = min(wanted / lanes, most)
    size = max(unit, round(size / unit) * unit)
    # As many lanes as do all of it, or one that has pauses.
    lanes = max(lanes, float(np.ceil(wanted / size - 1e-9)))
    each = asked / (lanes * size * rate)
    submitted, took = [], []
    for lane in range(int(lanes)):
        at, left = 0.0, each
        step = STEP_HOURS * (lane + 1) / lanes
        stretch = QUARTER_HOURS / each
        while left > 1e-9:
            part = min(step, left)
            submitted.append(at)
            took.append(part * rate)
            at += part * stretch
            left -= part
            step = STEP_HOURS
    return _Lanes(number, np.array(submitted), np.array(took), size)


def _load(
    case: Case,
    quarter: int,
    rows: Sequence[_Lanes],
    places: Sequence[int],
    there: Sequence[Cluster],
) -> Load:
    submitted = np.concatenate([r.submitted for r in rows]) if rows else np.zeros(0)
    order = np.argsort(submitted, kind="stable")
    worth = np.array([need.worth[quarter] for need in case.needs])
    rank = np.argsort(np.argsort(worth, kind="stable"), kind="stable")

    def column(values: Sequence[Floats]) -> Floats:
        return np.concatenate(values)[order] if rows else np.zeros(0)

    need = column([np.full(len(r.hours), r.need) for r in rows]).astype(np.int64)
    count = column([np.full(len(r.hours), r.accelerators) for r in rows])
    hours = column([r.hours for r in rows])
    kinds = tuple(
        Kind(
            id=one.id,
            speed_ratio={
                cluster.id: one.rate.get(place, 0.0)
                for place, cluster in zip(places, there, strict=True)
                if place in one.rate
            }
            or {"nowhere": 1.0},
        )
        for one in case.needs
    )
    jobs = Jobs.of(
        submitted[order] * HOUR_S,
        hours * HOUR_S,
        count.astype(np.int32),
        kinds=kinds,
        kind=need.astype(np.int16),
        priority=rank[need].astype(np.int16) if rows else np.zeros(0, np.int16),
    )
    return Load(jobs, need, hours * count)
