"""Code blocks of Markdown pages, and how they are run.

    ```bash       run by bash; must succeed
    ```python     run by Python; must succeed
    ```console    each `$ command` is run; the lines below it must be printed, in this
                  order; `…` stands for any lines, and numbers may differ
    <!-- not run: reason -->   before a block: it is not run

The blocks of one page run in order in one folder, where `worlds` is the repository's.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.laws.sources import REPO

RUN = ("bash", "python", "console")
_BLOCK = re.compile(
    r"(?:^<!-- not run: (?P<reason>[^\n]+?) -->\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_NUMBER = re.compile(r"(?<![A-Z\w-])[+−-]?\d[\d,.]*")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block of a page."""

    page: str
    line: int
    kind: str
    text: str
    not_run: str | None

    @property
    def place(self) -> str:
        """Page and line."""
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """List README and every page of docs that is written by hand."""
    found = [REPO / "README.md", *sorted((REPO / "docs").rglob("*.md"))]
    return [p for p in found if not p.read_text(encoding="utf-8").startswith("<!-- generated")]


def blocks(page: Path) -> Iterator[Block]:
    """Give the blocks of a page."""
    text = page.read_text(encoding="utf-8")
    for match in _BLOCK.finditer(text):
        line = text.count("\n", 0, match.start("text"))
        name = str(page.relative_to(REPO))
        yield Block(name, line, match["kind"], match["text"], match["reason"])


def run(block: Block, folder: Path) -> str | None:
    """Run a block in a folder; give what was wrong with it."""
    if block.kind == "console":
        return _console(block, folder)
    command = (
        [sys.executable, "-c", block.text]
        if block.kind == "python"
        else ["bash", "-euo", "pipefail", "-c", block.text]
    )
    status, printed = _call(command, folder)
    return f"{block.place}: ended with {status}:\n{printed}" if status else None


def _console(block: Block, folder: Path) -> str | None:
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, wanted = part.partition("\n")
        _, printed = _call(["bash", "-c", command], folder)
        missing = absent(wanted, printed)
        if missing is not None:
            return f"{block.place}: '$ {command}' did not print\n{missing}\nbut\n{printed}"
    return None


def absent(wanted: str, printed: str) -> str | None:
    """Give the first wanted line that was not printed in its place, whatever its numbers."""
    have = [_plain(line) for line in printed.splitlines()]
    at, free = 0, False
    for line in wanted.splitlines():
        if line.strip() == "…":
            free = True
            continue
        plain = _plain(line)
        rest = have[at:] if free else have[at : at + 1]
        if plain not in rest:
            return line
        at += rest.index(plain) + 1
        free = False
    return None


def _plain(line: str) -> str:
    return re.sub(r"\s+", " ", _NUMBER.sub("#", line)).strip()


def _call(command: list[str], folder: Path) -> tuple[int, str]:
    binaries = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
        "NO_COLOR": "1",
    }
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return done.returncode, done.stdout
