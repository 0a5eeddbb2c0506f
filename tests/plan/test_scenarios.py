"""Scenarios: chances that add up, streams that stand apart, lateness as it is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from offtake.model import Demand, Party, Portfolio, Tenure, Uncertainty
from offtake.model.uncertainty import DelayProcess, DemandProcess, NamedScenario, PriceProcess
from offtake.plan.front import plan, prepare
from offtake.plan.processes import Streams, lateness
from offtake.plan.scenarios import Scenarios, draw
from offtake.plan.supply import compile_supply
from tests.plan.portfolios import drawn, job, offer, unit, wanted

MANY = 4_000
ONCE = np.ones(MANY)


def futures(portfolio: Portfolio, count: int, seed: int) -> Scenarios:
    """Scenarios of a portfolio and its sources."""
    return draw(portfolio, compile_supply(portfolio), count, seed)


def named(*chances: float) -> tuple[NamedScenario, ...]:
    return tuple(
        NamedScenario(id=f"s{n}", probability_share=chance) for n, chance in enumerate(chances)
    )


@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=5), st.integers(0, 40))
def test_chances_add_up_and_every_story_is_told(chances: list[float], more: int) -> None:
    """Each story keeps its chance exactly, whatever number of draws it gets."""
    share = np.array(chances) / sum(chances)
    portfolio = unit([], [wanted(1.0)], uncertainty=Uncertainty(scenarios=named(*share.tolist())))
    made = futures(portfolio, len(chances) + more, seed=1)
    assert made.count == len(chances) + more
    assert made.probability.sum() == pytest.approx(1.0)
    for number, chance in enumerate(share):
        mine = np.array([s == f"s{number}" for s in made.story])
        assert mine.any()
        assert made.probability[mine].sum() == pytest.approx(chance)


def test_fewer_draws_than_stories_are_refused() -> None:
    portfolio = unit([], uncertainty=Uncertainty(scenarios=named(0.5, 0.5)))
    with pytest.raises(ValueError, match="2 named scenarios"):
        futures(portfolio, 1, seed=0)


def test_another_offer_leaves_all_draws_as_they_were() -> None:
    """Common random numbers: two plans on one seed can be compared number by number."""
    before = drawn(3)
    after = replace(
        before,
        offers=(offer("new", Tenure.LEASE, 2.0, lead_quarters=1), *before.offers),
        parties=(*before.parties, Party(id="p", name="p", default_share_per_year=0.5)),
    )
    old, new = prepare(before, 6, 3), prepare(after, 6, 3)
    for name in ("probability", "inference", "training", "rental_price", "electricity_price"):
        assert np.array_equal(getattr(old.scenarios, name), getattr(new.scenarios, name)), name
    assert np.array_equal(old.scenarios.site_up, new.scenarios.site_up)
    for ident, days in old.scenarios.late_days.items():
        assert np.array_equal(days, new.scenarios.late_days[ident]), ident


def test_another_demand_leaves_the_first_as_it_was() -> None:
    before = drawn(3)
    more = replace(
        before,
        demand=Demand(
            inference=(wanted(9.0, 4, ident="more"), *before.demand.inference),
            training=(job(5.0, 3, id="second"), *before.demand.training),
        ),
    )
    old, new = futures(before, 6, 3), futures(more, 6, 3)
    assert np.array_equal(old.inference, new.inference[1:])
    assert np.array_equal(old.training, new.training[1:])


def test_a_job_after_the_horizon_is_drawn_and_asks_for_nothing() -> None:
    """A shorter horizon is a question one may ask without cutting the demand file."""
    at_hand = unit([offer("a", Tenure.LEASE)], [wanted(1.0)])
    after = at_hand.horizon.last + 3
    late = replace(job(2.0, 0), earliest=after, deadline=after + 1)
    asked = unit([offer("a", Tenure.LEASE)], [wanted(1.0)], training=[late])
    assert not prepare(asked, 4, 1).scenarios.training.any()
    assert plan(asked, scenarios=4).npv == plan(at_hand, scenarios=4).npv


def test_the_seed_decides() -> None:
    portfolio = drawn(3)
    assert np.array_equal(
        futures(portfolio, 6, 3).inference,
        futures(portfolio, 6, 3).inference,
    )
    assert not np.array_equal(
        futures(portfolio, 6, 3).inference,
        futures(portfolio, 6, 4).inference,
    )


def test_demand_walks_as_stated() -> None:
    """ln(demand/median) after t quarters has standard deviation σ·√(t/4)."""
    process = DemandProcess(inference_per_root_year=0.4, common_share=0.7)
    portfolio = unit(
        [],
        [wanted(1000.0, 8), wanted(1000.0, 8, ident="two")],
        8,
        uncertainty=Uncertainty(demand=process),
    )
    logs = np.log(futures(portfolio, MANY, 0).inference)
    spread = logs[0].std(axis=0)
    assert spread == pytest.approx(0.4 * np.sqrt(np.arange(1, 9) / 4), rel=0.05)
    assert np.corrcoef(logs[0, :, 7], logs[1, :, 7])[0, 1] == pytest.approx(0.7, abs=0.03)


def test_prices_return_to_their_path() -> None:
    """Begun at twice the path with a half-life of one year: ln 2, then half of it."""
    process = PriceProcess(per_root_year=0.3, half_life_years=1.0, start_ratio=2.0)
    portfolio = unit([], quarters=9, uncertainty=Uncertainty(rental_price=process))
    logs = np.log(futures(portfolio, MANY, 0).rental_price)
    assert logs[:, 0] == pytest.approx(np.log(2))
    assert logs[:, 4].mean() == pytest.approx(np.log(2) / 2, abs=0.02)
    # Stationary variance σ²/2κ, of which 1 − 4^(−2·2 years/2) is there after two years.
    kappa = np.log(2)
    assert logs[:, 8].var() == pytest.approx(
        0.09 / (2 * kappa) * (1 - np.exp(-4 * kappa)), rel=0.08
    )


# ------------------------------------------------------------------ lateness

PROCESS = DelayProcess(id="grid", late_share=0.8, median_days=90.0, log_sigma=0.9)


def test_lateness_is_as_the_process_says() -> None:
    """One in five on time, the median of the late 90 days, their logarithm with σ = 0.9."""
    days = lateness(PROCESS, "a", ONCE, Streams(0))
    late = days[days > 0]
    assert len(late) / MANY == pytest.approx(0.8, abs=0.02)
    assert np.median(late) == pytest.approx(90, rel=0.05)
    assert np.log(late).std() == pytest.approx(0.9, rel=0.05)


def test_lateness_is_conditional_on_what_is_known() -> None:
    """Known 120 days late: the draw is the log-normal above 120, not 120 more days."""
    days = lateness(PROCESS, "a", ONCE, Streams(0), already_days=120.0)
    assert days.min() >= 120.0
    law = stats.lognorm(s=0.9, scale=90.0)
    median = law.ppf((1 + law.cdf(120.0)) / 2)
    assert np.median(days) == pytest.approx(median, rel=0.05)


def test_a_story_stretches_lateness() -> None:
    twice = lateness(PROCESS, "a", 2 * ONCE, Streams(0))
    assert twice == pytest.approx(2 * lateness(PROCESS, "a", ONCE, Streams(0)))


def test_lateness_is_partly_common() -> None:
    """z = √ρ·common + √(1 − ρ)·own: the ranks of two deliveries correlate by about ρ."""
    process = replace(PROCESS, late_share=1.0, common_share=0.5)
    one, two = (np.log(lateness(process, name, ONCE, Streams(0))) for name in ("a", "b"))
    assert np.corrcoef(one, two)[0, 1] == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize("already", [0.0, 30.0])
def test_a_process_that_is_never_late(already: float) -> None:
    for never in (replace(PROCESS, late_share=0.0), replace(PROCESS, median_days=0.0)):
        assert np.all(lateness(never, "a", ONCE, Streams(0), already) == already)
    assert np.all(lateness(None, "a", ONCE, Streams(0), already) == already)
