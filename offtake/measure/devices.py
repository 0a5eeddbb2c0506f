"""A day of many devices, reduced batch by batch: counters with resets, gauges, gaps.

    rows of a batch ── stable sort by device ── each row beside the one before it of its device
        counter   Δ, or the new value after a reset
        gauge     mean of the two · time between
        gap       nothing: the time is not covered

Structure of arrays throughout: 10,000 devices at 10 s are 86 million rows a day. What a
device last showed is kept from one batch to the next, so memory does not grow with the day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from offtake.errors import Fault, OfftakeError, Where

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ENERGY = "energy_mj"
"""Counter of energy since the driver was loaded, in millijoules."""
POWER = "power_w"
SHARES = ("gpu_share", "sm_share", "tensor_share")
FIELDS = (ENERGY, POWER, *SHARES)
"""Fields of a sample; what was not read is not a number."""
GAP = 60
"""Seconds between two samples beyond which the time between is not covered."""
_NEVER = np.iinfo(np.int64).min


@dataclass(slots=True)
class Total:
    """One field, by device: what it came to, and for how long it was read."""

    amount: Floats
    """Joules, or share-seconds."""
    covered_s: Floats
    last: Floats
    """Last number that was read."""
    at: Ints
    """When that was."""

    @classmethod
    def none(cls) -> Total:
        """Begin with no device."""
        empty = np.empty(0)
        return cls(empty, empty.copy(), empty.copy(), np.empty(0, np.int64))

    def grow(self, count: int) -> None:
        """Make room for more devices."""
        more = count - len(self.amount)
        if more > 0:
            self.amount = np.append(self.amount, np.zeros(more))
            self.covered_s = np.append(self.covered_s, np.zeros(more))
            self.last = np.append(self.last, np.full(more, np.nan))
            self.at = np.append(self.at, np.full(more, _NEVER))


@dataclass(slots=True)
class Devices:
    """What many devices showed, reduced as batches come."""

    gap: int = GAP
    names: dict[str, int] = field(default_factory=dict)
    """Place of each device."""
    totals: dict[str, Total] = field(default_factory=lambda: {f: Total.none() for f in FIELDS})
    counts: Counter[str] = field(default_factory=Counter)
    """What became of the numbers: taken, refused and why, resets, gaps."""
    first: int | None = None
    """First second that was read."""
    final: int | None = None
    """Last second that was read."""

    def code(self, names: list[str]) -> Ints:
        """Give the places of devices, new ones at the end."""
        known = self.names
        made = np.array([known.setdefault(name, len(known)) for name in names], np.int64)
        for total in self.totals.values():
            total.grow(len(known))
        return made

    def add(
        self, device: Ints, second: Ints, fields: Mapping[str, npt.NDArray[np.floating]]
    ) -> None:
        """Take a batch of samples in; those of one device in order of time.

        Args:
            device: Place of each sample's device, as `code` gives it.
            second: When, in seconds since 1970.
            fields: By name, one number a sample; not a number where it was not read.

        Raises:
            OfftakeError: samples of a device go back in time, or repeat (`OTK-Q010`).
        """
        if not len(device):
            return
        narrow = device.astype(np.uint16) if len(self.names) <= 1 << 16 else device
        order = np.argsort(narrow, kind="stable")
        device, second = device[order], second[order]
        low, high = int(second.min()), int(second.max())
        self.first = low if self.first is None else min(self.first, low)
        self.final = high if self.final is None else max(self.final, high)
        for name in FIELDS:
            if name in fields:
                self._field(name, device, second, fields[name][order].astype(np.float64))
            else:
                self.counts[f"{name}: not in the table"] += len(device)

    def _field(self, name: str, device: Ints, second: Ints, value: Floats) -> None:
        good = self._good(name, value)
        if not good.all():
            device, second, value = device[good], second[good], value[good]
        if not len(device):
            return
        self.counts[f"{name}: taken"] += len(device)
        total = self.totals[name]
        head = np.empty(len(device), np.bool_)
        head[0] = True
        np.not_equal(device[1:], device[:-1], out=head[1:])
        before, when = np.empty_like(value), np.empty_like(second)
        before[1:], when[1:] = value[:-1], second[:-1]
        before[head], when[head] = total.last[device[head]], total.at[device[head]]
        there = when != _NEVER
        step = np.where(there, second - np.where(there, when, second), 0)
        self._refuse_backwards(name, device, second, there & (step <= 0))
        near = there & (step <= self.gap)
        self.counts[f"{name}: gaps"] += int((there & ~near).sum())
        self._book(name, total, device[near], step[near], before[near], value[near])
        tail = np.flatnonzero(np.append(head[1:], True))
        total.last[device[tail]], total.at[device[tail]] = value[tail], second[tail]

    def _good(self, name: str, value: Floats) -> npt.NDArray[np.bool_]:
        read: npt.NDArray[np.bool_] = np.isfinite(value)
        good = read & (value >= 0.0)
        self._count(f"{name}: not read", len(value) - int(read.sum()))
        self._count(f"{name}: refused, below 0", int((read & (value < 0.0)).sum()))
        if name in SHARES:
            over = value > 1.0
            self._count(f"{name}: refused, above 1", int((read & over).sum()))
            good &= ~over
        return good

    def _count(self, what: str, number: int) -> None:
        if number:
            self.counts[what] += number

    def _refuse_backwards(
        self, name: str, device: Ints, second: Ints, wrong: npt.NDArray[np.bool_]
    ) -> None:
        if not wrong.any():
            return
        at = int(np.flatnonzero(wrong)[0])
        who = next(n for n, place in self.names.items() if place == device[at])
        fault = Fault(
            code="OTK-Q010",
            what="samples of one device must come in order of time, each time once",
            where=Where(path=f"{who}: {name}"),
            got=f"{int(wrong.sum())} that do not, the first at second {int(second[at])}",
        )
        raise OfftakeError(fault)

    def _book(
        self, name: str, total: Total, device: Ints, step: Ints, before: Floats, value: Floats
    ) -> None:
        if name == ENERGY:
            gone = value - before
            reset = gone < 0.0
            self._count(f"{name}: resets, counted on from 0", int(reset.sum()))
            gone = np.where(reset, value, gone) / 1000.0
        else:
            gone = (before + value) * (0.5 * step)
        count = len(self.names)
        total.amount += np.bincount(device, weights=gone, minlength=count)
        total.covered_s += np.bincount(device, weights=step, minlength=count)
