"""Jobs on several types of accelerator, scheduled in rounds: Gavel's experiment (OSDI 2020).

Every round a policy's allocation is turned into who runs where (`cycle`): on each type, jobs
by how far they are behind what they are due, as many as there is room for. An allocation is
made anew after jobs came or went, but not more often than every `reset_s`.

    mean completion time of watched jobs = mean (end of last round worked in - arrival)
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from offtake.errors import Fault, OfftakeError, Where, few
from offtake.policy.fairness import fifo, max_min, max_min_by_speed
from offtake.policy.finish import Standing, fair_rate, finish_times, shortest
from offtake.simulate.replay.cycle import DONE, LEFT, LIVE, NOW, SHORT, State, admit, advance, reset

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

Told = Callable[[int, int], None]

"""Told jobs that are done, and how many there are."""
ROUND_S, RESET_S = 360.0, 1_920.0
"""Gavel's round, and how long an allocation holds at least."""
TURNS = 1 << 14
"""Random orders of types, drawn beforehand and used over again."""


class Share(StrEnum):
    """How jobs share what there is."""

    FIFO = "fifo"
    MAX_MIN = "max_min_fairness"
    MAX_MIN_BY_SPEED = "max_min_fairness_perf"
    FINISH_TIME = "finish_time_fairness"
    SHORTEST = "shortest"

    @property
    def blind(self) -> bool:
        """Whether it gives all types alike: then they are gone through in random order."""
        return self in (Share.MAX_MIN, Share.FINISH_TIME)


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
    waited_s: Floats
    """From arrival to its first round, of each watched job."""
    stops_count: Ints
    """Times each watched job was stopped, or moved to another type, before its end."""
    held_s: Floats
    """Seconds each watched job ran on each type, with all its accelerators."""
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
    told: Told | None = None,
) -> Rounds:
    """Run jobs in rounds until the watched ones, from one number to before another, are done.

    Types of accelerator are in order of preference, the fastest first. `told` is given the
    watched jobs that are done, and how many there are.

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
    fair = _Fair(len(work.arrival_s))
    allocations, why = 0, -1
    while why != DONE:
        live = state.live[: state.tally[LIVE]]
        if len(live):
            state.due[live] = _due(share, state, live, fair)
            state.known[live] = 1
            allocations += 1
        if told is not None:
            told(watched[1] - watched[0] - int(state.tally[LEFT]), watched[1] - watched[0])
        why = advance(state, round_s, reset_s, share is Share.FIFO)
        if why == SHORT:
            what = "jobs are left that nobody may run"
            raise OfftakeError(Fault(code="OTK-S344", what=what, got=f"{len(live)} jobs"))
    some = slice(*watched)
    return Rounds(
        completion_s=state.ended[some] - work.arrival_s[some],
        waited_s=state.began[some] - work.arrival_s[some],
        stops_count=state.stops[some],
        held_s=state.held[some],
        rounds=int(state.tally[2]),
        allocations=allocations,
    )


class _Fair:
    """What an equal share would have taken for what each job has done, kept up at allocations."""

    def __init__(self, jobs: int) -> None:
        self._fair_s = np.zeros(jobs)
        self._left = np.zeros(jobs)
        self._rate = np.full(jobs, np.inf)

    def standing(self, state: State, live: Ints) -> Standing:
        """Count the steps done since the last allocation at the equal share of that time."""
        left = state.steps[live]
        done = np.where(np.isinf(self._rate[live]), 0.0, self._left[live] - left)
        self._fair_s[live] += done / self._rate[live]
        self._left[live] = left
        self._rate[live] = fair_rate(state.speed[live], state.gpus[live], state.capacity)
        elapsed = state.clock[NOW] - state.arrival[live]
        return Standing(left=left, elapsed_s=elapsed, fair_s=self._fair_s[live])


def _due(share: Share, state: State, live: Ints, fair: _Fair) -> Floats:
    speed, gpus, capacity = state.speed[live], state.gpus[live], state.capacity
    if share is Share.FIFO:
        return fifo(speed, gpus, capacity, state.due[live])
    if share is Share.MAX_MIN:
        return max_min(gpus, capacity)
    if share is Share.FINISH_TIME:
        return finish_times(speed, gpus, capacity, fair.standing(state, live))
    if share is Share.SHORTEST:
        return shortest(speed, gpus, capacity, state.steps[live])
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
        was=np.full(jobs, -1),
        stops=np.zeros(jobs, np.int64),
        began=np.full(jobs, -1.0),
        held=np.zeros(per),
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
