"""What revising is worth, as a part of a study."""

from __future__ import annotations

from dataclasses import replace

import pytest

from offtake.errors import OfftakeError
from offtake.model import Horizon, Quarter
from offtake.plan.study import revising, study
from offtake.plan.study.revising import new_years
from tests.plan.portfolios import drawn
from tests.plan.study.settings import newsvendor, ready


def test_a_review_is_told_with_its_gain() -> None:
    portfolio = drawn(1, training=False)
    review = portfolio.horizon.first + 1
    made = study(portfolio, ("rolling",), scenarios=4, reviews=(review,), paths=3, gap=1e-4).rolling
    assert made is not None
    assert made.paths_count == 3
    assert made.reviews == (review,)
    assert made.gain.mean_usd == pytest.approx(made.revised.mean_usd - made.held.mean_usd, abs=1)
    assert made.gain.low_usd <= made.gain.mean_usd <= made.gain.high_usd
    assert 0 <= made.better_share <= 1
    assert f"before {review}" in made.says
    assert "of 3 futures" in made.says


def test_it_is_looked_at_again_every_new_year() -> None:
    portfolio = drawn(1)
    long = Horizon(first=Quarter(2027, 1), last=Quarter(2029, 2))
    assert new_years(replace(portfolio, horizon=long)) == (
        Quarter(2028, 1),
        Quarter(2029, 1),
    )


def test_a_horizon_without_a_new_year_says_so() -> None:
    with pytest.raises(OfftakeError, match="no new year"):
        revising(ready(newsvendor()))
