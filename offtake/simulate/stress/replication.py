"""One replication: a future lived through, quarter by quarter.

Each quarter is simulated on its own, event by event, with a day more in which what runs may end.
Inference that was not served in its quarter is lost; training takes what is left along.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from offtake.model.fleet import Fleet
from offtake.model.history import BUCKETS, History
from offtake.policy.rules import Policy
from offtake.simulate.fleet import run
from offtake.simulate.parameters import Parameters, Topology
from offtake.simulate.stress.case import QUARTER_HOURS, Case, Floats
from offtake.simulate.stress.load import HOUR_S, STEP_HOURS, Load, load
from offtake.simulate.stress.there import EFFECTS, Moment, clusters, hours

MOST_NODES = 4_000
"""Nodes a fleet is simulated with at most; larger ones are taken several as one."""
NODE = 8
"""Accelerators of a node that parameters speak of."""
POLICY = Policy(quantum_s=600.0, depth_count=100)
"""EASY backfill, a pass every ten minutes."""


@dataclass(frozen=True, slots=True)
class Lived:
    """What one replication came to."""

    hours: Floats
    """[T, P, 5] accelerator-hours of `EFFECTS`."""
    seconds: Floats
    """[T, P, 10] accelerator-seconds by bucket."""
    asked: Floats
    """[T, N] H100e-hours asked for; what training takes along counts again."""
    served: Floats
    """[T, N] H100e-hours served in the quarter."""
    strikes: Floats
    """[T] failures."""


def unit_of(case: Case) -> int:
    """Give the accelerators that are simulated as one node: eight, or more where there are many."""
    planned = [hours(case, Moment(0, q))[:, 0].sum() for q in range(len(case.quarters))]
    return NODE * max(1, int(np.ceil(max(planned) / QUARTER_HOURS / NODE / MOST_NODES)))


def parameters_of(case: Case, unit: int) -> Parameters:
    """Give the parameters of nodes of `unit` accelerators.

    Several nodes taken as one fail as often as all of them, and are away for as much shorter, so
    that the shares of time lost and time down stay as they are.
    """
    told, ratio = case.parameters, unit / NODE
    repair = replace(
        told.repair,
        automatic_hours=told.repair.automatic_hours / ratio,
        manual_hours=told.repair.manual_hours / ratio,
    )
    hazards = tuple(replace(h, rate_per_day=h.rate_per_day * ratio) for h in told.hazards)
    inside = Topology(accelerators_per_node_count=unit)
    return replace(told, topology=inside, repair=repair, hazards=hazards)


def live(case: Case, number: int) -> Lived:
    """Live through the future that replication `number` meets; nothing else decides about it."""
    future = int(np.random.default_rng(case.seed).permutation(case.futures)[number])
    periods, places, needs = len(case.quarters), len(case.places), len(case.needs)
    made = Lived(
        np.zeros((periods, places, len(EFFECTS))),
        np.zeros((periods, places, len(BUCKETS))),
        np.zeros((periods, needs)),
        np.zeros((periods, needs)),
        np.zeros(periods),
    )
    left = np.zeros(needs)
    carries = np.array([need.carries for need in case.needs], bool)
    unit = unit_of(case)
    for quarter in range(periods):
        at = Moment(future, quarter)
        asked = np.array([need.asked[future, quarter] for need in case.needs]) + left
        made.asked[quarter] = asked
        made.hours[quarter] = hours(case, at)
        _simulate(case, at, unit, number, asked, made)
        left = np.where(carries, np.maximum(asked - made.served[quarter], 0.0), 0.0)
    return made


def _simulate(case: Case, at: Moment, unit: int, number: int, asked: Floats, made: Lived) -> None:
    places, there = clusters(case, at, unit)
    if not there:
        return
    given = load(case, at.quarter, asked, places, there)
    history = run(
        Fleet(clusters=there),
        given.jobs,
        parameters_of(case, unit),
        horizon_s=(QUARTER_HOURS + STEP_HOURS) * HOUR_S,
        policy=POLICY,
        seed=case.seed * 1_000_003 + number * 1_009 + at.quarter,
    )
    end = int(QUARTER_HOURS)
    for row, place in enumerate(places):
        made.seconds[at.quarter, place] = history.seconds[row, :end].sum(axis=0)
    made.served[at.quarter] = _served(given, history, len(case.needs))
    made.strikes[at.quarter] = float((history.strikes.time_s < end * HOUR_S).sum())


def _served(given: Load, history: History, needs: int) -> Floats:
    """Give H100e-hours done inside the quarter: of what ends after it, the part before its end."""
    began, ended = history.outcomes.started_s, history.outcomes.ended_s
    end = QUARTER_HOURS * HOUR_S
    over = np.where(np.isfinite(ended), ended, history.duration_s)
    with np.errstate(invalid="ignore", divide="ignore"):
        inside = np.clip((end - began) / (over - began), 0.0, 1.0)
    done = np.isfinite(began) & (began < end)
    # What had not ended a day later ran at no known speed: it counts as not done.
    share = np.where(done & np.isfinite(ended), inside, 0.0)
    made = np.zeros(needs)
    np.add.at(made, given.need, given.work * share)
    return made
