from __future__ import annotations

import json
from datetime import date

import pytest

from offtake.catalogue import ALL, TABLES, columns_of, show, table
from offtake.errors import OfftakeError


@pytest.mark.parametrize("name", list(TABLES))
@pytest.mark.parametrize("columns", [None, ALL])
def test_every_table_can_be_shown(name: str, columns: tuple[str, ...] | None) -> None:
    sheet = show(name, columns=columns)
    assert len(sheet.rows) == len(table(name))
    assert all(len(row) == len(sheet.columns) for row in sheet.rows)
    assert all(isinstance(text, str) for row in sheet.printed() for text in row)
    json.dumps(sheet.rows, allow_nan=False)
    if columns == ALL:
        assert [column.name for column in sheet.columns] == list(columns_of(TABLES[name]))


def test_columns_come_in_the_order_asked_for_with_their_units() -> None:
    sheet = show("sites", date(2026, 5, 23), ["id", "power_it_mw", "capex_usd", "first_power"])
    assert [(column.name, column.unit, column.numeric) for column in sheet.columns] == [
        ("id", "", False),
        ("power_it_mw", "MW IT", True),
        ("capex_usd", "USD", True),
        ("first_power", "", False),
    ]
    assert sheet.rows[0] == ("abilene-1", 211.0, 7.99e9, "2025-09-26")
    assert sheet.printed()[0] == ("abilene-1", "211", "7.99 B", "2025-09-26")


def test_numbers_are_printed_for_people() -> None:
    sheet = show("accelerators", columns=["id", "power_it_kw", "price_low_usd", "fp4_dense_tflops"])
    held = {row[0]: row[1:] for row in sheet.printed()}
    assert held["VR200"] == ("3.483", "108,000", "35,000")
    assert held["TPUv5p"] == ("0.6", "", "")
    assert ("PJM", "2022") in show("hourly", columns=["zone", "year"]).printed()


def test_history_and_quality_pass_through() -> None:
    assert len(show("sites", history=True).rows) > len(show("sites").rows)
    assert len(show("power", quality="assumed").rows) == 3


def test_all_unknown_columns_are_told() -> None:
    with pytest.raises(OfftakeError) as raised:
        show("sites", columns=["id", "power_mw", "capex"])
    none = "OTK-K205: the table sites has no such column"
    assert [str(fault) for fault in raised.value.faults] == [
        f"{none}; got 'power_mw'; did you mean 'power_it_mw' or 'power_zone'?",
        f"{none}; got 'capex'; did you mean 'capex_usd'?",
    ]
