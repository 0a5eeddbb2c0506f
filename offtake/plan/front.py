"""The planner from end to end: portfolio in, plan out."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from offtake import checks
from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.model.canonical import sha256
from offtake.model.period import Quarter
from offtake.model.plan import Effort as PlanEffort
from offtake.model.plan import Plan
from offtake.model.portfolio import Portfolio
from offtake.model.samples import SampleTable
from offtake.plan import search as finding
from offtake.plan.answer import Answer, read_back
from offtake.plan.branches import told
from offtake.plan.checkpoint import Checkpoint
from offtake.plan.decision import Decision, decision_of, point_of
from offtake.plan.decompose import Stop, never
from offtake.plan.formulate import Facts, Formulation, Risk
from offtake.plan.futures import Wanted, prepared
from offtake.plan.infeasible import explain
from offtake.plan.machines import money_machines
from offtake.plan.outcome import Outcome
from offtake.plan.power_lines import site_power
from offtake.plan.program import Floats, Ints
from offtake.plan.question import Question, ask, build
from offtake.plan.reasons import binding_limits
from offtake.plan.result import (
    assumptions,
    by_period,
    deliveries,
    signings,
    spread,
    unserved_shares,
    valuation,
)
from offtake.plan.returns import vehicle_lines
from offtake.plan.scenarios import Scenarios, draw
from offtake.plan.search import Found
from offtake.plan.solve import SMALL, version
from offtake.plan.supply import compile_supply
from offtake.progress import Progress, Tell
from offtake.version import VERSION

__all__ = ["Progress", "Solved", "Tell", "build", "decision_of", "plan", "prepare", "solved"]

MILLION = 1e6
MOST_RISK = 0.9999
"""Largest weight of the tail in large programs: at 1, what happens outside the tail would
count for nothing, and any use there would do."""


@dataclass(frozen=True, slots=True)
class Solved:
    """A plan with the arrays it came from, for those who look closer."""

    plan: Plan
    question: Question
    found: Found
    answer: Answer

    @property
    def made(self) -> Formulation:
        """Names and indices of the program, and the facts of all scenarios."""
        return self.answer.made

    @property
    def outcome(self) -> Outcome:
        """What the plan brings in every scenario."""
        return self.answer.outcome

    @property
    def point(self) -> Floats:
        """[F] the first stage."""
        return self.found.point

    @property
    def npv(self) -> Floats:
        """[W] net present value of each scenario, M USD."""
        return self.answer.outcome.npv


def plan(
    portfolio: Portfolio,
    *,
    risk: float = 0.2,
    alpha: float = 0.9,
    scenarios: int | None = None,
    seed: int | None = None,
    gap: float = 0.005,
    seconds: float = 60.0,
    samples: SampleTable | None = None,
    drawn: int | None = None,
    reviews: Sequence[Quarter] = (),
    branches: int = 4,
    workers: str | None = None,
    resume: Path | None = None,
    stop: Stop = never,
    progress: Tell | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Plan:
    """Plan what to sign, where and when: the stochastic program of a portfolio.

        sign now ──> futures w = 1…W ──> use, rent, leave unserved
        x[o, t]      demand, delay,      u, r, v [w, t]
                     price, outage

    What is signed in each quarter is decided before the future is known; what runs where,
    what is rented and what is left unserved is decided in each future. With `reviews`, what
    is signed from a review on may follow what was observed before it (multistage).

    Args:
        portfolio: what is owned, signed, offered, wanted and limited.
        risk: weight of the tail, 0 (the mean alone) to 1 (the tail alone).
        alpha: confidence of the tail; 0.9 looks at the worst tenth of scenarios.
        scenarios: how many to plan on; None takes the portfolio's own number, or all samples.
        seed: of the draw; None takes the portfolio's own.
        gap: gap wanted, as a share of the discounted volume of cost.
        seconds: time limit of each branch and bound.
        samples: futures of one's own instead of a draw, as `files.read_samples` gives them.
        drawn: how many to draw, of which `scenarios` are kept that stand for all.
        reviews: quarters before whose signings the plan is looked at again.
        branches: most states of knowledge one parts into at a review.
        workers: who solves the scenarios: None is this process, `4` four processes, `ray` or
            `ray://HOST:PORT?4` Ray.
        resume: folder to leave what is known in, and to go on from.
        stop: asked now and then whether to stop with the best plan found.
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
        samples=samples,
        drawn=drawn,
        reviews=reviews,
        branches=branches,
        workers=workers,
        resume=resume,
        stop=stop,
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
    workers: str | None = None,
    resume: Path | None = None,
    samples: Scenarios | SampleTable | None = None,
    drawn: int | None = None,
    node: Ints | None = None,
    reviews: Sequence[Quarter] = (),
    branches: int = 4,
    hold: Decision | None = None,
    start: Decision | None = None,
    earlier: Solved | None = None,
    stop: Stop = never,
    progress: Tell | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Solved:
    """Plan as `plan` does, and keep the arrays.

    Args:
        portfolio: what is owned, signed, offered, wanted and limited.
        risk: weight of the tail.
        alpha: confidence of the tail.
        scenarios: how many to draw.
        seed: of the draw.
        gap: gap wanted, as a share of the discounted volume of cost.
        seconds: time limit of each branch and bound.
        workers: who solves the scenarios; see `crew.hiring`.
        resume: folder to leave what is known in, and to go on from.
        samples: scenarios to plan on, instead of drawing some.
        drawn: how many to draw, of which `scenarios` are kept.
        node: [W, T] information structure; None is two stages, or what `reviews` make of it.
        reviews: quarters before whose signings the plan is looked at again.
        branches: most branches at a review.
        hold: what is signed, held as it is.
        start: a plan to begin with; the answer does not depend on it.
        earlier: what an earlier question was answered with: its plan is begun with, and its
            cuts are used where the scenarios' programs are still the same.
        stop: asked now and then whether to stop with the best plan found.
        progress: told what is being done, and how good the plan is so far.
        clock: tells seconds, for the effort that is reported.

    Raises:
        OfftakeError: as `plan`.
        InfeasibleError: as `plan`.
    """
    began = clock()
    tell = progress or (lambda _: None)
    count = scenarios if scenarios is not None else portfolio.uncertainty.scenario_count
    drawn_with = seed if seed is not None else portfolio.uncertainty.seed
    _check_options(portfolio, risk, alpha, count if samples is None else None, gap, seconds)
    _check_sense(portfolio)
    whole = isinstance(samples, Scenarios) or (samples is not None and scenarios is None)
    many = None if whole else count
    wanted = Wanted(many, drawn_with, samples, drawn, reviews, branches)
    question, remarks = _question(portfolio, Risk(risk, alpha), wanted, node, tell)
    count = question.scenarios.count
    machines = money_machines(question)
    if machines:
        raise OfftakeError(machines)
    example = question.part(np.arange(1, dtype=np.int64))
    if risk > MOST_RISK and finding.columns(question, example) > SMALL:
        question = replace(question, risk=Risk(MOST_RISK, alpha))
    digest = sha256(portfolio, count, drawn_with, risk, alpha, VERSION, *_arrays(question))
    if start is None and earlier is not None:
        start = decision_of(earlier)
    effort = finding.Effort(
        gap,
        seconds,
        workers,
        stop,
        point_of(start, example) if start is not None else None,
        point_of(hold, example) if hold is not None else None,
        Checkpoint(resume, digest) if resume is not None else None,
        earlier.found.kept if earlier is not None else None,
    )
    found = finding.search(question, effort, tell)
    if isinstance(found, finding.Clash):
        tell(Progress("explain", "no plan satisfies the limits; looking for those that clash"))
        raise explain(question, found.which)
    tell(Progress("explain", "putting the reasons into words"))
    try:
        answer = read_back(question, found)
    finally:
        found.close()
    made = _plan(question, found, answer, drawn_with, clock() - began)
    made = replace(made, remarks=(*made.remarks, *remarks))
    if isinstance(samples, SampleTable) or drawn is not None or node is not None or reviews:
        made = replace(made, inputs_sha256=digest)
    return Solved(made, question, found, answer)


def _question(
    portfolio: Portfolio, risk: Risk, wanted: Wanted, node: Ints | None, tell: Tell
) -> tuple[Question, tuple[str, ...]]:
    if wanted.samples is None:
        many = wanted.drawn or wanted.count
        tell(Progress("draw", f"drawing {many} scenarios of {portfolio.name}"))
    made = prepared(portfolio, compile_supply(portfolio), wanted)
    question = ask(portfolio, made.scenarios, risk, made.node if node is None else node)
    tell(Progress("build", f"asking {made.scenarios.count} scenarios of {portfolio.name}"))
    return question, made.remarks


def _arrays(question: Question) -> tuple[str, ...]:
    """Name scenarios and nodes by a digest: samples of one's own belong to a question too."""
    held = question.scenarios
    late = [held.late_days[name] for name in sorted(held.late_days)]
    alive = [held.party_up[name] for name in sorted(held.party_up)]
    parts = [held.probability, held.inference, held.training, held.rental_price, *late]
    parts += [held.spot_price, held.electricity_price, held.site_up, *alive]
    whole = hashlib.sha256(np.ascontiguousarray(question.node).tobytes())
    for part in parts:
        whole.update(np.ascontiguousarray(part).tobytes())
    return (whole.hexdigest(),)


def prepare(portfolio: Portfolio, count: int, seed: int) -> Facts:
    """Draw scenarios and follow every source through them, in two stages."""
    supply = compile_supply(portfolio)
    return ask(portfolio, draw(portfolio, supply, count, seed), Risk(0.0, 0.9)).facts()


def _check_sense(portfolio: Portfolio) -> None:
    """Refuse a portfolio whose entries make no sense together: it would plan nonsense."""
    wrong = [f.fault for f in checks.run(portfolio) if f.level is checks.Level.ERROR]
    if wrong:
        raise OfftakeError(wrong)


def _check_options(
    portfolio: Portfolio,
    risk: float,
    alpha: float,
    count: int | None,
    gap: float,
    seconds: float,
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
    if count is not None and count < least:
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


def _plan(question: Question, found: Found, answer: Answer, seed: int, wall_s: float) -> Plan:
    made, outcome, risk = answer.made, answer.outcome, question.risk
    facts = made.facts
    portfolio, chance = facts.portfolio, facts.scenarios.probability
    mean, p90 = unserved_shares(facts, outcome)
    energy = float(chance @ outcome.energy_mwh.sum(axis=1))
    clean = float(chance @ outcome.clean_mwh.sum(axis=1))
    hourly = float(chance @ outcome.hourly_clean_mwh.sum(axis=1))
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
        objective_usd=found.objective * MILLION,
        bound_usd=found.bound * MILLION,
        gap_share=(found.bound - found.objective) / volume,
        npv=spread(outcome.npv, chance, risk, worst="low"),
        cost=spread(outcome.cost, chance, risk, worst="high"),
        unserved_share=mean,
        unserved_p90_share=p90,
        energy_mwh=energy,
        carbon_t_co2=float(chance @ outcome.carbon_t.sum(axis=1)),
        clean_share=clean / energy if energy > 0 else 0.0,
        carbon_market_t_co2=float(chance @ outcome.carbon_market_t.sum(axis=1)),
        hourly_clean_share=hourly / energy if energy > 0 else 0.0,
        signed=signings(made, outcome, answer.margins),
        stages=told(facts, outcome.amounts),
        deliveries=deliveries(made, outcome),
        by_period=by_period(made, outcome),
        limits=binding_limits(answer.worth, answer.tied),
        vehicles=vehicle_lines(made, outcome),
        power=site_power(question, found.point, outcome),
        valuation=valuation(made, outcome),
        assumptions=assumptions(portfolio),
        sources=_sources(portfolio),
        remarks=(*facts.supply.remarks, *_risk_remark(risk), *_stop_remark(found)),
        effort=PlanEffort(
            solver=version(),
            columns_count=answer.size.columns,
            rows_count=answer.size.rows,
            nonzeros_count=answer.size.nonzeros,
            integers_count=answer.size.integers,
            wall_s=max(wall_s, 0.0),
            residual_amount=answer.residual,
        ),
    )


def _stop_remark(found: Found) -> tuple[str, ...]:
    if not found.stopped:
        return ()
    return ("The search was stopped early: this is the best plan found until then.",)


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
