"""A plan without whole numbers: blocks in parts, training runs hosted in parts.

It is what both a decomposition and the whole program can be solved to a small gap for, so
that the two can be compared; and it has the size of the real thing.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from offtake.model import Portfolio
from offtake.plan.formulate import Risk
from offtake.plan.front import prepare
from offtake.plan.program import Ints
from offtake.plan.question import Part, Question, ask
from offtake.plan.search import Clash, Effort, Found, search
from offtake.plan.solve import relaxed

PATIENCE_S = 600.0
"""Time limit of a search, which nothing here should come near to."""


@dataclass(frozen=True, slots=True)
class Relaxed(Question):
    """A question whose whole numbers need not be whole."""

    def part(self, which: Ints) -> Part:
        """Write the program of some of the scenarios."""
        held = Question.part(self, which)
        return replace(held, assembled=relaxed(held.assembled))


def question(portfolio: Portfolio, count: int, seed: int, risk: Risk) -> Relaxed:
    """Draw scenarios and ask."""
    asked = ask(portfolio, prepare(portfolio, count, seed).scenarios, risk)
    return Relaxed(**{field.name: getattr(asked, field.name) for field in fields(asked)})


def decomposed(asked: Relaxed, gap: float) -> Found:
    """Answer by decomposition, to a gap as a share of the volume of cost.

    Raises:
        RuntimeError: there is no plan.
    """
    found = search(asked, Effort(gap, PATIENCE_S), lambda _: None)
    if isinstance(found, Clash):
        raise RuntimeError("a drawn portfolio has no plan")
    found.close()
    return found


def extensive(asked: Relaxed) -> Part:
    """Write everything as one program."""
    return asked.part(np.arange(asked.scenarios.count, dtype=np.int64))
