"""Jobs on several types of accelerator, scheduled in rounds: Gavel's experiment (OSDI 2020).

Every round a policy's allocation is turned into who runs where (`cycle`): on each type, jobs
by how far they are behind what they are due, as many as there is room for. An allocation is
made anew after jobs came or went, but not more often than every `reset_s`.

    mean completion time of watched jobs = mean (end of last round worked in - arrival)
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from offtake.errors import Fault, OfftakeError, Where, few
from offtake.policy.fairness import fifo, max_min, max_min_by_speed
from offtake.simulate.replay.cycle import DONE, LIVE, SHORT, State, admit, advance, reset

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ROUND_S, RESET_S = 360.0, 1_920.0
"""Gavel's round, and how long an allocation holds at least."""
TURNS = 1 << 14
"""Random orders of types, drawn beforehand and used over again."""


class Share(StrEnum):
    """How jobs share what there is."""

    FIFO = "fifo"
    MAX_MIN = "max_min_fairness"
    MAX_MIN_BY_SPEED = "max_min_fairness_perf"

    @property
    def blind(self) -> bool:
        """Whether it knows no speeds: then types are gone through in random order."""
        return self is Share.MAX_MIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Jobs in order of arrival: columns of one length, `speed` a row a job, a column a type."""

    arrival_s: Floats
    accelerators_count: Ints
    steps: Floats
    speed: Floats
    """Steps a second on each type with all its accelerators; 0 cannot run there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """What became of the watched jobs."""

    completion_s: Floats
    """From arrival to end, of each watched job."""
    rounds: int
    allocations: int

    @property
    def mean_hours(self) -> float:
        """Mean completion time in hours."""
        return float(self.completion_s.mean() / 3600.0)


def replay_rounds(
    work: Work,
    capacity: Ints,
    share: Share,
    watched: tuple[int, int],
    *,
    seed: int = 0,
    round_s: float = ROUND_S,
    reset_s: float = RESET_S,
) -> Rounds:
    """Run jobs in rounds until the watched ones, from one number to before another, are done.

    Types of accelerator are in order of preference, the fastest first.

    Raises:
        OfftakeError: arrivals are not in order (`OTK-S340`), a job fits no type (`OTK-S341`),
            its step takes longer than a round (`OTK-S342`), there are no such watched jobs
            (`OTK-S343`), or jobs that nobody may run are left (`OTK-S344`).
    """
    _check(work, capacity, watched, round_s)
    state = _state(work, capacity, share, watched, seed)
    state.clock[0] = work.arrival_s[0]
    admit(state, round_s)
    reset(state, round_s)
    allocations, why = 0, -1
    while why != DONE:
        live = state.live[: state.tally[LIVE]]
        if len(live):
            held = state.due[live]
            state.due[live] = _due(share, state.speed[live], state.gpus[live], capacity, held)
            state.known[live] = 1
            allocations += 1
        why = advance(state, round_s, reset_s, share is Share.FIFO)
        if why == SHORT:
            what = "jobs are left that nobody may run"
            raise OfftakeError(Fault(code="OTK-S344", what=what, got=f"{len(live)} jobs"))
    some = slice(*watched)
    return Rounds(
        completion_s=state.ended[some] - work.arrival_s[some],
        rounds=int(state.tally[2]),
        allocations=allocations,
    )


def _due(share: Share, speed: Floats, gpus: Ints, capacity: Ints, held: Floats) -> Floats:
    if share is Share.FIFO:
        return fifo(speed, gpus, capacity, held)
    if share is Share.MAX_MIN:
        return max_min(gpus, capacity)
    return max_min_by_speed(speed, gpus, capacity)


def _state(work: Work, capacity: Ints, share: Share, watched: tuple[int, int], seed: int) -> State:
    jobs, kinds = work.speed.shape
    turns = np.arange(kinds)[None, :]
    if share.blind:
        orders = np.array(list(itertools.permutations(range(kinds))))
        turns = orders[np.random.default_rng(seed).integers(len(orders), size=TURNS)]
    marked = np.zeros(jobs, np.int64)
    marked[slice(*watched)] = 1
    per = (jobs, kinds)
    return State(
        arrival=work.arrival_s,
        gpus=work.accelerators_count,
        speed=work.speed,
        steps=work.steps.copy(),
        due=np.zeros(per),
        used=np.zeros(per),
        owed=np.zeros(per),
        ended=np.zeros(jobs),
        watched=marked,
        live=np.zeros(jobs, np.int64),
        order=np.zeros((kinds, jobs), np.int64),
        priority=np.zeros(jobs),
        known=np.zeros(jobs, np.int64),
        on=np.full(jobs, -1),
        busy=np.zeros(kinds),
        capacity=capacity,
        kinds=np.ascontiguousarray(turns),
        clock=np.zeros(3),
        tally=np.array([0, 0, 0, marked.sum()]),
    )


def _check(work: Work, capacity: Ints, watched: tuple[int, int], round_s: float) -> None:
    faults = list(few(_faults(work, capacity, round_s)))
    if not 0 <= watched[0] < watched[1] <= len(work.arrival_s):
        what = "the watched jobs are not among those there are"
        got = f"{watched[0]} to {watched[1]} of {len(work.arrival_s)}"
        faults.append(Fault(code="OTK-S343", what=what, got=got))
    if faults:
        raise OfftakeError(faults)


def _faults(work: Work, capacity: Ints, round_s: float) -> Iterator[Fault]:
    for row in (np.flatnonzero(np.diff(work.arrival_s) < 0) + 1).tolist():
        what = "a job arrives before the one above it"
        got = f"{work.arrival_s[row]:g} s"
        yield Fault(code="OTK-S340", what=what, where=_row(row), got=got)
    runs = (work.speed > 0.0) & (work.accelerators_count[:, None] <= capacity[None, :])
    for row in np.flatnonzero(~runs.any(axis=1)).tolist():
        what = "a job fits no type of accelerator it runs on"
        got = f"{work.accelerators_count[row]} accelerators"
        yield Fault(code="OTK-S341", what=what, where=_row(row), got=got)
    slow = (work.speed > 0.0) & (work.speed * round_s < 1.0)
    for row in np.flatnonzero(slow.any(axis=1)).tolist():
        what = "a step takes longer than a round"
        hint = "make rounds longer, or say 0 where the job is not to run"
        got = f"{1.0 / work.speed[row][slow[row]].min():.4g} s"
        yield Fault(code="OTK-S342", what=what, where=_row(row), got=got, hint=hint)


def _row(row: int) -> Where:
    return Where(path=f"row {row}")
