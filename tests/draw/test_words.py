"""Names are written on one line and can hide nothing; dates and lists read as they are said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from offtake.draw import reading, says, words
from tests.report.plans import a_plan, a_small_plan


@given(st.text())
def test_plain_text_is_one_line_without_controls(text: str) -> None:
    made = words.plain(text)
    assert made.isprintable() or all(c.isprintable() or ord(c) > 0x9F for c in made)
    assert made == words.plain(made)
    made.encode("utf-8")


def test_plain_takes_out_what_turns_or_drives() -> None:
    assert words.plain("a\x1b[31mb\u202ec\r\nd\x00e\ud800f") == "a [31mb c d e f"


def test_lists_and_counts() -> None:
    assert words.listed([]) == ""
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    assert words.counted(1, "quarter") == "1 quarter"
    assert words.counted(1_200, "quarter") == "1,200 quarters"


def test_dates() -> None:
    assert words.day(date(2027, 11, 3)) == "3 Nov 2027"
    assert words.month(date(2027, 11, 3)) == "Nov 2027"
    assert words.day(None) == "—"


def test_sentences_and_cuts() -> None:
    assert words.sentence("it pays") == "It pays."
    assert words.sentence("why?") == "Why?"
    assert words.sentence("") == ""
    assert words.shortened("abcdef", 4) == "abc…"
    assert words.squeezed("Oracle Cloud, 4.5 GW, shackelford-2", 20) == "Oracle Cl…ckelford-2"
    assert words.squeezed("short", 20) == "short"


def test_an_entry_is_named_by_its_field() -> None:
    assert words.entry("offers.narvik-b.power_it_mw") == "narvik-b: power"
    assert words.entry("limits.seller_share.oracle") == "seller share: oracle"
    assert words.entry("budget") == "budget"
    assert words.entry("") == ""


def test_one_quarter_is_no_span() -> None:
    assert words.span(a_plan()) == "2026Q4 to 2031Q1"
    assert words.span(a_small_plan()) == "2026Q4"


def test_a_limit_in_many_quarters_is_told_once() -> None:
    plan = a_plan()
    found = reading.ranked(plan)
    budget = next(b for b in found if b.path == "capital.budget_usd")
    assert len(found) == len(plan.limits) - 1
    assert says.limit_when(budget) == "2 quarters, 2027Q1 to 2027Q2"
    assert budget.worth == 0.31 + 0.22
    assert says.because(budget) == "0.53 USD for one more USD in each of these quarters."
    worths = [abs(b.percent_worth) for b in found]
    assert worths == sorted(worths, reverse=True)


def test_carbon_is_limited_by_the_year() -> None:
    limit = replace(
        reading.ranked(a_plan())[0],
        limit="limits.carbon_t_co2", path="limits.carbon_t_co2.2030", quarters=(),
    )  # fmt: skip
    assert (says.limit_name(limit), says.limit_when(limit)) == ("carbon", "2030")


def test_shares_are_told_by_the_percentage_point() -> None:
    vendor = next(b for b in reading.ranked(a_plan()) if "nvidia" in b.path)
    assert says.worth(vendor) == "14.0 M USD for one more percentage point"
    assert says.rate(vendor) == "14.0 M USD per percentage point"
    debt = next(b for b in reading.ranked(a_plan()) if b.unit == "ratio")
    assert says.worth(debt) == "580 k USD for 0.01 more"


def test_capacity_names_the_quarters_that_fall_short() -> None:
    said = says.capacity(a_plan())
    assert said == "Median demand is above mean capacity in 2026Q4 and 2031Q1 (2 of 18 quarters)."


def test_capacity_by_tenure_is_split_as_power_where_it_is_not_told() -> None:
    line = a_plan().by_period[6]
    bare = replace(line, capacity_h100e={})
    split = reading.by_tenure(bare)
    assert sum(split.values()) == line.capacity.mean_h100e
    assert sum(reading.by_tenure(line).values()) == line.capacity.mean_h100e
