"""Reduction: few scenarios for many, with the distance between the two stated.

Forward selection (Dupačová, Gröwe-Kuska, Römisch 2003; Heitsch and Römisch 2003) takes the
scenarios that are kept one by one, each time the one that brings all others nearest to
what is kept; after each, one that is kept is exchanged for another for as long as that
helps (Kaufman and Rousseeuw 1990). Then every scenario hands its chance to the nearest
one kept. That is the best there is for the scenarios kept, so the distance is exact:

    D = Σ_w π_w · min over kept v of c(w, v)

is the Kantorovich (Wasserstein-1) distance between the scenarios and those kept with
their new chances, c(w, v) being the distance of two whole futures as `observed` measures
it, lateness of offers included: 0.1 is a tenth of demand, of prices or of power apart.

What is kept is a heuristic (the best choice is a hard problem); the distance of what was
kept is not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist

from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.model.portfolio import Portfolio
from offtake.plan.observed import coordinates, lateness_of, seen
from offtake.plan.scenarios import Scenarios
from offtake.plan.supply import Supply

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LEAST_GAIN = 1e-9
"""Exchanges that gain a smaller share of the distance are rounding."""


@dataclass(frozen=True, slots=True)
class Reduced:
    """Scenarios that stand for more of them, and how far they are from these."""

    scenarios: Scenarios
    """Those kept, in their old order, with the chances of all they stand for."""
    kept: Ints
    """[K] their numbers among all."""
    stands_for: Ints
    """[W] place in `kept` of what stands for each."""
    distance: float
    """Kantorovich distance to all, in the norm of `distances`."""
    single: float
    """The same if only one were kept: what the distance is measured against."""

    @property
    def share(self) -> float:
        """Distance over that of keeping one scenario; 0 where one says it all."""
        return self.distance / self.single if self.single > 0 else 0.0


def distances(portfolio: Portfolio, supply: Supply, scenarios: Scenarios) -> Floats:
    """Give how far any two whole futures are apart, [W, W]."""
    periods = len(portfolio.horizon.quarters)
    late = tuple(lateness_of(s, supply, scenarios.late_days[s.id], periods) for s in supply.offered)
    whole = seen(portfolio, supply, scenarios, periods)
    points = coordinates((*whole, *late), scenarios.probability)
    return cdist(points, points) if points.size else np.zeros((len(points), len(points)))


def reduced(portfolio: Portfolio, supply: Supply, scenarios: Scenarios, count: int) -> Reduced:
    """Keep `count` scenarios of many, by forward selection with exchanges.

    Raises:
        OfftakeError: fewer than one, or more than there are (`OTK-P131`).
    """
    if not 1 <= count <= scenarios.count:
        raise OfftakeError(
            Fault(
                code="OTK-P131",
                what="scenarios can be reduced to at least 1, and to no more than there are, "
                f"{scenarios.count}",
                where=Where(path="reduce"),
                got=str(count),
            ),
            exit=Exit.USAGE,
        )
    apart = distances(portfolio, supply, scenarios)
    kept = selected(apart, scenarios.probability, count)
    nearest = np.argmin(apart[:, kept], axis=1)
    chance = np.bincount(nearest, scenarios.probability, minlength=count).astype(np.float64)
    return Reduced(
        scenarios=replace(scenarios.take(kept), probability=chance),
        kept=kept,
        stands_for=nearest.astype(np.int64),
        distance=distance_of(apart, scenarios.probability, kept),
        single=distance_of(apart, scenarios.probability, selected(apart, scenarios.probability, 1)),
    )


def selected(apart: Floats, chance: Floats, count: int) -> Ints:
    """Choose what to keep: each time what brings the sum of chance times distance lowest.

    One more never raises the distance, since each choice begins from the last.
    """
    kept = np.empty(0, np.int64)
    nearest = np.full(len(chance), np.inf)
    for _ in range(count):
        total = chance @ np.minimum(nearest[:, None], apart)
        total[kept] = np.inf
        kept = _exchanged(apart, chance, np.append(kept, int(np.argmin(total))))
        nearest = apart[:, kept].min(axis=1)
    return np.sort(kept)


def _exchanged(apart: Floats, chance: Floats, kept: Ints) -> Ints:
    """Exchange one that is kept for one that is not, for as long as that brings all nearer.

    Giving up m for v changes the distance by Σ_w π_w·min(c(w,v) − first_w, 0), and for those
    whose nearest is m by π_w·(min(c(w,v), second_w) − first_w) instead.
    """
    while len(kept) > 1:
        ordered = np.sort(apart[:, kept], axis=1)
        first, second = ordered[:, :1], ordered[:, 1:2]
        nearer = np.minimum(apart - first, 0.0)
        alone = np.minimum(apart, second) - first - nearer
        mine = np.eye(len(kept))[np.argmin(apart[:, kept], axis=1)] * chance[:, None]
        change = mine.T @ alone + chance @ nearer
        change[:, kept] = 0.0
        out, in_ = np.unravel_index(int(np.argmin(change)), change.shape)
        if change[out, in_] >= -LEAST_GAIN * (chance @ first[:, 0]):
            break
        kept = np.append(np.delete(kept, out), in_)
    return kept


def distance_of(apart: Floats, chance: Floats, kept: Ints) -> float:
    """Kantorovich distance between all scenarios and those kept with the best chances."""
    return float(chance @ apart[:, kept].min(axis=1) / chance.sum())
