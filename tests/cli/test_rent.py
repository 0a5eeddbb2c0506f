"""`offtake rent`: a task for SkyPilot, printed or written."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.cli.calling import call
from tests.cli.operating import WORLD

Capsys = pytest.CaptureFixture[str]
RENTED = str(WORLD / "rented.yaml")
URL = ("--url", "https://lab.example:8180")


def test_the_task_that_is_printed_is_the_one_of_json(capsys: Capsys) -> None:
    printed = call(capsys, "rent", RENTED, "--cluster", "burst", *URL, "--spot")
    task = YAML(typ="safe", pure=True).load(printed.out)
    told = call(capsys, "rent", RENTED, "--cluster", "burst", *URL, "--spot", "--json").data
    assert told == {"schema": "offtake.rent/1", "task": task}
    assert task["resources"] == {"accelerators": {"H100": 8}, "use_spot": True}


def test_a_file_of_somebody_else_stays(capsys: Capsys, tmp_path: Path) -> None:
    out = tmp_path / "task.yaml"
    asked = ("rent", RENTED, "--cluster", "burst", *URL, "--out", str(out))
    assert call(capsys, *asked).status == 0
    first = out.read_text()
    assert f"sky jobs launch --secret OFFTAKE_TOKEN {out}" in first
    assert call(capsys, *asked).status == 0
    out.write_text("name: mine\n")
    assert call(capsys, *asked).codes == ["OTK-F040"]
    assert call(capsys, *asked, "--force").status == 0
    assert out.read_text() == first


def test_what_it_will_not_do(capsys: Capsys) -> None:
    assert call(capsys, "rent", RENTED, "--cluster", "bust", *URL).codes == ["OTK-E027"]
    assert call(capsys, "rent", RENTED, "--cluster", "north", *URL).codes == ["OTK-E170"]
    near = ("--url", "https://localhost")
    assert call(capsys, "rent", RENTED, "--cluster", "burst", *near).codes == ["OTK-E171"]
    other = ("--accelerators", "H100:4")
    assert call(capsys, "rent", RENTED, "--cluster", "burst", *URL, *other).codes == ["OTK-E172"]
