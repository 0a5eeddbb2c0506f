"""Saved plans, where a command is given one: the file, or the folder it was saved in."""

from __future__ import annotations

from pathlib import Path

from offtake.files import read_plan
from offtake.model.plan import Plan

PLAN = "plan.json"
REPORT = "report.html"
"""What the files of a plan are called in the folder of `--out`."""


def read(path: Path) -> Plan:
    """Read a saved plan.

    Raises:
        OfftakeError: there is none, or it cannot be read.
    """
    return read_plan(path / PLAN if path.is_dir() else path)
