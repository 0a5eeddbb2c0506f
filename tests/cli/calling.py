"""Calling the command line in this process, and what came of it."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from offtake.cli import main

REPO = Path(__file__).resolve().parents[2]
WORLD = REPO / "worlds" / "three-sites"


@dataclass(frozen=True)
class Ran:
    """What a command did: its exit status and what it printed."""

    status: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """What it printed, as JSON and nothing else."""
        return json.loads(self.out)

    @property
    def codes(self) -> list[str]:
        """The codes of the faults it told, in order."""
        lines = (self.out + self.err).splitlines()
        return [line.split()[0] for line in lines if line.startswith("OTK-")]


def call(capsys: pytest.CaptureFixture[str], *words: str | Path) -> Ran:
    capsys.readouterr()
    status = main([str(word) for word in words])
    printed = capsys.readouterr()
    return Ran(status, printed.out, printed.err)


def copied(folder: Path, *changes: tuple[str, str, str]) -> Path:
    """Copy the world three-sites, with texts replaced: (file, old, new)."""
    world = folder / "world"
    shutil.copytree(WORLD, world)
    for name, old, new in changes:
        path = world / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{name} does not hold {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return world


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes: equal before and after is nothing written."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}
