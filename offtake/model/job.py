"""Jobs and services: what asks for accelerators, for a while or without end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from offtake.model.value import Value
from offtake.units import Milliseconds, Positive, Rank, Ratio, Seconds

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int32]
Codes = npt.NDArray[np.int16]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Value):
    """Jobs that may run in the same places at the same speeds."""

    id: str
    """Short name: `llm-pretraining`, `resnet-50`."""
    speed_ratio: Mapping[str, Ratio] = field(default_factory=dict)
    """Speed on clusters, by their id, or accelerators, by their type, over that a job's work is
    stated at; empty is 1 everywhere, else what is not named cannot run it."""
    latency_ms: Milliseconds | None = None
    """Longest round trip from `region` to the site it runs at; None is any."""
    region: str | None = None
    """Where its users or its data are; None is nowhere in particular."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(Value):
    """A finite piece of work that holds all its accelerators from begin to end: a gang."""

    id: str
    """Name, unlike any other in the queue."""
    tenant: str = ""
    """Who asks; empty where there are no tenants."""
    kind: str = ""
    """Where it may run and how fast; empty is anywhere at speed 1."""
    accelerator_count: Positive
    """Accelerators it asks for; whole nodes are given."""
    submitted_s: Seconds = 0.0
    """When it was handed in, from the epoch of the fleet."""
    work_s: Seconds
    """Time it runs undisturbed at speed 1, in one pod; what is left of it."""
    limit_s: Seconds | None = None
    """Longest it says it will run at speed 1; None is its work. Backfill believes it."""
    attained_s: Seconds = 0.0
    """Time it has held its nodes before."""
    priority: Rank = 0
    """A higher one stands first."""
    preemptible: bool = False
    """Whether it may be stopped for others."""
    one_pod: bool = False
    """Whether it must lie within one pod."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Jobs:
    """Jobs as columns, so that millions fit: row i is one `Job`, in the order of arrival."""

    submitted_s: Floats
    """When each was handed in, from the beginning."""
    work_s: Floats
    """Time each runs undisturbed at speed 1."""
    limit_s: Floats
    """Longest each says it will run at speed 1."""
    accelerator_count: Whole
    """Accelerators each asks for."""
    kinds: tuple[Kind, ...] = (Kind(id=""),)
    """Kinds of jobs."""
    kind: Codes
    """Place of each one's kind in `kinds`."""
    tenants: tuple[str, ...] = ("",)
    """Names of tenants."""
    tenant: Codes
    """Place of each one's tenant in `tenants`."""
    priority: Codes
    """Priority of each; a higher one stands first."""
    preemptible: Flags
    """Whether each may be stopped for others."""
    one_pod: Flags
    """Whether each must lie within one pod."""
    ids: npt.NDArray[Any] | None = None
    """Name of each; None is its row."""

    def __len__(self) -> int:
        """Count the jobs."""
        return len(self.submitted_s)

    @staticmethod
    def of(
        submitted_s: npt.ArrayLike,
        work_s: npt.ArrayLike,
        accelerator_count: npt.ArrayLike,
        **others: Any,
    ) -> Jobs:
        """Make jobs of three columns, and of others where they are not as usual."""
        submitted = np.ascontiguousarray(submitted_s, dtype=np.float64)
        work = np.ascontiguousarray(work_s, dtype=np.float64)
        count = len(submitted)
        usual: dict[str, Any] = {
            "limit_s": work,
            "kind": np.zeros(count, np.int16),
            "tenant": np.zeros(count, np.int16),
            "priority": np.zeros(count, np.int16),
            "preemptible": np.zeros(count, np.bool_),
            "one_pod": np.zeros(count, np.bool_),
        }
        for name, made in usual.items():
            if name in others:
                usual[name] = np.ascontiguousarray(others.pop(name), dtype=made.dtype)
        return Jobs(
            submitted_s=submitted,
            work_s=work,
            accelerator_count=np.ascontiguousarray(accelerator_count, dtype=np.int32),
            **usual,
            **others,
        )
