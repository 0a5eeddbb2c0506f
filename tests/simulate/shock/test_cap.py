"""Power caps: theory where nothing fails, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from offtake.errors import OfftakeError
from offtake.simulate.parameters import Power
from offtake.simulate.shock import caps
from tests.simulate.scenes import calm


def test_without_idling_the_best_cap_is_that_of_theory() -> None:
    made = caps(calm(), hours=24.0, replications=2)
    assert made.best_share == 0.8  # √(1 − 1/loss) of a loss of 25/9
    assert made.best_replications_share == 1.0
    assert made.unclosed < 1e-9
    full = made.runs[-1]
    assert full.cap_share == 1.0
    # 16 nodes of 8 at 1 kW, and 0.4 of 989 TFLOP/s each for those watts.
    assert full.work_hours.mean == pytest.approx(16 * 8 * 24.0, rel=0.02)
    assert full.energy_mwh.mean == pytest.approx(0.128 * 24.0, rel=0.02)
    assert full.tflops_per_watt.mean == pytest.approx(0.4 * 989.0 / 1000.0, rel=1e-3)
    best = next(run for run in made.runs if run.cap_share == 0.8)
    assert best.speed_share == pytest.approx(8.0 / 9.0)
    assert best.tflops_per_watt.mean == pytest.approx(0.3956 * (8.0 / 9.0) / 0.8, rel=1e-3)


def test_a_higher_cap_never_does_less_and_never_draws_less() -> None:
    runs = caps(calm(), hours=24.0, replications=1).runs
    work = [run.work_hours.mean for run in runs]
    energy = [run.energy_mwh.mean for run in runs]
    assert (work, energy) == (sorted(work), sorted(energy))


def test_the_interval_is_of_the_replications() -> None:
    one, many = (caps(calm(), (1.0,), hours=12.0, replications=n).runs[0] for n in (1, 6))
    assert one.work_hours.half_width == 0.0
    assert many.work_hours.half_width > 0.0


def test_all_wrong_caps_are_told_of() -> None:
    with pytest.raises(OfftakeError) as caught:
        caps(calm(), (0.0, 0.9, 0.9, 1.5))
    assert [fault.code for fault in caught.value.faults] == ["OTK-S047"] * 3
    with pytest.raises(OfftakeError, match="OTK-S047"):
        caps(calm(), ())
    power = Power(tdp_watts=1000.0, idle_share=0.5)
    scene = calm(parameters=replace(calm().parameters, power=power))
    with pytest.raises(OfftakeError) as caught:
        caps(scene, (0.45, 0.5, 0.8))
    assert [fault.code for fault in caught.value.faults] == ["OTK-S009"] * 2


def test_it_is_asked_for_once_or_more() -> None:
    with pytest.raises(OfftakeError, match="OTK-S049"):
        caps(calm(), replications=0)
