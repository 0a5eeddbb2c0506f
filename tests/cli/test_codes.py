"""Every code that can be printed can be explained."""

from __future__ import annotations

import re

import pytest

from offtake.cli.codes import meanings, remedy
from tests.cli.calling import REPO, call

Capsys = pytest.CaptureFixture[str]


def test_every_code_has_a_meaning_and_a_remedy() -> None:
    known = meanings()
    used = {
        code
        for path in (REPO / "offtake").rglob("*.py")
        for code in re.findall(r"\bOTK-[A-Z]\d{3}\b", path.read_text(encoding="utf-8"))
    }
    assert used - set(known) == set(), "say in offtake/cli/codes.py what these mean"
    assert set(known) - used == set()
    for code, meaning in known.items():
        assert meaning.endswith((".", "`", ")")), code
        assert remedy(code).endswith("."), code


def test_a_code_and_a_field_are_explained(capsys: Capsys) -> None:
    ran = call(capsys, "explain", "otk-f102")
    assert ran.out.startswith("OTK-F102\n  A required field is missing")
    assert "offtake explain FIELD" in ran.out
    ran = call(capsys, "explain", "offers.mesa-own.power_it_mw")
    assert "unit      MW IT" in ran.out
    assert "bounds    at least 0" in ran.out
    as_json = call(capsys, "explain", "offers.tenure", "--json").data
    assert as_json["schema"] == "offtake.explanation/1"
    assert as_json["one of"] == ["own", "lease", "reserve", "rent", "spot"]
    assert as_json["required"] is True


def test_codes_and_checks_are_listed(capsys: Capsys) -> None:
    listed = call(capsys, "explain", "--codes").out.splitlines()
    assert len(listed) == len(meanings()) + 1
    assert call(capsys, "explain", "--codes", "--json").data["codes"] == meanings()
    checks = call(capsys, "check", "--list", "--json").data["checks"]
    assert "references" in call(capsys, "check", "--list").out
    assert {"name", "level", "about", "codes"} <= set(checks[0])
