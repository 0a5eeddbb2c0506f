"""Rounds over several types: small cases by hand, faults, and Gavel's own numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from offtake.errors import OfftakeError
from offtake.files.traces.jobs import read_gavel
from offtake.simulate.replay.rounds import Share, Work, replay_rounds


def jobs(arrival: list[float], gpus: list[int], steps: list[float]) -> Work:
    speed = np.tile(np.array([[1.0, 0.5]]), (len(arrival), 1))
    return Work(
        arrival_s=np.array(arrival),
        accelerators_count=np.array(gpus),
        steps=np.array(steps),
        speed=speed,
    )


def test_one_job_alone_takes_its_steps() -> None:
    made = replay_rounds(jobs([0.0], [1], [1_000.0]), np.array([1, 1]), Share.FIFO, (0, 1))
    assert made.completion_s.tolist() == [1_000.0]
    assert made.rounds == 3


def test_fifo_keeps_a_job_on_its_type_to_the_end() -> None:
    work = jobs([0.0, 0.0], [1, 1], [720.0, 720.0])
    made = replay_rounds(work, np.array([1, 1]), Share.FIFO, (0, 2))
    assert made.completion_s.tolist() == [720.0, 1_440.0]


def test_equal_shares_let_two_jobs_take_turns() -> None:
    work = jobs([0.0, 0.0], [1, 1], [3_600.0, 3_600.0])
    made = replay_rounds(work, np.array([1, 0]), Share.MAX_MIN, (0, 2))
    assert sorted(made.completion_s.tolist()) == [6_840.0, 7_200.0]


@pytest.mark.parametrize(
    ("work", "watched", "code"),
    [
        (jobs([5.0, 0.0], [1, 1], [9.0, 9.0]), (0, 1), "OTK-S340"),
        (jobs([0.0], [2], [9.0]), (0, 1), "OTK-S341"),
        (jobs([0.0], [1], [9.0]), (0, 2), "OTK-S343"),
    ],
)
def test_what_cannot_be_run_is_named(work: Work, watched: tuple[int, int], code: str) -> None:
    with pytest.raises(OfftakeError, match=code):
        replay_rounds(work, np.array([1, 1]), Share.FIFO, watched)


def test_a_step_longer_than_a_round_is_named() -> None:
    work = jobs([0.0], [1], [9.0])
    with pytest.raises(OfftakeError, match="OTK-S342"):
        replay_rounds(work, np.array([1, 1]), Share.FIFO, (0, 1), round_s=1.5)


@pytest.mark.parametrize(
    ("share", "rate", "published"),
    [(Share.FIFO, 0.8, 17.64), (Share.FIFO, 2.0, 18.32), (Share.MAX_MIN, 2.0, 23.47)],
)
def test_gavel_is_met_within_3_percent(
    shared: Path, share: Share, rate: float, published: float
) -> None:
    traces = shared / "traces"
    paths = traces / "gavel_jobs_seed0_single.csv.gz", traces / "gavel_throughputs.csv"
    told = read_gavel(*paths, ("v100", "p100", "k80"))
    work = Work(
        arrival_s=told.arrival_units * 3_600.0 / rate,
        accelerators_count=told.accelerators_count,
        steps=told.steps,
        speed=told.speed,
    )
    made = replay_rounds(work, np.array([36, 36, 36]), share, (4_000, 5_000))
    assert made.mean_hours == pytest.approx(published, rel=0.03)
