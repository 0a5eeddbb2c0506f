"""A page on paper: HTML to PDF by the machine's own Chromium, offline."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from offtake.errors import Exit, Fault, OfftakeError, Where

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--no-pdf-header-footer", "--virtual-time-budget=2000"),
)
_SECONDS = 120


def browser() -> str | None:
    """Find Chromium: what OFFTAKE_CHROMIUM names, or one on the path."""
    named = os.environ.get("OFFTAKE_CHROMIUM")
    if named:
        return named if Path(named).is_file() else None
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


def required(path: Path) -> str:
    """Give the browser, before the work that leads to a PDF.

    Raises:
        OfftakeError: there is none (`OTK-R010`).
    """
    found = browser()
    if found is None:
        hint = "install Chromium or set OFFTAKE_CHROMIUM; or print the HTML page from a browser"
        what, where = "a PDF is printed by Chromium, and there is none", Where(file=str(path))
        fault = Fault(code="OTK-R010", what=what, where=where, hint=hint)
        raise OfftakeError(fault, exit=Exit.FAILED)
    return found


def pdf(html: str) -> bytes:
    """Print a self-contained page.

    Raises:
        OfftakeError: there is no browser (`OTK-R010`), or it made no PDF (`OTK-R011`).
    """
    program = required(Path("page.pdf"))
    with tempfile.TemporaryDirectory(prefix="offtake-") as folder:
        page, made = Path(folder, "page.html"), Path(folder, "page.pdf")
        page.write_text(html, encoding="utf-8")
        command = [program, *_QUIET, f"--user-data-dir={folder}/profile"]
        command += [f"--print-to-pdf={made}", page.as_uri()]
        try:
            done = subprocess.run(
                command, capture_output=True, timeout=_SECONDS, check=False, text=True
            )
            told = done.stderr.strip().splitlines()[-1:]
        except (OSError, subprocess.TimeoutExpired) as error:
            told = [str(error)]
        if not made.is_file():
            what = "Chromium made no PDF"
            raise OfftakeError(
                Fault(code="OTK-R011", what=what, got="; ".join(told) or None), exit=Exit.FAILED
            )
        return made.read_bytes()
