"""What was used by cluster, by both witnesses: the wrappers of attempts, and engines' accounts.

metered      what wrappers wrote down: this is settled
accounted    what the engine's own accounting says of attempts
difference   metered − accounted, of attempts that both speak of
vanished     began, and nobody wrote down the end: not settled
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from offtake.measure.watched import Run, Watched
from offtake.model.work import AttemptState


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What one cluster was used for in a time, in accelerator-seconds."""

    cluster: str
    """The cluster."""
    contract: str | None
    """Contract it is delivered under."""
    tranche: str | None
    """Tranche of that contract."""
    attempts: int
    """Attempts that wrappers metered."""
    metered_s: int
    """What wrappers metered."""
    accounted: int
    """Attempts the engine's accounting speaks of, of those that wrappers metered."""
    accounted_s: float
    """What it says of them."""
    compared_s: int
    """What wrappers metered of the same attempts."""
    vanished: int
    """Attempts that vanished and are not metered."""
    vanished_s: float
    """What the engine's accounting says of those."""
    told_of: int
    """Vanished attempts the accounting speaks of."""
    running: int
    """Attempts that go on: they are metered when they end."""

    @property
    def difference_s(self) -> float | None:
        """Metered less accounted, of what both speak of; None where the accounting is silent."""
        return self.compared_s - self.accounted_s if self.accounted else None


def used(watched: Watched, starts: float = -math.inf, ends: float = math.inf) -> tuple[Used, ...]:
    """Give what each cluster was used for in a time, in the order of their names.

    A run that crosses either end counts with what lies inside, as it is settled.
    """
    names = {run.cluster for run in watched.runs} | {each.id for each in watched.clusters}
    specs = {each.id: each for each in watched.clusters}
    found = []
    for name in sorted(names):
        spec = specs.get(name)
        metered, gone, running = _inside(watched.runs, name, starts, ends)
        both = [(part, share, run) for run, part, share in metered if run.accounted_s is not None]
        told = [run.accounted_s for run in gone if run.accounted_s is not None]
        found.append(
            Used(
                cluster=name,
                contract=None if spec is None else spec.contract,
                tranche=None if spec is None else spec.tranche,
                attempts=len(metered),
                metered_s=sum(part for _, part, _ in metered),
                accounted=len(both),
                accounted_s=math.fsum(share * (run.accounted_s or 0.0) for _, share, run in both),
                compared_s=sum(part for part, _, _ in both),
                vanished=len(gone),
                vanished_s=math.fsum(told),
                told_of=len(told),
                running=running,
            )
        )
    return tuple(found)


def _inside(
    runs: Iterable[Run], cluster: str, starts: float, ends: float
) -> tuple[list[tuple[Run, int, float]], list[Run], int]:
    """Give runs of a cluster in a time: metered with their part, vanished, and how many go on."""
    metered, gone, running = [], [], 0
    for run in runs:
        if run.cluster != cluster:
            continue
        if run.metered_s is not None:
            metered += [(run, part, share) for part, share in _part(run, starts, ends)]
        elif run.state is AttemptState.VANISHED:
            if starts <= (run.gone_at or run.began_at or starts) < ends:
                gone.append(run)
        elif run.state is AttemptState.BEGUN and (run.began_at or starts) < ends:
            running += 1
    return metered, gone, running


def _part(run: Run, starts: float, ends: float) -> Iterator[tuple[int, float]]:
    """Give the accelerator-seconds of a run in a time, and their share of it; nothing outside."""
    whole = int(run.metered_s or 0)
    if run.began_at is None or run.ended_at is None:
        return
    if run.began_at >= ends or run.ended_at < starts:
        return
    part = _until(run, ends, whole) - _until(run, starts, whole)
    length = run.ended_at - run.began_at
    inside = min(run.ended_at, ends) - max(run.began_at, starts)
    yield part, (inside / length if length > 0 else 1.0)


def _until(run: Run, moment: float, whole: int) -> int:
    """Give what a run used up to a moment, as `offtake.measure.runs` cuts it."""
    if run.began_at is None or moment <= run.began_at:
        return 0
    if run.ended_at is None or moment >= run.ended_at:
        return whole
    return min(whole, math.floor((moment - run.began_at) * run.accelerators + 0.5))
