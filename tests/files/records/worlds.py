"""Small worlds with records, written into a folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from offtake.errors import OfftakeError
from offtake.files.records import read_records
from tests.conftest import REPO

JUNE = REPO / "worlds" / "june-chain"
HEAD = "offtake: records/1\n"


def bare(folder: Path) -> Path:
    """The worked month's world with an empty folder of records."""
    shutil.copytree(JUNE, folder / "world", ignore=shutil.ignore_patterns("records"))
    (folder / "world" / "records").mkdir()
    return folder / "world"


def world(folder: Path, **files: str) -> Path:
    """A world whose records are these YAML texts, without their first line."""
    made = bare(folder)
    for name, text in files.items():
        (made / "records" / f"{name}.yaml").write_text(HEAD + text)
    return made


def table(folder: Path, name: str, text: str) -> Path:
    """A world with one table of records as text."""
    made = bare(folder)
    (made / "records" / name).write_text(text)
    return made


def told(made: Path) -> list[str]:
    """The faults of a world's records, with the folder left out."""
    with pytest.raises(OfftakeError) as raised:
        read_records(made)
    return [str(f).replace(f"{made}/records/", "") for f in raised.value.faults]
