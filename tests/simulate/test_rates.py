"""A job's failures: nodes times rates, by domain, size and age."""

from __future__ import annotations

import math

import pytest

from offtake.errors import OfftakeError
from offtake.simulate.parameters import Age, Cause, Domain, Hazard, Lemons, Parameters
from offtake.simulate.rates import at_age, mean_hours, nodes_of, per_day, strikes


def test_the_published_rate_gives_the_published_mean_times() -> None:
    told = Parameters()
    assert mean_hours(told, nodes_of(told, 16_384)) == pytest.approx(1.8, abs=0.01)
    assert mean_hours(told, nodes_of(told, 131_072)) == pytest.approx(0.23, abs=0.005)


def test_a_hazard_of_zero_never_strikes() -> None:
    told = Parameters(hazards=(Hazard(cause=Cause.GPU, rate_per_day=0.0),))
    assert strikes(told, 100) == ()
    assert math.isinf(mean_hours(told, 100))


@pytest.mark.parametrize("wrong", [-1.0, math.inf, math.nan])
def test_a_rate_that_cannot_be_is_named(wrong: float) -> None:
    with pytest.raises(OfftakeError, match=r"OTK-F120 Hazard\.rate_per_day"):
        Hazard(cause=Cause.GPU, rate_per_day=wrong)


def test_wide_failures_count_things_not_nodes() -> None:
    pod = Hazard(cause=Cause.NETWORK, domain=Domain.POD, rate_per_day=0.1)
    site = Hazard(cause=Cause.WEATHER, domain=Domain.SITE, rate_per_day=0.01)
    found = strikes(Parameters(hazards=(pod, site)), 1000)
    assert [s.per_day for s in found] == pytest.approx([0.3, 0.01])
    assert [s.nodes for s in found] == [384, 1000]


def test_small_jobs_have_hazards_of_their_own() -> None:
    told = Parameters(hazards=(Hazard(cause=Cause.USER, rate_per_day=0.02, job_nodes_count=128),))
    assert per_day(told, 128) == pytest.approx(2.56)
    assert per_day(told, 129) == 0.0


def test_lemons_and_age_raise_the_rate_of_nodes() -> None:
    plain = Parameters(hazards=(Hazard(cause=Cause.GPU, rate_per_day=0.01),))
    bad = Parameters(hazards=plain.hazards, lemons=Lemons(lemon_share=0.15, hazard_ratio=6.0))
    assert per_day(bad, 100) == pytest.approx(1.75 * per_day(plain, 100))
    age = Age(fleet_days=0.0, infant_ratio=3.0, settling_days=30.0, wear_share_per_year=0.1)
    assert at_age(age, 0.0) == pytest.approx(3.0)
    assert at_age(age, 30.0) == pytest.approx(1.0 + 2.0 / math.e + 0.1 * 30.0 / 365.25)


def test_half_a_node_is_refused() -> None:
    with pytest.raises(OfftakeError, match=r"OTK-S003 .*nearest below is 96"):
        nodes_of(Parameters(), 100)
