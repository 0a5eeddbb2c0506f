"""A processor as a device: NumPy, whose matrix products are the BLAS it was built with.

BLAS knows two of the precisions; NumPy has no others that are worth measuring. Memory is
moved by as many threads as there are processors, in blocks that stay in a cache.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from time import perf_counter

import numpy as np

from offtake.probe.port import Kernel, Precision, UnableError

_BLOCK = 1 << 14
"""Numbers that are worked on at once: 128 kB stays in a cache of the second level."""
_MB = 1_000_000


class Processor:
    """The processors of this machine, all of them as one part."""

    accelerated = False
    parts = ("cpu",)

    def __init__(self) -> None:
        self.name = model_name()
        self.software = f"numpy {np.__version__}"
        self._threads = len(os.sched_getaffinity(0))

    def matmul(self, precision: Precision, size: int, seed: int) -> Kernel:
        """Give a kernel of one BLAS product.

        Raises:
            UnableError: BLAS has no such precision.
        """
        kinds = {"fp64": np.float64, "fp32": np.float32}
        if precision not in kinds:
            raise UnableError(f"NumPy multiplies no {precision} by BLAS")
        rng = np.random.default_rng(seed)
        kind = kinds[precision]
        left = rng.standard_normal((size, size)).astype(kind)
        right = rng.standard_normal((size, size)).astype(kind)
        out = np.empty_like(left)
        return _timed(lambda: np.matmul(left, right, out=out))

    def copy(self, megabytes: int) -> Kernel:
        """Give a kernel that copies, every processor its part."""
        source, target = _array(megabytes, 1.0), _array(megabytes, 0.0)

        def part(first: int, last: int) -> None:
            np.copyto(target[first:last], source[first:last])

        return self._spread(part, len(source))

    def triad(self, megabytes: int) -> Kernel:
        """Give a kernel of `a = b + s · c`, every processor its part."""
        a, b, c = (_array(megabytes, value) for value in (0.0, 1.0, 2.0))

        def part(first: int, last: int) -> None:
            held = np.empty(_BLOCK)
            for start in range(first, last, _BLOCK):
                end = min(start + _BLOCK, last)
                np.multiply(c[start:end], 3.0, out=held[: end - start])
                np.add(b[start:end], held[: end - start], out=a[start:end])

        return self._spread(part, len(a))

    def reduces(self) -> tuple[str, int]:
        """Reduce by a ring of processes, one a processor and four at most."""
        return "ring", max(2, min(4, self._threads))

    def _spread(self, part: Callable[[int, int], None], count: int) -> Kernel:
        edges = [count * place // self._threads for place in range(self._threads + 1)]
        pairs = list(pairwise(edges))

        def kernel(loops: int) -> tuple[float, ...]:
            with ThreadPoolExecutor(self._threads) as pool:
                begun = perf_counter()
                for _ in range(loops):
                    list(pool.map(lambda pair: part(*pair), pairs))
                return (perf_counter() - begun,)

        return kernel


def model_name() -> str:
    """Give what the processor calls itself."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def _array(megabytes: int, value: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    try:
        return np.full(megabytes * _MB // 8, value)
    except MemoryError:
        raise UnableError(f"no room for {megabytes} MB") from None


def _timed(work: Callable[[], object]) -> Kernel:
    def kernel(loops: int) -> tuple[float, ...]:
        begun = perf_counter()
        for _ in range(loops):
            work()
        return (perf_counter() - begun,)

    return kernel
