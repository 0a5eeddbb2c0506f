"""The page of jobs as of an earlier moment."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from offtake.model.work import JobSpec
from offtake.store import work
from offtake.store import work_tables as tables
from tests.web.offices import Office


def written(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"


@pytest.fixture
def hours_ago(office: Office) -> float:
    """Two jobs were handed in two hours ago; one ran for an hour, until its cluster was lost."""
    at = time.time() - 7200.0
    spec = JobSpec(name="early", run="true", accelerator=("cpu",))
    other = JobSpec(name="other", run="true", accelerator=("cpu",))
    one, two = office.service.desk.submit([spec, other]).jobs
    with office.service.store.writing() as connection:
        connection.execute(tables.job.update().values(submitted=at))
        connection.execute(tables.job_event.update().values(at=at))
        lost = {"reason": "here is lost: out of reach"}
        told = [(60, "placed", {}), (61, "running", {}), (3600, "queued", lost)]
        work.tell(connection, [(one, at + after, kind, body) for after, kind, body in told])
        work.happen(connection, "here", at + 3600, "lost", {}, done=at)
    assert one != two
    return at


def test_jobs_are_shown_as_they_stood(office: Office, hours_ago: float) -> None:
    then = written(hours_ago + 300)
    page = office.browser.get(f"/jobs?state=running&as_of={then}").text
    assert "1 to 1 of 1" in page
    assert ">early<" in page
    assert ">other<" not in page
    assert "what was told of them later is left out" in page
    assert "data-live" not in page.partition('id="list"')[2].partition(">")[0]
    assert f'value="{then}"' in page
    every = office.browser.get(f"/jobs?state=all&as_of={then}").text
    assert "1 to 2 of 2" in every
    assert "why?" not in every, "that is asked of now"
    assert f"as_of={then.replace(':', '%3A')}" in every, "data are those of the moment"
    data = office.browser.get(f"/jobs/data.csv?state=all&as_of={then}").text.splitlines()
    assert data[0].replace('"', "").split(",")[-4:] == [
        "submitted",
        "since",
        "accelerator_count",
        "accelerator",
    ]
    assert sum("running" in line for line in data) == 1


def test_moments_at_which_something_happened_are_offered(office: Office, hours_ago: float) -> None:
    page = office.browser.get("/jobs").text
    then = written(hours_ago + 3602).replace(":", "%3A")
    assert f"as_of={then}" in page
    assert "here lost" in page
    assert "here is lost" in office.browser.get(f"/jobs?state=all&as_of={then}").text
    assert "here lost" not in office.browser.get("/jobs?cluster=abilene").text


def test_before_the_first_job_there_were_none(office: Office, hours_ago: float) -> None:
    page = office.browser.get(f"/jobs?state=all&as_of={written(hours_ago - 60)}").text
    assert "No jobs had been handed in by then" in page


@pytest.mark.parametrize("said", ["yesterday", "2999-01-01T00:00", "2026-13-01T00:00", "9" * 40])
def test_what_is_no_moment_is_refused(office: Office, said: str) -> None:
    answer = office.browser.get(f"/jobs?as_of={said}")
    assert answer.status_code == 422
    assert "OTK-H002" in answer.text
    assert "as_of" in answer.text
