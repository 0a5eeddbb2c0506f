"""Laws every plan keeps, whatever the portfolio: held on small portfolios drawn at random.

Theory: Birge and Louveaux, Introduction to Stochastic Programming (2011), chapter 4, for
the order of WS, RP and EEV; Rockafellar and Uryasev (2000) for CVaR; linear programming
duality for prices. All is maximised, so the orders are those of value, not of cost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from offtake.model import Limits, Portfolio, Tenure
from offtake.model.uncertainty import NamedScenario
from offtake.plan.formulate import (
    Facts,
    Risk,
    add_objective,
    committed_residual,
    formulate,
    present_value,
)
from offtake.plan.front import prepare, solved
from offtake.plan.limits import add_limits
from offtake.plan.outcome import read, used
from offtake.plan.program import Ints
from offtake.plan.solve import solve
from offtake.units import facility_mw, it_mw
from tests.plan.portfolios import (
    Whole,
    at_once,
    built,
    drawn,
    in_parts,
    offer,
    wait_and_see,
    with_nodes,
)

SEEDS = (0, 1, 2, 3)
MEAN = Risk(0.0, 0.9)
TAIL = Risk(0.3, 0.7)
every_seed = pytest.mark.parametrize("seed", SEEDS)


def best(portfolio: Portfolio, risk: Risk = MEAN) -> float:
    """Best objective in million USD, all scenarios at once."""
    return at_once(*built(portfolio, risk)).solution.objective


def facts_of(portfolio: Portfolio) -> Facts:
    process = portfolio.uncertainty
    return prepare(portfolio, process.scenario_count, process.seed)


def with_information(facts: Facts, node: Ints) -> float:
    """Best mean when what is signed may follow `node`."""
    made = formulate(with_nodes(facts, node), MEAN)
    add_objective(made)
    add_limits(made)
    return solve(made.program.assemble()).objective


# ------------------------------------------------------------------ information


@every_seed
def test_knowing_more_never_hurts(seed: int) -> None:
    """EEV ≤ RP ≤ multistage ≤ WS, by the array of nodes alone."""
    facts = facts_of(drawn(seed, training=False))
    count, periods = facts.shape
    now = with_information(facts, facts.node)
    seen = facts.node.copy()
    # After two quarters, two halves of the scenarios can be told apart.
    seen[count // 2 :, 2:] += periods
    later = with_information(facts, seen)
    waiting = with_information(facts, wait_and_see(facts.shape))
    assert now <= later + 1e-6
    assert later <= waiting + 1e-6
    assert mean_value_plan(facts) <= now + 1e-6


def mean_value_plan(facts: Facts) -> float:
    """EEV: sign what is best for the mean scenario, then live with all of them."""
    first = at_once(*_program(_mean(facts), MEAN))
    made = formulate(facts, MEAN)
    add_objective(made)
    add_limits(made)
    program = made.program.assemble()
    there = made.x[made.x >= 0]
    program.column_lower[there] = program.column_upper[there] = first.solution.values[there]
    answer = solve(program)
    assert answer.status == "optimal"
    return answer.objective


def _program(facts: Facts, risk: Risk) -> tuple:
    made = formulate(facts, risk)
    add_objective(made)
    add_limits(made)
    return made, made.program.assemble()


def _mean(facts: Facts) -> Facts:
    """All scenarios replaced by the mean of demand (supply and prices keep their draws)."""
    chance = facts.scenarios.probability
    count = len(chance)
    demand = np.einsum("w,iwt->it", chance, facts.scenarios.inference)
    flat = np.repeat(demand[:, None, :], count, axis=1)
    return replace(facts, scenarios=replace(facts.scenarios, inference=flat))


@every_seed
def test_a_scenario_told_twice_changes_nothing(seed: int) -> None:
    """One story at chance p is two stories of the same content at p/2."""
    base = replace(
        drawn(seed).uncertainty,
        demand=type(drawn(seed).uncertainty.demand)(),
        delays=(),
        default_delay=None,
        rental_price=type(drawn(seed).uncertainty.rental_price)(),
        electricity_price=type(drawn(seed).uncertainty.electricity_price)(),
    )
    quarters = drawn(seed).horizon.quarters

    def told(*stories: tuple[float, float]) -> float:
        named = tuple(
            NamedScenario(
                id=f"s{n}",
                probability_share=chance,
                demand_ratio={quarters[0]: ratio, quarters[-1]: ratio},
            )
            for n, (ratio, chance) in enumerate(stories)
        )
        still = tuple(replace(s, outage_share_per_year=0.0) for s in drawn(seed).sites)
        futures = replace(base, scenarios=named, scenario_count=len(named))
        return best(replace(drawn(seed), sites=still, uncertainty=futures), TAIL)

    once = told((0.7, 0.5), (1.4, 0.5))
    assert told((0.7, 0.25), (1.4, 0.5), (0.7, 0.25)) == pytest.approx(once, rel=1e-7)


# ------------------------------------------------------------------ decomposition


@every_seed
@pytest.mark.parametrize("blocks", [False, True], ids=["continuous", "blocks"])
def test_decomposition_gives_the_extensive_form(seed: int, blocks: bool) -> None:
    """Objective within the gap asked for, and a bound that no plan passes."""
    made, program = built(drawn(seed, blocks=blocks), TAIL)
    whole, parts = at_once(made, program), in_parts(made, program, gap=1e-4)
    _agree(whole, parts, 1e-4 * read(made, whole.solution).volume)
    assert program.violation(parts.solution.values) < 1e-6


def _agree(whole: Whole, parts: Whole, slack: float) -> None:
    assert parts.solution.objective <= whole.solution.objective + 1e-5
    assert parts.bound >= whole.solution.objective - 1e-5
    assert parts.solution.objective >= whole.solution.objective - slack - 1e-6


@every_seed
def test_decomposition_keeps_limits_on_a_mean_and_inside_scenarios(seed: int) -> None:
    """Caps on carbon and spending, a clean share, a served floor: kept, and bounded truly."""
    made, program = built(_tight(drawn(seed)), TAIL)
    whole, parts = at_once(made, program), in_parts(made, program, gap=0.01)
    assert program.violation(parts.solution.values) < 1e-6
    assert parts.solution.objective <= whole.solution.objective + 1e-5
    assert parts.bound >= whole.solution.objective - 1e-5
    # Sharing out a mean costs something; it is no more than a few per cent of the cost.
    lost = whole.solution.objective - parts.solution.objective
    assert lost <= 0.05 * read(made, whole.solution).volume


def _tight(portfolio: Portfolio) -> Portfolio:
    """Limits a little below what the plan without them takes."""
    free = solved(portfolio, risk=0.0)
    spent = 0.9e6 * free.outcome.spent.max(axis=0)
    quarters = portfolio.horizon.quarters
    chat, near = portfolio.demand.inference
    return replace(
        portfolio,
        demand=replace(portfolio.demand, inference=(replace(chat, least_served_share=0.3), near)),
        capital=replace(
            portfolio.capital,
            spending_limit_usd=dict(zip(quarters, spent.tolist(), strict=True)),
        ),
        limits=Limits(carbon_t_co2={"2027": 0.8 * free.plan.carbon_t_co2}, least_clean_share=0.1),
    )


# ------------------------------------------------------------------ scale and supply


@every_seed
def test_money_times_k_scales_the_objective(seed: int) -> None:
    """Twice every price, every revenue and every limit in money: twice the objective."""
    portfolio = drawn(seed)
    assert best(_dearer(portfolio, 2.0), TAIL) == pytest.approx(2 * best(portfolio, TAIL), rel=1e-6)


def _dearer(portfolio: Portfolio, k: float) -> Portfolio:
    def times(held: float | None) -> float:
        return (held or 0.0) * k

    offers = tuple(
        replace(
            o,
            price=replace(
                o.price,
                capex_usd_per_it_mw=times(o.price.capex_usd_per_it_mw),
                usd_per_gpu_hour=times(o.price.usd_per_gpu_hour),
                running_usd_per_it_mw_year=times(o.price.running_usd_per_it_mw_year),
            ),
        )
        for o in portfolio.offers
    )
    inference = tuple(
        replace(
            i,
            revenue_usd_per_h100e_hour={
                q: times(v) for q, v in i.revenue_usd_per_h100e_hour.items()
            },
            unserved_usd_per_h100e_hour=times(i.unserved_usd_per_h100e_hour),
        )
        for i in portfolio.demand.inference
    )
    training = tuple(
        replace(j, value_usd_per_h100e_hour=times(j.value_usd_per_h100e_hour))
        for j in portfolio.demand.training
    )
    sites = tuple(
        replace(
            s,
            supplies=tuple(
                replace(p, price_usd_per_mwh=times(p.price_usd_per_mwh)) for p in s.supplies
            ),
        )
        for s in portfolio.sites
    )
    kinds = tuple(replace(a, price_usd=times(a.price_usd)) for a in portfolio.accelerators)
    return replace(
        portfolio,
        offers=offers,
        sites=sites,
        accelerators=kinds,
        demand=replace(portfolio.demand, inference=inference, training=training),
    )


@every_seed
@pytest.mark.parametrize("price", [1.0, 3.0, 50.0])
def test_another_offer_never_hurts(seed: int, price: float) -> None:
    portfolio = drawn(seed)
    more = offer("more", Tenure.RESERVE, price, 10, site="south", term_quarters=2)
    richer = replace(portfolio, offers=(*portfolio.offers, more))
    assert best(richer, TAIL) >= best(portfolio, TAIL) - 1e-6


# ------------------------------------------------------------------ risk


@every_seed
def test_the_objective_falls_as_the_tail_counts_more(seed: int) -> None:
    """CVaR ≤ mean, so (1 − λ)·mean + λ·CVaR falls in λ, and CVaR falls in α."""
    portfolio = drawn(seed)
    by_weight = [best(portfolio, Risk(weight, 0.7)) for weight in (0.0, 0.3, 0.6, 1.0)]
    assert np.all(np.diff(by_weight) <= 1e-6)
    by_alpha = [best(portfolio, Risk(0.5, alpha)) for alpha in (0.0, 0.4, 0.8)]
    assert np.all(np.diff(by_alpha) <= 1e-6)


@every_seed
def test_fearing_the_tail_buys_a_better_tail(seed: int) -> None:
    """Mean and CVaR trade: the frontier is the same from both sides."""
    plans = [solved(drawn(seed), risk=weight, alpha=0.7).plan for weight in (0.0, 0.5, 1.0)]
    means = [p.npv.mean_usd for p in plans]
    tails = [p.npv.cvar_usd for p in plans]
    assert np.all(np.diff(means) <= 10.0)
    assert np.all(np.diff(tails) >= -10.0)


# ------------------------------------------------------------------ money


@every_seed
def test_money_is_counted_twice_and_agrees(seed: int) -> None:
    """NPV added up again from flows and use is the program's own, scenario by scenario."""
    made, program = built(drawn(seed), TAIL)
    solution = at_once(made, program).solution
    again = read(made, solution)
    own = committed_residual(made.facts)
    for coefficient, columns in present_value(made):
        piece = coefficient * np.where(columns < 0, 0.0, solution.values[columns])
        own = own + piece.reshape(len(own), -1).sum(axis=1)
    assert again.npv == pytest.approx(own, abs=1e-6)
    assert again.spent == pytest.approx(solution.values[made.spend], abs=1e-6)
    assert again.earned == pytest.approx(solution.values[made.earn], abs=1e-6)


@every_seed
def test_what_is_reported_is_what_was_optimised(seed: int) -> None:
    """(1 − λ)·mean + λ·CVaR of the scenarios' NPV is the objective."""
    made = solved(drawn(seed), risk=0.3, alpha=0.7).plan
    assert made.npv.mean_usd * 0.7 + made.npv.cvar_usd * 0.3 == pytest.approx(
        made.objective_usd, rel=1e-7
    )
    assert made.bound_usd >= made.objective_usd
    assert made.effort.residual_amount < 1e-6


# ------------------------------------------------------------------ limits in the answer


@every_seed
def test_power_limits_hold_in_the_answer(seed: int) -> None:
    """Offers, meters and rents are never passed, and use never passes what is useful."""
    answer = solved(drawn(seed), risk=0.0)
    facts, outcome = answer.made.facts, answer.outcome
    for number, made in enumerate(facts.supply.offers):
        signed = sum(mw for (o, _), mw in outcome.signed.items() if o == number)
        assert signed <= made.power_it_mw * (1 + 1e-6)
    for row, made in enumerate(facts.supply.hourly_offers):
        assert outcome.rent[row].max() <= made.power_it_mw * (1 + 1e-6)
    busy = used(facts, outcome.use_inference, outcome.use_training)
    assert np.all(busy <= outcome.useful + 1e-6)
    for site in facts.portfolio.sites:
        if site.power_facility_mw is not None:
            planned = sum(
                mw * facts.offered[key].planned
                for key, mw in outcome.signed.items()
                if facts.supply.offers[key[0]].site == site.id
            )
            assert np.all(planned <= site.power_facility_mw * (1 + 1.1e-3))


@every_seed
def test_work_done_and_not_done_is_the_demand(seed: int) -> None:
    answer = solved(drawn(seed), risk=0.0)
    facts, outcome = answer.made.facts, answer.outcome
    done = np.zeros_like(outcome.unserved)
    for row, work in enumerate(facts.inference.work):
        done[work] += facts.inference.rate[row] * outcome.use_inference[row]
    assert done + outcome.unserved == pytest.approx(facts.scenarios.inference, abs=1e-6)


# ------------------------------------------------------------------ duals

STEP = 1e-3
Change = Callable[[Portfolio, float], Portfolio]


def _more_of(ident: str) -> Change:
    def change(portfolio: Portfolio, step: float) -> Portfolio:
        offers = tuple(
            replace(o, power_it_mw=it_mw(o.power_it_mw + step)) if o.id == ident else o
            for o in portfolio.offers
        )
        return replace(portfolio, offers=offers)

    return change


def _more_meter(portfolio: Portfolio, step: float) -> Portfolio:
    sites = tuple(
        replace(s, power_facility_mw=facility_mw((s.power_facility_mw or 0.0) + step))
        if s.id == "south"
        else s
        for s in portfolio.sites
    )
    return replace(portfolio, sites=sites)


def _more_investment(portfolio: Portfolio, step: float) -> Portfolio:
    stated = portfolio.capital.investment_limit_usd
    more = {q: usd + step * 1e6 for q, usd in stated.items()}
    return replace(portfolio, capital=replace(portfolio.capital, investment_limit_usd=more))


def _more_carbon(portfolio: Portfolio, step: float) -> Portfolio:
    stated = portfolio.limits.carbon_t_co2
    more = {year: t + step * 1e3 for year, t in stated.items()}
    return replace(portfolio, limits=replace(portfolio.limits, carbon_t_co2=more))


def _scarce(seed: int) -> Portfolio:
    """A portfolio in which everything is short, so that every limit may bind."""
    portfolio = drawn(seed)
    sites = tuple(
        replace(s, power_facility_mw=facility_mw(22.0)) if s.id == "south" else s
        for s in portfolio.sites
    )
    first = portfolio.horizon.first
    return replace(
        portfolio,
        sites=sites,
        capital=replace(portfolio.capital, investment_limit_usd={first: 60e6}),
        limits=Limits(carbon_t_co2={"2027": 9_000.0}),
    )


DUALS: dict[str, tuple[Change, float]] = {
    "offers.reserve.power_it_mw": (_more_of("reserve"), 1.0),
    "sites.south.power_facility_mw": (_more_meter, 1.001),
    "capital.investment_limit_usd": (_more_investment, 1e6),
    "limits.carbon_t_co2.2027": (_more_carbon, 1e3),
}
"""By path: how to loosen it by a step of 1, and how many of its units that is."""


@pytest.mark.parametrize("path", DUALS)
def test_a_dual_is_a_finite_difference(path: str) -> None:
    """Worth of one more unit as told = Δ objective / Δ limit, between left and right slope.

    The objective is concave in a limit, so at a kink any slope between the two is a dual.
    Limits are told quarter by quarter; loosened in all quarters at once they add up.
    """
    change, units = DUALS[path]
    bound = 0
    for seed in SEEDS:
        portfolio = _scarce(seed)
        plan = solved(portfolio, risk=0.3, alpha=0.7).plan
        told = sum(b.worth_usd_per_unit for b in plan.limits if b.path == path) * units / 1e6
        here = best(portfolio, TAIL)
        right = (best(change(portfolio, STEP), TAIL) - here) / STEP
        left = (here - best(change(portfolio, -STEP), TAIL)) / STEP
        assert right - 2e-3 * (1 + abs(right)) <= told <= left + 2e-3 * (1 + abs(left)), seed
        bound += told > 1e-6
    assert bound, "this limit binds in none of the portfolios: the test says nothing"
