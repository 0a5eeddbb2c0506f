"""Inputs turned one at a time, against the closed form of screening curves.

Build (5, 1), reserve (3, 4), on demand (0, 12), a load uniform on 24 midpoints. Held, the
cost is that of the MW signed; planned anew it is the mean of the lower envelope.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from offtake.errors import OfftakeError
from offtake.model import Capital, Portfolio
from offtake.model.what_if import Bar, Tornado
from offtake.plan.study import Setting, levers, tornado
from offtake.plan.study.levers import LEVERS
from offtake.units import it_mw
from tests.plan.portfolios import drawn
from tests.plan.study.settings import MILLION, newsvendor, own_or_lease, ready
from tests.plan.test_screening import CASES, WAYS, screening

LOADS = (np.arange(CASES) + 0.5) * 1000 / CASES


def envelope(build: float, reserve: float, hour: float) -> float:
    """Mean cost of the cheapest way of every MW, at prices of use build, reserve and hour."""
    steps = [(0.5, 1.0)] + [(1.0, 1 - edge / CASES) for edge in range(1, CASES)]
    ways = [(5.0, build), (3.0, reserve), (0.0, hour)]
    cost = sum(width * min(fixed + use * price for fixed, price in ways) for width, use in steps)
    return cost * 1000 / CASES


def held(mw: Mapping[str, float], build: float, reserve: float, hour: float) -> float:
    """Mean cost with so much signed: the cheapest that is there is used first."""
    first = np.minimum(LOADS, mw["build"])
    second = np.minimum(LOADS - first, mw["reserve"])
    use = build * first + reserve * second + hour * (LOADS - first - second)
    return float(5 * mw["build"] + 3 * mw["reserve"] + use.mean())


@pytest.fixture(scope="module")
def setting() -> Setting:
    return ready(screening())


@pytest.fixture(scope="module")
def made(setting: Setting) -> Tornado:
    return tornado(setting, {"rental-price": (0.5, 2.0)})


def bar(made: Tornado, lever: str) -> Bar:
    return next(b for b in made.bars if b.lever.id == lever)


@pytest.mark.parametrize(("end", "factor"), [("low", 0.5), ("high", 2.0)])
def test_a_dearer_hour_held_and_planned_anew(
    setting: Setting, made: Tornado, end: str, factor: float
) -> None:
    mw = {lot.offer: lot.power_it_mw for lot in setting.base.outlook.lots}
    found = getattr(bar(made, "rental-price"), end)
    prices = WAYS["build"][1], WAYS["reserve"][1], 12.0 * factor
    assert found.held_usd == pytest.approx(-held(mw, *prices) * MILLION, rel=1e-6)
    assert found.planned_usd == pytest.approx(-envelope(*prices) * MILLION, rel=1e-6)
    assert "reserve" in found.changed


def test_dearer_leases_by_the_same_formula(setting: Setting, made: Tornado) -> None:
    """Both ways signed ahead are reservations: their price of use rises together."""
    found = bar(made, "lease-price").high
    assert found.planned_usd == pytest.approx(-envelope(1.25, 5.0, 12.0) * MILLION, rel=1e-6)


def test_the_widest_comes_first_and_planning_anew_helps(setting: Setting, made: Tornado) -> None:
    assert made.base_usd == pytest.approx(-envelope(1.0, 4.0, 12.0) * MILLION)
    widths = [b.held_swing_usd for b in made.bars]
    assert widths == sorted(widths, reverse=True)
    for found in made.bars:
        for end in (found.low, found.high):
            assert end.held_usd is not None
            assert end.planned_usd is not None
            assert end.planned_usd >= end.held_usd - 1
    assert made.bars[0].lever.name in made.says


def test_what_is_not_there_cannot_be_turned(made: Tornado) -> None:
    assert {b.lever.id for b in made.bars} == {
        "demand", "unserved", "rental-price", "lease-price", "goodput",
    }  # fmt: skip
    assert any(text.startswith("Days of delay") for text in made.left_out)
    assert len(made.bars) + len(made.left_out) == len(LEVERS)


def test_without_planning_anew_only_the_plan_is_held(setting: Setting) -> None:
    made = tornado(setting, only=("demand",), replan=False)
    assert [b.lever.id for b in made.bars] == ["demand"]
    assert made.bars[0].low.planned_usd is None
    assert made.bars[0].planned_swing_usd == 0
    assert made.bars[0].low.held_usd is not None


def test_an_end_without_a_plan_says_why() -> None:
    """At twice the demand only half of 0.9 can be served with 100 MW of each offer."""
    portfolio = own_or_lease()
    tight = replace(
        portfolio,
        offers=tuple(replace(o, power_it_mw=it_mw(60)) for o in portfolio.offers),
        demand=replace(
            portfolio.demand,
            inference=tuple(replace(i, least_served_share=0.9) for i in portfolio.demand.inference),
        ),
    )
    made = tornado(ready(tight), {"demand": (0.5, 2.0)}, only=("demand",))
    assert made.bars[0].high.planned_usd is None
    assert "least_served_share" in made.bars[0].high.changed
    assert made.bars[0].low.planned_usd is not None


# ------------------------------------------------------------------ levers


def every() -> Portfolio:
    """A portfolio in which there is something to turn for every lever."""
    return drawn(0)


@pytest.mark.parametrize(
    ("lever", "better"),
    [
        ("demand", None),
        ("revenue", True),
        ("unserved", False),
        ("delay", False),
        ("rental-price", False),
        ("lease-price", False),
        ("own-capex", False),
        ("accelerator-price", False),
        ("electricity-price", False),
        ("discount-rate", None),
        ("goodput", True),
    ],
)
def test_more_of_an_input_moves_the_plan_the_way_it_should(lever: str, better: bool | None) -> None:
    setting = ready(every())
    found = tornado(setting, only=(lever,)).bars[0]
    low, high = found.low.planned_usd, found.high.planned_usd
    assert low is not None
    assert high is not None
    base = setting.base.outlook.objective_usd
    if better is None:
        assert low != high
    elif better:
        assert low <= base + 1 <= high + 2
        assert low < high
    else:
        assert low + 2 >= base + 1 >= high
        assert low > high


def test_all_levers_are_there_to_turn() -> None:
    found, idle = levers(every())
    assert [h.lever.id for h in found] == list(LEVERS)
    assert idle == []
    for handle in found:
        assert handle.turn(every(), 1.0) == every()
        assert handle.lever.low_ratio < 1 < handle.lever.high_ratio
        assert handle.lever.basis.startswith("assumed")


def test_ranges_are_shown_in_words() -> None:
    portfolio = replace(every(), capital=Capital(discount_share_per_year=0.08))
    found = {h.lever.id: h.lever for h in levers(portfolio, {"demand": (0.6, 1.5)})[0]}
    assert found["discount-rate"].low_shown == "6 % a year"
    assert (found["demand"].low_shown, found["demand"].high_shown) == ("−40 %", "+50 %")
    assert found["demand"].basis == "given by the user"


@pytest.mark.parametrize(
    ("ranges", "said"),
    [
        ({"demnad": (0.5, 2.0)}, "no such lever; got demnad; did you mean 'demand'"),
        ({"demand": (1.2, 2.0)}, "got 1.2…2"),
        ({"demand": (0.0, 2.0)}, "got 0…2"),
    ],
)
def test_a_range_that_makes_no_sense_is_refused(ranges: dict, said: str) -> None:
    with pytest.raises(OfftakeError, match=said):
        tornado(ready(newsvendor()), ranges)
