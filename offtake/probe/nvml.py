"""Power, clocks and errors of NVIDIA's accelerators, through NVML (nvidia-ml-py).

The only module that imports pynvml; `sensors` asks for it where it is installed. Xids are
counted from when this was made, by the events NVML sends; memory errors since the driver
was loaded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pynvml

from offtake.model.evidence import CLOCK, CORRECTED, POWER, UNCORRECTED, XID
from offtake.probe.port import Sample

Refused = pynvml.NVMLError


class Nvml:
    """The accelerators of this node, in the order of NVML."""

    def __init__(self) -> None:
        pynvml.nvmlInit()
        count = pynvml.nvmlDeviceGetCount()
        self._handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(count)]
        self._xids: Counter[str] = Counter()
        self._deaf = ""
        try:
            self._events = pynvml.nvmlEventSetCreate()
            for handle in self._handles:
                pynvml.nvmlDeviceRegisterEvents(
                    handle, pynvml.nvmlEventTypeXidCriticalError, self._events
                )
        except Refused as error:
            self._deaf = f"NVML tells no Xids: {error}"

    def sample(self) -> tuple[Sample, ...]:
        """Give what each accelerator's power, clock and counters are now."""
        self._listen()
        return tuple(self._all())

    def _all(self) -> Iterator[Sample]:
        ecc, since = pynvml.nvmlDeviceGetTotalEccErrors, pynvml.NVML_VOLATILE_ECC
        for index, handle in enumerate(self._handles):
            part = f"gpu{index}"
            watts = _asked(pynvml.nvmlDeviceGetPowerUsage, handle)
            yield _sample(POWER, "W", part, watts, 1e-3)
            clock = _asked(pynvml.nvmlDeviceGetClockInfo, handle, pynvml.NVML_CLOCK_SM)
            yield _sample(CLOCK, "MHz", part, clock)
            kinds = (
                (CORRECTED, pynvml.NVML_MEMORY_ERROR_TYPE_CORRECTED),
                (UNCORRECTED, pynvml.NVML_MEMORY_ERROR_TYPE_UNCORRECTED),
            )
            for name, kind in kinds:
                yield _sample(name, "errors", part, _asked(ecc, handle, kind, since))
            seen: int | str = self._deaf or self._xids[self._bus(handle)]
            yield _sample(XID, "errors", part, seen)

    def _listen(self) -> None:
        """Count the Xids that came since the last time."""
        while not self._deaf:
            try:
                event = pynvml.nvmlEventSetWait_v2(self._events, 0)
            except pynvml.NVMLError_Timeout:
                return
            except Refused as error:
                self._deaf = f"NVML tells no Xids: {error}"
                return
            self._xids[self._bus(event.device)] += 1

    @staticmethod
    def _bus(handle: Any) -> str:
        return str(pynvml.nvmlDeviceGetPciInfo(handle).busId)


def _asked(question: Callable[..., int], *words: Any) -> int | str:
    """Give an answer of NVML, or why there is none."""
    try:
        return question(*words)
    except Refused as error:
        return str(error)


def _sample(name: str, metric: str, part: str, said: int | str, scale: float = 1.0) -> Sample:
    if isinstance(said, str):
        return Sample(name, metric, part, None, said)
    return Sample(name, metric, part, said * scale)
