"""Services at the command line: handed in from a file, shown, scaled, ended."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.calling import call
from tests.cli.operating import WORLD, live

Capsys = pytest.CaptureFixture[str]
CHAT = str(WORLD / "chat.yaml")


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with live(tmp_path) as address:
        monkeypatch.setenv("OFFTAKE_URL", address)
        monkeypatch.delenv("OFFTAKE_TOKEN", raising=False)
        yield address


def running(capsys: Capsys, *wanted: int) -> Any:
    found: Any = None
    for _ in range(300):
        found = call(capsys, "status", "chat", "--json").data
        if [one["running"] for one in found["regions"]] == list(wanted):
            return found
        time.sleep(0.1)
    raise AssertionError(found)


def test_a_service_is_handed_in_shown_scaled_and_ended(capsys: Capsys, url: str) -> None:
    dry = call(capsys, "submit", CHAT, "--dry-run").out
    assert "america is out of its reach" in dry
    assert call(capsys, "status", "--json").data.get("services") is None
    handed = call(capsys, "submit", CHAT, "--set", "keep_minutes=0", "--json").data
    assert (handed["services"], handed["jobs"]) == (["chat"], [])
    assert running(capsys, 2, 1)["regions"][0]["wanted"] == 2
    ran = call(capsys, "scale", "chat", "--load", "25", "--region", "europe")
    assert ran.out.splitlines()[1].split()[:4] == ["chat", "europe", "25", "3"]
    running(capsys, 3, 1)
    call(capsys, "scale", "chat", "0", "--region", "america")
    running(capsys, 3, 0)
    shown = call(capsys, "status").out
    assert "0 (said)" in shown
    assert call(capsys, "status", "chat").out.count("  running  ") == 4  # and the head
    call(capsys, "scale", "chat", "--auto", "--region", "america")
    running(capsys, 3, 1)
    assert "ends" in call(capsys, "scale", "chat", "--end").out
    assert call(capsys, "scale", "chat", "1").codes == ["OTK-E160"]


def test_what_is_said_of_a_service_is_one_thing(capsys: Capsys, url: str) -> None:
    assert call(capsys, "scale", "chat").codes == ["OTK-H019"]
    assert call(capsys, "scale", "chat", "3", "--auto").codes == ["OTK-H019"]
    assert call(capsys, "scale", "Chat!", "3").codes == ["OTK-E160"]
    call(capsys, "submit", CHAT)
    assert call(capsys, "scale", "chat", "3").codes == ["OTK-H019"]
    assert call(capsys, "submit", CHAT, "--set", "restarts_count=3").codes == ["OTK-H013"]
    assert call(capsys, "schema", "--of", "service").data["required"] == ["kind", "name", "run"]
