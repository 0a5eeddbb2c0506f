"""A training run: its days by hand where nothing fails, its choices where something does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from offtake.errors import OfftakeError
from offtake.model.bucket import Bucket
from offtake.simulate.closed import renewal
from offtake.simulate.parameters import Checkpoint, Interval, Parameters, Power, Recovery, Spares
from offtake.simulate.train import Trained, Training, best_minutes, train
from tests.simulate.clusters import COUNT, cluster

RUN = Training(
    accelerators_count=COUNT, model_billions=70.0, tokens_billions=15_000.0, peak_tflops=989.0
)
CLUSTER = cluster(checkpoint=Checkpoint(interval=Interval.YOUNG_DALY, write_s=60.0))


def made(told: Parameters = CLUSTER, training: Training = RUN, **more: Any) -> Trained:
    return train(told, training, replications=40, **more)


def test_undisturbed_days_are_six_parameters_tokens_over_speed() -> None:
    found = made()
    speed = COUNT * 989e12 * 0.4
    assert found.undisturbed_days == pytest.approx(6 * 70e9 * 15e12 / speed / 86_400)
    assert found.days.low > found.undisturbed_days


def test_days_agree_with_the_closed_form_where_spares_suffice() -> None:
    found = made(replace(CLUSTER, spares=Spares(standby_count=40)))
    told = replace(found.parameters, spares=Spares())
    wanted = found.undisturbed_days / renewal(told, COUNT).ettr
    assert found.days.mean == pytest.approx(wanted, rel=0.01)


def test_the_interval_is_the_best_there_is() -> None:
    found = made()
    assert found.interval_minutes == pytest.approx(best_minutes(CLUSTER, COUNT))
    ratios = dict(found.by_interval)
    assert max(ratios, key=lambda minutes: ratios[minutes]) == pytest.approx(found.interval_minutes)


def test_an_interval_that_is_given_is_kept() -> None:
    fixed = replace(CLUSTER, checkpoint=Checkpoint(interval_minutes=45.0, write_s=60.0))
    assert made(fixed).interval_minutes == 45.0


def test_spares_are_as_many_as_asked_for() -> None:
    few = made(training=replace(RUN, short_share=0.2))
    many = made(training=replace(RUN, short_share=0.001))
    assert few.spares < many.spares
    assert few.outcome.shares[Bucket.FRAGMENTATION] > many.outcome.shares[Bucket.FRAGMENTATION]
    shares = [share for _, share in many.by_spares]
    assert shares == sorted(shares, reverse=True)


def test_nodes_that_fail_twice_as_often_keep_less() -> None:
    found = made()
    assert [ratio for ratio, _ in found.by_rate] == [0.5, 1.0, 2.0]
    shares = [share for _, share in found.by_rate]
    assert shares == sorted(shares, reverse=True)


def test_a_cap_takes_longer_and_says_where_the_time_went() -> None:
    capped = made(replace(CLUSTER, power=Power(cap_share=0.8)))
    assert capped.undisturbed_days == pytest.approx(made().undisturbed_days / (1 - 25 / 9 * 0.04))
    assert capped.outcome.shares[Bucket.CAPPED] > 0.05


def test_without_a_closed_form_its_tables_are_empty() -> None:
    apart = replace(CLUSTER, recovery=replace(CLUSTER.recovery, remote_share=0.0))
    lemons = replace(apart, lemons=replace(apart.lemons, lemon_share=0.1, hazard_ratio=5.0))
    found = made(lemons)
    assert found.by_interval == found.by_rate == ()


def test_a_run_that_failures_undo_is_named() -> None:
    hopeless = replace(
        CLUSTER,
        checkpoint=Checkpoint(interval_minutes=3000.0),
        recovery=Recovery(restart_minutes=60.0),
    )
    with pytest.raises(OfftakeError, match=r"OTK-S006 .*the first of 40 replications did not end"):
        made(hopeless)
