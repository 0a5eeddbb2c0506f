"""What NVML answers becomes samples; what it refuses is unknown. Its answers are made up here."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from offtake.model.evidence import CLOCK, CORRECTED, POWER, UNCORRECTED, XID

pynvml = pytest.importorskip("pynvml", reason="nvidia-ml-py is not installed")

from offtake.probe import nvml  # noqa: E402 - needs the module above


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Two accelerators; the second tells no power. Xids are those in the list."""
    said: dict[str, Any] = {"xids": [], "ecc": {0: 3, 1: 0}, "deaf": False}

    def refused(code: int) -> Any:
        raise pynvml.NVMLError(code)

    def waited(events: object, timeout: int) -> object:
        if not said["xids"]:
            refused(pynvml.NVML_ERROR_TIMEOUT)
        return SimpleNamespace(device=said["xids"].pop())

    def registered(handle: int, kinds: int, events: object) -> None:
        if said["deaf"]:
            refused(pynvml.NVML_ERROR_NOT_SUPPORTED)

    answers = {
        "nvmlInit": lambda: None,
        "nvmlDeviceGetCount": lambda: 2,
        "nvmlDeviceGetHandleByIndex": lambda index: index,
        "nvmlEventSetCreate": lambda: "events",
        "nvmlDeviceRegisterEvents": registered,
        "nvmlEventSetWait_v2": waited,
        "nvmlDeviceGetPciInfo": lambda handle: SimpleNamespace(busId=f"0000:{handle}"),
        "nvmlDeviceGetPowerUsage": lambda handle: (
            refused(pynvml.NVML_ERROR_NOT_SUPPORTED) if handle else 650_500
        ),
        "nvmlDeviceGetClockInfo": lambda handle, kind: 1980,
        "nvmlDeviceGetTotalEccErrors": lambda handle, kind, since: (
            said["ecc"][handle] if kind == pynvml.NVML_MEMORY_ERROR_TYPE_CORRECTED else 0
        ),
    }
    for name, answer in answers.items():
        monkeypatch.setattr(pynvml, name, answer)
    return said


def test_each_accelerator_tells_in_our_units(driver: dict[str, Any]) -> None:
    found = {(one.name, one.part): one for one in nvml.Nvml().sample()}
    assert found[POWER, "gpu0"].amount == pytest.approx(650.5)
    assert found[CLOCK, "gpu1"].amount == 1980
    assert found[CORRECTED, "gpu0"].amount == 3
    assert found[UNCORRECTED, "gpu0"].amount == 0
    assert found[POWER, "gpu1"].amount is None
    assert found[POWER, "gpu1"].unknown == "Not Supported"


def test_xids_are_counted_for_the_accelerator_they_are_of(driver: dict[str, Any]) -> None:
    sensors = nvml.Nvml()
    driver["xids"] = [1, 1]
    first = {one.part: one.amount for one in sensors.sample() if one.name == XID}
    driver["xids"] = [0]
    second = {one.part: one.amount for one in sensors.sample() if one.name == XID}
    assert (first, second) == ({"gpu0": 0, "gpu1": 2}, {"gpu0": 1, "gpu1": 2})


def test_where_nvml_tells_no_xids_they_are_unknown(driver: dict[str, Any]) -> None:
    driver["deaf"] = True
    found = [one for one in nvml.Nvml().sample() if one.name == XID]
    assert [one.amount for one in found] == [None, None]
    assert all("Not Supported" in one.unknown for one in found)
