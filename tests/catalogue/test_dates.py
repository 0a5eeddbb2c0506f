from __future__ import annotations

from calendar import monthrange
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtake.catalogue import PartialDate


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2027", date(2027, 1, 1), date(2027, 12, 31)),
        ("2026-H1", date(2026, 1, 1), date(2026, 6, 30)),
        ("2026-H2", date(2026, 7, 1), date(2026, 12, 31)),
        ("2027-Q1", date(2027, 1, 1), date(2027, 3, 31)),
        ("2028-Q4", date(2028, 10, 1), date(2028, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31)),
        ("2026-05-23", date(2026, 5, 23), date(2026, 5, 23)),
        ("2025-07/2025-09", date(2025, 7, 1), date(2025, 9, 30)),
    ],
)
def test_a_date_spans_the_days_it_may_mean(text: str, first: date, last: date) -> None:
    read = PartialDate.parse(text)
    assert (read.first, read.last, str(read)) == (first, last, text)
    assert read.exact == (first == last)


@pytest.mark.parametrize(
    "text", ["", "27", "2026-13", "2026-00", "2026-H3", "2026-Q5", "2026-2-3", "2026-02-30", "soon"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"date|month|day"):
        PartialDate.parse(text)


def test_a_span_that_ends_too_early_is_refused() -> None:
    with pytest.raises(ValueError, match="ends before it begins"):
        PartialDate.parse("2025-09/2025-07")


@given(st.dates(date(1900, 1, 1), date(2999, 12, 31)))
def test_every_day_lies_in_its_month_quarter_half_and_year(day: date) -> None:
    month = PartialDate.parse(f"{day:%Y-%m}")
    assert month.last.day == monthrange(day.year, day.month)[1]
    quarter = PartialDate.parse(f"{day.year}-Q{(day.month + 2) // 3}")
    half = PartialDate.parse(f"{day.year}-H{(day.month + 5) // 6}")
    year = PartialDate.parse(f"{day.year}")
    spans = [PartialDate.parse(day.isoformat()), month, quarter, half, year]
    for inner, outer in pairwise(spans):
        assert outer.first <= inner.first <= day <= inner.last <= outer.last
