"""Evaluation: what a decision brings in scenarios it was not made for.

What is signed is held; use, rent and what is left unserved follow each scenario, as they
would in a plan. Limits inside scenarios give way where they must, and the answer says by
how much; limits on a mean of scenarios are not asked for, and what is taken of them is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from offtake.errors import Fault, OfftakeError, Where
from offtake.model.portfolio import Portfolio
from offtake.plan.blocks import UNLIMITED
from offtake.plan.decision import Decision, point_of
from offtake.plan.formulate import Facts, Risk
from offtake.plan.outcome import Outcome, joined, read, tail_mean
from offtake.plan.program import Floats, Ints
from offtake.plan.question import Question, ask, in_chunks
from offtake.plan.result import unserved_by_scenario
from offtake.plan.scenarios import Scenarios
from offtake.plan.solve import Solution
from offtake.plan.worker import CHUNK, Task, Worker

MEAN = Risk(0.0, 0.9)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A decision in every scenario; money in million USD, discounted."""

    probability: Floats
    """[W]"""
    npv: Floats
    """[W]"""
    cost: Floats
    """[W] cash out less residual value."""
    volume: Floats
    """[W] cash out."""
    unserved_share: Floats
    """[W] share of all demand not served."""
    broken: Floats
    """[W] largest violation of a limit inside the scenario, in units of its row; 0 for none."""
    taken: Floats
    """[K, W] what each scenario takes of each limit on a mean."""
    limit: Floats
    """[K] those limits."""
    outcome: Outcome

    def objective(self, risk: Risk) -> float:
        """Give (1 − λ)·mean + λ·CVaR of the net present value, M USD."""
        mean = float(self.probability @ self.npv)
        tail = tail_mean(self.npv, self.probability, risk.alpha, worst="low")
        return (1 - risk.weight) * mean + risk.weight * tail


def evaluate(
    portfolio: Portfolio,
    decision: Decision,
    scenarios: Scenarios,
    risk: Risk = MEAN,
    node: Ints | None = None,
) -> Evaluated:
    """Hold a decision and let every scenario make the best of it.

    Args:
        portfolio: the world it is evaluated in.
        decision: what is signed and where jobs run.
        scenarios: what may happen; their chances need not be those it was made with.
        risk: not used by what happens inside a scenario; kept with the answer.
        node: [W, T] information structure the decision was made under; None is two stages.

    Raises:
        OfftakeError: it signs what this portfolio does not offer (`OTK-P120`).
    """
    return evaluate_each(portfolio, (decision,), scenarios, risk, node)[0]


def evaluate_each(
    portfolio: Portfolio,
    decisions: Sequence[Decision],
    scenarios: Scenarios,
    risk: Risk = MEAN,
    node: Ints | None = None,
) -> list[Evaluated]:
    """Hold several decisions in the same scenarios, whose programs are written once.

    Raises:
        OfftakeError: as `evaluate`.
    """
    question = ask(portfolio, scenarios, Risk(0.0, risk.alpha), node)
    example = question.part(np.arange(1, dtype=np.int64))
    for decision in decisions:
        _known(decision, portfolio)
    points = [point_of(decision, example) for decision in decisions]
    limit = example.assembled.row_upper[example.means]
    found = [
        _chunk(question, which, points, len(limit)) for which in in_chunks(scenarios.count, CHUNK)
    ]
    facts = question.facts(keep=False)
    return [_put_together(facts, limit, list(chunks)) for chunks in zip(*found, strict=True)]


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What one decision brings in some of the scenarios."""

    which: Ints
    outcome: Outcome
    broken: Floats
    taken: Floats


def _put_together(facts: Facts, limit: Floats, chunks: list[_Chunk]) -> Evaluated:
    outcome = joined([c.outcome for c in chunks], [c.which for c in chunks])
    return Evaluated(
        probability=facts.scenarios.probability,
        npv=outcome.npv,
        cost=outcome.cost,
        volume=(outcome.spent * facts.discount).sum(axis=1),
        unserved_share=unserved_by_scenario(facts, outcome),
        broken=np.concatenate([c.broken for c in chunks]),
        taken=np.concatenate([c.taken for c in chunks], axis=1),
        limit=limit,
        outcome=outcome,
    )


def _chunk(question: Question, which: Ints, points: list[Floats], limits: int) -> list[_Chunk]:
    """Write the programs of some scenarios, and ask them for every point."""
    own = question.take(which)
    one = np.zeros(len(which), np.int64)
    worker = Worker(Task(own, one, 1, threads=2, chunk=len(which)))
    part = own.part(np.arange(len(which), dtype=np.int64))
    free = np.full((limits, len(which)), UNLIMITED)
    found = []
    for point in points:
        answer = worker.ask(point, free)
        piece = worker.piece(0)
        values = piece.values
        values[part.first] = point
        outcome = read(part.made, Solution("optimal", 0.0, 0.0, values, piece.row_dual, values))
        found.append(_Chunk(which, outcome, answer.broken, worker.taken()))
    worker.close()
    return found


def _known(decision: Decision, portfolio: Portfolio) -> None:
    offered = {offer.id for offer in portfolio.offers}
    unknown = sorted({offer for offer, _ in decision.signed} - offered)
    if unknown:
        raise OfftakeError(
            Fault(
                code="OTK-P120",
                what=f"the decision signs what is not offered here: {', '.join(unknown)}",
                where=Where(path="offers"),
                hint="evaluate a decision in a portfolio with the same offers",
            )
        )
