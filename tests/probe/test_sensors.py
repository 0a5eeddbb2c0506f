"""Power, clocks and counters of a processor, from files as Linux has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from offtake.model.evidence import CLOCK, CORRECTED, POWER, UNCORRECTED, XID
from offtake.probe.sensors import UNITS, Linux, Silent


def put(root: Path, name: str, text: object) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n", encoding="ascii")


def sampled(sensors: Linux | Silent) -> dict[str, float | None]:
    found = sensors.sample()
    assert all((one.amount is None) == bool(one.unknown) for one in found)
    assert {one.name: one.metric for one in found} == UNITS
    return {one.name: one.amount for one in found}


def test_a_machine_that_tells_nothing_is_unknown_throughout(tmp_path: Path) -> None:
    assert set(sampled(Linux(tmp_path)).values()) == {None}
    assert set(sampled(Silent("no driver")).values()) == {None}


def test_power_is_energy_over_time_of_all_packages(tmp_path: Path) -> None:
    rapl = "class/powercap/intel-rapl"
    put(tmp_path, f"{rapl}:0/energy_uj", 10_000_000)
    put(tmp_path, f"{rapl}:1/energy_uj", 990_000_000)
    put(tmp_path, f"{rapl}:0:0/energy_uj", 5)
    ticks = iter([100.0, 102.0, 103.0])
    sensors = Linux(tmp_path, lambda: next(ticks))
    assert sampled(sensors)[POWER] is None
    put(tmp_path, f"{rapl}:0/energy_uj", 310_000_000)
    put(tmp_path, f"{rapl}:1/energy_uj", 999_000_000)
    assert sampled(sensors)[POWER] == pytest.approx((300 + 9) / 2)
    put(tmp_path, f"{rapl}:1/energy_uj", 1_000_000)
    assert sampled(sensors)[POWER] is None


def test_an_energy_counter_that_wrapped_goes_on_where_its_range_is_known(tmp_path: Path) -> None:
    put(tmp_path, "class/powercap/intel-rapl:0/energy_uj", 90_000_000)
    put(tmp_path, "class/powercap/intel-rapl:0/max_energy_range_uj", 100_000_000)
    ticks = iter([0.0, 1.0])
    sensors = Linux(tmp_path, lambda: next(ticks))
    sampled(sensors)
    put(tmp_path, "class/powercap/intel-rapl:0/energy_uj", 40_000_000)
    assert sampled(sensors)[POWER] == pytest.approx(50)


def test_the_slowest_clock_and_the_sum_of_errors_count(tmp_path: Path) -> None:
    put(tmp_path, "devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", 3_500_000)
    put(tmp_path, "devices/system/cpu/cpu1/cpufreq/scaling_cur_freq", 2_100_000)
    for place, count in enumerate((3, 4)):
        put(tmp_path, f"devices/system/edac/mc/mc{place}/ce_count", count)
        put(tmp_path, f"devices/system/edac/mc/mc{place}/ue_count", 0)
    found = sampled(Linux(tmp_path))
    assert (found[CLOCK], found[CORRECTED], found[UNCORRECTED]) == (2100, 7, 0)
    assert found[XID] is None


def test_a_counter_that_cannot_be_read_is_unknown(tmp_path: Path) -> None:
    put(tmp_path, "devices/system/edac/mc/mc0/ce_count", "many")
    assert sampled(Linux(tmp_path))[CORRECTED] is None
