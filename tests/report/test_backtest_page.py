"""The page of a backtest: whole, safe, and with the numbers it was made from."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from offtake.draw import backtest as figures
from offtake.draw import backtest_tables as tables
from offtake.draw.layout import FULL, NARROW
from offtake.files import read_backtest, write_backtest
from offtake.report.backtest import backtest_html
from tests.report.backtests import a_backtest, a_hostile_backtest
from tests.report.test_page import Reader


@pytest.fixture(scope="module")
def page() -> str:
    return backtest_html(a_backtest())


@pytest.fixture(scope="module")
def read(page: str) -> Reader:
    return Reader(page)


def test_everything_that_opens_closes_and_ids_are_unique(read: Reader) -> None:
    assert read.open == []
    ids = [attrs["id"] for _, attrs in read.found if "id" in attrs]
    assert len(ids) == len(set(ids))
    anchors = [(a["href"] or "").removeprefix("#") for a in read.named("a")]
    assert all(anchor in ids for anchor in anchors)


def test_it_is_one_small_file_that_runs_nothing(page: str, read: Reader) -> None:
    assert len(page.encode()) < 250_000
    assert "https://" not in page
    assert "http://" not in page.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert [s.get("type") for s in read.named("script")] == ["application/json"]


def test_claims_come_first_and_every_one_is_there(read: Reader) -> None:
    text = " ".join("".join(read.text).replace("\N{NO-BREAK SPACE}", " ").split())
    places = [text.index(" ".join(sentence.split())) for sentence in a_backtest().says]
    assert places == sorted(places)
    assert text.index("What may be claimed") < text.index("Dates and capacity")
    for said in ("abilene/bldg 3-4", "lease/hall", "+52", "≥ 118", "KPMG"):
        assert said in text
    assert "None" not in text.split()


def test_the_page_carries_the_backtest(page: str, tmp_path: Path) -> None:
    found = re.search(r'<script type="application/json" id="backtest">(.*?)</script>', page, re.S)
    assert found
    held = json.loads(found[1])
    saved = write_backtest(a_backtest(), tmp_path / "backtest.json")
    assert held == json.loads(saved.read_text(encoding="utf-8"))
    assert read_backtest(saved) == a_backtest()


def test_a_hostile_name_stays_text() -> None:
    page = backtest_html(a_hostile_backtest())
    assert page.count("<script") == 1
    assert "<b>" not in page
    assert Reader(page).open == []


def test_rows_of_the_figure_are_the_milestones_each_once() -> None:
    made = a_backtest()
    rows = figures.first_forecasts(made)
    assert len(rows) == made.calibration.milestones_count == len(tables.milestones(made).rows)
    assert [f.announced for f in rows] == sorted(f.announced for f in rows)
    for frame in (FULL, NARROW):
        data = json.dumps(figures.dates(made, frame).to_dict())
        for row in rows:
            assert row.id.replace("/", ", ") in data
        assert json.dumps(figures.capacity(made, frame).to_dict()).count("was there") == 1


def test_all_rows_of_a_table_are_as_long_as_its_head() -> None:
    made = a_backtest()
    for table in (
        *(tables.entries(made), tables.laws(made), tables.milestones(made)),
        *(tables.arrivals(made), tables.quarters(made), tables.plans(made)),
        tables.coverages(made),
    ):
        assert {len(row) for row in table.rows} == {len(table.head)}


def test_knowledge_adds_up_to_all_entries() -> None:
    made = a_backtest()
    counts = [
        int(said.partition(":")[0]) for _, said in tables.knowledge(made)[1:] if said[0] != "n"
    ]
    assert sum(counts) == len(made.knowledge.entries)
