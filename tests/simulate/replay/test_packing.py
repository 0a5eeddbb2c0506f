"""Packing a trace until nothing fits, and FGD's published numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from offtake.errors import OfftakeError
from offtake.files.traces.openb import read_nodes, read_tasks
from offtake.policy.packing import Rule
from offtake.simulate.replay.packing import Machines, expected, replay_packing


def machines(count: int) -> Machines:
    every = np.full(count, 4)
    return Machines(cpu_milli=every * 8_000, memory_mib=every * 8, accelerators_count=every)


def test_whole_accelerators_fill_all_there_is() -> None:
    tasks = np.array([[1_000, 1, 1, 1_000]])
    made = replay_packing(tasks, machines(4), Rule.FRAGMENTATION, seed=1)
    assert made.at(1.0) == pytest.approx(1.0)
    assert made.lost_count == len(made.arrived_share) - 16
    assert made.allocated_share.max() == pytest.approx(1.0)


def test_what_one_expects_is_the_most_frequent_and_weighs_one() -> None:
    tasks = np.array([[1, 5, 1, 500]] * 19 + [[1, 6, 1, 500]] * 76 + [[1, 5, 1, 900]] * 5)
    kinds, weight = expected(tasks, 0.9)
    assert kinds.tolist() == [[1, 0, 1, 500]]
    assert weight.sum() == pytest.approx(1.0)


def test_nothing_to_pack_is_refused() -> None:
    with pytest.raises(OfftakeError, match="OTK-S341"):
        replay_packing(np.array([[1, 1, 0, 0]]), machines(1), Rule.RANDOM, seed=1)


@pytest.mark.parametrize(
    ("rule", "published"),
    [(Rule.RANDOM, 87.5), (Rule.BEST_FIT, 93.09), (Rule.FRAGMENTATION, 95.39)],
)
def test_published_allocation_is_met_within_half_a_point(
    shared: Path, rule: Rule, published: float
) -> None:
    told = read_tasks(shared / "traces" / "openb_pods_default.csv.gz")
    nodes = read_nodes(shared / "traces" / "openb_nodes.csv.gz")
    columns = (told.cpu_milli, told.memory_mib, told.accelerators_count, told.share_milli)
    there = Machines(
        cpu_milli=nodes.cpu_milli,
        memory_mib=nodes.memory_mib,
        accelerators_count=nodes.accelerators_count,
    )
    made = replay_packing(np.stack(columns, axis=1), there, rule, seed=42)
    assert 100.0 * made.at(1.3) == pytest.approx(published, abs=0.5)
