"""Plans that wait for what is learnt: the order of information, and what is told of branches.

Birge and Louveaux (2011), chapter 4; in value, not cost: EEV ≤ two stages ≤ many ≤ WS.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offtake.errors import OfftakeError
from offtake.model import Portfolio, Quarter, Tenure
from offtake.model.plan import Stages
from offtake.plan.branches import condition, features
from offtake.plan.evaluate import evaluate
from offtake.plan.front import Solved, decision_of, plan, solved
from offtake.plan.observed import Seen
from offtake.plan.samples import table_of
from offtake.plan.scenarios import Scenarios, draw
from offtake.plan.supply import compile_supply
from offtake.plan.tree import grown, reviewed, two_stage, wait_and_see
from tests.plan.portfolios import FIRST, drawn, futures, offer, unit, wanted

SEEDS = st.integers(0, 10_000)
few_seeds = settings(max_examples=5, deadline=None)
SLACK = 1e-6


def some(portfolio: Portfolio, count: int = 8) -> Scenarios:
    return draw(portfolio, compile_supply(portfolio), count, portfolio.uncertainty.seed)


def best(portfolio: Portfolio, made: Scenarios, node: np.ndarray | None = None) -> float:
    """Best mean net present value, M USD; without whole blocks, so that it is exact."""
    return float(made.probability @ solved(portfolio, risk=0.0, samples=made, node=node).npv)


def cautious(value: float) -> float:
    return SLACK * (1 + abs(value))


# ------------------------------------------------------------------ the order of information


@few_seeds
@given(SEEDS)
def test_knowing_more_is_worth_more(seed: int) -> None:
    """EEV ≤ two stages ≤ two branches ≤ more branches at more reviews ≤ wait and see."""
    portfolio = drawn(seed)
    supply, made = compile_supply(portfolio), some(portfolio)
    mean = solved(portfolio, risk=0.0, samples=made.mean())
    held = evaluate(portfolio, decision_of(mean), made)
    values = [
        float(held.probability @ held.npv),
        best(portfolio, made),
        best(portfolio, made, reviewed(portfolio, supply, made, (2,), 2, 2)),
        best(portfolio, made, reviewed(portfolio, supply, made, (1, 2), 8, 1)),
        best(portfolio, made, wait_and_see((made.count, 4))),
    ]
    steps = np.diff([values[0], values[1], values[2], values[4]])
    assert np.all(steps >= -cautious(values[-1]))
    assert values[1] - cautious(values[1]) <= values[3] <= values[4] + cautious(values[4])


@few_seeds
@given(SEEDS)
def test_wait_and_see_is_each_scenario_alone(seed: int) -> None:
    """Without jobs: the site that hosts one is chosen before anything is known, always."""
    portfolio = drawn(seed, training=False)
    made = some(portfolio, 4)
    alone = 0.0
    for w, chance in enumerate(made.probability):
        one = replace(made.take(np.array([w])), probability=np.ones(1))
        alone += chance * best(portfolio, one)
    every = best(portfolio, made, wait_and_see((4, 4)))
    assert every == pytest.approx(alone, rel=1e-6)


@few_seeds
@given(SEEDS)
def test_one_branch_is_two_stages(seed: int) -> None:
    portfolio = drawn(seed)
    supply, made = compile_supply(portfolio), some(portfolio, 4)
    node = reviewed(portfolio, supply, made, (2,), 1)
    assert np.array_equal(node, two_stage((4, 4)))
    assert best(portfolio, made, node) == pytest.approx(best(portfolio, made), rel=1e-9)


@few_seeds
@given(SEEDS)
def test_a_scenario_told_twice_changes_no_tree(seed: int) -> None:
    portfolio = drawn(seed)
    supply, made = compile_supply(portfolio), some(portfolio, 6)
    twice = made.take(np.repeat(np.arange(6), 2))
    twice = replace(twice, probability=twice.probability / 2)
    once = best(portfolio, made, reviewed(portfolio, supply, made, (2,), 3))
    again = best(portfolio, twice, reviewed(portfolio, supply, twice, (2,), 3))
    assert again == pytest.approx(once, rel=1e-6)


def test_a_grown_tree_is_planned_and_waiting_is_worth_something() -> None:
    """64 leaves: two stages on the same leaves are never better, and here they are worse."""
    portfolio = drawn(3)
    made, node = grown(portfolio, compile_supply(portfolio), (4, 4, 4), (1, 2), 3)
    assert best(portfolio, made, node) > best(portfolio, made) + 1e-3


# ------------------------------------------------------------------ what is told of it

UP, DOWN = 1.5, 0.5


def waiting(quarters: int = 6) -> Portfolio:
    """Demand is high or low from the first quarter on; a reservation of two quarters, anytime."""
    return unit(
        [
            offer("now", Tenure.LEASE, 1.0, 4.0, term_quarters=6, last_signing=FIRST),
            offer("later", Tenure.RESERVE, 2.0, 20.0, term_quarters=4, first_signing=FIRST + 2),
        ],
        [wanted(10.0, quarters, revenue=10.0, penalty=0.0)],
        quarters,
        uncertainty=futures([UP, DOWN, UP * 1.1, DOWN * 1.1], [0.25] * 4, quarters),
    )


def answered(**options: Any) -> tuple[Solved, Stages]:
    made = solved(waiting(), risk=0.0, reviews=(FIRST + 2,), **options)
    assert made.plan.stages is not None
    return made, made.plan.stages


def test_what_is_signed_now_and_what_waits() -> None:
    """4 MW at once whatever comes; the rest of what demand is, once it has been seen."""
    made, found = answered(branches=2)
    assert found.reviews == (FIRST + 2,)
    (one,) = found.certain
    assert (one.offer, one.period) == ("now", FIRST)
    assert float(one.power_it_mw) == pytest.approx(4.0)
    assert [b.id for b in found.branches] == ["1", "2"]
    assert {b.parent for b in found.branches} == {"now"}
    later = {(one.offer, one.period): one for one in found.later}
    wait = later["later", FIRST + 2]
    assert float(wait.most_it_mw) == pytest.approx(12.0, abs=1.01)
    assert wait.probability_share == 1.0
    assert made.outcome.signed.keys() == {(0, 0), (1, 2)}


def test_branches_are_told_by_what_can_be_seen() -> None:
    """High and low demand part at a threshold between the two, and it is always right."""
    _, found = answered(branches=2)
    high = next(b for b in found.branches if "above" in b.when)
    low = next(b for b in found.branches if "below" in b.when)
    assert high.when == "demand of chat in 2027Q2 is above 0.0103 k H100e"
    assert high.accuracy_share == low.accuracy_share == pytest.approx(1.0)
    assert high.probability_share == pytest.approx(0.5)
    assert high.scenarios == 2
    assert [s.offer for s in high.signed] == ["later"]
    assert high.signed[0].power_it_mw > low.signed[0].power_it_mw + 5


def test_what_only_some_branches_sign_says_when() -> None:
    """A dear reservation is worth it for high demand alone."""
    portfolio = waiting()
    dear = replace(portfolio.offers[1], power_it_mw=portfolio.offers[1].power_it_mw)
    cheap = replace(portfolio.offers[0], power_it_mw=type(dear.power_it_mw)(6.0))
    portfolio = replace(portfolio, offers=(cheap, dear))
    found = solved(portfolio, risk=0.0, reviews=(FIRST + 2,), branches=2).plan.stages
    assert found is not None
    (one,) = found.later
    assert one.branches == ("1",) or one.branches == ("2",)
    assert float(one.least_it_mw) == 0
    assert one.probability_share == pytest.approx(0.5)
    assert one.accuracy_share == pytest.approx(1.0)
    assert "Signed in 1 of 2 branches" in one.why
    assert "mostly when demand of chat in 2027Q2 is above" in one.why
    assert "(right for 100%)" in one.why
    assert "Each of the last stands for 2 scenarios or more" in found.about


def test_two_stages_have_no_branches() -> None:
    assert plan(waiting(), risk=0.0).stages is None


def test_wait_and_see_says_that_it_knows() -> None:
    portfolio = waiting()
    made = some(portfolio, 4)
    node = wait_and_see((4, 6))
    found = solved(portfolio, risk=0.0, samples=made, node=node).plan.stages
    assert found is not None
    assert found.certain == ()
    assert found.reviews == (FIRST,)
    assert "knows its future" in found.about


def test_a_default_is_told_in_its_own_words() -> None:
    seen = (Seen("default/seller", "default of seller", "", np.array([0, 0, 1.0, 1]), 1.0),)
    chance, all_ = np.full(4, 0.25), np.ones(4, bool)
    gone = condition(seen, np.array([False, False, True, True]), chance, all_)
    assert gone is not None
    assert gone.words == "seller has defaulted"
    here = condition(seen, np.array([True, True, False, False]), chance, all_)
    assert here is not None
    assert here.words == "seller has not defaulted"


def test_a_rare_branch_is_not_told_by_never() -> None:
    """One of ten, told with one mistake: 90 % right, not the 90 % of saying nothing."""
    values = np.array([1, 2, 3, 4, 5, 6, 7, 8, 9.5, 9])
    seen = (Seen("inference/a", "demand of a", "k H100e", values, 1.0),)
    wanted_ = np.arange(10) == 9
    found = condition(seen, wanted_, np.full(10, 0.1), np.ones(10, bool))
    assert found is not None
    assert found.words == "demand of a is above 8.5 k H100e"
    assert found.right_share == pytest.approx(0.9)
    assert found.even_share == pytest.approx((1 + 8 / 9) / 2)


def test_nobody_to_tell_apart() -> None:
    seen = (Seen("inference/a", "demand of a", "", np.ones(3), 1.0),)
    chance = np.full(3, 1 / 3)
    assert condition(seen, np.ones(3, bool), chance, np.ones(3, bool)) is None
    assert condition(seen, np.arange(3) == 0, chance, np.ones(3, bool)) is None


def test_what_a_reader_looks_at_is_the_latest() -> None:
    made = solved(drawn(1), risk=0.0, samples=some(drawn(1)))
    looked = [one.what for one in features(made.made.facts, 2)]
    assert looked[0] == "all inference demand in 2027Q2"
    assert "demand of chat in 2027Q2" in looked
    assert "demand of chat in 2027Q1" not in looked
    assert "rental price in 2027Q3, over its path" in looked


# ------------------------------------------------------------------ options


def test_the_users_own_samples_are_planned_on() -> None:
    """A table of the same scenarios gives the same plan, and its own hash."""
    portfolio = drawn(2)
    made = some(portfolio, 6)
    table = table_of(portfolio, compile_supply(portfolio), made)
    mine = plan(portfolio, samples=table)
    drawn_ = plan(portfolio, scenarios=6)
    assert mine.npv == drawn_.npv
    assert mine.signed == drawn_.signed
    assert mine.scenarios == 6
    assert mine.inputs_sha256 != drawn_.inputs_sha256
    other = replace(table, value=[v * 0.99 for v in table.value])
    assert plan(portfolio, samples=other).inputs_sha256 != mine.inputs_sha256


def test_a_tree_of_samples_is_planned_on() -> None:
    portfolio = drawn(2)
    supply = compile_supply(portfolio)
    made, node = grown(portfolio, supply, (3, 2), (2,), 0)
    found = plan(portfolio, samples=table_of(portfolio, supply, made, node)).stages
    assert found is not None
    assert found.reviews == (FIRST + 2,)
    assert [b.id for b in found.branches] == ["1", "2", "3"]
    with pytest.raises(OfftakeError, match="OTK-P130 reviews: the samples bring a tree"):
        plan(portfolio, samples=table_of(portfolio, supply, made, node), reviews=(FIRST + 1,))


def test_many_drawn_few_kept() -> None:
    found = plan(drawn(2), scenarios=4, drawn=40)
    assert found.scenarios == 4
    (said,) = [r for r in found.remarks if "Kantorovich" in r]
    assert said.startswith("4 scenarios stand for 40: their Kantorovich distance is ")
    table = table_of(drawn(2), compile_supply(drawn(2)), some(drawn(2), 20))
    assert plan(drawn(2), samples=table, scenarios=5).scenarios == 5
    with pytest.raises(OfftakeError, match="OTK-P130 drawn: of 3 scenarios drawn 4 cannot be"):
        plan(drawn(2), scenarios=4, drawn=3)


@pytest.mark.parametrize("review", [FIRST, FIRST + 4, Quarter(2020, 1)])
def test_reviews_outside_the_horizon(review: Quarter) -> None:
    with pytest.raises(OfftakeError, match="OTK-P130 reviews"):
        plan(drawn(2), scenarios=4, reviews=(review,))
