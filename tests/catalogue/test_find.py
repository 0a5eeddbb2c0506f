from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtake.catalogue import TABLES, search, table
from offtake.errors import Exit, OfftakeError

MAY = date(2026, 5, 23)


def keys(text: str, name: str | None = None) -> list[str]:
    return [hit.fact.key[0] for hit in search(text, name).hits]


def test_a_whole_key_comes_first() -> None:
    assert keys("abilene-1")[0] == "abilene-1"
    assert keys("H100", "accelerators")[0] == "H100"
    assert keys("ercot")[0] == "ERCOT"


def test_every_word_must_be_found() -> None:
    assert set(keys("microsoft narvik")) == {"nscale-ms-narvik", "narvik-a", "narvik-b"}
    spot = search("h100 spot", limit=50).hits
    assert {hit.table for hit in spot} == {"rental_prices"}


def test_names_count_more_than_sources() -> None:
    found = search("turbine").hits
    assert found[0].fact.key == ("lead_turbine_large_months",)
    assert found[-1].columns == ("source",)


def test_case_and_signs_do_not_matter() -> None:
    assert keys("FAIRWATER wi")[0] == keys("fairwater-wi")[0] == "fairwater-wi"


def test_the_table_can_be_named() -> None:
    assert {hit.table for hit in search("contracts microsoft").hits} == {"contracts"}


def test_a_number_must_begin_a_word() -> None:
    assert keys("2.09") == ["narvik-a"]


def test_only_what_was_known_is_found() -> None:
    assert search("cobalt", as_of=date(2026, 4, 8)).hits == ()
    assert [hit.fact.known_from for hit in search("lordstown", "sites", MAY).hits] == [
        date(2025, 9, 23)
    ]
    assert len(search("lordstown", "sites", history=True).hits) == 2


def test_quality_narrows_the_search() -> None:
    assert {hit.fact.quality for hit in search("epoch", quality="derived").hits} == {"derived"}


def test_a_limit_cuts_the_hits_and_counts_them_all() -> None:
    found = search("epoch", limit=3)
    assert len(found.hits) == 3 < found.hits_count


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("shackleford", "did you mean 'shackelford'?"),
        ("oprah", None),
        ("abilene narvik", "each word is there, but no row has all of them; try fewer words"),
    ],
)
def test_a_hint_is_given_when_nothing_is_found(text: str, hint: str | None) -> None:
    found = search(text)
    assert (found.hits, found.hits_count) == ((), 0)
    assert found.hint == hint


def test_hits_come_ready_to_print() -> None:
    sheet = search("gb300 narvik").sheet()
    assert [column.name for column in sheet.columns] == [
        *("table", "key", "found_in", "says", "quality", "known_from", "source"),
    ]
    assert any("amount_usd 6.2 B" in line[3] for line in sheet.printed())


@given(st.sampled_from([row.key for name in TABLES for row in table(name)]))
def test_every_row_is_found_by_its_key(key: tuple[str, ...]) -> None:
    assert key in [hit.fact.key for hit in search(" ".join(key), limit=500).hits]


@given(st.text(max_size=40))
def test_any_text_can_be_searched(text: str) -> None:
    if re.search(r"[^\W_]", text.casefold()):
        found = search(text)
        assert found.hits == tuple(sorted(found.hits, key=lambda hit: -hit.score))
    else:
        with pytest.raises(OfftakeError, match="OTK-K206"):
            search(text)


def test_wrong_questions_are_told() -> None:
    with pytest.raises(OfftakeError, match="OTK-K206") as raised:
        search(" - ")
    assert raised.value.exit is Exit.USAGE
    with pytest.raises(OfftakeError, match="OTK-K201"):
        search("x", "nothing")
