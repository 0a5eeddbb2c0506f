"""Curtailments: what theory says they cost, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from offtake.errors import OfftakeError
from offtake.model.bucket import Bucket
from offtake.model.fleet import Budget
from offtake.simulate.shock import Curtailment, curtail
from tests.simulate.scenes import calm, cluster, small


def test_a_cut_of_a_quarter_costs_what_the_law_of_speed_says() -> None:
    made = curtail(calm(), Curtailment(at_hours=6.0), hours=24.0, replications=2)
    assert (made.full_it_mw, made.allowed_it_mw) == pytest.approx((0.128, 0.096))
    # 128 accelerators for 3 h at a cap of 3/4: 25/9 / 16 of their speed.
    lost = 128 * 3.0 * 25.0 / 9.0 / 16.0
    assert made.change.buckets[Bucket.CAPPED].mean == pytest.approx(lost, rel=0.03)
    assert made.lost_hours.mean == pytest.approx(lost, rel=0.05)
    assert made.lost_meanwhile_hours.mean == pytest.approx(lost, rel=0.05)
    assert made.change.energy_mwh.mean == pytest.approx(-0.032 * 3.0, rel=0.05)
    assert made.unclosed < 1e-9


def test_what_the_buckets_change_adds_up_to_the_change_of_capacity() -> None:
    made = curtail(small(), Curtailment(cluster="south"), hours=48.0, replications=3)
    assert made.cluster == "south"
    assert made.change.capacity.mean == 0.0
    total = sum(mean.mean for mean in made.change.buckets.values())
    assert total == pytest.approx(0.0, abs=1e-6)


def test_a_deeper_cut_costs_more() -> None:
    lost = [
        curtail(
            calm(), Curtailment(cut_share=cut, at_hours=6.0), hours=24.0, replications=1
        ).lost_hours.mean
        for cut in (0.1, 0.25, 0.4, 0.6)
    ]
    assert lost == sorted(lost)


def faults(scene: object, told: Curtailment, hours: float = 24.0) -> list[str]:
    with pytest.raises(OfftakeError) as caught:
        curtail(scene, told, hours=hours, replications=1)  # type: ignore[arg-type]
    return [fault.code for fault in caught.value.faults]


def test_what_cannot_be_is_refused() -> None:
    assert faults(calm(), Curtailment(cluster="nowhere")) == ["OTK-S045"]
    assert faults(calm(), Curtailment(at_hours=22.0)) == ["OTK-S046"]
    assert faults(calm(), Curtailment(at_hours=2.0, lasts_hours=0.0)) == ["OTK-S046"]
    assert faults(calm(), Curtailment(at_hours=2.0, cut_share=0.9)) == ["OTK-S120"]
    limited = replace(cluster("here", 16), budgets=(Budget(from_hours=0.0),))
    assert faults(calm(clusters=(limited,)), Curtailment(at_hours=2.0)) == ["OTK-S052"]
    with pytest.raises(OfftakeError, match="OTK-F120"):
        Curtailment(cut_share=1.5)
