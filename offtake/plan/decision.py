"""Decisions: what is signed and where jobs run, by names, apart from any scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from offtake.model.period import Quarter
from offtake.plan.formulate import Formulation
from offtake.plan.program import ABSENT, Floats, Ints
from offtake.plan.question import Part, Question

Layout = tuple[str, ...]
"""What every first-stage column is, in order; equal layouts can share a point."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided before the future is known."""

    signed: Mapping[tuple[str, Quarter], float]
    """MW of IT by offer and quarter of signing; the mean over nodes where there are several."""
    hosts: Mapping[str, str]
    """Site by training job; jobs that run nowhere are left out."""
    first: Floats = field(default_factory=lambda: np.empty(0))
    """[F] the same as the first stage of the program it was found in; empty for none."""
    layout: Layout = ()
    """What its columns are."""


def layout(part: Part) -> Layout:
    """Name every first-stage column, in order."""
    made, facts = part.made, part.made.facts
    names = {
        int(c): f"{name}.{n}"
        for name, index in made.program.columns.items()
        for n, c in enumerate(index.ravel())
        if c != ABSENT and int(c) in _set(part)
    }
    first = facts.portfolio.horizon.first
    for row, offer in enumerate(facts.supply.offers):
        for period, _ in enumerate(facts.portfolio.horizon.quarters):
            for node in np.unique(facts.tracks[:, period]):
                for name, columns in _by_signing(made):
                    if columns[row, node] != ABSENT:
                        names[int(columns[row, node])] = (
                            f"{name}.{offer.id}.{first + period}.{node}"
                        )
    for row, job in enumerate(facts.portfolio.demand.training):
        for place, site in enumerate(facts.portfolio.sites):
            if made.host[row, place] != ABSENT:
                names[int(made.host[row, place])] = f"host.{job.id}.{site.id}"
    for row, choice in enumerate(facts.supply.power.choices):
        site = facts.portfolio.sites[choice.site]
        column = int(made.program.columns["option"][row])
        names[column] = f"option.{site.id}.{choice.option.id}"
    return tuple(names[int(c)] for c in part.first)


def _by_signing(made: Formulation) -> list[tuple[str, Ints]]:
    """Columns [O, N] that belong to one offer at one node: what is signed, what carries a loan."""
    columns = made.program.columns
    return [(name, columns[name]) for name in ("x", "financed") if name in columns]


def _set(part: Part) -> frozenset[int]:
    return frozenset(map(int, part.first))


def decide(part: Part, point: Floats) -> Decision:
    """Read a first-stage point as a decision.

    Args:
        part: any part of the question it belongs to.
        point: [F]
    """
    made, facts = part.made, part.made.facts
    values = np.zeros(part.assembled.matrix.shape[1])
    values[part.first] = point
    first = facts.portfolio.horizon.first
    signed: dict[tuple[str, Quarter], float] = {}
    for row, offer in enumerate(facts.supply.offers):
        for period, _ in enumerate(facts.portfolio.horizon.quarters):
            columns = made.x[row, facts.tracks[:, period]]
            if columns[0] == ABSENT:
                continue
            mw = float(np.maximum(values[columns], 0.0).mean() * facts.size[row])
            if mw > 0:
                signed[offer.id, first + period] = mw
    return Decision(signed, _hosts(made, values), point, layout(part))


def _hosts(made: Formulation, values: Floats) -> dict[str, str]:
    portfolio = made.facts.portfolio
    chosen = np.argwhere((made.host != ABSENT) & (values[np.maximum(made.host, 0)] > 0.5))
    return {portfolio.demand.training[j].id: portfolio.sites[s].id for j, s in chosen}


class Decided(Protocol):
    """What has a question and a point that answers it."""

    @property
    def question(self) -> Question:
        """The question."""

    @property
    def point(self) -> Floats:
        """[F] the first stage of the answer."""


def decision_of(made: Decided) -> Decision:
    """Give what a solved plan signs and where it runs jobs, by names."""
    return decide(made.question.part(np.arange(1, dtype=np.int64)), made.point)


def point_of(decision: Decision, part: Part) -> Floats:
    """Give a decision as a first-stage point of a question, as far as its names are known.

    What the question does not offer is left out; what it offers beyond is not signed. Where
    nothing says how much of a vehicle's signing carries a loan, all of it does.
    """
    names = layout(part)
    if decision.layout == names:
        return decision.first
    values = np.zeros(part.assembled.matrix.shape[1])
    made, facts = part.made, part.made.facts
    if len(decision.first):
        known = dict(zip(decision.layout, decision.first, strict=True))
        values[part.first] = [known.get(name, 0.0) for name in names]
    told = any(name.startswith("financed.") for name in decision.layout)
    first = facts.portfolio.horizon.first
    offers = {offer.id: row for row, offer in enumerate(facts.supply.offers)}
    for (ident, quarter), mw in decision.signed.items():
        period = quarter - first
        if ident not in offers or not 0 <= period < facts.shape[1]:
            continue
        row = offers[ident]
        nodes = facts.tracks[:, period]
        columns = np.unique(made.x[row, nodes])
        values[columns[columns != ABSENT]] = mw / facts.size[row]
        if "financed" in made.program.columns and not told:
            columns = np.unique(made.program.columns["financed"][row, nodes])
            values[columns[columns != ABSENT]] = mw
    jobs = {job.id: row for row, job in enumerate(facts.portfolio.demand.training)}
    sites = {site.id: row for row, site in enumerate(facts.portfolio.sites)}
    for job, site in decision.hosts.items():
        if job in jobs and site in sites and made.host[jobs[job], sites[site]] != ABSENT:
            values[made.host[jobs[job], sites[site]]] = 1.0
    point: Floats = values[part.first]
    return point
