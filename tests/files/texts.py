"""Small texts of portfolio files, and what reading them tells."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from offtake import files
from offtake.errors import OfftakeError

HEAD = """\
offtake: portfolio/1
name: small
as_of: 2026-05-23
lab: lumen
horizon: {first: 2026Q3, last: 2028Q4}
parties:
  - {id: lumen, name: Lumen}
"""
"""A sound portfolio of seven lines: what is put behind it begins on line 8."""
NEXT = HEAD.count("\n") + 1

PHASE = """\
sites:
  - id: narvik
    name: Narvik
    country: NO
    region: europe
    phases:
      - {{id: a, {}}}
regions: [{{id: europe}}]
"""
"""A site with one phase; its fields stand on line 14."""


def told(text: str) -> list[str]:
    """What reading a text says: each fault on a line, its file left out."""
    return told_of({"portfolio.yaml": text})


def told_of(texts: Mapping[str, str]) -> list[str]:
    """The same for several files in a folder, the first first; it keeps the others' names."""
    folder = Path("made-up")
    instead = {folder / name: text for name, text in texts.items()}
    try:
        files.open_document(next(iter(instead)), instead)
    except OfftakeError as error:
        return [str(fault).replace(f"{folder}/portfolio.yaml:", "") for fault in error.faults]
    return []


def faults(behind: str) -> list[str]:
    """What reading HEAD with something behind it says."""
    return told(HEAD + behind)


def phase(fields: str) -> list[str]:
    """What reading a phase with these fields says, without the place, which is always one."""
    said = faults(PHASE.format(fields))
    return [one.replace(" 14:", " ", 1) for one in said]
