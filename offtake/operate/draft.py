"""A draft: all that one cycle of the controller changes, told to lanes only once it is on disk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from offtake.operate.attempts import Attempt
from offtake.operate.engines.port import Launch, Report
from offtake.operate.rows import Row


@dataclass(slots=True)
class Errands:
    """What one lane is to be asked after the commit."""

    launches: list[Launch] = field(default_factory=list)
    stops: list[str] = field(default_factory=list)
    revokes: list[str] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    forgets: list[Report] = field(default_factory=list)


@dataclass(slots=True)
class Draft:
    """What one cycle changes."""

    now: float
    """Time of the cycle."""
    jobs: set[str] = field(default_factory=set)
    """Jobs that changed."""
    attempts: set[str] = field(default_factory=set)
    """Attempts that changed."""
    born: list[Row] = field(default_factory=list)
    """Jobs that are new: replicas of services."""
    made: list[Row] = field(default_factory=list)
    """Attempts that are new."""
    events: list[tuple[str, float, str, Mapping[str, Any]]] = field(default_factory=list)
    """What to tell of jobs."""
    meters: list[Attempt] = field(default_factory=list)
    """Attempts that are over and had begun."""
    wishes: list[tuple[str, str]] = field(default_factory=list)
    """Replicas that are to be cancelled, and for whom; the next round carries it out."""
    granted: list[int] = field(default_factory=list)
    """Wishes that are carried out."""
    acted: list[int] = field(default_factory=list)
    """What was said of capacity and is acted on now."""
    clusters: set[str] = field(default_factory=set)
    """Clusters whose health or size changed."""
    capacity: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)
    """What happened to capacity: cluster, kind and what."""
    usage: list[Row] = field(default_factory=list)
    """What engines' accounting says of attempts: token and `engine_gpu_seconds`."""
    errands: defaultdict[str, Errands] = field(default_factory=lambda: defaultdict(Errands))
    """By cluster."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (
            self.jobs
            or self.born
            or self.wishes
            or self.attempts
            or self.made
            or self.events
            or self.meters
            or self.granted
            or self.acted
            or self.clusters
            or self.capacity
            or self.usage
        )

    def tell(self, job: str, kind: str, **body: Any) -> None:
        """Tell what happened to a job."""
        said = {name: value for name, value in body.items() if value is not None}
        self.events.append((job, self.now, kind, said))
