"""What was watched of an operation, as values: its clusters, attempts, and capacity over time.

Times are seconds since 1970 UTC with a fraction, as the store keeps them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from offtake.model.installation import ClusterSpec
from offtake.model.work import AttemptState


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """An attempt that took its token, or may have."""

    token: str
    """Who it is; its reading has this name."""
    job: str
    """Job it was an attempt of."""
    cluster: str
    """Where it ran."""
    accelerators: int
    """What it held from begin to end."""
    state: AttemptState
    """Where it stands."""
    began_at: float | None = None
    """When its body began; None has not, or nobody wrote it down."""
    ended_at: float | None = None
    """When its body ended; None has not, or nobody wrote it down."""
    gone_at: float | None = None
    """When it was given up for vanished."""
    gave_way: bool = False
    """Whether it was stopped and its job was to go on elsewhere or later."""
    interval_s: float | None = None
    """Seconds between what its job saves; None saves nothing."""
    metered_s: int | None = None
    """Accelerator-seconds its wrapper metered."""
    accounted_s: float | None = None
    """Accelerator-seconds the engine's accounting says."""

    @property
    def unmetered(self) -> bool:
        """Whether it began and nobody wrote down its end: what it used is not settled."""
        return self.state is AttemptState.VANISHED and self.metered_s is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happened to the capacity of a cluster."""

    seq: int
    """Its number; later ones have higher ones."""
    cluster: str
    """Cluster it happened to."""
    at: float
    """When it was told."""
    kind: str
    """What: outage, lost, ok, found, usable, curtailed, delivered, withdrawn, drained and so on."""
    body: Mapping[str, object] = field(default_factory=dict)
    """What was said of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """All that is known of an operation up to a moment."""

    clusters: tuple[ClusterSpec, ...] = ()
    """What there is to run on."""
    runs: tuple[Run, ...] = ()
    """Attempts that began, or may have."""
    happenings: tuple[Happening, ...] = ()
    """What happened to capacity, in order."""
