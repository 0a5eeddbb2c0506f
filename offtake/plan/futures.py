"""Futures: the scenarios a plan is made on and what is known when, from what was asked for.

drawn from the portfolio's processes ─┐
the user's own samples               ─┴─> all, or fewer that stand for them ─> reviews ─> tree
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.model.period import Quarter
from offtake.model.portfolio import Portfolio
from offtake.model.samples import SampleTable
from offtake.plan.reduction import reduced
from offtake.plan.samples import given
from offtake.plan.scenarios import Scenarios, draw
from offtake.plan.supply import Supply
from offtake.plan.tree import reviewed

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Futures:
    """Scenarios with their information structure, and what is to be said of them."""

    scenarios: Scenarios
    node: Ints | None
    """[W, T]; None is two stages."""
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What futures are asked for."""

    count: int | None
    """Scenarios to plan on; None is all samples."""
    seed: int
    samples: Scenarios | SampleTable | None = None
    """Instead of drawing."""
    drawn: int | None = None
    """Scenarios to draw, of which `count` are kept that stand for all; None draws `count`."""
    reviews: Sequence[Quarter] = ()
    """Quarters before whose signings the plan is looked at again."""
    branches: int = 4
    """Most branches of a node at a review."""


def prepared(portfolio: Portfolio, supply: Supply, wanted: Wanted) -> Futures:
    """Draw or read scenarios, reduce them, and part them at reviews.

    Raises:
        OfftakeError: samples with faults (`OTK-P14…`), more scenarios wanted than there are
            (`OTK-P131`), or reviews out of range, or beside a tree of the samples' own
            (`OTK-P130`).
    """
    scenarios, node, remarks = _all(portfolio, supply, wanted)
    if wanted.count is not None and wanted.count < scenarios.count:
        made = reduced(portfolio, supply, scenarios, wanted.count)
        remarks = (
            *remarks,
            f"{wanted.count} scenarios stand for {scenarios.count}: their Kantorovich distance is "
            f"{made.distance:.3g} (0.1 is a tenth of demand, of prices or of power), "
            f"{made.share:.0%} of that of a single one.",
        )
        scenarios = made.scenarios
        node = None if node is None else node[made.kept]
    if wanted.reviews:
        if node is not None:
            raise _refused("the samples bring a tree of their own: no reviews beside it")
        at = _at(portfolio, wanted.reviews)
        node = reviewed(portfolio, supply, scenarios, at, wanted.branches)
    return Futures(scenarios, node, remarks)


def _all(
    portfolio: Portfolio, supply: Supply, wanted: Wanted
) -> tuple[Scenarios, Ints | None, tuple[str, ...]]:
    match wanted.samples:
        case SampleTable() as table:
            found = given(portfolio, supply, table)
            return found.scenarios, found.node, found.remarks
        case Scenarios() as made:
            return made, None, ()
        case _:
            count = wanted.count or portfolio.uncertainty.scenario_count
            many = count if wanted.drawn is None else wanted.drawn
            if many < count:
                raise _refused(f"of {many} scenarios drawn {count} cannot be kept", "drawn")
            return draw(portfolio, supply, many, wanted.seed), None, ()


def _at(portfolio: Portfolio, reviews: Sequence[Quarter]) -> list[int]:
    """Count the quarters to each review.

    Raises:
        OfftakeError: they are not in order, after the first quarter, inside the horizon.
    """
    horizon = portfolio.horizon
    if list(reviews) != sorted(set(reviews)) or not all(
        horizon.first < review <= horizon.last for review in reviews
    ):
        raise _refused(
            f"reviews are quarters in order, from {horizon.first + 1} to {horizon.last}",
            got=", ".join(map(str, reviews)),
        )
    return [review - horizon.first for review in reviews]


def _refused(what: str, where: str = "reviews", got: str | None = None) -> OfftakeError:
    fault = Fault(code="OTK-P130", what=what, where=Where(path=where), got=got)
    return OfftakeError(fault, exit=Exit.USAGE)
