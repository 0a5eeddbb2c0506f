"""What would have to be true for another strategy to win, against break-evens by hand.

Own costs c/56 + 0.5 a MW and quarter at a shell of c M USD, a lease 2.0. At c = 56 own
wins by 0.5 on 100 MW; they are even at c = 84 (half more) or a lease of 1.5 (a quarter
less).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from offtake.errors import OfftakeError
from offtake.model.what_if import Condition
from offtake.plan.study import conditions, strategies
from offtake.plan.study.conditions import grid, narrow, nearest_change
from tests.plan.study.settings import MILLION, own_or_lease, ready


def found(replan: bool, lever: str = "own-capex", **options: Any) -> Condition:
    setting = ready(own_or_lease())
    _, tried = strategies(setting)
    made = conditions(setting, tried, only=(lever,), replan=replan, **options)
    return next(c for c in made if c.rival == "lease-first")


@pytest.mark.parametrize("replan", [True, False])
def test_dearer_building_hands_it_to_the_lease(replan: bool) -> None:
    made = found(replan)
    assert (made.winner, made.rival) == ("build", "lease-first")
    assert made.break_even_ratio == pytest.approx(1.5, rel=1e-5)
    assert made.tolerance_ratio < 0.01
    assert made.lead_usd == pytest.approx(50 * MILLION)
    assert made.high_lead_usd == pytest.approx(-50 * MILLION)
    assert made.low_lead_usd == pytest.approx(100 * MILLION)
    assert made.replanned is replan
    assert made.says.startswith(
        "Lease first beats build once capital expenditure of own sites is more than 50 % higher"
    )
    assert ("planned anew" in made.says) is replan


def test_cheaper_leases_do_too() -> None:
    made = found(True, "lease-price")
    assert made.break_even_ratio == pytest.approx(0.75, rel=1e-5)
    assert "is more than 25 % lower" in made.says


def test_never_is_said_with_the_range_looked_at() -> None:
    made = found(True, "own-capex", ranges={"own-capex": (0.5, 1.3)})
    assert made.break_even_ratio is None
    assert made.high_lead_usd == pytest.approx(20 * MILLION)
    assert made.trials_count == 3
    assert "never beats build" in made.says
    assert "between −50 % and +30 %" in made.says
    assert "20.0 M USD or more" in made.says


def test_a_rival_without_a_plan_is_no_rival() -> None:
    setting = ready(own_or_lease(capital=own_or_lease().capital.__class__(
        discount_share_per_year=0.0
    )))  # fmt: skip
    _, tried = strategies(setting)
    made = conditions(setting, tried, only=("own-capex",), replan=False)
    assert {c.rival for c in made} == {"lease-first"}


def test_a_lever_that_does_not_exist_is_refused() -> None:
    setting = ready(own_or_lease())
    with pytest.raises(OfftakeError, match="no such lever; got own-capx; did you mean 'own-capex'"):
        conditions(setting, (), only=("own-capx",))


# ------------------------------------------------------------------ the search alone


def searched(
    lead: Callable[[float], float], low: float = 0.25, high: float = 4.0
) -> tuple[float, float] | None:
    leads: dict[float, float] = {}

    def asked(ratio: float) -> float:
        leads[ratio] = lead(ratio)
        return leads[ratio]

    asked(1.0)
    for ratio in grid(low, high, 2):
        asked(ratio)
    bracket = nearest_change(leads)
    return None if bracket is None else narrow(asked, bracket, leads, 1e-9)


@pytest.mark.parametrize(
    ("lead", "root"),
    [
        (lambda r: 2 - r, 2.0),
        (lambda r: r - 0.4, 0.4),
        (lambda r: 3 - r**3, 3 ** (1 / 3)),
        (lambda r: math.exp(-r) - 0.1, math.log(10)),
        (lambda r: 1.0 if r < 1.7 else -5.0, 1.7),
        (lambda r: math.inf if r < 2.6 else -1.0, 2.6),
    ],
)
def test_a_change_of_sign_is_narrowed(lead: Callable[[float], float], root: float) -> None:
    answer = searched(lead)
    assert answer is not None
    even, width = answer
    assert even == pytest.approx(root, rel=0.006)
    assert abs(even - root) <= width + 1e-6


def test_the_nearest_of_two_is_taken() -> None:
    answer = searched(lambda r: (r - 0.3) * (1.5 - r))
    assert answer is not None
    assert answer[0] == pytest.approx(1.5, rel=0.005)


def test_no_change_of_sign_is_none() -> None:
    assert searched(lambda r: 1 + r) is None


def test_the_grid_runs_through_both_sides() -> None:
    assert grid(0.25, 4.0, 2) == pytest.approx([0.25, 0.5, 2.0, 4.0])
    assert grid(1.0, 4.0, 2) == pytest.approx([2.0, 4.0])
