from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tools import shots
from tools.browser import find_chromium


def test_every_page_is_shot_in_every_form(browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text("<!doctype html><title>a</title><link rel=icon href='data:,'><h1>a</h1>")
    assert list(shots.shoot(browser, page, tmp_path / "shots")) == []
    made = sorted((tmp_path / "shots").iterdir())
    assert [image.name for image in made] == [
        "a-narrow-dark.png",
        "a-narrow-light.png",
        "a-wide-dark.png",
        "a-wide-light.png",
    ]
    assert all(image.read_bytes().startswith(b"\x89PNG") for image in made)


def test_a_page_that_breaks_or_asks_the_network_is_named(browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text(
        "<!doctype html><link rel=icon href='data:,'>"
        "<img src='http://127.0.0.1:9/x.png'><script>nowhere()</script>"
    )
    wrong = "\n".join(shots.shoot(browser, page, tmp_path / "shots"))
    assert "a-wide-light): asks the network for http://127.0.0.1:9/x.png" in wrong
    assert "a-narrow-dark): error: nowhere is not defined" in wrong


def test_chromium_may_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mine = tmp_path / "my-chromium"
    mine.write_text("#!/bin/sh\n")
    mine.chmod(0o755)
    monkeypatch.setenv("OFFTAKE_CHROMIUM", str(mine))
    assert find_chromium() == mine
    monkeypatch.setenv("OFFTAKE_CHROMIUM", str(tmp_path / "gone"))
    assert find_chromium() is None
