"""The catalogue on the command line: tables, searches, forms."""

from __future__ import annotations

import csv
import io

import pytest

from offtake.catalogue import TABLES, show
from tests.cli.calling import call

Capsys = pytest.CaptureFixture[str]


def test_tables_are_listed_with_their_rows(capsys: Capsys) -> None:
    lines = call(capsys, "catalogue").out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(TABLES)
    rows = call(capsys, "catalogue", "--json").data["rows"]
    assert {row["table"]: row["rows"] for row in rows}["sites"] == len(show("sites").rows)


def test_a_table_in_every_form(capsys: Capsys) -> None:
    whole = show("accelerators")
    text = call(capsys, "catalogue", "accelerators").out.splitlines()
    assert len(text) == 1 + len(whole.rows)  # one line a row, for grep
    data = call(capsys, "catalogue", "accelerators", "--limit", "2", "--json").data
    assert (data["schema"], data["rows_count"]) == ("offtake.catalogue/1", len(whole.rows))
    assert [row["id"] for row in data["rows"]] == [row[0] for row in whole.rows[:2]]
    printed = call(capsys, "catalogue", "accelerators", "--csv", "--columns", "id,vendor")
    read = list(csv.reader(io.StringIO(printed.out)))
    assert read[0] == ["id", "vendor"]
    assert len(read) == len(text)
    cut = call(capsys, "catalogue", "accelerators", "--limit", "2")
    assert f"2 of {len(whole.rows)} rows" in cut.err


def test_a_search(capsys: Capsys) -> None:
    found = call(capsys, "catalogue", "--search", "narvik")
    assert found.status == 0
    assert "narvik-a" in found.out
    none = call(capsys, "catalogue", "--search", "narvik xyzzy")
    assert (none.status, none.out) == (0, "")
    assert none.err.startswith("nothing found")
    early = call(capsys, "catalogue", "sites", "--as-of", "2001-01-01")
    assert (early.out, early.err) == ("", "nothing of this kind was known on 2001-01-01\n")


def test_a_pipe_is_not_cut_to_a_width(capsys: Capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    wide = call(capsys, "catalogue").out
    assert max(map(len, wide.splitlines())) > 40
