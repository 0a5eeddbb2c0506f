"""Strategies side by side: what each may sign, what it brings, and why there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from offtake.model import Party, Portfolio, Tenure, Vehicle
from offtake.plan.study import RULES, Rule, strategies
from offtake.plan.study.strategies import FREE, restricted
from offtake.units import it_mw
from tests.plan.portfolios import drawn, offer
from tests.plan.study.settings import MILLION, own_or_lease, ready

BY_ID = {rule.id: rule for rule in RULES}


def allowed(portfolio: Portfolio, rule: str) -> set[str]:
    return {o.id for o in restricted(portfolio, BY_ID[rule]).offers}


def test_each_rule_leaves_what_it_may_sign_and_what_is_taken_by_the_hour() -> None:
    portfolio = drawn(0)
    assert allowed(portfolio, "build") == {"own", "rent"}
    assert allowed(portfolio, "lease-first") == {"lease", "part", "reserve", "rent"}
    assert allowed(portfolio, "hybrid") == {"lease", "rent"}
    assert allowed(portfolio, FREE) == {o.id for o in portfolio.offers}


def through_vehicle(portfolio: Portfolio, held: float) -> Portfolio:
    offers = tuple(
        replace(o, seller="vehicle") if o.tenure is Tenure.OWN else o for o in portfolio.offers
    )
    capital = replace(portfolio.capital, vehicles=(Vehicle(party="vehicle", ownership_share=held),))
    parties = tuple({p.id: p for p in (*portfolio.parties, Party(id="vehicle", name="V"))}.values())
    return replace(portfolio, offers=offers, capital=capital, parties=parties)


def test_a_hybrid_owns_through_a_vehicle_the_lab_holds_the_majority_of() -> None:
    assert allowed(through_vehicle(drawn(0), 0.6), "hybrid") == {"own", "lease", "rent"}
    assert allowed(through_vehicle(drawn(0), 0.5), "hybrid") == {"lease", "rent"}


def test_own_and_lease_by_hand() -> None:
    """Own costs 1.5 a MW and quarter, a lease 2.0, of 100 MW."""
    made, tried = strategies(ready(through_vehicle(own_or_lease(), 0.6)))
    value = {s.id: s.plan.objective_usd / MILLION for s in made.strategies if s.plan}
    assert value == pytest.approx({"build": -150, "lease-first": -200, "hybrid": -150, FREE: -150})
    assert made.best in ("build", "hybrid")
    assert "ahead of" in made.says
    build = made.strategies[0]
    assert build.plan is not None
    assert build.plan.signed_it_mw == {Tenure.OWN: pytest.approx(100)}
    # All is paid in the one quarter there is: shell and accelerators, 76 M USD a MW.
    assert build.peak_cash_usd == pytest.approx(7_600 * MILLION)
    assert build.peak_cash_p90_usd == pytest.approx(7_600 * MILLION)
    assert build.invested_usd == pytest.approx(7_600 * MILLION)
    assert build.peak_spending_usd == pytest.approx(7_600 * MILLION)
    lease = made.strategies[1]
    assert lease.invested_usd == pytest.approx(0)
    assert lease.peak_spending_usd == pytest.approx(200 * MILLION)
    assert tried[3].best is not None
    assert "majority-owned vehicle" in made.strategies[2].rule


def test_a_strategy_without_a_plan_says_why() -> None:
    portfolio = own_or_lease()
    least = replace(
        portfolio,
        offers=tuple(
            replace(o, least_it_mw=it_mw(10)) if o.id == "lease" else o for o in portfolio.offers
        ),
        demand=replace(
            portfolio.demand,
            inference=tuple(replace(i, least_served_share=0.9) for i in portfolio.demand.inference),
        ),
        capital=replace(portfolio.capital, vehicles=()),
    )
    made, _ = strategies(ready(least))
    why = {s.id: s.why_not for s in made.strategies}
    assert why["build"] == (
        "the portfolio must sign what this strategy may not: offers.lease.least_it_mw (10 MW)"
    )
    assert why["hybrid"] == "the portfolio has no vehicle the lab holds the majority of"
    assert why["lease-first"] == why[FREE] == ""
    assert made.best == "lease-first"
    assert "No plan: Build and Hybrid" in made.says


def test_limits_that_leave_a_strategy_no_plan_are_named() -> None:
    portfolio = own_or_lease()
    short = replace(
        portfolio,
        offers=tuple(
            replace(o, power_it_mw=it_mw(40)) if o.id == "own" else o for o in portfolio.offers
        ),
        demand=replace(
            portfolio.demand,
            inference=tuple(replace(i, least_served_share=0.9) for i in portfolio.demand.inference),
        ),
    )
    made, _ = strategies(ready(short), (BY_ID["build"], BY_ID[FREE]))
    build, free = made.strategies
    assert build.plan is None
    assert build.peak_cash_usd is None
    assert "least_served_share" in build.why_not
    assert free.plan is not None
    assert made.best == ""


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_more_to_sign_never_hurts(seed: int) -> None:
    """A rule that allows more is never worse, so adding a strategy never lowers the best."""
    narrow = Rule("narrow", "Narrow", (Tenure.LEASE,))
    wide = Rule("wide", "Wide", (Tenure.LEASE, Tenure.RESERVE))
    setting = ready(through_vehicle(drawn(seed), 0.6), risk=0.3, alpha=0.7)
    made, _ = strategies(setting, (narrow, wide, BY_ID["hybrid"], BY_ID[FREE]))
    value = [s.plan.objective_usd for s in made.strategies if s.plan]
    assert len(value) == 4
    slack = 1e-6 * abs(value[-1])
    assert value[0] <= value[1] + slack
    assert value[0] <= value[2] + slack
    assert max(value) <= value[3] + slack
    fewer, _ = strategies(setting, (narrow, wide))
    assert max(s.plan.objective_usd for s in fewer.strategies if s.plan) <= max(value) + slack


def test_what_an_hourly_offer_brings_is_told_apart_from_what_is_signed() -> None:
    portfolio = own_or_lease()
    rent = offer("rent", Tenure.RENT, 1.0, 30)
    made, _ = strategies(ready(replace(portfolio, offers=(*portfolio.offers, rent))))
    plan = made.strategies[0].plan
    assert plan is not None
    assert plan.hourly_it_mw == {Tenure.RENT: pytest.approx(30)}
    assert plan.signed_it_mw == {Tenure.OWN: pytest.approx(70)}
