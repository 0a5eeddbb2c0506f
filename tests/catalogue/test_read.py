from __future__ import annotations

from datetime import date

import pytest

from offtake.catalogue.facts import columns_of
from offtake.catalogue.figures import BuildCost
from offtake.catalogue.places import Site
from offtake.catalogue.read import read_facts
from offtake.catalogue.vintages import data_file
from offtake.errors import OfftakeError

HEADER = ",".join(columns_of(BuildCost))
GOOD = "ai_premium_share,0.085,,0.1,share,,reported,an index,2025-11-06,press,"


def faults(text: str) -> list[str]:
    with pytest.raises(OfftakeError) as raised:
        read_facts(BuildCost, text, "build_costs.csv")
    return [str(fault) for fault in raised.value.faults]


def test_a_row_becomes_a_fact() -> None:
    (fact,) = read_facts(BuildCost, f"{HEADER}\n{GOOD}\n", "build_costs.csv")
    assert fact == BuildCost(
        parameter="ai_premium_share",
        value=0.085,
        high=0.1,
        unit="share",
        quality="reported",
        source="an index",
        known_from=date(2025, 11, 6),
        known_from_basis="press",
    )


def test_all_faults_are_told_with_file_and_line() -> None:
    text = "\n".join(
        [
            HEADER,
            GOOD,
            "a_share,zero,,,share,,reported,x,2025-11-06,y,",
            "b_share,1,,,share,,rumoured,,2025-11-31,y,",
            "c_share,1,,,share",
            "d_share,nan,,,share,,reported,x,2025-11-06,y,",
            GOOD,
            "e_share, 1,,,share,,reported,x,2025-11-06,y,",
        ]
    )
    wanted = "a number is wanted, such as 211, 0.065 or 7.99e9"
    quality = "must be one of reported, estimated, assumed, derived"
    again = "the same key and known_from as in line 2"
    assert faults(text) == [
        f"OTK-K103 build_costs.csv:3 value: {wanted}; got 'zero'",
        f"OTK-K103 build_costs.csv:4 quality: {quality}; got 'rumoured'",
        "OTK-K103 build_costs.csv:4 source: must not be empty; got ''",
        "OTK-K103 build_costs.csv:4 known_from: day is out of range for month; got '2025-11-31'",
        "OTK-K102 build_costs.csv:5: the row has 5 cells, the table 11 columns",
        f"OTK-K103 build_costs.csv:6 value: {wanted}; got 'nan'",
        f"OTK-K105 build_costs.csv:7: {again}; got ai_premium_share, 2025-11-06",
        "OTK-K103 build_costs.csv:8 value: begins or ends with a space; got ' 1'",
    ]


def test_wrong_columns_are_told_at_once() -> None:
    assert faults(HEADER.replace("scope", "skope") + "\n" + GOOD) == [
        "OTK-K101 build_costs.csv:1: unknown column; got 'skope'; did you mean 'scope'?",
        "OTK-K101 build_costs.csv:1: column 'scope' is missing",
    ]


def test_an_empty_file_has_no_columns() -> None:
    assert len(faults("")) == len(columns_of(BuildCost))


def test_a_broken_bound_has_its_line_and_column() -> None:
    text = data_file("sites.csv").read_text(encoding="utf-8")
    assert ",210,295," in text
    with pytest.raises(OfftakeError) as raised:
        read_facts(Site, text.replace(",210,295,", ",-210,295,"), "sites.csv")
    assert [str(fault) for fault in raised.value.faults] == [
        "OTK-K104 sites.csv:5 power_it_mw: must be at least 0; got -210.0",
        "OTK-K104 sites.csv:6 power_it_mw: must be at least 0; got -210.0",
    ]


def test_a_count_is_whole() -> None:
    text = data_file("sites.csv").read_text(encoding="utf-8").replace(",100800,", ",100.8e3,", 1)
    with pytest.raises(OfftakeError, match="accelerators_count: a whole number is wanted"):
        read_facts(Site, text, "sites.csv")


def test_a_missing_file_is_named() -> None:
    with pytest.raises(OfftakeError, match=r"OTK-K106 nothing\.csv: the data file is missing"):
        data_file("nothing.csv")
