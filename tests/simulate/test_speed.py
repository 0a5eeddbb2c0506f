"""Steps by structure: fewer micro-batches, longer waits; a cap slows what is left."""

from __future__ import annotations

from dataclasses import replace

import pytest

from offtake.errors import OfftakeError
from offtake.simulate.parameters import Network, Parameters, Power, Speed
from offtake.simulate.speed import at_cap, mfu, step

LAW = Parameters(
    speed=Speed(
        mfu_share=0.43,
        reference_count=8192,
        micro_batches_ratio=32.0,
        overhead_ratio=1.875,
        fixed_batch=True,
    )
)


def test_the_law_goes_through_its_reference() -> None:
    assert mfu(LAW, 8192) == pytest.approx(0.43)


def test_doubling_with_a_fixed_batch_doubles_the_wait() -> None:
    assert mfu(LAW, 16_384) / mfu(LAW, 8192) == pytest.approx((1 + 1.875 / 32) / (1 + 1.875 / 16))


def test_a_batch_that_grows_keeps_its_speed() -> None:
    grown = replace(LAW, speed=replace(LAW.speed, fixed_batch=False))
    assert mfu(grown, 1_000_000) == pytest.approx(0.43)


def test_a_batch_that_does_not_fill_is_refused() -> None:
    with pytest.raises(OfftakeError, match="OTK-S010"):
        mfu(LAW, 300_000)


def test_the_network_exposes_by_oversubscription_over_balance() -> None:
    told = Parameters(
        network=Network(oversubscription_ratio=2.0, balance_share=0.5, exposed_share=0.05)
    )
    shares = step(told, 1024)
    assert shares.exposed_share == pytest.approx(0.2 / 1.2)
    assert shares.productive_share + shares.exposed_share + shares.capped_share == 1.0


def test_work_a_joule_is_best_at_four_fifths() -> None:
    caps = [c / 100 for c in range(50, 101)]
    best = max(caps, key=lambda c: at_cap(Power(cap_share=c)) / c)
    assert best == pytest.approx(0.8)


@pytest.mark.parametrize("cap", [0.1, 0.15, 0.4])
def test_a_cap_that_leaves_nothing_is_refused(cap: float) -> None:
    with pytest.raises(OfftakeError, match="OTK-S009"):
        at_cap(Power(cap_share=cap))
