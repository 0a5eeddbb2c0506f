"""A plan put to the test: what adds up, what is the same whoever computes it, what goes on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from offtake.errors import OfftakeError
from offtake.simulate.parameters import Checkpoint, Interval, Parameters
from offtake.simulate.stress import Case, Lot, Need, Place, Stressed, stress
from offtake.simulate.stress.case import QUARTER_HOURS
from offtake.simulate.stress.replication import live, parameters_of

FUTURES = 12
NEVER = Parameters(hazards=(), checkpoint=Checkpoint(interval=Interval.FIXED, interval_minutes=0.0))
FAILS = Parameters(checkpoint=Checkpoint(interval=Interval.YOUNG_DALY, write_s=30.0))
FOREVER = float("inf")


def lot(**changes: Any) -> Lot:
    """800 accelerators that are there from the beginning, late by nothing."""
    plain = Lot(
        id="lot",
        place=0,
        accelerators=800.0,
        due_hours=0.0,
        lasts_hours=FOREVER,
        late_hours=np.zeros(FUTURES),
        ends_hours=np.full(FUTURES, FOREVER),
    )
    return replace(plain, **changes)


def case(**changes: Any) -> Case:
    """Two quarters of 800 accelerators, of which inference asks for half."""
    asked = np.full((FUTURES, 2), 400.0 * QUARTER_HOURS)
    plain = Case(
        name="made-up",
        quarters=("2027Q1", "2027Q2"),
        places=(Place("H100", "here"),),
        lots=(lot(),),
        needs=(Need(id="chat", rate={0: 1.0}, asked=asked, worth=np.ones(2)),),
        outage=np.zeros((1, FUTURES, 2)),
        parameters=NEVER,
        seed=3,
    )
    return replace(plain, **changes)


def same(one: Stressed, other: Stressed) -> bool:
    return repr(one) == repr(other)


def test_without_failures_all_that_is_asked_for_is_served() -> None:
    made = stress(case(), replications=2)
    planned = 2 * 800 * QUARTER_HOURS
    assert made.effects["planned"].mean == pytest.approx(planned)
    assert made.effects["productive"].mean == pytest.approx(planned / 2, rel=1e-2)
    assert made.effects["overhead"].mean == pytest.approx(0.0, abs=1e-6 * planned)
    assert made.needs[0].unserved_share.mean < 0.01
    assert made.derating.lines[0].goodput_share == pytest.approx(1.0)


@pytest.mark.parametrize("parameters", [NEVER, FAILS])
def test_what_was_planned_is_accounted_for(parameters: Parameters) -> None:
    late = np.linspace(0.0, 2000.0, FUTURES)
    ends = np.where(np.arange(FUTURES) % 2 == 0, FOREVER, 3500.0)
    there = case(
        lots=(lot(), lot(id="late", late_hours=late, ends_hours=ends)),
        outage=np.full((1, FUTURES, 2), 0.1),
        parameters=parameters,
    )
    made = stress(there, replications=4)
    spent = sum(held.mean for name, held in made.effects.items() if name != "planned")
    assert spent == pytest.approx(made.effects["planned"].mean, rel=1e-9)
    assert made.unclosed < 1e-9
    assert made.effects["late"].mean > 0.0
    assert made.effects["default"].mean > 0.0
    assert made.effects["outage"].mean > 0.0
    assert sum(made.buckets.values()) == pytest.approx(1.0)


def test_what_is_asked_beyond_capacity_is_not_served() -> None:
    asked = np.full((FUTURES, 2), 1600.0 * QUARTER_HOURS)
    need = Need(id="chat", rate={0: 1.0}, asked=asked, worth=np.ones(2))
    made = stress(case(needs=(need,)), replications=1)
    assert made.needs[0].unserved_share.mean == pytest.approx(0.5, abs=0.02)


def test_training_takes_what_is_left_along_and_inference_goes_first() -> None:
    chat = Need(
        id="chat",
        rate={0: 2.0},
        asked=np.array([[1500.0, 0.0]] * FUTURES) * QUARTER_HOURS,
        worth=np.full(2, 2.0),
    )
    run = Need(
        id="run",
        rate={0: 2.0},
        asked=np.array([[400.0, 400.0]] * FUTURES) * QUARTER_HOURS,
        worth=np.ones(2),
        carries=True,
        gang={0: 80.0},
    )
    made = {n.need: n for n in stress(case(needs=(chat, run)), replications=1).needs}
    assert made["chat"].unserved_share.mean < 0.03
    assert made["run"].asked_h100e_hours.mean == pytest.approx(800.0 * QUARTER_HOURS)
    assert made["run"].unserved_share.mean < 0.03


def test_work_that_fits_nowhere_is_told_as_unserved() -> None:
    need = case().needs[0]
    for lost in (
        replace(need, rate={}),
        replace(need, carries=True, gang={0: 5000.0}),
    ):
        made = stress(case(needs=(lost,)), replications=1)
        assert made.needs[0].unserved_share.mean == 1.0
        assert made.derating.lines == ()


def test_the_same_numbers_whoever_computes_them() -> None:
    there = case(parameters=FAILS)
    alone = stress(there, replications=4)
    assert same(alone, stress(there, replications=4, processes=2))
    assert repr(live(there, 2)) == repr(live(there, 2))


def test_more_replications_begin_with_the_same_ones(tmp_path: Path) -> None:
    there = case(parameters=FAILS)
    whole = stress(there, replications=4)
    done = 0

    def count(made: int, _: int) -> None:
        nonlocal done
        done = made

    cut = stress(there, replications=4, kept=tmp_path, progress=count, stopped=lambda: done == 2)
    assert cut.replications == 2
    assert len(list(tmp_path.glob("r*.npz"))) == 2
    assert same(stress(there, replications=4, kept=tmp_path, resume=True), whole)


def test_what_is_kept_of_something_else_is_refused(tmp_path: Path) -> None:
    stress(case(), replications=1, kept=tmp_path)
    with pytest.raises(OfftakeError, match="OTK-S086"):
        stress(case(seed=4), replications=1, kept=tmp_path, resume=True)
    (tmp_path / "r00000.npz").write_bytes(b"no")
    with pytest.raises(OfftakeError, match="OTK-S087"):
        stress(case(), replications=1, kept=tmp_path, resume=True)


def test_it_ends_when_it_is_sure_enough() -> None:
    made = stress(case(), replications=FUTURES, until_share=0.5)
    assert made.replications == 5


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"replications": 0}, "OTK-S088"),
        ({"replications": FUTURES + 1}, "OTK-S088"),
        ({"processes": 0}, "OTK-S088"),
        ({"until_share": 1.0}, "OTK-S088"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], code: str) -> None:
    with pytest.raises(OfftakeError, match=code):
        stress(case(), **options)


def test_nothing_to_simulate_is_refused() -> None:
    with pytest.raises(OfftakeError, match="OTK-S084"):
        stress(case(lots=()))


def test_nodes_taken_together_fail_as_often_and_are_away_for_shorter() -> None:
    told = parameters_of(case(parameters=FAILS), 32)
    assert told.hazards[0].rate_per_day == 4 * FAILS.hazards[0].rate_per_day
    assert told.repair.automatic_hours == FAILS.repair.automatic_hours / 4
