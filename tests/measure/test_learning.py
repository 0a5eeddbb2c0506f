"""What is learned from an operation: worked by hand, exact intervals, sums that hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, poisson

from offtake.errors import OfftakeError
from offtake.files import read
from offtake.measure.learning import interval, learn, with_delays
from offtake.measure.watched import Happening, Run, Watched
from offtake.model.bucket import Bucket
from offtake.model.contract import Contract, Tranche
from offtake.model.event import Event, EventKind
from offtake.model.installation import ClusterSpec
from offtake.model.learned import Failure, Learned
from offtake.model.work import AttemptState

START = datetime(2027, 3, 1, tzinfo=UTC)
ZERO = START.timestamp()
DAY = 86_400.0
CLUSTER = ClusterSpec(id="north", site="narvik", accelerator="H100", accelerator_count=32)
ENDED, VANISHED = AttemptState.ENDED, AttemptState.VANISHED


def run(name: str, began: float, ended: float | None, many: int = 8, **more: Any) -> Run:
    told: dict[str, Any] = {"state": ENDED, "began_at": ZERO + began}
    if ended is not None:
        told |= {"ended_at": ZERO + ended, "metered_s": round((ended - began) * many)}
    return Run(token=name, job=name, cluster="north", accelerators=many, **(told | more))


def happening(seq: int, at: float, kind: str, **body: Any) -> Happening:
    return Happening(seq=seq, cluster="north", at=ZERO + at, kind=kind, body=body)


def learned(*runs: Run, told: tuple[Happening, ...] = (), days: float = 10.0) -> Learned:
    watched = Watched(clusters=(CLUSTER,), runs=runs, happenings=told)
    return learn(watched, (), (), starts=START, ends=START + timedelta(days=days))


def shares(found: Learned) -> dict[Bucket, float]:
    (line,) = found.derating.lines
    return {b: s for b, s in line.bucket_share.items() if s}


def test_a_window_worked_by_hand() -> None:
    told = (
        happening(1, 2 * DAY, "usable", usable=24, was=32, down=["n1"]),
        happening(2, 4 * DAY, "usable", usable=32, was=24, down=[]),
        happening(3, 5 * DAY, "curtailed", usable=16),
        happening(4, 6 * DAY, "curtailed", usable=32),
    )
    found = learned(
        run("whole", 0, 5 * DAY),
        run("gone", 0, None, state=VANISHED, gone_at=ZERO + 2 * DAY, interval_s=DAY * 0.75),
        run("yields", 6 * DAY, 7 * DAY, gave_way=True),
        told=told,
    )
    whole = 10 * 32.0
    assert shares(found) == pytest.approx(
        {
            Bucket.PRODUCTIVE: (5 + 1.5) * 8 / whole,
            Bucket.LOST: (0.5 + 1) * 8 / whole,
            Bucket.DOWN: 2 * 8 / whole,
            Bucket.CAPPED: 1 * 16 / whole,
            Bucket.IDLE: (whole - 8 * 8 - 2 * 8 - 16) / whole,
        }
    )
    (line,) = found.derating.lines
    assert line.goodput_share == pytest.approx(6.5 * 8 / (8 * 8 + 16))
    assert line.up_share == pytest.approx(1 - 16 / whole)
    assert (found.measured, found.attempt_count, found.unmetered_count) == (True, 3, 1)
    assert found.derating.window_hours == 240
    rates = {rate.failure: rate for rate in found.failures}
    node, gone = rates[Failure.NODE], rates[Failure.ATTEMPT]
    assert (node.failure_count, node.watched_node_days) == (1, 40)
    assert node.mean_per_1000_node_days == pytest.approx(25)
    assert node.low_per_1000_node_days == pytest.approx(25 * 0.025318, rel=1e-4)
    assert node.high_per_1000_node_days == pytest.approx(25 * 5.571643, rel=1e-6)
    assert rates[Failure.CLUSTER].failure_count == 0
    assert rates[Failure.CLUSTER].high_per_1000_node_days == pytest.approx(25 * 3.688879, rel=1e-6)
    assert (gone.failure_count, gone.watched_node_days) == (1, 8)


def test_a_run_on_a_lost_cluster_ends_where_the_cluster_was_lost() -> None:
    told = (happening(1, 3 * DAY, "outage", since=ZERO + 2 * DAY), happening(2, 4 * DAY, "ok"))
    gone = run("gone", DAY, None, state=VANISHED, gone_at=ZERO + 3 * DAY, interval_s=0.0)
    found = learned(gone, told=told)
    assert shares(found)[Bucket.PRODUCTIVE] == pytest.approx(8 / 320)
    assert shares(found)[Bucket.DOWN] == pytest.approx(2 * 32 / 320)
    rates = {rate.failure: rate.failure_count for rate in found.failures}
    assert rates == {Failure.NODE: 0, Failure.CLUSTER: 1, Failure.ATTEMPT: 1}


def test_errors_of_a_job_and_what_still_runs_are_no_loss() -> None:
    found = learned(run("fails", 0, DAY), run("runs", 9 * DAY, None, state=AttemptState.BEGUN))
    assert shares(found)[Bucket.PRODUCTIVE] == pytest.approx(16 / 320)
    assert Bucket.LOST not in shares(found)


def test_what_was_drained_or_not_delivered_is_told_apart() -> None:
    told = (
        happening(1, 0, "delivered", usable=16),
        happening(2, 5 * DAY, "drained"),
        happening(3, 6 * DAY, "resumed"),
    )
    found = learned(run("one", 5 * DAY, 6 * DAY), told=told)
    assert shares(found)[Bucket.DRAINED] == pytest.approx(8 / 160)
    assert shares(found)[Bucket.PRODUCTIVE] == pytest.approx(8 / 160)


def test_nothing_to_learn_from_is_said() -> None:
    with pytest.raises(OfftakeError, match="OTK-E120"):
        learn(Watched(clusters=(CLUSTER,)), (), (), ends=START)
    with pytest.raises(OfftakeError, match="OTK-E121"):
        learned(run("a", 0, 9 * DAY, 32), run("b", 0, 9 * DAY, 32))


@given(st.integers(0, 500), st.floats(0.5, 0.999))
def test_the_interval_is_the_exact_one(count: int, confidence: float) -> None:
    low, high = interval(count, confidence)
    tail = (1 - confidence) / 2
    assert low == pytest.approx(chi2.ppf(tail, 2 * count) / 2 if count else 0.0)
    assert high == pytest.approx(chi2.ppf(1 - tail, 2 * count + 2) / 2)
    assert poisson.cdf(count, high) == pytest.approx(tail)


spans_ = st.tuples(st.floats(0, 9), st.floats(0.01, 3), st.sampled_from([ENDED, VANISHED]))


@given(
    st.lists(spans_, max_size=4),
    st.lists(st.tuples(st.floats(0, 10), st.sampled_from([0, 8, 24, 32])), max_size=6),
)
def test_accelerator_time_adds_up_to_what_was_delivered(
    runs: list[tuple[float, float, AttemptState]], told: list[tuple[float, int]]
) -> None:
    made = [
        run(str(i), a * DAY, (a + b) * DAY if s is ENDED else None, state=s)
        if s is ENDED
        else run(str(i), a * DAY, None, state=s, gone_at=ZERO + (a + b) * DAY)
        for i, (a, b, s) in enumerate(runs)
    ]
    steps = [happening(i, at * DAY, "usable", usable=n) for i, (at, n) in enumerate(sorted(told))]
    found = learned(run("sure", 0, 9 * DAY, 1), *made[:3], told=tuple(steps))
    (line,) = found.derating.lines
    assert sum(line.bucket_share.values()) == pytest.approx(1.0)
    assert all(share >= 0 for share in line.bucket_share.values())


T1 = Tranche(id="t1", site="narvik", due=date(2027, 3, 1), term_months=12)
LEASE = Contract(
    id="lease",
    seller="a",
    buyer="b",
    tranches=(T1, replace(T1, id="t2"), replace(T1, id="t3"), replace(T1, id="t4")),
)


def accepted(tranche: str, day: int) -> Event:
    when = START + timedelta(days=day)
    path = (f"lease.{tranche}",)
    return Event(id=tranche, kind=EventKind.ACCEPTED, starts=when, recorded=when, tranches=path)


def test_delays_are_those_of_tranches_accepted_late() -> None:
    watched = Watched(clusters=(CLUSTER,), runs=(run("one", 0, DAY),))
    events = (accepted("t1", 0), accepted("t2", 4), accepted("t3", 9))
    found = learn(watched, (LEASE,), events, starts=START, ends=START + timedelta(days=30))
    late = {each.tranche: each.late_days for each in found.tranches}
    assert late == {"t1": 0, "t2": 4, "t3": 9, "t4": 30}
    process = found.delay
    assert process is not None
    assert process.late_share == 0.75
    assert process.median_days == pytest.approx(6.0)
    assert process.log_sigma == pytest.approx(0.5734, abs=1e-4)
    few = learn(watched, (LEASE,), events[:2], starts=START, ends=START + timedelta(days=30))
    assert few.delay is None


def test_a_portfolio_takes_the_delays_over() -> None:
    small = read("worlds/june-chain")
    watched = Watched(clusters=(CLUSTER,), runs=(run("one", 0, DAY),))
    ends = START + timedelta(days=30)
    events = (accepted("t2", 4), accepted("t3", 9))
    found = learn(watched, (LEASE,), events, starts=START, ends=ends)
    once = with_delays(small, found)
    assert once.uncertainty.default_delay == "learned"
    assert with_delays(once, found) == once
    assert with_delays(small, replace(found, delay=None)) is small
