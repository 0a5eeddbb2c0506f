"""Information structures: what is known when a quarter's signings are decided.

All are one array, `node[w, t]`: scenarios that cannot be told apart when the signings of
quarter t are decided share a node. Any such array can be planned on:

    two_stage      ─────────────────────  one node a quarter: nothing is learnt
    reviewed       ────┬──────┬─────────  at each review, scenarios whose past differs part
                       └──┬───┴─────────
                          └─────────────
    wait_and_see   ═════════════════════  each scenario its own: all is known

Nodes are numbered quarter by quarter. A structure is a tree when scenarios that part do
not meet again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.model.portfolio import Portfolio
from offtake.plan.continued import continued
from offtake.plan.formulate import two_stage
from offtake.plan.observed import coordinates, state
from offtake.plan.partition import parted
from offtake.plan.processes import Streams
from offtake.plan.scenarios import Scenarios, draw, told
from offtake.plan.supply import Supply

__all__ = [
    "Stage",
    "grown",
    "labels",
    "reviewed",
    "stages",
    "two_stage",
    "unresolved",
    "wait_and_see",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def wait_and_see(shape: tuple[int, int]) -> Ints:
    """Give the information structure in which all is known: each scenario its own nodes."""
    count, periods = shape
    return np.arange(periods) * count + np.arange(count)[:, np.newaxis]


@dataclass(frozen=True, slots=True)
class Stage:
    """Quarters in which nothing new is learnt, and the groups that can be told apart."""

    period: int
    """First quarter of the stage."""
    group: Ints
    """[W] group of each scenario, numbered from 0 in the order they first appear."""

    @property
    def count(self) -> int:
        """Number of groups."""
        return int(self.group.max()) + 1


def stages(node: Ints) -> tuple[Stage, ...]:
    """Read an information structure back as stages: where, and into what, scenarios part."""
    found: list[Stage] = []
    for period in range(node.shape[1]):
        group = _numbered(node[:, period])
        if not found or not np.array_equal(group, found[-1].group):
            found.append(Stage(period, group))
    return tuple(found)


def _numbered(labels: Ints) -> Ints:
    """Number labels from 0 in the order they first appear."""
    _, first, group = np.unique(labels, return_index=True, return_inverse=True)
    order = np.empty(len(first), np.int64)
    order[np.argsort(first)] = np.arange(len(first))
    numbered: Ints = order[group]
    return numbered


def nodes_of(found: Sequence[Stage], periods: int) -> Ints:
    """Number the nodes of stages, quarter by quarter: [W, T]."""
    node = np.empty((len(found[0].group), periods), np.int64)
    at, offset = -1, 0
    for period in range(periods):
        while at + 1 < len(found) and found[at + 1].period <= period:
            at += 1
        node[:, period] = offset + found[at].group
        offset += found[at].count
    return node


def labels(node: Ints) -> list[list[tuple[str, str]]]:
    """Name the node of each scenario and quarter, with its parent, [W][T].

    The root is `now`, the nodes it parts into `1`, `2`, …, those of `2` are `2.1`, `2.2`, …
    """
    found = stages(node)
    roots = ["now"] if found[0].count == 1 else [str(n + 1) for n in range(found[0].count)]
    named = [[roots[group] for group in found[0].group.tolist()]]
    for before, after in pairwise(found):
        parent = dict(zip(after.group.tolist(), before.group.tolist(), strict=True))
        names = dict(zip(before.group.tolist(), named[-1], strict=True))
        seen_of: dict[int, int] = {}
        mine = {}
        for group in range(after.count):
            number = seen_of[parent[group]] = seen_of.get(parent[group], 0) + 1
            above = names[parent[group]]
            mine[group] = str(number) if above == "now" else f"{above}.{number}"
        named.append([mine[group] for group in after.group.tolist()])
    starts = [stage.period for stage in found]
    at = np.searchsorted(starts, np.arange(node.shape[1]), side="right") - 1
    return [
        [(named[a][w], named[a - 1][w] if a else "") for a in at.tolist()] for w in range(len(node))
    ]


def reviewed(
    portfolio: Portfolio,
    supply: Supply,
    scenarios: Scenarios,
    reviews: Sequence[int],
    branches: int = 4,
    least: int = 2,
) -> Ints:
    """Part scenarios at review dates by what has been observed up to them, [W, T].

    At each review the scenarios of every node are put into at most `branches` groups that
    have come to nearly the same (`observed.state`, as shares of demand, prices and power;
    `partition` tells how). Only the past is looked at, so a decision cannot use what is not
    known, and groups only ever part. Every group keeps at least `least` different
    scenarios, so that the last stage does not know its future: what such a tree tells apart
    is coarser than what will be known.

    Args:
        portfolio: what is planned.
        supply: its sources.
        scenarios: what may happen.
        reviews: quarters, from 1 on, before whose signings the plan is looked at again.
        branches: most groups a node parts into at one review.
        least: least different scenarios in a group.

    Raises:
        OfftakeError: reviews outside the horizon or out of order, or fewer than one branch
            (`OTK-P130`).
    """
    periods = len(portfolio.horizon.quarters)
    refuse(periods, reviews, {"branches": branches, "least": least})
    same = identical(scenarios)
    found = [Stage(0, np.zeros(scenarios.count, np.int64))]
    for review in reviews:
        known = coordinates(state(portfolio, supply, scenarios, review), scenarios.probability)
        group = np.empty(scenarios.count, np.int64)
        count = 0
        for number in range(found[-1].count):
            inside = np.flatnonzero(found[-1].group == number)
            part = parted(
                known[inside], scenarios.probability[inside], same[inside], branches, least
            )
            group[inside] = count + part
            count += int(part.max()) + 1
        found.append(Stage(review, _numbered(group)))
    return nodes_of(found, periods)


def refuse(periods: int, reviews: Sequence[int], counts: dict[str, int]) -> None:
    """Raise where reviews are not in order inside the horizon, or a count is below 1.

    Raises:
        OfftakeError: `OTK-P130`.
    """
    faults = [
        Fault(
            code="OTK-P130",
            what=f"{name} must be at least 1",
            where=Where(path=name),
            got=str(count),
        )
        for name, count in counts.items()
        if count < 1
    ]
    inside = all(1 <= review < periods for review in reviews)
    if not inside or sorted(set(reviews)) != list(reviews):
        faults.append(
            Fault(
                code="OTK-P130",
                what="reviews must be quarters after the first of the horizon, in order",
                where=Where(path="reviews"),
                got=", ".join(map(str, reviews)),
                hint=f"the second quarter is 1, the last {periods - 1}",
            )
        )
    if faults:
        raise OfftakeError(faults, exit=Exit.USAGE)


def identical(scenarios: Scenarios) -> Ints:
    """Number scenarios so that those that say the same share a number, [W]."""
    count = scenarios.count
    columns = [
        scenarios.inference.transpose(1, 0, 2).reshape(count, -1),
        scenarios.training.T,
        scenarios.rental_price,
        scenarios.spot_price,
        scenarios.electricity_price,
        *(days[:, np.newaxis] for days in scenarios.late_days.values()),
        scenarios.site_up.transpose(1, 0, 2).reshape(count, -1),
        *scenarios.party_up.values(),
    ]
    _, number = np.unique(np.concatenate(columns, axis=1), axis=0, return_inverse=True)
    return number.reshape(-1).astype(np.int64)


# ------------------------------------------------------------------ trees with a shared past


def grown(
    portfolio: Portfolio,
    supply: Supply,
    branching: Sequence[int],
    reviews: Sequence[int],
    seed: int,
) -> tuple[Scenarios, Ints]:
    """Draw a tree whose scenarios share their past exactly, and its information structure.

        branching (4, 4, 4), reviews (4, 8):

        quarter 0 …… 4 …… 8 …… end
                └─ 4 ──┴─ 4·4 ─┴─ 4·4·4 leaves
        known   1      4       16 nodes

    Four pasts are drawn up to the first review; each goes on in four ways up to the second,
    given its past (`continued`), and so on. What is signed before the first review is the
    same for all; what is signed from a review on may follow the past, never the future: the
    leaves of a last node differ.

    Raises:
        OfftakeError: reviews out of order, not one fewer than branchings, a branching below
            1, or fewer first branches than named scenarios (`OTK-P130`).
    """
    periods = len(portfolio.horizon.quarters)
    refuse(periods, reviews, {f"branching {n + 1}": many for n, many in enumerate(branching)})
    least = len(told(portfolio.uncertainty.scenarios))
    if len(branching) != len(reviews) + 1 or branching[0] < least:
        raise OfftakeError(
            Fault(
                code="OTK-P130",
                what="a tree branches once more than it is reviewed, and first into at least "
                f"{least}, the named scenarios",
                where=Where(path="branching"),
                got=f"{tuple(branching)} for {len(reviews)} reviews",
            ),
            exit=Exit.USAGE,
        )
    scenarios = draw(portfolio, supply, branching[0], seed)
    pasts = [np.arange(branching[0])]
    for review, many in zip(reviews, branching[1:], strict=True):
        spread = np.repeat(np.arange(scenarios.count), many)
        streams = Streams(seed, f"review {review}")
        past = scenarios.take(spread)
        past = replace(past, probability=past.probability / many)
        scenarios = continued(portfolio, supply, past, review, streams)
        pasts = [*(held[spread] for held in pasts), np.arange(scenarios.count)]
    found = [Stage(0, np.zeros(scenarios.count, np.int64))]
    found += [Stage(r, _numbered(p)) for r, p in zip(reviews, pasts, strict=False)]
    return scenarios, nodes_of(found, periods)


# ------------------------------------------------------------------ what a tree leaves open


def unresolved(
    portfolio: Portfolio, supply: Supply, scenarios: Scenarios, node: Ints
) -> dict[int, float]:
    """Say for each review what share of what was observed its nodes do not tell apart.

        Σ_w π_w·‖state_w − mean state of w's node‖  over  Σ_w π_w·‖state_w − mean state‖

    in the norm of `observed.coordinates`: 1 where nothing is told apart, 0 where everything
    that still matters of what was observed is. It bounds how far what a decision knows in
    the tree is from what one would know, and falls with more branches.
    """
    chance = scenarios.probability / scenarios.probability.sum()
    found = {}
    for stage in stages(node)[1:]:
        known = coordinates(state(portfolio, supply, scenarios, stage.period), chance)
        whole = _spread(known, chance, np.zeros(len(chance), np.int64))
        found[stage.period] = _spread(known, chance, stage.group) / whole if whole > 0 else 0.0
    return found


def _spread(known: Floats, chance: Floats, group: Ints) -> float:
    if not known.size:
        return 0.0
    weight = np.bincount(group, chance)
    mean = np.stack([np.bincount(group, chance * column) for column in known.T], axis=1)
    apart = known - (mean / weight[:, np.newaxis])[group]
    return float(chance @ np.sqrt((apart**2).sum(axis=1)))
