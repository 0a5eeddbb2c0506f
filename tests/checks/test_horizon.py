from __future__ import annotations

import pytest

from offtake.model import Quarter
from tests.checks.small import FIRST, LAST, wrong


def test_demand_and_revenue_cover_the_horizon() -> None:
    assert wrong(
        "horizon",
        ("demand.inference.chat.median_h100e", {FIRST: 1.0, Quarter(2028, 3): 1.0}),
        ("demand.inference.chat.revenue_usd_per_h100e_hour", {LAST: 1.0}),
        ("uncertainty.scenarios.low.demand_ratio", {Quarter(2027, 1): 1.0, LAST: 2.0}),
    ) == [
        "OTK-C250 demand.inference.chat.median_h100e: demand does not cover the horizon, 2026Q3 "
        "to 2028Q4; got 2026Q3 to 2028Q3; give a value at 2028Q4",
        "OTK-C250 demand.inference.chat.revenue_usd_per_h100e_hour: revenue does not cover the "
        "horizon, 2026Q3 to 2028Q4; got 2028Q4; give a value at 2026Q3",
        "OTK-C250 uncertainty.scenarios.low.demand_ratio: demand does not cover the horizon, "
        "2026Q3 to 2028Q4; got 2027Q1 to 2028Q4; give a value at 2026Q3",
    ]


def test_an_empty_path() -> None:
    assert wrong("horizon", ("demand.inference.chat.median_h100e", {})) == [
        "OTK-C250 demand.inference.chat.median_h100e: demand has no value at any quarter"
    ]


OUTSIDE = {
    "a limit": (
        [("capital.investment_limit_usd", {Quarter(2029, 1): 1.0, FIRST: 2.0})],
        "OTK-C251 capital.investment_limit_usd.2029Q1: limits nothing: it lies outside the "
        "horizon; got 2029Q1",
    ),
    "carbon of another year": (
        [("limits.carbon_t_co2", {"2025": 1.0, "²²²²": 1.0})],
        "OTK-C251 limits.carbon_t_co2.2025: limits nothing: it lies outside the horizon; got 2025",
    ),
    "shares from after the end": (
        [("limits.shares_from", Quarter(2029, 1))],
        "OTK-C251 limits.shares_from: no share is ever limited: it lies outside the horizon; "
        "got 2029Q1",
    ),
    "a job that is over": (
        [
            ("demand.training.run.earliest", Quarter(2025, 1)),
            ("demand.training.run.deadline", Quarter(2025, 2)),
        ],
        "OTK-C251 demand.training.run.deadline: is over before the horizon: it lies outside the "
        "horizon; got 2025Q2",
    ),
    "a job that begins too late": (
        [
            ("demand.training.run.earliest", Quarter(2029, 1)),
            ("demand.training.run.deadline", Quarter(2029, 2)),
        ],
        "OTK-C251 demand.training.run.earliest: begins after the horizon: it lies outside the "
        "horizon; got 2029Q1",
    ),
    "a deadline after the end": (
        [("demand.training.run.deadline", Quarter(2029, 2))],
        "OTK-C252 demand.training.run.deadline: the deadline lies after the horizon, which ends "
        "in 2028Q4; got 2029Q2",
    ),
    "an offer that is over": (
        [("offers.own.last_signing", Quarter(2026, 2))],
        "OTK-C251 offers.own.last_signing: cannot be signed any more: it lies outside the "
        "horizon; got 2026Q2",
    ),
    "an offer that comes too late": (
        [("offers.own.first_signing", Quarter(2029, 1))],
        "OTK-C251 offers.own.first_signing: cannot be signed within the horizon: it lies outside "
        "the horizon; got 2029Q1",
    ),
    "an offer that takes too long": (
        [("offers.own.lead_quarters", 10**6)],
        "OTK-C251 offers.own.lead_quarters: in service after the horizon at the earliest, which "
        "ends in 2028Q4; got 1000000",
    ),
}


@pytest.mark.parametrize(("changes", "said"), OUTSIDE.values(), ids=OUTSIDE)
def test_what_lies_outside_the_horizon(changes: list[tuple[str, object]], said: str) -> None:
    assert wrong("outside-horizon", *changes) == [said]


def test_nothing_is_said_of_a_horizon_that_is_none() -> None:
    assert wrong("outside-horizon", ("horizon.last", Quarter(2020, 1))) == []
