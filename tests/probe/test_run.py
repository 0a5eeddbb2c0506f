"""One run of the probe: figures of a device that is known, and of this machine's processor."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from offtake.model.clause import Scope
from offtake.model.evidence import (
    CLOCK,
    COPY,
    CORRECTED,
    POWER,
    REDUCE,
    TRIAD,
    XID,
    Evidence,
    Measured,
)
from offtake.probe.port import Sample, Sensors
from offtake.probe.processor import Processor
from offtake.probe.run import Sizes, probe
from offtake.probe.sensors import Linux, Silent
from offtake.probe.twin import Told, Twin
from tests.probe.leased import MORNING, RATES, SIZES, evidence


def one(made: Evidence, name: str, scope: Scope = Scope.NODE, part: str = "") -> Measured:
    found = [m for m in made.measured if (m.name, m.scope, m.part) == (name, scope, part)]
    assert len(found) == 1, (name, scope, part)
    return found[0]


def ran(device: Twin, sensors: Sensors) -> Evidence:
    return probe("n1", device, sensors, SIZES, lambda: MORNING)


def test_work_over_time_gives_back_the_rate_of_each_accelerator_and_of_all() -> None:
    made = evidence("n513")
    node = one(made, "matrix-multiply bf16")
    assert node.metric == "TFLOP/s"
    assert float(node.median_amount or 0) == pytest.approx(8 * 700, rel=0.02)
    assert node.repetition_count == 5
    assert node.least_amount is not None
    assert node.most_amount is not None
    assert node.median_amount is not None
    assert node.least_amount <= node.median_amount <= node.most_amount
    gpu = one(made, "matrix-multiply bf16", Scope.GPU, "gpu7")
    assert float(gpu.median_amount or 0) == pytest.approx(700, rel=0.02)
    assert float(one(made, COPY).median_amount or 0) == pytest.approx(32_000, rel=0.02)


def test_a_node_is_as_fast_as_its_slowest_accelerator_lets_it_be() -> None:
    slow = evidence("n513", slowness={"gpu3": 2.0})
    node = one(slow, "matrix-multiply bf16").median_amount
    assert float(node or 0) == pytest.approx(8 * 350, rel=0.02)
    fast = one(slow, "matrix-multiply bf16", Scope.GPU, "gpu2").median_amount
    assert float(fast or 0) == pytest.approx(700, rel=0.02)


def test_what_cannot_be_measured_is_unknown_with_its_reason_never_zero() -> None:
    made = evidence("n513")
    for name in ("matrix-multiply fp64", TRIAD, REDUCE, POWER, CLOCK, XID):
        found = one(made, name)
        assert found.median_amount is None
        assert found.least_amount is None
        assert found.unknown
        assert found.repetition_count == 0


def test_power_is_the_middle_under_load_and_counters_what_they_rose_by() -> None:
    def said(watts: float | None, corrected: float, xids: float | None) -> tuple[Sample, ...]:
        return (
            Sample(POWER, "W", "gpu0", watts, "" if watts else "asleep"),
            Sample(CORRECTED, "errors", "gpu0", corrected),
            Sample(XID, "errors", "gpu0", xids, "" if xids is not None else "deaf"),
        )

    told = Told((said(90, 7, None), said(650, 8, 0), said(700, 8, 0), said(80, 9, 0)))
    sizes = replace(SIZES, load_s=0.5)
    made = probe("n1", Twin(RATES, spread_share=0.0), told, sizes, lambda: MORNING)
    power = one(made, POWER, Scope.GPU, "gpu0")
    assert (power.median_amount, power.most_amount) == (Decimal(675), Decimal(700))
    assert one(made, CORRECTED, Scope.GPU, "gpu0").median_amount == 2
    assert one(made, XID, Scope.GPU, "gpu0").unknown == "deaf"


def test_a_counter_that_fell_is_unknown() -> None:
    told = Told(tuple((Sample(CORRECTED, "errors", "gpu0", amount),) for amount in (5.0, 5.0, 1.0)))
    made = ran(Twin(RATES), told)
    assert one(made, CORRECTED, Scope.GPU, "gpu0").unknown == "the counter began anew"


def test_a_device_that_can_do_nothing_leaves_all_unknown() -> None:
    made = ran(Twin({}), Silent("none"))
    assert {m.median_amount for m in made.measured} == {None}
    assert all(m.unknown for m in made.measured)


def test_the_run_lies_between_whole_seconds() -> None:
    ticks = iter([MORNING + timedelta(seconds=0.7), MORNING + timedelta(seconds=61.2)])
    made = probe("n1", Twin(RATES), Silent("none"), SIZES, lambda: next(ticks))
    assert made.starts == MORNING
    assert made.ends == MORNING + timedelta(seconds=62)


def test_this_machine_is_measured_for_real() -> None:
    sizes = Sizes(
        matrix=64, memory_mb=1, reduce_mb=1, repetitions=3, repetition_s=0.001, load_s=0.01
    )
    made = probe("here", Processor(), Linux(), sizes, lambda: datetime.now(UTC))
    for name in ("matrix-multiply fp64", "matrix-multiply fp32", COPY, TRIAD, REDUCE):
        found = one(made, name)
        assert found.median_amount is not None, found.unknown
        assert found.median_amount > 0
        assert found.repetition_count == 3
    assert "BLAS" in one(made, "matrix-multiply bf16").unknown
    assert made.part_count == 1
    assert not [m for m in made.measured if m.scope is Scope.GPU]
