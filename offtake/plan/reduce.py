"""Fewer scenarios that stand for all: used to choose whole blocks, never to price a plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from offtake.plan.program import Floats
from offtake.plan.scenarios import Scenarios

Ints = npt.NDArray[np.int64]


def representatives(features: Floats, chance: Floats, count: int) -> tuple[Ints, Floats]:
    """Choose scenarios that stand for all, by fast forward selection.

    Each step adds the scenario that most lowers Σ π·distance to the nearest chosen one
    (Heitsch and Römisch 2003, with Euclidean distance of standardised features).

    Args:
        features: [W, F] what scenarios are told apart by.
        chance: [W] their probabilities.
        count: how many to choose.

    Returns:
        Indices chosen, and the probability each of them gathers.
    """
    scaled = (features - features.mean(axis=0)) / np.maximum(features.std(axis=0), 1e-12)
    apart = np.sqrt(((scaled[:, None, :] - scaled[None, :, :]) ** 2).sum(axis=2))
    nearest = np.full(len(chance), np.inf)
    chosen: list[int] = []
    for _ in range(min(count, len(chance))):
        after = np.minimum(nearest[None, :], apart)
        cost = after @ chance
        cost[chosen] = np.inf
        best = int(np.argmin(cost))
        chosen.append(best)
        nearest = after[best]
    owner = np.argmin(apart[:, chosen], axis=1)
    weight: Floats = np.bincount(owner, weights=chance, minlength=len(chosen)).astype(float)
    return np.array(chosen, np.int64), weight


def features(scenarios: Scenarios, late_days: dict[str, Floats]) -> Floats:
    """Describe each scenario by demand at four times, training, prices and lateness, [W, F]."""
    count, periods = scenarios.rental_price.shape
    marks = np.linspace(0, periods - 1, 4).astype(int)
    total = scenarios.inference.sum(axis=0)[:, marks] if len(scenarios.inference) else None
    late = np.array(list(late_days.values())).reshape(-1, count).T
    parts = [
        np.zeros((count, 1)) if total is None else np.log(np.maximum(total, 1e-9)),
        scenarios.training.sum(axis=0)[:, None],
        scenarios.rental_price.mean(axis=1)[:, None],
        np.minimum(late, 3 * 365.0).mean(axis=1)[:, None] if late.size else np.zeros((count, 1)),
    ]
    return np.concatenate(parts, axis=1)


def subset(scenarios: Scenarios, chosen: Ints, chance: Floats) -> Scenarios:
    """Keep some scenarios, with new probabilities."""
    return replace(
        scenarios,
        probability=chance,
        story=tuple(scenarios.story[i] for i in chosen),
        inference=scenarios.inference[:, chosen],
        training=scenarios.training[:, chosen],
        rental_price=scenarios.rental_price[chosen],
        electricity_price=scenarios.electricity_price[chosen],
        delay_ratio=scenarios.delay_ratio[chosen],
        site_up=scenarios.site_up[:, chosen],
        party_up={name: up[chosen] for name, up in scenarios.party_up.items()},
    )
