"""Looking again: what is signed is held, nothing of the path's future is known, and it pays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from offtake.errors import OfftakeError
from offtake.model import Portfolio, Quarter, Tenure, Uncertainty
from offtake.plan.evaluate import evaluate
from offtake.plan.front import decision_of, solved
from offtake.plan.rolling import Effort, _Lived, _look_again, holding, rolling
from offtake.plan.scenarios import draw
from offtake.plan.supply import compile_supply
from tests.plan.portfolios import FIRST, drawn, futures, job, offer, unit, wanted

QUICK = Effort(risk=0.0, scenarios=4)
REVIEW = FIRST + 2


def waiting(*ratios: float) -> Portfolio:
    """Demand is what its story says from the first quarter on; half of the chance each."""
    return unit(
        [
            offer("now", Tenure.LEASE, 1.0, 4.0, term_quarters=6, last_signing=FIRST),
            offer("later", Tenure.RESERVE, 2.0, 20.0, term_quarters=4, first_signing=FIRST + 1),
        ],
        [wanted(10.0, 6, revenue=3.0, penalty=0.0)],
        6,
        uncertainty=futures(ratios, [1 / len(ratios)] * len(ratios), 6),
    )


def looked(portfolio: Portfolio, **options: Any) -> Any:
    return rolling(portfolio, reviews=(REVIEW,), effort=QUICK, **options)


def test_looking_again_at_what_is_certain_is_worth_nothing() -> None:
    found = looked(waiting(1.0), paths=2)
    assert found.worth.mean_usd == pytest.approx(0.0, abs=1.0)
    assert found.better_share == 0
    assert found.held.mean_usd == pytest.approx(found.revised.mean_usd)


def test_looking_again_is_worth_what_it_finds_out() -> None:
    """Two stories, told by the first quarters: the rest is signed as each story wants it.

    For certain: 4 MW at 1 M USD for six quarters. The story decides the reservation of 1 or
    11 MW from the third quarter on, four quarters at 3 − 2 = 1 M USD a MW. A plan that is
    held chooses one amount for both; each MW of it gains 4 in one and loses 8 in the other.
    """
    portfolio = waiting(0.5, 1.5)
    found = looked(portfolio, paths=4)
    plans = {path.story: path for path in found.paths}
    assert found.worth.mean_usd > 1e6
    assert found.better_share == pytest.approx(0.5, abs=0.51)
    made = draw(portfolio, compile_supply(portfolio), 2, 0)
    alone = [
        float(
            solved(
                portfolio,
                risk=0.0,
                samples=replace(made.take(np.array([w])), probability=np.ones(1)),
            ).npv[0]
        )
        for w in range(2)
    ]
    for story, best in zip(made.story, alone, strict=True):
        assert plans[story].revised_npv_usd <= best * 1e6 + 10
        assert plans[story].revised_npv_usd >= plans[story].held_npv_usd - 10


def test_the_future_of_a_path_is_not_known() -> None:
    """Change it: what is signed at the review stays the same."""
    portfolio = drawn(3, training=False)
    supply = compile_supply(portfolio)
    paths = draw(portfolio, supply, 2, 77)
    other = replace(
        paths,
        inference=np.concatenate(
            [paths.inference[:, :, :2], paths.inference[:, :, 2:] * 3.0], axis=2
        ),
        rental_price=np.concatenate(
            [paths.rental_price[:, :3], paths.rental_price[:, 3:] * 2.0], axis=1
        ),
    )
    found = []
    for made in (paths, other):
        first = decision_of(solved(portfolio, risk=0.0, scenarios=4, seed=0))
        lived = _Lived(dict(first.signed), dict(first.hosts))
        _look_again(portfolio, supply, made, 0, lived, FIRST + 2, QUICK, 0)
        found.append(lived.signed)
    assert found[0].keys() == found[1].keys()
    assert list(found[0].values()) == pytest.approx(list(found[1].values()))


def test_what_was_signed_is_held() -> None:
    """Signings before the review are the same after it, whatever is planned anew."""
    portfolio = drawn(5)
    supply = compile_supply(portfolio)
    first = decision_of(solved(portfolio, risk=0.0, scenarios=4, seed=0))
    lived = _Lived(dict(first.signed), dict(first.hosts))
    before = lived.before(FIRST + 1)
    assert before
    _look_again(portfolio, supply, draw(portfolio, supply, 2, 7), 1, lived, FIRST + 1, QUICK, 0)
    assert lived.before(FIRST + 1) == pytest.approx(before)
    for ident in {name for name, _ in lived.signed}:
        most = next(o for o in portfolio.offers if o.id == ident).power_it_mw
        assert sum(mw for (o, _), mw in lived.signed.items() if o == ident) <= most + 1e-6


def test_a_held_portfolio_is_worth_what_the_decision_is() -> None:
    """All signings held as offers of their own: the plan signs just them, for the same value."""
    portfolio = drawn(1, training=False)
    supply = compile_supply(portfolio)
    made = draw(portfolio, supply, 5, 3)
    first = decision_of(solved(portfolio, risk=0.0, samples=made))
    last = portfolio.horizon.last
    signed = {key: mw for key, mw in first.signed.items() if mw > 0.05 and key[1] < last}
    now, twins = holding(portfolio, signed, {}, last)
    late = {**made.late_days, **{twin: made.late_days[o] for twin, o in twins.items()}}
    again = solved(now, risk=0.0, samples=replace(made, late_days=late))
    held = evaluate(portfolio, replace(first, signed=signed, first=np.empty(0), layout=()), made)
    anew = {k: mw for k, mw in decision_of(again).signed.items() if k[0] not in twins}
    assert all(quarter >= last for _, quarter in anew)
    if not anew:
        assert again.npv == pytest.approx(held.npv, rel=1e-6)
    assert float(made.probability @ again.npv) >= float(made.probability @ held.npv) - 1e-6


def test_what_is_left_of_an_offer_can_still_be_signed() -> None:
    blocks = offer("own", Tenure.OWN, mw=40, block_it_mw=10.0, least_it_mw=30.0)
    gone = offer("gone", Tenure.LEASE, mw=40, last_signing=FIRST)
    portfolio = unit([blocks, gone, offer("rent", Tenure.RENT, 3.0)], [wanted(1.0, 4)], 4)
    now, twins = holding(portfolio, {("own", FIRST): 20.0, ("gone", FIRST): 5.0}, {}, FIRST + 1)
    held = {o.id: o for o in now.offers}
    assert twins == {"own@2027Q1": "own", "gone@2027Q1": "gone"}
    assert set(held) == {"own@2027Q1", "own", "gone@2027Q1", "rent"}
    assert float(held["own@2027Q1"].power_it_mw) == 20
    assert float(held["own@2027Q1"].least_it_mw or 0) == 20
    assert held["own@2027Q1"].block_it_mw is None
    assert float(held["own"].power_it_mw) == 20
    assert float(held["own"].least_it_mw or 0) == 10
    assert held["own"].first_signing == FIRST + 1
    assert held["rent"] == portfolio.offers[2]


def test_a_job_that_has_begun_stays_at_its_site() -> None:
    portfolio = unit([offer("a", Tenure.LEASE, 1.0)], quarters=6, training=[job(4.0, 3)])
    held, _ = holding(portfolio, {}, {"run": "here"}, FIRST + 1)
    assert held.demand.training[0].site == "here"
    early, _ = holding(portfolio, {}, {"run": "here"}, FIRST)
    assert early.demand.training[0].site is None


@pytest.mark.parametrize("site", ["south", "here"])
def test_a_job_at_a_site_runs_there(site: str) -> None:
    base = drawn(2)
    placed = replace(base.demand.training[0], site=site)
    portfolio = replace(base, demand=replace(base.demand, training=(placed,)))
    answer = solved(portfolio, risk=0.0, scenarios=4)
    pools = answer.made.facts.supply.pools
    able = {pools[c].site.id for c in answer.made.facts.training.pool}
    assert able == {site}
    assert decision_of(answer).hosts == {"run": site}


@pytest.mark.parametrize(
    ("reviews", "paths", "where"),
    [
        ((), 4, "reviews"),
        ((FIRST,), 4, "reviews"),
        ((FIRST + 9,), 4, "reviews"),
        ((FIRST + 3, FIRST + 2), 4, "reviews"),
        ((FIRST + 2,), 1, "paths"),
    ],
)
def test_what_cannot_be_simulated(reviews: tuple[Quarter, ...], paths: int, where: str) -> None:
    with pytest.raises(OfftakeError, match=f"OTK-P130 {where}"):
        rolling(waiting(0.5, 1.5), reviews=reviews, paths=paths, effort=QUICK)


def test_a_plan_that_cannot_be_made_anew_is_kept_and_counted() -> None:
    """A served floor that the future can break: the earlier plan goes on, and it is told."""
    portfolio = waiting(1.0, 1.0)
    strict = replace(portfolio.demand.inference[0], least_served_share=0.9)
    portfolio = replace(portfolio, demand=replace(portfolio.demand, inference=(strict,)))
    supply = compile_supply(portfolio)
    lived = _Lived({("now", FIRST): 1.0}, {})
    _look_again(portfolio, supply, draw(portfolio, supply, 2, 0), 0, lived, REVIEW, QUICK, 0)
    assert lived.kept == 1
    assert lived.signed == {("now", FIRST): 1.0}


def test_the_uncertainty_left_out_is_told() -> None:
    found = looked(replace(waiting(1.0), uncertainty=Uncertainty()), paths=2)
    assert "no plan was made for" in found.about
    assert found.reviews == (REVIEW,)
    assert len(found.paths) == 2
