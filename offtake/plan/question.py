"""A question: a portfolio on scenarios under an information structure, whole or in parts.

A part is the program of some of the scenarios. Every part has the same first-stage
columns in the same order, and its scenarios keep the chances they have among all, so that
parts add up to the whole:

    question ──part(0…9)──> program of 10 scenarios ──> 10 blocks
             ──part(10…19)──> …                          one first stage for all
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from offtake.model.portfolio import Portfolio
from offtake.plan import power, vehicles
from offtake.plan.formulate import (
    Facts,
    Formulation,
    Risk,
    add_objective,
    formulate,
    gather,
    two_stage,
)
from offtake.plan.limits import add_limits
from offtake.plan.program import ABSENT, Assembled, Ints
from offtake.plan.scenarios import Scenarios
from offtake.plan.supply import Supply, compile_supply

FIRST_STAGE = ("x", "host", "option", "financed", "eta")
"""Columns decided before the future is known."""
MEANS = ("carbon", "carbon_market", "clean", "hourly_clean", "spending_to_revenue")
"""Limits on the mean of scenarios, shared out by allowances."""
INSIDE = ("spending", "served", "clean_part", "hourly_clean_part", "spending_to_revenue_part")
"""Limits inside every scenario that a first stage can break."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be planned; values only, so that it can be sent to another process."""

    portfolio: Portfolio
    supply: Supply
    scenarios: Scenarios
    node: Ints
    """[W, T]"""
    tracks: Ints
    """[P, T] every path through the nodes."""
    risk: Risk

    def take(self, which: Ints) -> Question:
        """Give the question on some of the scenarios, with the chances they have among all."""
        return replace(self, scenarios=self.scenarios.take(which), node=self.node[which])

    def facts(self, *, keep: bool = True) -> Facts:
        """Follow every source through every scenario.

        Args:
            keep: hold the flows of all offers; else each is followed when it is looked at,
                which needs no memory.
        """
        return gather(
            self.portfolio, self.supply, self.scenarios, self.node, self.tracks, keep=keep
        )

    def part(self, which: Ints) -> Part:
        """Write the program of some of the scenarios."""
        made, assembled = build(self.take(which).facts(), self.risk)
        return Part(made, assembled, which)


def ask(
    portfolio: Portfolio, scenarios: Scenarios, risk: Risk, node: Ints | None = None
) -> Question:
    """Put a question: in two stages, or under the information structure `node` [W, T]."""
    shape = (scenarios.count, len(portfolio.horizon.quarters))
    known = two_stage(shape) if node is None else node
    tracks = np.unique(known, axis=0)
    return Question(portfolio, compile_supply(portfolio), scenarios, known, tracks, risk)


def build(facts: Facts, risk: Risk) -> tuple[Formulation, Assembled]:
    """Write the program with all its limits and assemble it."""
    made = formulate(facts, risk)
    power.add(made)
    vehicles.add(made)
    add_objective(made)
    add_limits(made)
    return made, made.program.assemble()


@dataclass(frozen=True, slots=True)
class Part:
    """The program of some scenarios, and how it falls apart."""

    made: Formulation
    assembled: Assembled
    which: Ints
    """Scenarios of the whole it holds."""

    @property
    def first(self) -> Ints:
        """Columns of the first stage, in an order that is the same in every part."""
        columns = self.made.program.columns
        return np.sort(_joined(columns[name] for name in FIRST_STAGE if name in columns))

    @property
    def own(self) -> Ints:
        """Rows that hold nothing but the first stage."""
        inside = np.zeros(self.assembled.matrix.shape[1], bool)
        inside[self.first] = True
        others = self.assembled.matrix[:, np.flatnonzero(~inside)].tocsr()
        return np.flatnonzero(np.diff(others.indptr) == 0)

    @property
    def fixed(self) -> npt.NDArray[np.bool_]:
        """Which columns of the first stage are signings and hosts, not the tail's threshold."""
        columns = self.made.program.columns
        return ~np.isin(self.first, columns.get("eta", _NONE))

    @property
    def allowance(self) -> Ints:
        """Columns [K, W] that share out limits on a mean."""
        columns = self.made.program.columns
        return _stacked([columns[f"{name}_allowance"] for name in self._means()], self._count)

    @property
    def means(self) -> Ints:
        """Rows [K] of the limits on a mean."""
        rows = self.made.program.rows
        return _joined(rows[name].index for name in self._means())

    @property
    def shares(self) -> Ints:
        """Rows [K, W] that hold each scenario to its allowance."""
        rows = self.made.program.rows
        return _stacked([rows[f"{name}_part"].index for name in self._means()], self._count)

    @property
    def hard(self) -> Ints:
        """Rows inside scenarios that not every first stage satisfies."""
        rows = self.made.program.rows
        return _joined(rows[name].index for name in INSIDE if name in rows)

    @property
    def npv(self) -> Ints:
        """Row [W] that adds up each scenario's net present value."""
        return self.made.program.rows["npv"].index

    @property
    def _count(self) -> int:
        return len(self.which)

    def _means(self) -> list[str]:
        return [name for name in MEANS if f"{name}_allowance" in self.made.program.columns]


def in_chunks(count: int, size: int) -> Iterator[Ints]:
    """Cut 0…count−1 into runs of at most `size`."""
    for start in range(0, count, size):
        yield np.arange(start, min(start + size, count), dtype=np.int64)


def _joined(parts: Iterator[Ints]) -> Ints:
    return np.concatenate([part[part != ABSENT].ravel() for part in parts] or [_NONE])


def _stacked(parts: list[Ints], count: int) -> Ints:
    return np.concatenate([part.reshape(-1, count) for part in parts] or [_NONE.reshape(0, count)])


_NONE = np.empty(0, np.int64)
