"""A device and sensors in memory: they behave as they are told, and take no time.

For tests, and to try what a contract's tests would say of a node that is so and so fast.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from offtake.model.evidence import COPY, MATMUL, TRIAD
from offtake.probe.port import Kernel, Precision, Sample, UnableError


@dataclass
class Twin:
    """A device whose speeds are given, each with a spread of draws from a seed.

    Args:
        rates: operations or bytes a second of every part, by name (`matrix-multiply bf16`);
            a name that is not there cannot be measured.
        parts: names of its accelerators.
        slowness: parts that take so many times as long.
        spread_share: how far a run may be off, up or down.
    """

    rates: Mapping[str, float]
    parts: tuple[str, ...] = ("gpu0",)
    slowness: Mapping[str, float] = field(default_factory=dict)
    spread_share: float = 0.01
    name: str = "twin"
    software: str = "memory"
    accelerated: bool = True
    seed: int = 1

    def __post_init__(self) -> None:
        """Begin its draws."""
        self._rng = np.random.default_rng(self.seed)

    def matmul(self, precision: Precision, size: int, seed: int) -> Kernel:
        """Give a kernel that takes as long as the rate says.

        Raises:
            UnableError: it has no rate of the precision.
        """
        return self._kernel(f"{MATMUL} {precision}", 2.0 * size**3)

    def copy(self, megabytes: int) -> Kernel:
        """Give a kernel of a copy, as `matmul`."""
        return self._kernel(COPY, 2e6 * megabytes)

    def triad(self, megabytes: int) -> Kernel:
        """Give a kernel of a triad, as `matmul`."""
        return self._kernel(TRIAD, 3e6 * megabytes)

    def reduces(self) -> tuple[str, int]:
        """Reduce with nobody.

        Raises:
            UnableError: always; what is in memory has no links.
        """
        raise UnableError("a twin has no links")

    def _kernel(self, name: str, work: float) -> Kernel:
        if name not in self.rates:
            raise UnableError("the twin has no rate of it")
        rate = self.rates[name]

        def kernel(loops: int) -> tuple[float, ...]:
            return tuple(
                loops
                * work
                / rate
                * self.slowness.get(part, 1.0)
                * float(self._rng.uniform(1 - self.spread_share, 1 + self.spread_share))
                for part in self.parts
            )

        return kernel


@dataclass
class Told:
    """Sensors that say given samples, one after the other; the last again and again."""

    said: tuple[tuple[Sample, ...], ...]
    at: int = 0

    def sample(self) -> tuple[Sample, ...]:
        """Give the next samples."""
        found = self.said[min(self.at, len(self.said) - 1)]
        self.at += 1
        return found
