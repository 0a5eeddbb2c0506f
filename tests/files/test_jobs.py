"""Job files: several jobs in one, each fault with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from offtake.errors import OfftakeError
from offtake.files.jobs import installation_schema, job_schema, read_jobs
from tests.laws.sources import REPO


def write(folder: Path, text: str) -> Path:
    path = folder / "jobs.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(path: Path) -> list[tuple[str, int | None, str]]:
    with pytest.raises(OfftakeError) as caught:
        read_jobs(path)
    return [(fault.code, fault.where.line, fault.where.path) for fault in caught.value.faults]


def test_one_job_and_several(tmp_path: Path) -> None:
    one = write(tmp_path, "offtake: job/1\nname: a\nrun: |\n  echo\n  --- \n")
    assert [(job.name, job.run) for job in read_jobs(one)] == [("a", "echo\n--- \n")]
    text = (
        "# two\n---\nname: a\nrun: x\n--- # the other\nname: b\nrun: y\nlimit_hours: 2 days\n---\n"
    )
    jobs = read_jobs(write(tmp_path, text))
    assert [(job.name, job.limit_hours) for job in jobs] == [("a", 24.0), ("b", 48.0)]


def test_every_fault_has_its_line(tmp_path: Path) -> None:
    text = "name: a\nrun: x\npriorty: 1\n---\nname: b\naccelerator_count: 0\nrun: y\n"
    assert [fault[1] for fault in faults(write(tmp_path, text))] == [3, 6]
    assert [fault[1:] for fault in faults(write(tmp_path, "---\n---\nname: b\n"))] == [(3, "run")]


def test_no_job_and_no_job_file(tmp_path: Path) -> None:
    assert [fault[0] for fault in faults(write(tmp_path, "# nothing\n---\n"))] == ["OTK-H010"]
    assert [fault[0] for fault in faults(write(tmp_path, "offtake: plan/1\n"))][:1] == ["OTK-F031"]
    assert [fault[0] for fault in faults(write(tmp_path, "- a\n- b\n"))] == ["OTK-F015"]


def test_files_that_can_be_read_satisfy_their_schema() -> None:
    world = REPO / "worlds" / "two-clusters"
    made = {"hello.yaml": job_schema(), "installation.yaml": installation_schema()}
    for name, schema in made.items():
        held = YAML(typ="safe", pure=True).load((world / name).read_text(encoding="utf-8"))
        judge = Draft202012Validator(schema)
        assert [error.message for error in judge.iter_errors(held)] == []
        assert list(judge.iter_errors({**held, "surprise": 1}))
        assert list(judge.iter_errors({"offtake": held["offtake"]}))
