"""Spares: Erlang's loss, whatever the law of repairs."""

from __future__ import annotations

import pytest

from offtake.errors import OfftakeError
from offtake.simulate.closed import short_share, spares_for
from offtake.simulate.closed.spares import away, erlang_loss, repair_hours
from offtake.simulate.parameters import Cause, Domain, Hazard, Repair
from tests.simulate.clusters import COUNT, cluster, hazard


def test_away_is_rate_times_repair() -> None:
    assert away(cluster(), COUNT) == pytest.approx(8.0 / 24.0 * 12.0)
    assert away(cluster(hazards=()), COUNT) == 0.0


def test_manual_repairs_count_by_their_share() -> None:
    told = Repair(automatic_hours=2.0, manual_share=0.8, manual_hours=48.0)
    assert repair_hours(told) == pytest.approx(40.4)
    fixed = Repair(
        automatic_hours=2.0,
        automatic_silent_share=0.4,
        manual_share=0.8,
        manual_only_unfixed=True,
        manual_hours=48.0,
    )
    assert repair_hours(fixed) == pytest.approx(17.36)


def test_what_does_not_break_needs_no_spare() -> None:
    soft = cluster(hazards=(hazard(8.0, breaks=False),))
    assert away(soft, COUNT) == 0.0


def test_a_rack_takes_its_nodes_along() -> None:
    rack = Hazard(cause=Cause.POWER, domain=Domain.RACK, rate_per_day=0.01)
    told = cluster(hazards=(rack,))
    assert away(told, COUNT) == pytest.approx(0.01 * 256 * 2 / 24.0 * 12.0)


def test_the_loss_is_erlang_s() -> None:
    assert erlang_loss(0, 4.0) == 1.0
    assert erlang_loss(6, 4.0) == pytest.approx(0.1172, abs=5e-5)  # any table of Erlang B
    assert erlang_loss(200, 4.0) == pytest.approx(0.0, abs=1e-12)


def test_a_job_that_never_breaks_needs_none() -> None:
    assert spares_for(cluster(hazards=()), COUNT, 0.01) == 0


def test_the_least_spares_that_do() -> None:
    count = spares_for(cluster(), COUNT, 0.01)
    assert short_share(cluster(), COUNT, count) <= 0.01 < short_share(cluster(), COUNT, count - 1)


@pytest.mark.parametrize("wrong", [0.0, 1.0, -0.1])
def test_never_short_is_not_a_number_of_spares(wrong: float) -> None:
    with pytest.raises(OfftakeError, match="OTK-S008"):
        spares_for(cluster(), COUNT, wrong)
