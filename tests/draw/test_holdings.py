"""What is held where, on a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

import offtake
from offtake.draw import holdings
from offtake.model.portfolio import Portfolio


@pytest.fixture(scope="module")
def norway() -> Portfolio:
    return offtake.read("worlds/norway-chain/portfolio.yaml")


def test_accepted_is_in_service_and_the_rest_to_come(norway: Portfolio) -> None:
    fjord, rhine = holdings.of_portfolio(norway, date(2026, 12, 15))
    assert (fjord.site, fjord.serving_it_mw, fjord.coming_it_mw) == ("fjord", 5.69344, 2.84672)
    assert fjord.late_it_mw == 0
    assert (rhine.held_it_mw, rhine.offered_it_mw) == (0, 4.0)


def test_only_what_the_lab_holds_counts_not_each_link_of_its_chain(norway: Portfolio) -> None:
    assert {each.contract.id for each in holdings.tranches(norway, norway.as_of)} == {"B"}


def test_an_earlier_day_knows_less_and_a_later_one_knows_what_is_late(norway: Portfolio) -> None:
    before = holdings.of_portfolio(norway, date(2024, 10, 31))
    assert sum(h.held_it_mw for h in before) == 0
    after = holdings.of_portfolio(norway, date(2027, 6, 12))
    assert sum(h.late_it_mw for h in after) == 2.84672


def test_what_has_run_its_term_is_held_no_more(norway: Portfolio) -> None:
    end = date(2030, 6, 1)
    names = {each.tranche.id for each in holdings.tranches(norway, end)}
    assert names == {"T2"}


def test_says_what_is_late_and_what_has_no_place(norway: Portfolio) -> None:
    sites = tuple(replace(s, latitude_degrees=None, longitude_degrees=None) for s in norway.sites)
    found = holdings.of_portfolio(replace(norway, sites=sites), date(2027, 6, 12))
    told = holdings.says(found)
    assert "2.8 MW IT behind the day it was due" in told
    assert "nobody says where they lie: Fjord Hall" in told
    assert holdings.says(()) == "Nothing is held at any site."


def test_the_table_has_every_holding(norway: Portfolio) -> None:
    found = holdings.of_portfolio(norway, norway.as_of)
    table = holdings.table(found)
    assert [row[0] for row in table.rows] == [h.name for h in found]
    assert all(len(row) == len(table.head) for row in table.rows)
