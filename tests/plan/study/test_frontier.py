"""Mean against tail, on the newsvendor whose points are known."""

from __future__ import annotations

import pytest

from offtake.errors import OfftakeError
from offtake.model.study import FrontierPoint
from offtake.plan.study import frontier
from tests.plan.portfolios import drawn
from tests.plan.study.settings import MILLION, newsvendor, ready


def reserved(point: FrontierPoint) -> float:
    return sum(lot.power_it_mw for lot in point.plan.lots)


def test_the_tail_alone_reserves_the_most() -> None:
    made, _ = frontier(ready(newsvendor(), alpha=0.9), (0.0, 1.0), fresh=0)
    first, last = made.points
    assert (first.risk_share, last.risk_share) == (0.0, 1.0)
    assert reserved(first) == pytest.approx(1000)
    assert first.plan.objective_usd == pytest.approx(-1_440 * MILLION)
    assert reserved(last) == pytest.approx(1400)
    assert last.plan.objective_usd == pytest.approx(-1_680 * MILLION)
    assert last.changed == "400 MW more of reserve (reserve)"
    assert first.fresh is None
    assert "720 M USD" in made.says
    assert "240 M USD" in made.says


def test_half_of_the_tail_lies_between() -> None:
    made, _ = frontier(ready(newsvendor(), alpha=0.8), (0.5,), fresh=0)
    point = made.points[1]
    assert reserved(point) == pytest.approx(1200)
    assert point.plan.objective_usd == pytest.approx(-1_620 * MILLION)
    assert point.plan.bound_usd == pytest.approx(-1_620 * MILLION)
    assert point.plan.gap_share == pytest.approx(0, abs=1e-6)


def test_a_rougher_gap_never_leaves_a_dominated_plan() -> None:
    """Every weight takes the best of all plans found, so mean falls and tail rises with λ."""
    made, placed = frontier(ready(drawn(2, blocks=True), alpha=0.7, gap=0.2), fresh=12)
    assert [p.risk_share for p in made.points] == [0, 0.25, 0.5, 0.75, 1]
    assert not any(p.dominated for p in made.points)
    means = [p.plan.npv.mean_usd for p in made.points]
    tails = [p.plan.npv.cvar_usd for p in made.points]
    assert means == sorted(means, reverse=True)
    assert tails == sorted(tails)
    for point, place in zip(made.points, placed, strict=True):
        mixed = (1 - point.risk_share) * point.plan.npv.mean_usd
        mixed += point.risk_share * point.plan.npv.cvar_usd
        assert point.plan.objective_usd == pytest.approx(mixed, rel=1e-9)
        assert point.plan.bound_usd is not None
        assert point.plan.bound_usd >= point.plan.objective_usd - 1
        assert place.held.outlook == point.plan
        assert point.fresh is not None
        assert point.fresh.scenarios == 12


def test_a_weight_outside_0_to_1_is_refused() -> None:
    with pytest.raises(OfftakeError, match="between 0 and 1; got 1.5"):
        frontier(ready(newsvendor()), (0.5, 1.5))
