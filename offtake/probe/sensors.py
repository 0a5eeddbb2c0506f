"""Power, clocks and error counters of a machine: NVML on accelerators, Linux on processors.

What no sensor tells is unknown, with the reason; it is never 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

from offtake.model.evidence import CLOCK, CORRECTED, POWER, UNCORRECTED, XID
from offtake.probe.port import Sample, Sensors

ERRORS = (CORRECTED, UNCORRECTED, XID)
"""Counters: what they rose by while the probe ran is what counts."""
UNITS = {POWER: "W", CLOCK: "MHz", **dict.fromkeys(ERRORS, "errors")}


def sensors(accelerated: bool) -> Sensors:
    """Give the sensors of what a device runs on."""
    if not accelerated:
        return Linux()
    if find_spec("pynvml") is None:
        return Silent("nvidia-ml-py is not installed")
    nvml: Any = import_module("offtake.probe.nvml")
    try:
        found: Sensors = nvml.Nvml()
    except nvml.Refused as error:
        return Silent(f"NVML does not answer: {error}")
    return found


class Silent:
    """Sensors that are not there: all is unknown, for one reason."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def sample(self) -> tuple[Sample, ...]:
        """Give every name, unknown."""
        return tuple(Sample(name, unit, "", None, self._reason) for name, unit in UNITS.items())


class Linux:
    """Processors under Linux: RAPL's energy, the clocks of cpufreq, the counters of EDAC.

    Power is what the packages' energy counters rose by since the last sample over the time
    between; so a first sample knows none.

    Args:
        root: where `/sys` is; another folder in tests.
        clock: tells seconds.
    """

    def __init__(
        self, root: Path = Path("/sys"), clock: Callable[[], float] = perf_counter
    ) -> None:
        self._root = root
        self._clock = clock
        self._last: tuple[float, tuple[int, ...]] | None = None

    def sample(self) -> tuple[Sample, ...]:
        """Give what power, clocks and counters are now."""
        memory = "devices/system/edac/mc/mc*/"
        return (
            self._power(),
            self._clocks(),
            self._count(CORRECTED, memory + "ce_count"),
            self._count(UNCORRECTED, memory + "ue_count"),
            Sample(XID, UNITS[XID], "", None, "a processor has none"),
        )

    def _power(self) -> Sample:
        packages = sorted(self._root.glob("class/powercap/intel-rapl:[0-9]*"))
        packages = [path for path in packages if path.name.count(":") == 1]
        energy = _numbers([path / "energy_uj" for path in packages])
        if energy is None:
            return Sample(POWER, "W", "", None, "no RAPL that may be read")
        now, last = self._clock(), self._last
        self._last = (now, energy)
        if last is None or now <= last[0] or len(last[1]) != len(energy):
            return Sample(POWER, "W", "", None, "one reading of energy tells no power")
        most = _numbers([path / "max_energy_range_uj" for path in packages])
        rises = [after - before for before, after in zip(last[1], energy, strict=True)]
        if min(rises) < 0 and most is None:
            return Sample(POWER, "W", "", None, "an energy counter began anew")
        if most is not None:
            rises = [r if r >= 0 else r + full for r, full in zip(rises, most, strict=True)]
        return Sample(POWER, "W", "", sum(rises) / 1e6 / (now - last[0]))

    def _clocks(self) -> Sample:
        pattern = "devices/system/cpu/cpu[0-9]*/cpufreq/scaling_cur_freq"
        found = _numbers(sorted(self._root.glob(pattern)))
        if found is None:
            return Sample(CLOCK, "MHz", "", None, "no cpufreq on this machine")
        return Sample(CLOCK, "MHz", "", min(found) / 1000)

    def _count(self, name: str, pattern: str) -> Sample:
        found = _numbers(sorted(self._root.glob(pattern)))
        if found is None:
            return Sample(name, UNITS[name], "", None, "no EDAC on this machine")
        return Sample(name, UNITS[name], "", float(sum(found)))


def _numbers(paths: Sequence[Path]) -> tuple[int, ...] | None:
    """Read a whole number from each file; None where there is none, or one cannot be read."""
    try:
        return tuple(int(path.read_text(encoding="ascii")) for path in paths) or None
    except (OSError, ValueError):
        return None
