"""The port of devices: what a probe asks of hardware, whatever does the arithmetic.

    device.matmul("bf16", 8192, seed)  ->  kernel      kernel(10)  ->  (0.021, 0.022, …)

A kernel runs its work so many times on every part of the device at once, and gives the
seconds each part took. Work is counted by the caller, so that all devices are counted alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

Precision = Literal["fp64", "fp32", "bf16", "fp16", "fp8"]
PRECISIONS: tuple[Precision, ...] = ("fp64", "fp32", "bf16", "fp16", "fp8")
Kernel = Callable[[int], tuple[float, ...]]
"""Runs its work so many times; gives the seconds each part took."""


class UnableError(Exception):
    """The device cannot do it; the text says why, in a few words."""


class Device(Protocol):
    """What arithmetic and memory are tried on."""

    @property
    def name(self) -> str:
        """What it calls itself."""

    @property
    def software(self) -> str:
        """What does its arithmetic, with its release."""

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of its accelerators; a processor is one part."""

    @property
    def accelerated(self) -> bool:
        """Whether its parts are accelerators, each of which is judged on its own too."""

    def matmul(self, precision: Precision, size: int, seed: int) -> Kernel:
        """Give a kernel that multiplies two square matrices, `2 · size³` operations.

        Raises:
            UnableError: the device has no such precision.
        """

    def copy(self, megabytes: int) -> Kernel:
        """Give a kernel that copies an array of so many MB: it moves twice that.

        Raises:
            UnableError: there is no room for it.
        """

    def triad(self, megabytes: int) -> Kernel:
        """Give a kernel of `a = b + s · c` over arrays of so many MB: it moves thrice that.

        Raises:
            UnableError: there is no room for it.
        """

    def reduces(self) -> tuple[str, int]:
        """Give what reduces over processes (`ring`, `gloo`, `nccl`) and how many run here.

        Raises:
            UnableError: nothing can be reduced.
        """


@dataclass(frozen=True, slots=True)
class Sample:
    """What a sensor says at one moment."""

    name: str
    metric: str
    part: str
    """Which accelerator; empty is the node."""
    amount: float | None
    """None is unknown."""
    unknown: str = ""
    """Why it is not known."""


class Sensors(Protocol):
    """What tells power, clocks and errors."""

    def sample(self) -> tuple[Sample, ...]:
        """Give what all sensors say now; each name is there every time, known or not."""
