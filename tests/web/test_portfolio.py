"""Portfolio: what is held on a day, with its numbers."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from offtake.operate.access import Gate, Role
from tests.web.shown import NOW, Asking, pages, text_of


@pytest.fixture(scope="module")
def norway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    with pages(tmp_path_factory.mktemp("norway"), world="norway-chain") as (client, _):
        yield client


def test_what_is_held_stands_on_the_page(norway: Asking) -> None:
    answer = norway.get("/portfolio")
    said = text_of(answer)
    assert answer.status_code == 200
    assert "5.7 MW IT in service and 2.8 MW IT to come at 1 site" in said
    assert "as of 15 Dec 2026" in said, "the head of the page names the day that is shown"
    assert "B/T2" in said
    assert "siteco" in said, "the chain is shown from its first link"
    assert answer.text.count("<svg") == 2
    assert len(answer.content) < 100_000


def test_a_later_day_knows_what_is_late(norway: Asking) -> None:
    answer = norway.get("/portfolio?as_of=2027-06-20")
    assert "as of 20 Jun 2027" in text_of(answer)
    assert 'class="state late"' in answer.text
    assert "Nothing was signed by this day" in text_of(norway.get("/portfolio?as_of=2020-01-01"))


def test_a_day_that_is_none_is_told(norway: Asking) -> None:
    answer = norway.get("/portfolio?as_of=soon")
    assert answer.status_code == 422
    assert "OTK-W004" in answer.text


@pytest.mark.parametrize("key", ["map", "contracts", "tranches", "offers"])
def test_every_table_is_there_as_a_file(norway: Asking, key: str) -> None:
    for form in ("csv", "parquet"):
        address = f"/portfolio/data/{key}.{form}?as_of=2026-12-15"
        assert address in norway.get("/portfolio").text
        assert norway.get(address).status_code == 200
    table = pq.read_table(io.BytesIO(norway.get(f"/portfolio/data/{key}.parquet").content))
    assert table.num_rows > 0


def test_numbers_come_as_numbers(norway: Asking) -> None:
    found = norway.get("/portfolio/data/tranches.parquet").content
    rows = pq.read_table(io.BytesIO(found)).to_pylist()
    assert [row["MW IT"] for row in rows] == [5.7, 2.8]
    assert rows[1]["Accepted"] is None


def test_there_is_no_other_table(norway: Asking) -> None:
    answer = norway.get("/portfolio/data/secrets.csv")
    assert (answer.status_code, "OTK-W031" in answer.text) == (404, True)
    assert norway.get("/portfolio/data/map.xls").status_code == 404


def test_without_a_world_it_says_what_to_do(tmp_path: Path) -> None:
    with pages(tmp_path) as (client, _):
        said = text_of(client.get("/portfolio"))
        assert "offtake serve --world" in said
        assert client.get("/portfolio/data/map.csv").status_code == 404


def test_a_world_with_faults_is_told_and_read_again_when_mended(tmp_path: Path) -> None:
    folder = tmp_path / "world"
    folder.mkdir()
    (folder / "portfolio.yaml").write_text("offtake: portfolio/1\nname: x\n")
    with pages(tmp_path, world=str(folder)) as (client, _):
        broken = client.get("/portfolio")
        assert broken.status_code == 422
        assert "OTK-F" in broken.text
        for file in Path("worlds/norway-chain").glob("*.yaml"):
            (folder / file.name).write_bytes(file.read_bytes())
        assert client.get("/portfolio").status_code == 200


def test_a_token_of_a_tenant_sees_nothing_of_it(tmp_path: Path) -> None:
    with pages(tmp_path, world="norway-chain") as (client, service):
        gate = Gate(service.store, clock=lambda: NOW)
        red = {"Authorization": f"Bearer {gate.make('red', Role.VIEWER, tenant='red')}"}
        whole = {"Authorization": f"Bearer {gate.make('whole', Role.VIEWER)}"}
        for path in ("/portfolio", "/portfolio/data/map.csv", "/plan"):
            refused = client.get(path, headers=red)
            assert (refused.status_code, "OTK-W030" in refused.text) == (403, True)
            assert "may look at Fleet (/fleet) and Jobs (/jobs)" in text_of(refused)
            assert client.get(path, headers=whole).status_code == 200
        opco = gate.make("opco", Role.VIEWER, party="opco")
        party = client.get("/plan", headers={"Authorization": f"Bearer {opco}"})
        assert (party.status_code, "OTK-W030" in party.text) == (403, True)
        assert "may read its links of closed months (/v1/statements)" in text_of(party)
        for path in ("/fleet", "/jobs"):
            assert client.get(path, headers=red).status_code == 200
        assert client.get("/portfolio").status_code == 303, "led to where one signs in"


def test_what_a_reader_adds_up_is_what_the_tile_says(tmp_path: Path) -> None:
    with pages(tmp_path, world="three-sites") as (client, _):
        said = text_of(client.get("/portfolio"))
        assert "39.12 MW IT" in said
        assert "19.56 MW IT in service" in said
        found = client.get("/portfolio/data/tranches.parquet").content
        rows = pq.read_table(io.BytesIO(found)).to_pylist()
        assert sum(row["MW IT"] for row in rows) == 39.12
