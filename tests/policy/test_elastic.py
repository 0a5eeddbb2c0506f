"""How many replicas are wanted, and which begin and stop."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtake.policy.elastic import Change, Replica, Stage, change, kept, wanted, whole


@pytest.mark.parametrize(
    ("load", "floor", "most", "made"),
    [
        (0.0, 2, None, (2, 0)),
        (100.0, 2, None, (12, 0)),  # 100 · 1.2 over 10
        (101.0, 2, None, (13, 0)),
        (100.0, 2, 5, (5, 7)),
        (100.0, 6, 5, (6, 6)),  # the floor stands
        (100.0 + 1e-9, 0, None, (12, 0)),  # rounding asks for nobody
    ],
)
def test_a_load_wants_replicas(
    load: float, floor: int, most: int | None, made: tuple[int, int]
) -> None:
    assert wanted(load, 10.0, headroom_ratio=0.2, floor=floor, most=most) == made


def test_needs_of_a_day_are_rounded_as_one_is() -> None:
    need = np.array([0.0, 2.0, 2.1, 9.0])
    assert whole(need, 1, np.array([4, 4, 4, 4])).tolist() == [1, 2, 3, 4]


def test_what_is_no_longer_wanted_is_kept_a_while() -> None:
    history = [(0.0, 5), (100.0, 9), (200.0, 3)]
    assert kept(history, 250.0, 30.0) == 3
    assert kept(history, 250.0, 60.0) == 9  # 9 were wanted until 200
    assert kept(history, 259.0, 1_000.0) == 9
    assert kept([(0.0, 4)], 1e9, 60.0) == 4


_ids = count()


def some(number: int, stage: Stage = Stage.RUNNING, **more: bool) -> list[Replica]:
    return [
        Replica(id=f"r{at}", stage=stage, since=float(at), **more)
        for at in (next(_ids) for _ in range(number))
    ]


def test_what_lacks_is_made() -> None:
    assert change(3, []) == Change(more=3)
    assert change(3, some(1) + some(1, Stage.WAITING)) == Change(more=1)


def test_what_cannot_be_reached_is_made_up_for_and_stops_when_it_is_back() -> None:
    far = some(2, reached=False)
    assert change(3, far + some(1)) == Change(more=2)
    assert change(3, far + some(3)) == Change()
    back = [Replica(id=one.id, stage=one.stage, since=one.since) for one in far]
    assert len(change(3, back + some(3)).stop) == 2


def test_the_surplus_stops_those_that_wait_first_and_then_the_youngest() -> None:
    running, waiting = some(3), some(1, Stage.WAITING)
    assert change(2, running + waiting).stop == (waiting[0].id, running[2].id)
    assert change(0, running).stop == tuple(one.id for one in running)


def test_old_ones_are_replaced_one_by_one_once_another_runs() -> None:
    old = some(2, current=False)
    assert change(2, old) == Change(more=1)
    assert change(2, old + some(1, Stage.STARTING)) == Change()
    assert change(2, old + some(1)).stop == (old[1].id,)


stages = st.sampled_from(Stage)
replicas = st.lists(st.tuples(stages, st.booleans(), st.booleans()), max_size=8)


@given(number=st.integers(0, 6), made=replicas)
def test_never_more_stop_than_are_too_many_and_changes_settle(
    number: int, made: list[tuple[Stage, bool, bool]]
) -> None:
    there = [
        Replica(id=f"{at}", stage=stage, since=float(at), current=current, reached=reached)
        for at, (stage, current, reached) in enumerate(made)
    ]
    runs = sum(one.stage is Stage.RUNNING and one.reached for one in there)
    for turn in range(40):
        step = change(number, there)
        if step == Change() and all(one.stage is Stage.RUNNING for one in there):
            break
        left = [one for one in there if one.id not in step.stop]
        there = [replace(one, stage=Stage.RUNNING) for one in left]
        there += [
            Replica(id=f"new{turn}-{at}", stage=Stage.RUNNING, since=100.0 + turn)
            for at in range(step.more)
        ]
        now = sum(one.stage is Stage.RUNNING and one.reached for one in there)
        assert now >= min(runs, number), "those that serve go on until others do"
        runs = now
    else:
        raise AssertionError("it never settles")
    reached = [one for one in there if one.reached]
    assert len(reached) == number
    assert all(one.current for one in reached)
