"""What ran, as the reading of a meter: cut anywhere, it adds up to the GPU-second."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from offtake.ledger.case import window
from offtake.measure.runs import SOURCE, metered, spread
from offtake.measure.watched import Run
from offtake.model.month import Month
from offtake.model.reading import Meter, Reading
from offtake.model.records import Readings, Records
from offtake.model.work import AttemptState

MIDNIGHT = datetime(2027, 2, 1, tzinfo=UTC)
ZERO = int(MIDNIGHT.timestamp())
runs_ = st.lists(
    st.tuples(
        st.floats(-90_000, 90_000), st.floats(0.0, 90_000.0), st.sampled_from([1, 3, 8, 100_000])
    ),
    min_size=1,
    max_size=12,
)


def at(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def ran(*told: tuple[float, float, int], tranche: str = "A.t1") -> tuple[Records, dict[str, Run]]:
    """Make runs that began so many seconds from midnight, lasted so long and held so many."""
    runs, readings = {}, []
    for number, (began, lasted, count) in enumerate(told):
        begin, end = ZERO + began, ZERO + began + lasted
        run = Run(
            token=f"t{number}",
            job="j",
            cluster="c",
            accelerators=count,
            state=AttemptState.ENDED,
            began_at=begin,
            ended_at=end,
            metered_s=round((end - begin) * count),
        )
        runs[run.token] = run
        starts, ends = int(np.floor(begin)), max(int(np.floor(begin)) + 1, int(np.ceil(end)))
        readings.append(
            Reading(
                source=SOURCE,
                id=run.token,
                meter=Meter.GPU_TIME,
                site="s",
                tranche=tranche,
                starts=at(starts),
                ends=at(ends),
                amount=run.metered_s or 0,
                recorded=at(ends),
            )
        )
    return Records(readings=Readings.of(readings)), runs


def test_a_run_across_midnight_is_cut_at_its_own_seconds() -> None:
    records, runs = ran((-1.7, 4.6, 8))
    found = metered(records, runs, ["UTC"], as_of=at(ZERO + 60)).readings
    assert found.amount.tolist() == [14, 23]  # 1.7 s and 2.9 s of 8, together 36.8 s: 37
    assert found.ends.tolist() == [ZERO, ZERO + 3]
    assert found.id.tolist() == ["A.t1/2027-01-31T23:59:58Z", "A.t1/2027-02-01T00:00:00Z"]


def test_runs_at_one_time_are_one_reading() -> None:
    records, runs = ran((10, 20, 8), (15, 20, 4))
    found = metered(records, runs, ["UTC"], as_of=at(ZERO + 60)).readings
    assert found.amount.tolist() == [8 * 20 + 4 * 20]


def test_the_meter_is_read_at_midnights_of_every_zone_and_at_events() -> None:
    records, runs = ran((0, 86_400, 1))
    found = metered(records, runs, ["Europe/Oslo", "Asia/Kathmandu"], as_of=at(ZERO + 90_000))
    assert found.readings.amount.tolist() == [65_700, 17_100, 3_600]  # 18:15 and 23:00 UTC


def test_what_became_known_later_is_left_out() -> None:
    records, runs = ran((10, 20, 8), (15, 200, 4))
    found = metered(records, runs, ["UTC"], as_of=at(ZERO + 60)).readings
    assert found.amount.tolist() == [160]


def test_readings_of_others_stay_as_they_are() -> None:
    records, runs = ran((10, 20, 8), (15, 20, 4))
    del runs["t1"]
    found = metered(records, runs, ["UTC"], as_of=at(ZERO + 60)).readings
    assert dict(zip(found.id.tolist(), found.amount.tolist(), strict=True)) == {
        "t1": 80,
        "A.t1/2027-02-01T00:00:10Z": 160,
    }


@given(runs_)
def test_months_add_up_to_the_whole_to_the_gpu_second(told: list[tuple[float, float, int]]) -> None:
    records, runs = ran(*told)
    zones = ["America/New_York", "Asia/Tokyo"]
    found = metered(records, runs, zones, as_of=at(ZERO + 400_000)).readings
    assert int(found.amount.sum()) == int(records.readings.amount.sum())
    assert (found.amount >= 0).all()
    assert (found.starts[1:] == found.ends[:-1]).all()
    assert (found.ends <= found.recorded).all()
    for zone in zones:  # no reading lies in two months of either zone
        edge = window(Month(2027, 2), zone)[0]
        assert not ((found.starts < edge) & (found.ends > edge)).any()
        early = int(found.amount[found.ends <= edge].sum())
        exact = sum(
            max(0.0, min(run.ended_at or 0, edge) - (run.began_at or 0)) * run.accelerators
            for run in runs.values()
        )
        assert abs(early - exact) <= len(runs)


@given(runs_, st.lists(st.integers(-90_000, 180_000), max_size=9))
def test_more_edges_change_no_sum(told: list[tuple[float, float, int]], more: list[int]) -> None:
    begin = np.array([b for b, _, _ in told])
    end = begin + np.array([lasted for _, lasted, _ in told])
    count = np.array([n for _, _, n in told])
    amount = np.rint((end - begin) * count).astype(np.int64)
    first, last = int(np.floor(begin.min())), int(np.ceil(end.max())) + 1
    edges = np.array(sorted({first, last, *(e for e in more if first < e < last)}))
    fine = spread(begin, end, count, amount, edges)
    assert int(fine.sum()) == int(amount.sum())
    assert (fine >= 0).all()
