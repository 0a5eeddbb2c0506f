"""What limits are written with: names of rows, sums over what is signed, shares of a mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from offtake.model.period import Quarter
from offtake.plan.formulate import Facts, Formulation
from offtake.plan.program import Floats, Ints, Limit
from offtake.plan.supply import Source

Objects = npt.NDArray[np.object_]


def objects(rows: Sequence[object], shape: tuple[int, ...]) -> Objects:
    """Give an array of objects in a shape."""
    held = np.empty(shape, object)
    held[...] = np.array(rows, object).reshape(shape)
    return held


def quarters_of(made: Formulation) -> tuple[Quarter, ...]:
    """Give the quarters of the plan."""
    return made.facts.portfolio.horizon.quarters


def by_period(made: Formulation, paths: list[str]) -> tuple[Objects, Objects]:
    """Names and quarters of rows [E, P, T] for a list of E entries."""
    tracks = len(made.facts.tracks)
    quarters = quarters_of(made)
    shape = (len(paths), tracks, len(quarters))
    names, when = np.empty(shape, object), np.empty(shape, object)
    for row, path in enumerate(paths):
        names[row] = path
    for column, quarter in enumerate(quarters):
        when[:, :, column] = quarter
    return names, when


def buyers_of(facts: Facts) -> set[str]:
    """Name who buys for the lab: itself and its vehicles."""
    return {facts.portfolio.lab} | {v.party for v in facts.portfolio.capital.vehicles}


Weigh = Callable[[Source], float]


def put_planned(made: Formulation, rows: Ints, weigh: Weigh, what: str = "planned") -> None:
    """Add Σ weight·planned·x of every offer to rows [P, T]."""
    facts = made.facts
    tracks = facts.tracks
    ahead = made.ahead
    weight = np.array([weigh(source) for source in facts.supply.offered], float)[ahead.offer]
    some = np.flatnonzero(weight)
    share: Floats = getattr(ahead, what)[some]
    columns = made.x[ahead.offer[some, None], tracks[:, ahead.period[some]].T]
    made.program.put(rows[None], weight[some, None, None] * share[:, None, :], columns[:, :, None])


def committed(facts: Facts, weigh: Weigh) -> Floats:
    """Σ weight·power in service of what was signed before, if nothing is late, [T]."""
    total = np.zeros(facts.shape[1])
    for source, moved in zip(facts.supply.committed, facts.committed, strict=True):
        total += weigh(source) * source.power_it_mw * moved.planned
    return total


def by_scenario(made: Formulation, paths: list[str]) -> tuple[Objects, Objects]:
    """Names and quarters of rows [E, W, T] for a list of E entries."""
    shape = (len(paths), *made.facts.shape)
    names, when = np.empty(shape, object), np.empty(shape, object)
    for row, path in enumerate(paths):
        names[row] = path
    for column, quarter in enumerate(quarters_of(made)):
        when[:, :, column] = quarter
    return names, when


def mean_limit(made: Formulation, name: str, most: Floats, limit: Limit, *, signed: bool) -> Ints:
    """Limit a mean over scenarios, and give the rows [E, W] to put each scenario's part in.

        part[e,w] ≤ a[e,w]        Σ_w π_w·a[e,w] ≤ most[e]

    The allowances a are decided before the future is known, which changes nothing about
    what is feasible in the mean, and lets the scenarios fall apart.
    """
    chance = made.facts.scenarios.probability
    shape = (len(most), len(chance))
    allowance = made.program.add(
        f"{name}_allowance", shape, lower=-np.inf if signed else 0.0, upper=np.inf
    )
    made.program.con(name, (len(most),), [(chance, allowance)], upper=most, limit=limit)
    return made.program.con(f"{name}_part", shape, [(-1.0, allowance)], upper=0.0).index


def years_of(made: Formulation) -> dict[str, npt.NDArray[np.bool_]]:
    """Mark the quarters of each calendar year, [T] each."""
    quarters = quarters_of(made)
    names = sorted({str(q.year) for q in quarters})
    return {name: np.array([str(q.year) == name for q in quarters]) for name in names}
