"""What all parts of a study share: the plan, the scenarios, and how candidates are made.

    portfolio ──draw──> samples ──plan──> base
                           │                │
        turned portfolio ──┴── planned / held ──> Candidate

All comparisons are made on common random numbers: a changed portfolio is drawn anew from
the same seed, and every quantity keeps its own stream.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from offtake.model.contract import Offer, Tenure
from offtake.model.outlook import Lot, Outlook
from offtake.model.plan import Plan, Signing
from offtake.model.portfolio import Portfolio
from offtake.plan.decision import Decision, decision_of
from offtake.plan.evaluate import Evaluated, evaluate_each
from offtake.plan.formulate import Risk
from offtake.plan.front import MOST_RISK, Solved, solved
from offtake.plan.outcome import Outcome, tail_mean
from offtake.plan.program import Floats
from offtake.plan.result import LEAST_MW, spread
from offtake.plan.scenarios import Scenarios, draw
from offtake.plan.supply import compile_supply
from offtake.plan.workloads import MILLION
from offtake.progress import Progress, Tell
from offtake.units import ItMW, it_mw

BROKEN = 1e-6
"""A limit inside a scenario broken by less is rounding of the solver."""
LEAST_VOLUME = 1e-9
"""Million USD; a plan that spends less has no volume to take shares of."""


@dataclass(frozen=True, slots=True)
class Cash:
    """Cash of the lab in every scenario, [W] M USD each, not discounted."""

    invested: Floats
    """Capital expenditure and prepayments."""
    spending: Floats
    """Most cash out in any quarter."""
    peak: Floats
    """Most cash out less cash in, up to any quarter."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A plan, found or held, with what it brings in every scenario."""

    outlook: Outlook
    decision: Decision
    npv: Floats
    """[W] M USD."""
    chance: Floats
    """[W]"""
    cash: Cash
    held: Evaluated | None = None
    """What holding it brought in detail; None where it was found, so that it keeps all limits."""

    @property
    def volume(self) -> float:
        """Mean discounted cash out, in USD, with a floor so that shares of it can be taken."""
        return max(self.outlook.volume_usd, LEAST_VOLUME * MILLION)

    @property
    def means_broken(self) -> int:
        """Limits on the mean of scenarios that it exceeds: holding a plan does not keep them."""
        if self.held is None:
            return 0
        mean, most = self.held.taken @ self.chance, self.held.limit
        return int((mean > most + BROKEN * np.maximum(np.abs(most), 1.0)).sum())

    @property
    def keeps_limits(self) -> bool:
        """Whether it keeps every limit, so that it may stand in for a plan."""
        return self.outlook.broken_share == 0 and self.means_broken == 0


@dataclass(frozen=True, slots=True)
class Setting:
    """A portfolio with its plan, and the scenarios everything is compared on."""

    portfolio: Portfolio
    risk: Risk
    count: int
    """Scenarios."""
    seed: int
    gap: float
    """Gap wanted of every plan, as a share of the volume of cost."""
    seconds: float
    """Time limit of each branch and bound."""
    tell: Tell
    samples: Scenarios
    base: Candidate
    plan: Plan
    """The plan that is studied, in full."""
    mean_dual: Floats
    """[K] M USD: what one more unit of each limit on a mean is worth in it."""
    workers: str | None = None

    def say(self, words: str) -> None:
        """Tell what is being done."""
        self.tell(Progress("study", words))

    def drawn(
        self, portfolio: Portfolio, count: int | None = None, seed: int | None = None
    ) -> Scenarios:
        """Draw scenarios of a portfolio, on the study's own seed unless another is given."""
        own = self.seed if seed is None else seed
        return draw(portfolio, compile_supply(portfolio), count or self.count, own)

    def planned(
        self,
        portfolio: Portfolio | None = None,
        samples: Scenarios | None = None,
        risk: Risk | None = None,
        start: Decision | None = None,
        hold: Decision | None = None,
    ) -> Candidate:
        """Plan anew: another portfolio, other scenarios or another risk.

        With `hold` what is signed is held; unlike `held` that keeps limits on the mean.

        Raises:
            InfeasibleError: no plan satisfies the limits.
            OfftakeError: the portfolio cannot be planned.
        """
        wanted = risk or self.risk
        held = portfolio or self.portfolio
        found = solved(
            held,
            risk=min(wanted.weight, MOST_RISK),
            alpha=wanted.alpha,
            seed=self.seed,
            gap=self.gap,
            seconds=self.seconds,
            samples=self.samples if samples is None else samples,
            start=start,
            hold=hold,
            workers=self.workers,
        )
        return candidate(held, found, wanted)

    def held(
        self,
        decision: Decision,
        portfolio: Portfolio | None = None,
        samples: Scenarios | None = None,
        risk: Risk | None = None,
    ) -> Candidate:
        """Hold what is signed, and see how it does in a portfolio, scenarios and risk.

        Raises:
            OfftakeError: the portfolio cannot be planned.
        """
        return self.held_each([decision], portfolio, samples, risk)[0]

    def held_each(
        self,
        decisions: Sequence[Decision],
        portfolio: Portfolio | None = None,
        samples: Scenarios | None = None,
        risk: Risk | None = None,
    ) -> list[Candidate]:
        """Hold several decisions in the same scenarios.

        Raises:
            OfftakeError: the portfolio cannot be planned.
        """
        wanted, kept = risk or self.risk, portfolio or self.portfolio
        lived = self.samples if samples is None else samples
        seen = evaluate_each(kept, decisions, lived, wanted)
        return [
            _kept(kept, decision, one, wanted)
            for decision, one in zip(decisions, seen, strict=True)
        ]


def prepare(
    portfolio: Portfolio,
    *,
    risk: float = 0.2,
    alpha: float = 0.9,
    scenarios: int | None = None,
    seed: int | None = None,
    gap: float = 0.005,
    seconds: float = 60.0,
    progress: Tell | None = None,
    workers: str | None = None,
) -> Setting:
    """Plan a portfolio, and keep what every part of a study starts from.

    Raises:
        OfftakeError: as `offtake.plan`.
        InfeasibleError: no plan satisfies the limits.
    """
    tell = progress or (lambda _: None)
    count = scenarios if scenarios is not None else portfolio.uncertainty.scenario_count
    drawn_with = seed if seed is not None else portfolio.uncertainty.seed
    found = solved(
        portfolio,
        # At 1 what happens outside the tail would count for nothing, and any use there do.
        risk=min(risk, MOST_RISK) if risk <= 1 else risk,
        alpha=alpha,
        scenarios=count,
        seed=drawn_with,
        gap=gap,
        seconds=seconds,
        progress=tell,
        workers=workers,
    )
    wanted = Risk(risk, alpha)
    return Setting(
        portfolio=portfolio,
        risk=wanted,
        count=count,
        seed=drawn_with,
        gap=gap,
        seconds=seconds,
        tell=tell,
        samples=draw(portfolio, compile_supply(portfolio), count, drawn_with),
        base=candidate(portfolio, found, wanted),
        plan=found.plan,
        mean_dual=found.found.mean_dual,
        workers=workers,
    )


def objective(npv: Floats, chance: Floats, risk: Risk) -> float:
    """(1 − λ)·mean + λ·CVaR_α of net present values."""
    mean = float(chance @ npv)
    if risk.weight == 0:
        return mean
    return (1 - risk.weight) * mean + risk.weight * tail_mean(npv, chance, risk.alpha, worst="low")


def candidate(portfolio: Portfolio, found: Solved, risk: Risk) -> Candidate:
    """Sum up a plan that was found, at the risk that was asked for."""
    plan, outcome, chance = found.plan, found.outcome, found.made.facts.scenarios.probability
    decision = decision_of(found)
    signed = lots(portfolio, decision)
    reached = objective(outcome.npv, chance, risk) * MILLION
    volume = max(outcome.volume, LEAST_VOLUME) * MILLION
    outlook = Outlook(
        objective_usd=reached,
        bound_usd=plan.bound_usd,
        gap_share=(plan.bound_usd - reached) / volume,
        volume_usd=max(outcome.volume, 0.0) * MILLION,
        npv=spread(outcome.npv, chance, risk, worst="low"),
        cost=spread(outcome.cost, chance, risk, worst="high"),
        unserved_share=plan.unserved_share,
        signed_it_mw=of_tenure(signed),
        hourly_it_mw=of_tenure(s for s in plan.signed if s.tenure.is_hourly),
        lots=signed,
        npv_usd=tuple(float(v) * MILLION for v in outcome.npv),
    )
    return Candidate(
        outlook=outlook,
        decision=decision,
        npv=outcome.npv,
        chance=chance,
        cash=_cash(outcome),
    )


def _cash(outcome: Outcome) -> Cash:
    spent = outcome.spent
    return Cash(
        invested=np.maximum(outcome.investment.sum(axis=1), 0.0),
        spending=np.maximum(spent.max(axis=1), 0.0),
        peak=np.maximum(np.cumsum(spent - outcome.earned, axis=1).max(axis=1), 0.0),
    )


def _kept(portfolio: Portfolio, decision: Decision, seen: Evaluated, risk: Risk) -> Candidate:
    chance, signed = seen.probability, lots(portfolio, decision)
    outlook = Outlook(
        objective_usd=objective(seen.npv, chance, risk) * MILLION,
        volume_usd=max(float(chance @ seen.volume), 0.0) * MILLION,
        npv=spread(seen.npv, chance, risk, worst="low"),
        cost=spread(seen.cost, chance, risk, worst="high"),
        unserved_share=float(np.clip(chance @ seen.unserved_share, 0.0, 1.0)),
        broken_share=float(np.minimum(chance @ (seen.broken > BROKEN), 1.0)),
        signed_it_mw=of_tenure(signed),
        lots=signed,
        npv_usd=tuple(float(v) * MILLION for v in seen.npv),
    )
    return Candidate(
        outlook=outlook,
        decision=decision,
        npv=seen.npv,
        chance=chance,
        cash=_cash(seen.outcome),
        held=seen,
    )


def at_risk(held: Candidate, risk: Risk) -> Candidate:
    """Look at the same plan with another weight of the tail; what bound it had is dropped."""
    outlook = replace(
        held.outlook,
        objective_usd=objective(held.npv, held.chance, risk) * MILLION,
        bound_usd=None,
        gap_share=None,
    )
    return replace(held, outlook=outlook)


def lots(portfolio: Portfolio, decision: Decision) -> tuple[Lot, ...]:
    """List what a decision signs ahead, by quarter, then by size."""
    known: dict[str, Offer] = {offer.id: offer for offer in portfolio.offers}
    found = [
        Lot(
            offer=name,
            name=known[name].name or name,
            tenure=known[name].tenure,
            site=known[name].site,
            period=quarter,
            power_it_mw=it_mw(mw),
        )
        for (name, quarter), mw in decision.signed.items()
        if mw >= LEAST_MW and name in known
    ]
    return tuple(sorted(found, key=lambda lot: (lot.period, -lot.power_it_mw, lot.offer)))


def of_tenure(signed: Iterable[Lot | Signing]) -> dict[Tenure, ItMW]:
    """Add up power by tenure."""
    total: dict[Tenure, float] = {}
    for lot in signed:
        total[lot.tenure] = total.get(lot.tenure, 0.0) + lot.power_it_mw
    return {tenure: it_mw(total[tenure]) for tenure in Tenure if tenure in total}
