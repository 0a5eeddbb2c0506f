"""Futures given a past: the past stays, and past and future together keep the law.

The law of total probability is the judge: drawn up to a quarter, then drawn on given
that, every quantity is distributed as if it had been drawn in one go.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from offtake.plan.continued import continued
from offtake.plan.observed import seen
from offtake.plan.processes import Streams
from offtake.plan.scenarios import Scenarios, draw
from offtake.plan.supply import DAYS_PER_QUARTER, compile_supply
from tests.plan.pasts import PERIODS, portfolio, scenarios

MANY = 4_000
SINCE = (2, 5)


def ahead(
    past: Scenarios, since: int, salt: str = "x", signed: dict[str, np.ndarray] | None = None
) -> Scenarios:
    planned = portfolio()
    return continued(planned, compile_supply(planned), past, since, Streams(1, salt), signed)


@pytest.mark.parametrize("since", SINCE)
def test_the_past_stays_and_the_future_does_not(since: int) -> None:
    planned, past = portfolio(), scenarios(50)
    made = ahead(past, since)
    supply = compile_supply(planned)
    for was, now in zip(
        seen(planned, supply, past, since), seen(planned, supply, made, since), strict=True
    ):
        assert now.values == pytest.approx(was.values, abs=0), was.what
    assert np.all(made.inference[:, :, since] != past.inference[:, :, since])
    assert np.all(made.rental_price[:, since + 1] != past.rental_price[:, since + 1])
    late = past.late_days["lease"] > 0
    assert np.all(made.late_days["lease"][late] != past.late_days["lease"][late])
    assert np.array_equal(made.probability, past.probability)


def told(made: Scenarios) -> dict[str, np.ndarray]:
    """Quantities whose distribution is compared."""
    found = {
        "demand": np.log(made.inference[0, :, -1]),
        "demand elsewhere": np.log(made.inference[1, :, -1] * made.inference[0, :, -1]),
        "demand a year earlier": np.log(made.inference[0, :, -5]),
        "rental price": np.log(made.rental_price[:, -1]),
        "its steps": np.log(made.rental_price[:, 7] / made.rental_price[:, 3]),
        "rental price half way": np.log(made.rental_price[:, 6]),
        "spot": np.log(made.spot_price[:, -1] / made.rental_price[:, -1]),
        "electricity": np.log(made.electricity_price[:, -1]),
        "job": np.log(made.training[1]),
        "job and demand": np.log(made.training[1] / made.inference[0, :, 6]),
        "outages": made.site_up[0].sum(axis=1),
        "defaults": made.party_up["seller"].sum(axis=1),
    }
    return found | {f"lateness of {name}": days for name, days in made.late_days.items()}


@pytest.mark.parametrize("since", SINCE)
def test_past_and_future_together_keep_the_law(since: int) -> None:
    """Kolmogorov and Smirnov find no difference to futures drawn in one go."""
    past, whole = scenarios(MANY), scenarios(MANY, 99)
    made = told(ahead(past, since))
    for name, values in told(whole).items():
        p = stats.ks_2samp(values, made[name]).pvalue
        assert p > 1e-3, (name, p, values.mean(), made[name].mean())


def test_stories_are_told_apart_as_far_as_demand_shows_them() -> None:
    """Unconditionally as stated; after seven quarters mostly, but not always, the true one."""
    past = scenarios(MANY)
    early, late = ahead(past, 1), ahead(past, 8)
    boom = np.array([s == "boom" for s in past.story])

    def right(made: Scenarios) -> float:
        return float(np.mean(np.array([s == "boom" for s in made.story]) == boom))

    blind = 0.6**2 + 0.4**2
    assert right(early) == pytest.approx(blind, abs=0.05)
    assert blind + 0.1 < right(late) < 0.99


def test_the_crest_is_learnt_from_the_prices() -> None:
    """One past, many futures: after six quarters they turn more alike than the process says."""
    past = scenarios(2)
    one = past.take(np.zeros(500, np.int64))
    spread = [np.log(ahead(one, since).rental_price[:, -1]).std() for since in (1, 6)]
    assert spread[1] < 0.8 * spread[0]


def test_what_is_late_is_later_still() -> None:
    """Not there by the review: at least as late as that; there: as it was."""
    past = scenarios(MANY)
    source = next(s for s in compile_supply(portfolio()).committed if s.id == "built/hall")
    passed = (5 - source.start) * DAYS_PER_QUARTER
    made = ahead(past, 5)
    was, now = past.late_days[source.id], made.late_days[source.id]
    arrived = was <= passed
    assert np.array_equal(now[arrived], was[arrived])
    assert np.all(now[~arrived] >= passed)
    assert np.all(now[~arrived] != was[~arrived])


def test_an_offer_that_was_signed_is_observed_like_a_contract() -> None:
    """Signed at once with a lead of one quarter: its lateness is known from its arrival on."""
    past = scenarios(400)
    made = ahead(past, 4, signed={"lease": np.zeros(400)})
    passed = 3 * DAYS_PER_QUARTER
    was, now = past.late_days["lease"], made.late_days["lease"]
    assert np.array_equal(now[was <= passed], was[was <= passed])
    assert np.all(now[was > passed] >= passed)
    unsigned = ahead(past, 4).late_days["lease"]
    assert np.mean(unsigned == was) < 0.3


def test_who_has_defaulted_stays_so() -> None:
    past = scenarios(MANY)
    made = ahead(past, 5)
    gone = past.party_up["seller"][:, 4] == 0
    assert gone.any()
    assert np.all(made.party_up["seller"][gone, 5:] == 0)
    assert np.all(np.diff(made.party_up["seller"], axis=1) <= 0)


def test_a_past_from_elsewhere_has_a_nearest_explanation() -> None:
    """Prices no draw begins with, demand that stood still, a region without any: finite."""
    past = scenarios(30)
    inference = past.inference.copy()
    inference[0, :, :4] = 33.0
    inference[1] = 0.0
    strange = replace(past, inference=inference, rental_price=past.rental_price * 3)
    made = ahead(strange, 4)
    assert np.isfinite(made.inference).all()
    assert np.isfinite(made.rental_price).all()
    assert np.all(made.inference[0, :, 4:] > 0)


def test_each_set_of_streams_is_another_future() -> None:
    past = scenarios(30)
    one, again, other = ahead(past, 3), ahead(past, 3), ahead(past, 3, "y")
    assert np.array_equal(one.inference, again.inference)
    assert np.all(one.inference[:, :, 3:] != other.inference[:, :, 3:])


def test_a_world_without_demand_or_stories_goes_on() -> None:
    planned = replace(
        portfolio(),
        demand=type(portfolio().demand)(),
        uncertainty=replace(portfolio().uncertainty, scenarios=()),
    )
    supply = compile_supply(planned)
    past = draw(planned, supply, 10, 0)
    made = continued(planned, supply, past, 3, Streams(0, "x"))
    assert made.inference.shape == (0, 10, PERIODS)
    assert made.story == ("",) * 10
