"""Evaluation: what a decision brings in scenarios it was not made for.

What is signed is held; use, rent and what is left unserved follow each scenario, as they
would in a plan. Limits inside scenarios give way where they must, and the answer says by
how much; limits on a mean of scenarios are not asked for, and what is taken of them is told.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from offtake.errors import Fault, OfftakeError, Where
from offtake.model.portfolio import Portfolio
from offtake.plan.blocks import UNLIMITED
from offtake.plan.decision import Decision, point_of
from offtake.plan.formulate import Risk
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
    question = ask(portfolio, scenarios, Risk(0.0, risk.alpha), node)
    example = question.part(np.arange(1, dtype=np.int64))
    _known(decision, portfolio)
    point = point_of(decision, example)
    limit = example.assembled.row_upper[example.means]
    found = [
        _chunk(question, which, point, len(limit)) for which in in_chunks(scenarios.count, CHUNK)
    ]
    outcome = joined([o for o, _, _, _ in found], [w for _, w, _, _ in found])
    facts = question.facts(keep=False)
    return Evaluated(
        probability=scenarios.probability,
        npv=outcome.npv,
        cost=outcome.cost,
        volume=(outcome.spent * facts.discount).sum(axis=1),
        unserved_share=unserved_by_scenario(facts, outcome),
        broken=np.concatenate([b for _, _, b, _ in found]),
        taken=np.concatenate([t for _, _, _, t in found], axis=1),
        limit=limit,
        outcome=outcome,
    )


def _chunk(
    question: Question, which: Ints, point: Floats, limits: int
) -> tuple[Outcome, Ints, Floats, Floats]:
    own = question.take(which)
    one = np.zeros(len(which), np.int64)
    worker = Worker(Task(own, one, 1, threads=2, chunk=len(which)))
    answer = worker.ask(point, np.full((limits, len(which)), UNLIMITED))
    piece = worker.piece(0)
    part = own.part(np.arange(len(which), dtype=np.int64))
    values = piece.values
    values[part.first] = point
    outcome = read(part.made, Solution("optimal", 0.0, 0.0, values, piece.row_dual, values))
    return outcome, which, answer.broken, worker.taken()


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
