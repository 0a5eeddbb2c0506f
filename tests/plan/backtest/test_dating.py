"""The days the words of a source name."""

from __future__ import annotations

from datetime import date

import pytest

from offtake.model.provenance import Provenance
from offtake.plan.backtest.dating import Days, days_of, named_days, only_from


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Vantage, 19 August 2025", ["2025-08-19"]),
        ("press of May 2026", ["2026-05-31"]),
        ("snapshot 2026-05-23", ["2026-05-23"]),
        ("content of 2026-05", ["2026-05-31"]),
        ("EIA, industrial price, 2023; eGRID 2022", ["2023-12-31", "2022-12-31"]),
        ("6, 24 and 27 March 2026", ["2026-03-27"]),
        ("Oct-Nov 2025", ["2025-11-30"]),
        ("TCEQ permit 177263, 10 turbines, 31 June 2025", []),
        ("nobody says when", []),
    ],
)
def test_a_day_a_month_or_a_year_counts_with_its_last_day(text: str, days: list[str]) -> None:
    assert [day.isoformat() for day in named_days(text)] == days


def test_what_stands_in_brackets_is_content_unless_nothing_else_is_there() -> None:
    assert days_of(Provenance(source="OpenAI, 23 September 2025 (operating in 2026)")) == Days(
        date(2025, 9, 23), date(2025, 9, 23)
    )
    assert days_of(Provenance(source="contracts (SemiAnalysis, April 2026)")) == Days(
        date(2026, 4, 30), date(2026, 4, 30)
    )


def test_a_stated_day_counts_and_none_is_none() -> None:
    stated = Provenance(source="a tracker, May 2026", as_of=date(2025, 12, 14))
    assert days_of(stated) == Days(date(2025, 12, 14), date(2025, 12, 14))
    assert days_of(Provenance(source="ours")) is None
    assert days_of(None) is None


def test_several_days_give_the_first_and_the_last() -> None:
    made = Provenance(source="vintage 2025-12-14 and snapshot 2026-05-23; WSJ, 10 September 2025")
    assert days_of(made) == Days(date(2025, 9, 10), date(2026, 5, 23))


def test_a_reason_may_say_since_when_a_field_is_known() -> None:
    reasons = {
        "tranches": "two thirds; its dates are known to us only from values of October 2026",
        "rates": "as in the contract of 2025",
    }
    made = Provenance(assumptions=reasons)
    assert only_from(made, "tranches", "due") == date(2026, 10, 31)
    assert only_from(made, "rates") is None
    assert only_from(None, "rates") is None
