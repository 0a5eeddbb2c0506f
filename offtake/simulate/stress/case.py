"""What is put to the test: lots of accelerators, what is asked of them, and what may come.

    Case ─┬─ places   accelerators of one type at one site: a cluster
          ├─ lots     what comes to a place on a day and goes after a term, in every future
          ├─ needs    what is asked for: inference by the quarter, training within its window
          └─ outage   share of a quarter a place is dark, in every future

A future is a column of all of these; a replication lives through one of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass

import numpy as np
import numpy.typing as npt

from offtake.simulate.parameters import Parameters

Floats = npt.NDArray[np.float64]

QUARTER_HOURS = 2190.0
"""Hours of a quarter: a quarter of 8,760, as the planner counts."""


@dataclass(frozen=True, slots=True)
class Place:
    """Accelerators of one type at one site."""

    accelerator: str
    site: str


@dataclass(frozen=True, slots=True)
class Lot:
    """Accelerators that come and go together."""

    id: str
    place: int
    accelerators: float
    due_hours: float
    """When they are due, from the first hour of the horizon; negative is before it."""
    lasts_hours: float
    """How long they stay; infinite is to the end."""
    late_hours: Floats
    """[F] how late they come."""
    ends_hours: Floats
    """[F] when they are gone whatever their term says: the default of who provides them."""


@dataclass(frozen=True, slots=True)
class Need:
    """Work that is asked for, in H100e-hours."""

    id: str
    rate: Mapping[int, float]
    """H100e one accelerator of a place does; places that are not named cannot do it."""
    asked: Floats
    """[F, T] asked for in each quarter. Inference is lost where it is not served in its quarter;
    what is left of training goes on to the next of its window."""
    worth: Floats
    """[T] what an H100e-hour is worth, its penalty included: the most valuable goes first."""
    carries: bool = False
    """Whether what is left goes on to the next quarter: training."""
    gang: Mapping[int, float] | None = None
    """Training: least accelerators it runs on, by place."""


@dataclass(frozen=True, slots=True)
class Case:
    """All that is put to the test."""

    name: str
    quarters: tuple[str, ...]
    places: tuple[Place, ...]
    lots: tuple[Lot, ...]
    needs: tuple[Need, ...]
    outage: Floats
    """[P, F, T] share of the quarter a place is dark."""
    parameters: Parameters
    """Of nodes of 8 accelerators."""
    seed: int

    @property
    def futures(self) -> int:
        """Number of futures F: the most replications there can be."""
        return int(self.outage.shape[1])

    def digest(self) -> str:
        """Give a digest of everything a replication follows from."""
        made = hashlib.sha256()
        _take(made, self)
        return made.hexdigest()


def _take(made: hashlib._Hash, held: object) -> None:
    if isinstance(held, np.ndarray):
        made.update(str(held.shape).encode() + np.ascontiguousarray(held).tobytes())
    elif is_dataclass(held):
        for part in fields(held):
            made.update(part.name.encode())
            _take(made, getattr(held, part.name))
    elif isinstance(held, tuple):
        made.update(f"({len(held)}".encode())
        for item in held:
            _take(made, item)
    elif isinstance(held, Mapping):
        _take(made, tuple(sorted(held.items())))
    else:
        made.update(f"{held!r};".encode())
