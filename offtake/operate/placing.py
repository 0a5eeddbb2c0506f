"""What the controller asks of placement; `offtake.operate.placement` does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from offtake.model.work import JobSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A job that waits for a place."""

    id: str
    """Who it is."""
    spec: JobSpec
    """What it asks for."""
    submitted_at: float
    """When it was handed in; it keeps its place in the queue by it."""
    attained_s: float = 0.0
    """Seconds of its work that are saved."""
    barred: frozenset[str] = frozenset()
    """Clusters that refused it for good."""


@dataclass(frozen=True, slots=True)
class Start:
    """A job begins on a cluster."""

    job: str
    """Who."""
    cluster: str
    """Where."""
    decided: str = "{}"
    """The decision and what else was looked at, as JSON: kept with the attempt."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A job gives way to another."""

    job: str
    """Who."""
    stops_for: str
    """For whom."""


Verdict = Start | Stop
"""What is decided about a job; one that is not named goes on waiting or running."""


class Placing(Protocol):
    """What decides where jobs begin. Nothing in it reads a clock, a store or an engine."""

    def add(self, jobs: Sequence[Waiting]) -> None:
        """Let jobs wait."""
        ...

    def withdraw(self, jobs: Sequence[str]) -> None:
        """Let jobs wait no longer."""
        ...

    def hold(self, job: Waiting, cluster: str, began_at: float) -> None:
        """Take note of a job that holds its place already: the control plane began again."""
        ...

    def stopping(self, job: str) -> None:
        """Take note of a job that holds its place and is being stopped already."""
        ...

    def ended(self, jobs: Sequence[str]) -> None:
        """Take note that jobs gave back what they held."""
        ...

    def usable(self, cluster: str, accelerators: int) -> None:
        """Take note of how many accelerators of a cluster can be used now."""
        ...

    def opened(self, cluster: str, yes: bool) -> None:
        """Let jobs begin on a cluster, or let no more begin there; what runs there goes on."""
        ...

    def decide(self, now: float) -> Sequence[Verdict]:
        """Decide what to do now, and take note of it as if it were done."""
        ...

    def used(self, cluster: str, hours: float) -> None:
        """Take note of accelerator-hours used this month: what is paid for anyway costs nothing."""
        ...

    def budget(self, tenant: str, limit_usd: float | None, spent_usd: float = 0.0) -> None:
        """Set what a tenant may spend this month, and what it was charged; None is no limit."""
        ...

    def told(self, job: str, now: float) -> Mapping[str, Any]:
        """Say, as plain data, why a job waits and when it may begin; nothing is changed."""
        ...
