"""Find the Chromium that drives the page tests and takes the screenshots.

Debian's `chromium` package is what is meant; playwright's own download is not used.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
HOW = "install Chromium (Debian: apt-get install chromium) or set OFFTAKE_CHROMIUM to its path"


def find_chromium() -> Path | None:
    """Give the path of a Chromium that can be run: OFFTAKE_CHROMIUM, or the first on PATH."""
    named = os.environ.get("OFFTAKE_CHROMIUM")
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)
    return Path(found) if found else None


@contextmanager
def launched(chromium: Path) -> Iterator[Browser]:
    """Run a headless browser for the length of a `with` block."""
    # The sandbox wants a user other than root; the shared memory of a container is small.
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(chromium), args=[*options, "--disable-dev-shm-usage"]
        )
        try:
            yield browser
        finally:
            browser.close()
