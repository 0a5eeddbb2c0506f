"""The planner from end to end: portfolio in, plan out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from offtake import checks
from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.model.canonical import sha256
from offtake.model.plan import Effort as PlanEffort
from offtake.model.plan import Plan
from offtake.model.portfolio import Portfolio
from offtake.plan import power
from offtake.plan import search as finding
from offtake.plan.formulate import (
    Facts,
    Formulation,
    Risk,
    add_objective,
    formulate,
    gather,
    two_stage,
)
from offtake.plan.infeasible import explain
from offtake.plan.limits import add_limits
from offtake.plan.outcome import Outcome, read, volume
from offtake.plan.program import ABSENT, Assembled, Floats, Ints
from offtake.plan.reasons import binding_limits, margins
from offtake.plan.result import (
    assumptions,
    by_period,
    deliveries,
    signings,
    spread,
    unserved_shares,
    valuation,
)
from offtake.plan.scenarios import draw
from offtake.plan.search import Found, Progress, Stages, Tell
from offtake.plan.solve import SMALL, Solution, version
from offtake.plan.supply import compile_supply
from offtake.version import VERSION

MILLION = 1e6
FIRST_STAGE = ("x", "host", "option", "eta")
"""Columns decided before the future is known."""
MEANS = ("carbon", "carbon_market", "clean", "hourly_clean", "spending_to_revenue")
"""Limits on the mean of scenarios, shared out by allowances."""
MOST_RISK = 0.9999
"""Largest weight of the tail in large programs: at 1, what happens outside the tail would
count for nothing, and any use there would do."""
INSIDE = ("spending", "served", "clean_part", "hourly_clean_part", "spending_to_revenue_part")
"""Limits inside every scenario that a first stage can break."""


@dataclass(frozen=True, slots=True)
class Solved:
    """A plan with the arrays it came from, for those who look closer."""

    plan: Plan
    made: Formulation
    assembled: Assembled
    solution: Solution
    outcome: Outcome


def plan(
    portfolio: Portfolio,
    *,
    risk: float = 0.2,
    alpha: float = 0.9,
    scenarios: int | None = None,
    seed: int | None = None,
    gap: float = 0.005,
    seconds: float = 60.0,
    progress: Tell | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Plan:
    """Plan what to sign, where and when: the two-stage program of a portfolio.

        sign now ──> futures w = 1…W ──> use, rent, leave unserved
        x[o, t]      demand, delay,      u, r, v [w, t]
                     price, outage

    What is signed in each quarter is decided before the future is known; what runs where,
    what is rented and what is left unserved is decided in each future.

    Args:
        portfolio: what is owned, signed, offered, wanted and limited.
        risk: weight of the tail, 0 (the mean alone) to 1 (the tail alone).
        alpha: confidence of the tail; 0.9 looks at the worst tenth of scenarios.
        scenarios: how many to draw; None takes the portfolio's own number.
        seed: of the draw; None takes the portfolio's own.
        gap: gap wanted, as a share of the discounted volume of cost.
        seconds: time limit of each branch and bound.
        progress: told what is being done, and how good the plan is so far.
        clock: tells seconds, for the effort that is reported.

    Returns:
        The plan, with its price, its risk and its reasons.

    Raises:
        OfftakeError: options out of range (`OTK-P100`), entries that make no sense
            together (`OTK-C…`, see `offtake.checks`), or a price that cannot be planned
            (`OTK-P1…`).
        InfeasibleError: no plan satisfies the limits; the faults name the clash.
    """
    return solved(
        portfolio,
        risk=risk,
        alpha=alpha,
        scenarios=scenarios,
        seed=seed,
        gap=gap,
        seconds=seconds,
        progress=progress,
        clock=clock,
    ).plan


def solved(
    portfolio: Portfolio,
    *,
    risk: float = 0.2,
    alpha: float = 0.9,
    scenarios: int | None = None,
    seed: int | None = None,
    gap: float = 0.005,
    seconds: float = 60.0,
    progress: Tell | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Solved:
    """Plan as `plan` does, and keep the arrays.

    Raises:
        OfftakeError: as `plan`.
        InfeasibleError: as `plan`.
    """
    began = clock()
    tell = progress or (lambda _: None)
    count = scenarios if scenarios is not None else portfolio.uncertainty.scenario_count
    drawn_with = seed if seed is not None else portfolio.uncertainty.seed
    _check_options(portfolio, risk, alpha, count, gap, seconds)
    _check_sense(portfolio)
    tell(Progress("draw", f"drawing {count} scenarios of {portfolio.name}"))
    facts = prepare(portfolio, count, drawn_with)
    made, assembled = build(facts, Risk(risk, alpha))
    if risk > MOST_RISK and len(assembled.cost) > SMALL:
        made, assembled = build(facts, Risk(MOST_RISK, alpha))
    rows, columns = assembled.matrix.shape
    tell(Progress("build", f"built {columns:,} variables, {rows:,} constraints"))
    found = finding.search(
        assembled,
        stages(made),
        lambda values: volume(made, values),
        finding.Effort(gap, seconds),
        tell,
    )
    if isinstance(found, finding.Clash):
        tell(Progress("explain", "no plan satisfies the limits; looking for those that clash"))
        raise explain(made.program, assembled, found.masks)
    tell(Progress("explain", "putting the reasons into words"))
    outcome = read(made, found.solution)
    answer = _plan(made, assembled, found, outcome, drawn_with, clock() - began)
    return Solved(answer, made, assembled, found.solution, outcome)


def prepare(portfolio: Portfolio, count: int, seed: int) -> Facts:
    """Draw scenarios and follow every source through them, in two stages."""
    periods = len(portfolio.horizon.quarters)
    supply = compile_supply(portfolio)
    scenarios = draw(portfolio, supply, count, seed)
    return gather(portfolio, supply, scenarios, two_stage((count, periods)))


def build(facts: Facts, risk: Risk) -> tuple[Formulation, Assembled]:
    """Write the program with all its limits and assemble it."""
    made = formulate(facts, risk)
    power.add(made)
    add_objective(made)
    add_limits(made)
    return made, made.program.assemble()


def _check_sense(portfolio: Portfolio) -> None:
    """Refuse a portfolio whose entries make no sense together: it would plan nonsense."""
    wrong = [f.fault for f in checks.run(portfolio) if f.level is checks.Level.ERROR]
    if wrong:
        raise OfftakeError(wrong)


def _check_options(
    portfolio: Portfolio, risk: float, alpha: float, count: int, gap: float, seconds: float
) -> None:
    faults = []
    for name, value, low, high in (
        ("risk", risk, 0.0, 1.0),
        ("alpha", alpha, 0.0, 0.999),
        ("gap", gap, 0.0, 1.0),
    ):
        if not low <= value <= high:
            faults.append(
                Fault(
                    code="OTK-P100",
                    what=f"{name} must lie between {low:g} and {high:g}",
                    where=Where(path=name),
                    got=f"{value:g}",
                )
            )
    least = max(1, len(portfolio.uncertainty.scenarios))
    if count < least:
        faults.append(
            Fault(
                code="OTK-P100",
                what=f"scenarios must be at least {least}"
                + (", one for each named scenario" if least > 1 else ""),
                where=Where(path="scenarios"),
                got=str(count),
            )
        )
    if not seconds > 0:
        faults.append(
            Fault(
                code="OTK-P100",
                what="seconds must be above 0",
                where=Where(path="seconds"),
                got=f"{seconds:g}",
            )
        )
    if faults:
        raise OfftakeError(faults, exit=Exit.USAGE)


def stages(made: Formulation) -> Stages:
    """Tell a decomposition what is decided first, where to begin, and what can break."""
    columns, rows = made.program.columns, made.program.rows
    shared = [name for name in MEANS if f"{name}_allowance" in columns]
    allowance = _joined([columns[f"{name}_allowance"] for name in shared])
    free = _joined([columns[name] for name in FIRST_STAGE if name in columns])
    hard = np.zeros(made.program.row_count, bool)
    for name in INSIDE:
        if name in rows:
            hard[_there(rows[name].index)] = True
    return Stages(
        scenarios=made.facts.scenarios.count,
        first=np.sort(np.concatenate([free, allowance])),
        hard=hard,
        allowance=allowance,
        part=_joined([rows[f"{name}_part"].index for name in shared]),
        mean=_joined(
            [np.broadcast_to(rows[n].index[:, None], rows[f"{n}_part"].index.shape) for n in shared]
        ),
        chance=_joined_floats(
            [
                np.broadcast_to(made.facts.scenarios.probability, rows[f"{n}_part"].index.shape)
                for n in shared
            ]
        ),
    )


def _joined(parts: list[Ints]) -> Ints:
    return np.concatenate([_there(part) for part in parts] or [np.empty(0, np.int64)])


def _joined_floats(parts: list[Floats]) -> Floats:
    return np.concatenate([part.ravel() for part in parts] or [np.empty(0)])


def _there(index: Ints) -> Ints:
    there: Ints = index[index != ABSENT]
    return there


def _plan(
    made: Formulation,
    assembled: Assembled,
    found: Found,
    outcome: Outcome,
    seed: int,
    wall_s: float,
) -> Plan:
    facts, risk, solution = made.facts, made.risk, found.solution
    portfolio, chance = facts.portfolio, facts.scenarios.probability
    mean, p90 = unserved_shares(facts, outcome)
    energy = float(chance @ outcome.energy_mwh.sum(axis=1))
    clean = float(chance @ outcome.clean_mwh.sum(axis=1))
    rows, columns = assembled.matrix.shape
    volume = max(outcome.volume, 1e-9)
    return Plan(
        portfolio=portfolio.name,
        about=portfolio.about,
        as_of=portfolio.as_of,
        inputs_sha256=sha256(portfolio, facts.scenarios.count, seed, risk.weight, risk.alpha),
        version=VERSION,
        horizon=portfolio.horizon,
        scenarios=facts.scenarios.count,
        seed=seed,
        risk_share=risk.weight,
        cvar_alpha_share=risk.alpha,
        objective_usd=solution.objective * MILLION,
        bound_usd=found.bound * MILLION,
        gap_share=(found.bound - solution.objective) / volume,
        npv=spread(outcome.npv, chance, risk, worst="low"),
        cost=spread(outcome.cost, chance, risk, worst="high"),
        unserved_share=mean,
        unserved_p90_share=p90,
        energy_mwh=energy,
        carbon_t_co2=float(chance @ outcome.carbon_t.sum(axis=1)),
        clean_share=clean / energy if energy > 0 else 0.0,
        signed=signings(made, outcome, margins(made, solution)),
        deliveries=deliveries(made, outcome),
        by_period=by_period(made, outcome),
        limits=binding_limits(made, assembled, solution),
        valuation=valuation(made, outcome),
        assumptions=assumptions(portfolio),
        sources=_sources(portfolio),
        remarks=(*facts.supply.remarks, *_risk_remark(risk)),
        effort=PlanEffort(
            solver=version(),
            columns_count=columns,
            rows_count=rows,
            nonzeros_count=assembled.matrix.nnz,
            integers_count=int(assembled.integer.sum()),
            wall_s=max(wall_s, 0.0),
            residual_amount=assembled.violation(solution.values),
        ),
    )


def _risk_remark(risk: Risk) -> tuple[str, ...]:
    if risk.weight != MOST_RISK:
        return ()
    return (
        f"The weight of the tail was taken as {MOST_RISK} instead of 1, so that scenarios "
        "outside the tail are planned sensibly too.",
    )


def _sources(portfolio: Portfolio) -> tuple[str, ...]:
    """Name every publisher the portfolio's facts come from, once."""
    named: dict[str, None] = {}
    for entries in (
        portfolio.sites,
        portfolio.accelerators,
        portfolio.contracts,
        portfolio.offers,
        portfolio.uncertainty.delays,
    ):
        for entry in entries:
            if entry.provenance is not None and entry.provenance.source:
                named.setdefault(entry.provenance.source)
    return tuple(named)
