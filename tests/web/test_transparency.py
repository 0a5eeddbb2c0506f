"""Transparency: the sheet of a month, of a closed one or of the world's records."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.web.books import close_june
from tests.web.shown import Asking, pages, text_of


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    with pages(tmp_path_factory.mktemp("sheet"), world="june-chain") as (client, _):
        yield client


def test_the_sheet_of_the_last_month_with_readings(sheet: Asking) -> None:
    answer = sheet.get("/transparency")
    said = text_of(answer)
    assert answer.status_code == 200
    assert "Rests on the world's records" in said
    assert "Transparency sheet of lab, 2027-06" in said
    assert "Not given" in said
    assert "figure-shares" in answer.text
    assert "No money is told" not in said


def test_flops_of_a_token_tell_more(sheet: Asking) -> None:
    few = json.loads(sheet.get("/transparency.json").content)["metrics"]
    more = json.loads(sheet.get("/transparency.json?flop_per_token=140e9").content)["metrics"]
    assert len(more) > len(few)


@pytest.mark.parametrize("key", ["sheet", "shares", "absent", "sources"])
def test_its_numbers_are_there_as_files(sheet: Asking, key: str) -> None:
    found = sheet.get(f"/transparency/data/{key}.parquet").content
    assert pq.read_table(io.BytesIO(found)).num_rows > 0
    assert sheet.get(f"/transparency/data/{key}.csv").status_code == 200


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ("month=2020-01", 404, "OTK-B030"),
        ("month=x", 422, "OTK-W004"),
        ("flop_per_token=-1", 422, "OTK-W004"),
        ("flop_per_token=many", 422, "OTK-W004"),
    ],
)
def test_what_cannot_be_is_told(sheet: Asking, asked: str, status: int, code: str) -> None:
    answer = sheet.get(f"/transparency?{asked}")
    assert (answer.status_code, code in answer.text) == (status, True)


def test_a_closed_month_counts_as_it_was_closed(tmp_path: Path) -> None:
    with pages(tmp_path, world="june-chain") as (client, service):
        close_june(service)
        said = text_of(client.get("/transparency?month=2027-06"))
        assert "Rests on the closed month" in said


def test_months_of_other_contracts_are_not_the_worlds(tmp_path: Path) -> None:
    with pages(tmp_path, world="three-sites") as (client, service):
        close_june(service)
        assert "Nothing was read yet" in text_of(client.get("/transparency"))


def test_without_a_world_it_says_what_to_do(tmp_path: Path) -> None:
    with pages(tmp_path) as (client, _):
        assert "No world is shown" in text_of(client.get("/transparency"))
        assert client.get("/transparency.json").status_code == 404
