"""Every published case: within its bar where it must be, and never fitted where it says so."""

from __future__ import annotations

from functools import cache

import pytest

from offtake.simulate.validate import CASES, Case, Kind, Row, Verdict, llama, mlperf


@cache
def case(place: int) -> Case:
    return CASES[place]()


PLACES = range(len(CASES))


@pytest.mark.parametrize("place", PLACES)
def test_a_case_says_where_it_comes_from(place: int) -> None:
    found = case(place)
    assert all((found.title, found.source, found.convention, found.calibrated, found.rows))
    assert found.hits + found.misses == sum(row.kind is not Kind.CALIBRATED for row in found.rows)


MUST = {
    "16,384 GPUs",
    "effective training time, over 90 %",
    "MTTF at 16,384 GPUs",
    "MTTF at 131,072 GPUs",
    "the same, simulated for 90 days",
    "checkpoints every 5 min: exact renewal",
    "checkpoints every 60 min: exact renewal",
    "checkpoints every 5 min: simulated against exact renewal",
    "checkpoints every 60 min: simulated against exact renewal",
    "GB200, 2,560",
    "GB200, 5,120",
    "H200, 1,024",
    "first release: training time",
    "first release: ETR",
    "first release: failures",
    "release after its repair fix: training time",
    "release after its repair fix: ETR",
    "release after its repair fix: failures",
    *(f"loss to first order {x:g}: exact renewal" for x in (0.05, 0.1, 0.15, 0.2, 0.25)),
}


def test_what_was_hit_stays_hit() -> None:
    rows = {row.what: row for place in PLACES for row in case(place).rows}
    assert rows.keys() >= MUST
    assert [what for what in MUST if rows[what].verdict is not Verdict.HIT] == []


def test_calibrated_rows_have_no_bar() -> None:
    row = Row(what="x", published=1.0, ours=9.0, kind=Kind.CALIBRATED)
    assert row.verdict is Verdict.NONE


def test_shares_are_compared_in_points() -> None:
    assert Row(what="x", published=0.05, ours=0.07, unit="share").verdict is Verdict.HIT
    assert Row(what="x", published=0.05, ours=0.07, unit="ratio").verdict is Verdict.MISS
    assert Row(what="x", published=0.9, ours=0.99, unit="share", at_least=True).verdict is (
        Verdict.HIT
    )
    assert Row(what="x", published=0.9, ours=0.85, unit="share", at_least=True).verdict is (
        Verdict.MISS
    )
    assert Row(what="x", published=1.0, ours=float("nan")).verdict is Verdict.MISS


def test_the_larger_submissions_are_not_used() -> None:
    """Another result at 2,560 and 5,120 changes no prediction."""
    exposed = mlperf.exposed_s(*mlperf.EARLIER)
    small, large = mlperf.GB200[0], mlperf.GB200[1]
    other = mlperf.Run(large.chips, large.batches, large.batch, large.rate * 0.5)
    assert mlperf.predicted(small, other, exposed) == mlperf.predicted(small, large, exposed)
    assert mlperf.predicted(small, small, exposed) == pytest.approx(small.rate)


def test_two_scales_give_back_what_was_exposed() -> None:
    micro, exposed = 0.2, 0.7
    runs = [
        mlperf.Run(
            chips,
            batches,
            8 * batches,
            8 * batches / (micro * (batches + mlperf.BUBBLE) + exposed) / chips,
        )
        for chips, batches in ((512, 100), (4096, 20))
    ]
    assert mlperf.exposed_s(*runs) == pytest.approx(exposed)


def test_the_causes_of_llama_add_up() -> None:
    assert sum(llama.COUNTS.values()) == llama.UNEXPECTED
