"""Plan: what to sign, its figures, and what a study adds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from offtake.files.plans import write_plan, write_study
from tests.report.plans import a_plan
from tests.report.studies import a_study
from tests.web.shown import Asking, pages, text_of


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    folder = tmp_path_factory.mktemp("planned")
    write_plan(a_plan(), folder / "plan.json")
    with pages(folder, plan=folder) as (client, _):
        yield client


def test_what_to_sign_and_when(planned: Asking) -> None:
    answer = planned.get("/plan")
    said = text_of(answer)
    for signing in a_plan().signed:
        assert signing.name in said
        assert str(signing.period) in said
    assert answer.status_code == 200
    assert answer.text.count("<figure") >= 5


def test_what_is_missing_is_said_with_how_to_get_it(planned: Asking) -> None:
    said = text_of(planned.get("/plan"))
    assert "Not here yet: what safety costs; strategies side by side" in said
    assert "offtake study WORLD --parts frontier,strategies" in said


@pytest.mark.parametrize("key", ["capacity", "cash", "timeline", "signings", "assumptions"])
def test_every_figure_gives_its_numbers(planned: Asking, key: str) -> None:
    for form in ("csv", "parquet"):
        answer = planned.get(f"/plan/data/{key}.{form}")
        assert answer.status_code == 200
        assert len(answer.content) > 50


def test_the_whole_plan_is_exact(planned: Asking) -> None:
    made = json.loads(planned.get("/plan.json").content)
    assert made["inputs_sha256"] == a_plan().inputs_sha256


def test_assumptions_have_a_page(planned: Asking) -> None:
    assert planned.get("/plan/assumptions").status_code == 200


def test_a_study_beside_the_plan_is_shown_with_it(tmp_path: Path) -> None:
    write_plan(a_plan(), tmp_path / "plan.json")
    write_study(a_study(), tmp_path / "study.json")
    with pages(tmp_path, plan=tmp_path) as (client, _):
        answer = client.get("/plan")
        assert "figure-frontier" in answer.text
        assert "Not here yet" not in answer.text
        assert "other inputs than the plan" in text_of(answer)
        assert client.get("/plan/study/frontier.csv").status_code == 200
        assert client.get("/plan/study/nothing.csv").status_code == 404


def test_a_study_alone_says_that_it_is(tmp_path: Path) -> None:
    write_study(a_study(), tmp_path / "study.json")
    with pages(tmp_path, plan=tmp_path / "study.json") as (client, _):
        assert "This is a study alone" in text_of(client.get("/plan"))
        assert client.get("/plan.json").status_code == 404


def test_without_a_plan_it_says_what_to_do(tmp_path: Path) -> None:
    with pages(tmp_path) as (client, _):
        assert "offtake plan" in text_of(client.get("/plan"))
        assert client.get("/plan/data/cash.csv").status_code == 404


def test_a_plan_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text("{")
    with pages(tmp_path, plan=tmp_path) as (client, _):
        answer = client.get("/plan")
        assert answer.status_code == 422
        assert "OTK-F" in answer.text
