"""What was known of delays on a day, and what became of the milestones that were ahead."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta

import pytest
from scipy.special import ndtri

from offtake.catalogue import (
    TABLES,
    Delay,
    Fact,
    Milestone,
    PartialDate,
    Site,
    fit_delay,
    fit_overruns,
    forecast_delay,
    outcomes,
    overruns,
    redated,
    vintages,
)
from offtake.catalogue.overruns import Overrun, planned_days
from offtake.errors import OfftakeError

DECEMBER, MAY, OCTOBER = date(2025, 12, 14), date(2026, 5, 23), date(2026, 10, 5)


def test_the_law_of_studies_goes_through_their_points() -> None:
    fit = fit_overruns(DECEMBER)
    assert fit is not None
    assert fit.late_share == pytest.approx(1 - 0.085)
    for point in (p for p in fit.studies if p.overrun_share > 0):
        z = math.log(point.overrun_share * fit.planned_days / fit.median_days) / fit.log_sigma
        late = (point.within_share - 0.085) / 0.915
        assert z == pytest.approx(float(ndtri(late)))


def test_planned_times_are_those_announced_by_then() -> None:
    # Abilene's buildings 3 and 4: announced on 2025-03-18, expected on 2026-04-01.
    assert 379 in planned_days(DECEMBER)
    assert len(planned_days(DECEMBER)) == 9
    assert planned_days(date(2025, 9, 1)) == (499,)


def test_a_law_needs_two_points_and_a_planned_time() -> None:
    assert len(overruns(date(2016, 1, 1))) == 1
    assert fit_overruns(date(2016, 1, 1)) is None
    assert fit_overruns(date(2024, 12, 1)) is None


def test_in_december_the_studies_answer_and_say_why_the_record_does_not() -> None:
    made = forecast_delay(DECEMBER)
    assert made.basis == "studies"
    assert made.passed_over == ("the record of milestones (fewer than two late ones were known)",)
    assert len(made.sources) == 3
    assert all(row.known_from <= DECEMBER for row in overruns(DECEMBER))


def test_in_may_more_had_not_been_looked_at_again_than_had() -> None:
    made = forecast_delay(MAY)
    assert made.basis == "studies"
    assert "3 of those due had been looked at again and 4 had not" in made.passed_over[0]


def test_in_october_the_record_answers_and_is_widened_for_its_size() -> None:
    fit, made = fit_delay(OCTOBER), forecast_delay(OCTOBER)
    assert made.basis == "fit"
    assert made.law.median_days == pytest.approx(math.exp(fit.late_mu))
    assert made.law.late_share == pytest.approx(13 / 16)
    # t(11) at 95 % is 1.7959.
    wide = math.sqrt(1 + 1 / 12) * 1.79588 / 1.64485
    assert made.law.log_sigma == pytest.approx(fit.late_sigma * wide, rel=1e-4)


def test_nothing_says_anything_before_the_studies() -> None:
    with pytest.raises(OfftakeError, match="OTK-K306"):
        forecast_delay(date(2016, 1, 1))


def test_what_became_of_the_milestones_of_december() -> None:
    found = {o.name: o for o in outcomes(DECEMBER, OCTOBER)}
    assert len(found) == 21
    due = [o for o in found.values() if o.is_due]
    assert len(due) == 13
    assert sorted(o.late_days for o in due if o.late_days is not None) == [
        *(-4, 16, 52, 53, 61, 73, 80, 118)
    ]
    open_ = {o.name: o.looked_days for o in due if o.reached is None}
    assert open_ == {
        "abilene/bldg 5-8": 96,
        "newcarlisle/bldg 17-18": 118,
        "goodnight/bldg 1": 112,
        "goodnight/bldg 2": 51,
        "madison/12 bldg": 17,
    }
    # Seen as reached in May; looked at until October all the same.
    assert found["abilene/bldg 3-4"].seen == MAY
    assert found["abilene/bldg 3-4"].looked_days == (OCTOBER - date(2026, 4, 1)).days


def test_nobody_knows_what_was_not_looked_at_again() -> None:
    found = {o.name: o for o in outcomes(DECEMBER, MAY)}
    colossus = found["colossus-2/1 GW class"]
    assert (colossus.seen, colossus.reached, colossus.is_due) == (None, None, False)
    assert sum(o.is_due for o in found.values()) == 3
    with pytest.raises(ValueError, match="comes before"):
        outcomes(OCTOBER, DECEMBER)


def test_three_that_were_recorded_as_reached_were_dated_later_since() -> None:
    moved = {(a.site, a.milestone): b.expected.last for a, b in redated(DECEMBER, OCTOBER)}
    assert moved == {
        ("abilene", "bldg 1"): date(2025, 9, 26),
        ("abilene", "bldg 2"): date(2025, 12, 24),
        ("newcarlisle", "bldg 8-11"): date(2025, 12, 23),
    }


def poison(patch: pytest.MonkeyPatch) -> None:
    """Make everything the catalogue learnt after December wrong."""
    held = {
        kind: tuple(
            _wrong(row) if row.known_from > DECEMBER else row for row in vintages.shipped(kind)
        )
        for kind in TABLES.values()
        if kind is not Delay
    }
    patch.setattr(vintages, "_SHIPPED", held)


def _wrong(row: Fact) -> Fact:
    match row:
        case Milestone():
            far = PartialDate.parse((row.expected.last + timedelta(days=4000)).isoformat())
            return replace(row, expected=far)
        case Site():
            return replace(row, announced=PartialDate.parse("1999"))
        case Overrun():
            return replace(row, within_share=0.99)
        case _:
            return row


def test_a_forecast_does_not_look_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    def told() -> object:
        rows = outcomes(DECEMBER, OCTOBER)
        return forecast_delay(DECEMBER), [(o.name, o.announced, o.vintage) for o in rows]

    def seen() -> object:
        return forecast_delay(OCTOBER), [o.late_days for o in outcomes(DECEMBER, OCTOBER)]

    before, later = told(), seen()
    poison(monkeypatch)
    assert told() == before
    assert seen() != later
