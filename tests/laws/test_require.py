"""What a machine lacks is skipped with its reason, or fails where it was promised."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import PROBES
from tests.laws.sources import REPO

TEST = "def test_page(require):\n    assert require('browser').name == 'chromium'\n"


def run_pytest(folder: Path, **environment: str) -> str:
    """Run one test that needs a browser, in a process where only this environment holds."""
    (folder / "conftest.py").write_text("from tests.conftest import *\n", encoding="utf-8")
    (folder / "test_page.py").write_text(TEST, encoding="utf-8")
    clean = {key: os.environ[key] for key in ("HOME", "PATH") if key in os.environ}
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", str(folder)],
        cwd=folder,
        env={**clean, "PYTHONPATH": str(REPO), **environment},
        check=False,
        capture_output=True,
        text=True,
    )
    return ran.stdout + ran.stderr


def test_what_is_missing_is_skipped_with_the_reason(tmp_path: Path) -> None:
    printed = run_pytest(tmp_path, OFFTAKE_CHROMIUM="/nowhere")
    assert "1 skipped" in printed
    assert "no Chromium: install Chromium (Debian: apt-get install chromium)" in printed


def test_what_is_missing_fails_where_it_was_promised(tmp_path: Path) -> None:
    printed = run_pytest(tmp_path, OFFTAKE_CHROMIUM="/nowhere", OFFTAKE_REQUIRE="browser")
    assert "1 failed" in printed
    assert "OFFTAKE_REQUIRE names 'browser', but no Chromium" in printed


def test_what_is_there_is_given(tmp_path: Path) -> None:
    chromium = tmp_path / "chromium"
    chromium.write_text("#!/bin/sh\n", encoding="utf-8")
    chromium.chmod(0o755)
    assert "1 passed" in run_pytest(tmp_path, OFFTAKE_CHROMIUM=str(chromium))


def test_a_promise_of_something_unknown_is_refused(tmp_path: Path) -> None:
    printed = run_pytest(tmp_path, OFFTAKE_REQUIRE="browser,bowser")
    known = ", ".join(sorted(PROBES))
    assert f"OFFTAKE_REQUIRE names bowser; known: {known}\n" in printed
