"""Two plans held against what happened: cash, work and promises of the quarters scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from offtake.model.backtest import Arrival, Basis, Difference, Money, PlanScore, QuarterScore
from offtake.model.period import Quarter
from offtake.model.plan import Band, Plan
from offtake.model.portfolio import Portfolio
from offtake.plan.backtest.realised import Record, capacity, h100e_per_mw
from offtake.plan.formulate import Risk
from offtake.plan.outcome import Outcome, quantile
from offtake.plan.result import spread
from offtake.plan.scenarios import Scenarios
from offtake.plan.supply import Supply
from offtake.plan.workloads import MILLION, THOUSAND, revenue
from offtake.units import it_mw

Floats = npt.NDArray[np.float64]

LEAST_WORK = 1e-12
"""k H100e; who asks for less asks for nothing."""


@dataclass(frozen=True, slots=True)
class Run:
    """One plan with what it brings by its own scenarios, and by what happened."""

    id: str
    about: str
    plan: Plan
    promised: Outcome
    realised: Outcome
    fresh: Outcome
    """On draws it was not made on."""


@dataclass(frozen=True, slots=True)
class Field:
    """What both plans are scored on."""

    portfolio: Portfolio
    """As of the first day."""
    supply: Supply
    drawn: Scenarios
    """As the plan with forecasts saw them."""
    happened: Scenarios
    """With the lateness that is on record."""
    fresh: Scenarios
    """The same on other draws of demand and prices, for what lies beyond the record."""
    record: Record
    scored: tuple[Quarter, ...]
    discount: Floats
    """[T]"""
    risk: Risk

    @property
    def count(self) -> int:
        """Quarters that are scored, the first of the horizon."""
        return len(self.scored)

    @property
    def chance(self) -> Floats:
        """[W] chance of each scenario."""
        return self.drawn.probability


def discount(rate: float, periods: int) -> Floats:
    """Give the factors of the middle of each quarter, as a plan discounts, [T]."""
    factors: Floats = (1 + rate) ** (-(np.arange(periods) + 0.5) / 4)
    return factors


def plan_score(field: Field, run: Run) -> PlanScore:
    """Tell what a plan promised itself, and what came of it."""
    ahead = [s for s in run.plan.signed if not s.tenure.is_hourly]
    last = field.scored[-1]
    return PlanScore(
        id=run.id,
        about=run.about,
        signed=run.plan.signed,
        signed_it_mw=it_mw(sum(float(s.power_it_mw) for s in ahead)),
        in_time_it_mw=it_mw(sum(float(s.power_it_mw) for s in ahead if s.service <= last)),
        promised=money(field, run.promised),
        realised=money(field, run.realised),
        npv=spread(run.fresh.npv, field.fresh.probability, field.risk, worst="low"),
        gap_usd=max(run.plan.bound_usd - run.plan.objective_usd, 0.0),
        promised_npv=spread(run.promised.npv, field.chance, field.risk, worst="low"),
    )


def money(field: Field, outcome: Outcome) -> Money:
    """Add up the quarters scored, in the mean of the scenarios."""
    chance, factors = field.chance, field.discount[: field.count]

    def mean(cash: Floats) -> float:
        return float(chance @ (cash[:, : field.count] @ factors)) * MILLION

    wanted = field.drawn.inference[:, :, : field.count].sum(axis=(0, 2))
    missing = outcome.unserved[:, :, : field.count].sum(axis=(0, 2))
    share = float(chance @ missing) / max(float(chance @ wanted), LEAST_WORK)
    return Money(
        earned_usd=mean(outcome.earned),
        paid_usd=mean(outcome.payment + outcome.energy),
        result_usd=float(chance @ result(field, outcome)) * MILLION,
        invested_usd=mean(outcome.investment),
        unserved_share=min(max(share, 0.0), 1.0),
    )


def result(field: Field, outcome: Outcome) -> Floats:
    """Give the result of the quarters scored, before investment, [W] million USD."""
    factors = field.discount[: field.count]
    _, lost = revenue(field.portfolio)
    unserved = outcome.unserved[:, :, : field.count]
    penalty = np.einsum("i,iwt,t->w", lost, unserved, factors)
    cash = outcome.earned - outcome.payment - outcome.energy
    made: Floats = cash[:, : field.count] @ factors - penalty
    return made


def difference(values: Floats, chance: Floats) -> Difference:
    """Summarise a difference by scenario, given in million USD."""
    mean = float(chance @ values)
    spare = 1 - float(chance @ chance)
    variance = float(chance @ (values - mean) ** 2) / spare if spare > 1e-12 else 0.0
    return Difference(
        mean_usd=mean * MILLION,
        p10_usd=quantile(values, chance, 0.1) * MILLION,
        p90_usd=quantile(values, chance, 0.9) * MILLION,
        error_usd=float(np.sqrt(variance * float(chance @ chance))) * MILLION,
    )


def by_period(field: Field) -> tuple[QuarterScore, ...]:
    """Tell promised, forecast and realised capacity, quarter by quarter."""
    periods = len(field.portfolio.horizon.quarters)
    basis = {source.id: field.record.basis(source) for source in field.supply.committed}
    ones = np.zeros(1)
    promised = capacity(field.supply, {s.id: ones for s in field.supply.committed}, periods, basis)
    there = {s.id: np.zeros(1) if s.accepted else np.full(1, 1e9) for s in field.supply.committed}
    installed = capacity(field.supply, there, periods, basis)[Basis.FACT]
    forecast = capacity(field.supply, field.drawn.late_days, periods, basis)[Basis.FACT]
    realised = capacity(field.supply, field.happened.late_days, periods, basis)[Basis.FACT]
    return tuple(
        QuarterScore(
            period=quarter,
            installed_h100e=float(installed[0, t]) * THOUSAND,
            promised_h100e=float(promised[Basis.FACT][0, t]) * THOUSAND,
            forecast=_band(forecast[:, t], field.chance),
            realised_h100e=float(field.chance @ realised[:, t]) * THOUSAND,
            unrecorded_h100e=float(promised[Basis.MODEL][0, t]) * THOUSAND,
        )
        for t, quarter in enumerate(field.scored)
    )


def _band(values: Floats, chance: Floats) -> Band:
    low, middle, high = (quantile(values, chance, level) for level in (0.1, 0.5, 0.9))
    return Band(
        mean_h100e=float(chance @ values) * THOUSAND,
        p10_h100e=low * THOUSAND,
        p50_h100e=middle * THOUSAND,
        p90_h100e=high * THOUSAND,
    )


def arrivals(field: Field) -> tuple[Arrival, ...]:
    """List the tranches that were to come in the quarters scored, by the day they were due."""
    last = field.scored[-1].last_day
    found: list[Arrival] = []
    for source in field.supply.committed:
        if source.accepted or source.due is None or source.due > last:
            continue
        outcome, pool = field.record.of(source), field.supply.pools[source.pool]
        late = field.drawn.late_days[source.id]
        low, middle, high = (
            source.due + timedelta(days=round(quantile(late, field.chance, level)))
            for level in (0.1, 0.5, 0.9)
        )
        found.append(
            Arrival(
                id=source.id,
                name=source.name,
                site=pool.site.id,
                accelerator=pool.accelerator.id,
                power_it_mw=it_mw(source.power_it_mw),
                work_h100e=source.power_it_mw * h100e_per_mw(pool),
                due=source.due,
                p10=low,
                p50=middle,
                p90=high,
                basis=field.record.basis(source),
                reached=outcome.reached if outcome else None,
                looked=outcome.looked if outcome else None,
            )
        )
    return tuple(sorted(found, key=lambda arrival: (arrival.due, arrival.id)))


def kept_share(rows: Sequence[QuarterScore]) -> float | None:
    """Give the share of the capacity announced for the quarters scored that was there.

    What was accepted before does not count. None where nothing was announced.
    """
    promised = sum(row.promised_h100e - row.installed_h100e for row in rows)
    there = sum(row.realised_h100e - row.installed_h100e for row in rows)
    return there / promised if promised > 0 else None
