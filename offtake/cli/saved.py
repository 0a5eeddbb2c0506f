"""Saved plans and studies, where a command is given one: the file, or its folder."""

from __future__ import annotations

from pathlib import Path

from offtake.files import read_saved
from offtake.model.plan import Plan
from offtake.model.study import Study

PLAN = "plan.json"
STUDY = "study.json"
REPORT = "report.html"
STUDY_REPORT = "study.html"
"""What the files of a plan and of a study are called in the folder of `--out`."""


def read(path: Path) -> Plan | Study:
    """Read a saved plan or study; a folder stands for its plan, else for its study.

    Raises:
        OfftakeError: there is none, or it cannot be read.
    """
    if path.is_dir():
        alone = (path / STUDY).exists() and not (path / PLAN).exists()
        path = path / (STUDY if alone else PLAN)
    return read_saved(path)


def report_beside(path: Path, held: Plan | Study) -> Path:
    """Name the page that belongs beside a saved plan or study."""
    folder = path if path.is_dir() else path.parent
    return folder / (STUDY_REPORT if isinstance(held, Study) else REPORT)
