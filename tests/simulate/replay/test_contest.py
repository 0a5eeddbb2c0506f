"""Policies on one trace: who waits for whom, and the same work under all."""

from __future__ import annotations

import numpy as np
import pytest

from offtake.errors import OfftakeError
from offtake.simulate.replay.contest import ENTRANTS, Place, Result, Trace, contest, entrants

FOUR = (Place(id="all", accelerators_count=4, usd_per_gpu_hour=2.0),)
HOUR = 3_600.0


def trace(
    arrival: list[float], work: list[float], counts: list[int], priority: list[int] | None = None
) -> Trace:
    return Trace(
        arrival_s=np.array(arrival),
        work_s=np.array(work),
        accelerators_count=np.array(counts),
        priority=np.array(priority or [0] * len(work)),
        speed=np.ones((len(work), 1)),
    )


def run(name: str, jobs: Trace, places: tuple[Place, ...] = FOUR, failures: float = 0.0) -> Result:
    return contest(name, jobs, places, failures=failures, seed=1, said=lambda words: None)


# A long job on three, one on all four that must wait for it, and a short one that fits beside.
QUEUE = trace([0.0, 60.0, 120.0], [10 * HOUR, HOUR, HOUR], [3, 4, 1])


def test_nobody_passes_in_fifo_and_the_short_one_does_in_easy() -> None:
    fifo, easy = run("fifo", QUEUE).outcome, run("easy", QUEUE).outcome
    assert fifo.makespan_hours == pytest.approx(12.0, abs=0.1)
    assert easy.makespan_hours == pytest.approx(11.0, abs=0.1)
    assert easy.jct_mean_hours < fifo.jct_mean_hours


def test_shortest_remaining_time_stops_the_long_one() -> None:
    made = run("srtf", QUEUE).outcome
    assert made.stops_count >= 1
    assert made.jct_mean_hours < run("easy", QUEUE).outcome.jct_mean_hours


def test_the_more_urgent_pushes_aside() -> None:
    jobs = trace([0.0, 60.0], [10 * HOUR, HOUR], [4, 4], [0, 5])
    made = run("priority", jobs).outcome
    assert made.stops_count == 1
    assert made.jct_median_hours < run("easy", jobs).outcome.jct_median_hours


@pytest.mark.parametrize("name", [n for n in ENTRANTS if n not in ("priority", "max-min")])
def test_the_same_work_is_done_under_all(name: str) -> None:
    made = run(name, QUEUE).outcome
    assert made.held_accelerator_hours == pytest.approx(35.0, rel=1e-3)
    assert made.cost_usd == pytest.approx(70.0, rel=1e-3)
    assert made.utilisation_share[0] <= 1.0 + 1e-9


def test_what_does_not_apply_is_said() -> None:
    apply, left = entrants(QUEUE, 0.0)
    assert set(left) == {"priority", "max-min"}
    assert set(apply) | set(left) == set(ENTRANTS)
    assert "ftf" in entrants(QUEUE, 5.0)[1]


def test_what_takes_too_long_is_named() -> None:
    year = 365 * 24 * HOUR
    with pytest.raises(OfftakeError, match="OTK-S067"):
        run("fifo", trace([0.0], [1.1 * year], [4]))
    with pytest.raises(OfftakeError, match="OTK-S060"):
        run("fifo", trace([0.0] * 9, [0.9 * year] * 9, [4] * 9))
