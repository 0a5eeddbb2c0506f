"""Accelerators as a device, through PyTorch; its processor too where there is none.

Besides `collective` the only module that imports torch, no dependency of offtake: `devices` asks
for this one where it is installed. Work is put in the queue of every accelerator before any
is waited for, so all of them are under load at once, and each times itself by its events.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from time import perf_counter

import torch

from offtake.probe.port import Kernel, Precision, UnableError
from offtake.probe.processor import model_name

_KINDS = {
    "fp64": torch.float64,
    "fp32": torch.float32,
    "bf16": torch.bfloat16,
    "fp16": torch.float16,
}
_REFUSED = (RuntimeError, NotImplementedError, TypeError, AttributeError, ValueError)
"""What torch raises where a device cannot do something."""
_MB = 1_000_000


class Torch:
    """All accelerators torch sees on this node, or its processor."""

    def __init__(self) -> None:
        torch.set_float32_matmul_precision("highest")  # fp32 is fp32, not TF32
        self.accelerated = torch.cuda.is_available()
        count = torch.cuda.device_count() if self.accelerated else 1
        self.parts = tuple(f"gpu{i}" for i in range(count)) if self.accelerated else ("cpu",)
        self._places = [
            torch.device("cuda", index) if self.accelerated else torch.device("cpu")
            for index in range(count)
        ]
        self.name = torch.cuda.get_device_name(0) if self.accelerated else model_name()
        below = f", CUDA {torch.version.cuda}" if torch.version.cuda else ""
        below = f", ROCm {torch.version.hip}" if torch.version.hip else below
        self.software = f"torch {torch.__version__}{below}"

    def matmul(self, precision: Precision, size: int, seed: int) -> Kernel:
        """Give a kernel of one product on every part.

        Raises:
            UnableError: the device has no such precision, or no room.
        """
        if precision == "fp8" and not self.accelerated:
            raise UnableError("a processor only imitates fp8")
        try:
            works = [self._product(precision, size, seed, place) for place in self._places]
            for work in works:
                work()
            self._wait()
        except _REFUSED as error:
            raise UnableError(f"no {precision} on this device: {_first_line(error)}") from None
        return self._timed(works)

    def _product(
        self, precision: Precision, size: int, seed: int, place: torch.device
    ) -> Callable[[], object]:
        source = torch.Generator(device=place).manual_seed(seed)
        left = torch.randn(size, size, generator=source, device=place)
        right = torch.randn(size, size, generator=source, device=place)
        if precision == "fp8":
            kind = torch.float8_e4m3fnuz if torch.version.hip else torch.float8_e4m3fn
            one = torch.ones((), device=place)
            a, b = left.to(kind), right.to(kind).t()  # cuBLAS wants the second by columns
            return lambda: torch._scaled_mm(
                a, b, scale_a=one, scale_b=one, out_dtype=torch.bfloat16
            )
        a, b = left.to(_KINDS[precision]), right.to(_KINDS[precision])
        out = torch.empty_like(a)
        return lambda: torch.matmul(a, b, out=out)

    def copy(self, megabytes: int) -> Kernel:
        """Give a kernel that copies within the memory of every part.

        Raises:
            UnableError: there is no room for it.
        """

        def work(place: torch.device) -> Callable[[], object]:
            source = torch.ones(megabytes * _MB // 4, device=place)
            target = torch.empty_like(source)
            return lambda: target.copy_(source)

        return self._moved(work)

    def triad(self, megabytes: int) -> Kernel:
        """Give a kernel of `a = b + s · c` on every part.

        Raises:
            UnableError: there is no room for it.
        """

        def work(place: torch.device) -> Callable[[], object]:
            b = torch.ones(megabytes * _MB // 4, device=place)
            c, a = torch.full_like(b, 2.0), torch.empty_like(b)
            return lambda: torch.add(b, c, alpha=3.0, out=a)

        return self._moved(work)

    def reduces(self) -> tuple[str, int]:
        """Reduce by NCCL with a process an accelerator, by gloo on a processor.

        Raises:
            UnableError: this torch has no collectives.
        """
        if not torch.distributed.is_available():
            raise UnableError("this torch has no collectives")
        if self.accelerated:
            return "nccl", len(self.parts)
        return "gloo", max(2, min(4, len(os.sched_getaffinity(0))))

    def _moved(self, work: Callable[[torch.device], Callable[[], object]]) -> Kernel:
        try:
            return self._timed([work(place) for place in self._places])
        except _REFUSED as error:
            raise UnableError(f"no room for it: {_first_line(error)}") from None

    def _timed(self, works: Sequence[Callable[[], object]]) -> Kernel:
        return self._by_events(works) if self.accelerated else _by_clock(works[0])

    def _by_events(self, works: Sequence[Callable[[], object]]) -> Kernel:
        def kernel(loops: int) -> tuple[float, ...]:
            marks = []
            for place, work in zip(self._places, works, strict=True):
                with torch.cuda.device(place):
                    begin = torch.cuda.Event(enable_timing=True)
                    end = torch.cuda.Event(enable_timing=True)
                    begin.record()
                    for _ in range(loops):
                        work()
                    end.record()
                    marks.append((begin, end))
            self._wait()
            return tuple(begin.elapsed_time(end) / 1000 for begin, end in marks)

        return kernel

    def _wait(self) -> None:
        for place in self._places:
            if self.accelerated:
                torch.cuda.synchronize(place)


def _by_clock(work: Callable[[], object]) -> Kernel:
    def kernel(loops: int) -> tuple[float, ...]:
        begun = perf_counter()
        for _ in range(loops):
            work()
        return (perf_counter() - begun,)

    return kernel


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:80]
