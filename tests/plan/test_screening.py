"""Screening curves: what is used most is built, what is used least is rented.

Three ways to have one MW, at a fixed and a variable price in million USD per MW-quarter:
build (5, 1), reserve (3, 4), on demand (0, 12). A straight line a way; the lower envelope
says who serves which MW of the load duration curve (Stoft, Power System Economics, 2002,
chapter 2-2). Build meets reserve at use 2/3, reserve meets on demand at 3/8.

The load is uniform on 0…1000 MW, as 24 equally likely scenarios at the midpoints of their
intervals. The MW of load level m is used in a share 1 − m/1000 of scenarios, so build
serves the first 1000/3 MW and reserve goes to 625. With u the uniform load the cost is

    5·B + 3·R + E[1·min(u, B) + 4·(min(u, B + R) − B)⁺ + 12·(u − B − R)⁺]  =  4270.8333

and 24 midpoints give the same because both corners lie on edges of intervals: 333.33 = 8/24
and 625 = 15/24. Between neighbouring midpoints the cost is flat at a corner.
"""

from __future__ import annotations

import pytest

from offtake.model import Portfolio, Tenure
from offtake.plan.front import solved
from tests.plan.portfolios import futures, offer, unit, wanted

CASES = 24
WAYS = {"build": (5.0, 1.0), "reserve": (3.0, 4.0)}


def screening() -> Portfolio:
    ahead = [
        offer(
            name,
            Tenure.RESERVE,
            variable,
            price={"running_usd_per_it_mw_year": 4e6 * fixed, "take_or_pay_share": 0.0},
        )
        for name, (fixed, variable) in WAYS.items()
    ]
    loads = [(number + 0.5) / CASES for number in range(CASES)]
    return unit(
        [*ahead, offer("on-demand", Tenure.RENT, 12.0)],
        [wanted(1000.0)],
        uncertainty=futures(loads, [1 / CASES] * CASES),
    )


def test_the_lower_envelope_decides() -> None:
    answer = solved(screening(), risk=0.0)
    assert answer.plan.cost.mean_usd / 1e6 == pytest.approx(4_270.0 + 5 / 6, abs=1e-3)
    by_name = {s.offer: s.power_it_mw for s in answer.plan.signed}
    # Flat between the midpoints on both sides of a corner.
    half = 500 / CASES
    build, together = by_name["build"], by_name["build"] + by_name["reserve"]
    assert 1000 / 3 - half - 1e-6 <= build <= 1000 / 3 + half + 1e-6
    assert 625 - half - 1e-6 <= together <= 625 + half + 1e-6
    assert answer.plan.unserved_share == pytest.approx(0, abs=1e-9)


def test_the_cost_is_the_mean_of_the_envelope() -> None:
    """The same by hand: Σ over MW of the load of the cheapest way at its use."""
    use = [1 - edge / CASES for edge in range(CASES)]
    # MW between midpoints i and i + 1 are used in CASES − i − 1 of CASES scenarios.
    steps = [(0.5, 1.0)] + [(1.0, u) for u in use[1:]]
    fixed_and_variable = [*WAYS.values(), (0.0, 12.0)]
    cost = sum(
        width * min(fixed + variable * u for fixed, variable in fixed_and_variable)
        for width, u in steps
    )
    assert cost * 1000 / CASES == pytest.approx(4_270.0 + 5 / 6, abs=1e-3)
