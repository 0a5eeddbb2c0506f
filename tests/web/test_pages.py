"""Jobs and the fleet as pages, without a browser."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from typing import Any

import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from offtake.errors import Fault, OfftakeError
from offtake.model.work import JobSpec
from offtake.operate.fitting import obstacle
from offtake.store import work
from offtake.store.opening import Store
from offtake.web import assets
from offtake.web.job import end_of
from offtake.web.queue import MOST, waiting
from tests.web.offices import Office, guard

NASTY = "<script>alert(1)</script>"


def hand_in(office: Office, *names: str, **more: Any) -> tuple[str, ...]:
    specs = [JobSpec(**{"run": "true", "accelerator": ("cpu",), **more, "name": n}) for n in names]
    return office.service.desk.submit(specs).jobs


@pytest.mark.parametrize("path", ["/jobs", "/fleet", "/fleet/here", "/fleet/abilene/stop"])
def test_a_page_lets_nothing_from_elsewhere_in(office: Office, path: str) -> None:
    answer = office.browser.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 's")
    assert re.findall(r'(?:src|href)="(?!/|#)', answer.text) == []
    assert "<style" not in answer.text
    assert not re.search(r"<script(?! src=)", answer.text)


def test_what_people_write_is_text(office: Office) -> None:
    (job,) = hand_in(office, NASTY, run=f"echo {NASTY}", labels={"team": NASTY})
    for path in ("/jobs", f"/jobs/{job}", f"/jobs/{job}/why", f"/jobs/{job}/cancel"):
        page = office.browser.get(path)
        assert page.status_code == 200
        assert "<script>" not in page.text
        assert "&lt;script&gt;" in page.text


def test_a_long_list_is_paged_without_gaps(office: Office) -> None:
    jobs = hand_in(office, *(f"n{at}" for at in range(250)))
    seen: list[str] = []
    path, page = "/jobs?name=", ""
    sizes = []
    while path:
        page = office.browser.get(path).text
        found = re.findall(r'<th scope="row"><a href="/jobs/(j-\w+)">', page)
        sizes.append(len(found))
        seen += found
        older = re.search(r'rel="next" href="/jobs\?([^"]+)"', page)
        path = "" if older is None else "/jobs?" + older[1].replace("&amp;", "&")
    assert sizes == [100, 100, 50]
    assert seen == list(reversed(jobs))
    assert "201 to 250 of 250" in page


def test_filters_choose_and_say_so(office: Office) -> None:
    hand_in(office, "one", "two")
    page = office.browser.get("/jobs?name=two").text
    assert "two</a>" in page
    assert "one</a>" not in page
    assert "called two" in page
    assert "No jobs like these." in office.browser.get("/jobs?state=failed").text
    wrong = office.browser.get("/jobs?state=lost")
    assert wrong.status_code == 422
    assert "OTK-W004" in wrong.text


def test_nothing_yet_says_what_to_do(office: Office) -> None:
    assert "offtake submit" in office.browser.get("/jobs").text


@pytest.mark.parametrize("path", ["/jobs/data", "/fleet/data"])
def test_data_are_the_same_in_both_forms(office: Office, path: str) -> None:
    hand_in(office, "a,b", 'c"d', "e")
    csv = pa_csv.read_csv(io.BytesIO(office.browser.get(f"{path}.csv").content))
    parquet = pq.read_table(io.BytesIO(office.browser.get(f"{path}.parquet").content))
    assert csv.column_names == parquet.column_names
    key = "name" if "name" in csv.column_names else "id"
    assert csv[key].to_pylist() == parquet[key].to_pylist()
    assert csv.num_rows == (3 if key == "name" else 2)
    none = office.browser.get(f"{path}.xlsx")
    assert none.status_code == 404
    assert "OTK-W005" in none.text


def test_cancelling_is_asked_first_and_done_once(office: Office) -> None:
    (job,) = hand_in(office, "hello")
    page = office.browser.get(f"/jobs/{job}/cancel")
    assert "leaves the queue at once" in page.text
    assert wishes(office) == []
    answer = office.browser.post(f"/jobs/{job}/cancel", data={"form": guard(page.text)})
    assert answer.headers["Location"] == f"/jobs/{job}"
    assert wishes(office) == [(job, "cancel")]


def wishes(office: Office) -> list[tuple[str, str]]:
    with office.service.store.reading() as connection:
        return [(row["job"], row["kind"]) for row in work.wishes(connection)]


@pytest.mark.parametrize(
    ("deed", "kind", "body"),
    [
        ("drain", "drained", {"by": "local"}),
        ("stop", "drained", {"by": "local", "stop": True}),
        ("resume", "resumed", {"by": "local"}),
        ("lost", "lost", {"by": "local"}),
        ("found", "found", {"by": "local"}),
        ("usable?accelerators=16", "curtailed", {"by": "local", "usable": 16}),
    ],
)
def test_a_cluster_is_changed_after_a_preview(
    office: Office, deed: str, kind: str, body: dict[str, Any]
) -> None:
    page = office.browser.get(f"/fleet/abilene/{deed}")
    assert "Nothing has been changed yet." in page.text
    assert office.service.desk.happened("abilene") == []
    path, _, asked = deed.partition("?")
    data = {"form": guard(page.text), **dict(pair.split("=") for pair in asked.split("&") if pair)}
    done = office.browser.post(f"/fleet/abilene/{path}", data=data)
    assert done.headers["Location"] == "/fleet/abilene"
    (event,) = office.service.desk.happened("abilene")
    assert {word: event[word] for word in ("kind", *body)} == {"kind": kind, **body}
    assert kind in office.browser.get("/fleet/abilene").text


@pytest.mark.parametrize("given", ["", "-1", "65", "٣", "1e3"])
def test_a_curtailment_is_a_number_the_cluster_has(office: Office, given: str) -> None:
    form = guard(office.browser.get("/fleet/abilene/drain").text)
    data = {"form": form, "accelerators": given}
    answer = office.browser.post("/fleet/abilene/usable", data=data)
    assert answer.status_code == 422
    assert "OTK-W004" in answer.text
    assert office.service.desk.happened("abilene") == []


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/jobs/j-none", "OTK-E020"),
        ("/fleet/none", "OTK-E027"),
        ("/fleet/here/explode", "OTK-W006"),
        ("/nothing", "OTK-W006"),
    ],
)
def test_what_is_not_there_is_told_as_a_page(office: Office, path: str, code: str) -> None:
    answer = office.browser.get(path)
    assert answer.status_code == 404
    assert code in answer.text
    assert "<nav" in answer.text
    plain = office.browser.get("/v1/nothing")
    assert plain.headers["Content-Type"] == "application/problem+json"


def test_a_dead_database_gives_a_page_that_says_so(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dead(_store: Store) -> Iterator[None]:
        raise OfftakeError(Fault(code="OTK-B002", what="the database cannot be reached"))

    monkeypatch.setattr(Store, "reading", dead)
    for path in ("/jobs", "/fleet", "/jobs/j-x", "/jobs/data.csv"):
        answer = office.browser.get(path)
        assert answer.status_code == 503
        assert "The service cannot answer now" in answer.text
        assert "OTK-B002" in answer.text


def test_waiting_counts_what_each_cluster_could_run(office: Office) -> None:
    hand_in(office, *"abc")
    hand_in(office, *"de", accelerator=("H100",), accelerator_count=8)
    hand_in(office, "f", accelerator=(), accelerator_count=9)
    hand_in(office, "g", accelerator=("cpu", "H100"), sites=("oslo",))
    desk = office.service.desk
    specs = desk.installation.clusters
    jobs = [JobSpec(**{**job["spec"], "run": ""}) for job in desk.jobs(most=100)]
    wanted = {c.id: sum(obstacle(spec, c) is None for spec in jobs) for c in specs}
    assert waiting(desk, None, specs, 7) == wanted == {"here": 4, "abilene": 3}
    hand_in(office, "h")
    assert waiting(desk, None, specs, 8) == {"here": 5, "abilene": 3}, "nothing old is kept"
    assert waiting(desk, "nobody", specs, 0) == {"here": 0, "abilene": 0}
    assert waiting(desk, None, specs, MOST + 1) is None


@pytest.mark.parametrize("size", [0, 1, 4095, 4096, 4097, 70_000, 5_000_001])
def test_the_end_of_a_log_is_found(size: int) -> None:
    asked: list[int] = []

    def there(offset: int) -> bool:
        asked.append(offset)
        return offset < size

    assert end_of(there) == size
    assert len(asked) < 40


def test_the_script_of_others_is_what_was_published(office: Office) -> None:
    found = assets.assets()["htmx.min.js"]
    assert hashlib.sha256(found.body).hexdigest() == assets.HTMX_SHA256
    answer = office.browser.get(assets.address("htmx.min.js"))
    assert answer.content == found.body
    assert "immutable" in answer.headers["Cache-Control"]
    assert office.browser.get("/static/0/page.css").headers["Cache-Control"] == "no-cache"
    assert office.browser.get("/static/0/nothing.css").status_code == 404
