"""Files of operation: what a control plane drives, and jobs, read with the care of a portfolio.

A job file holds one job, or several parted by lines of `---`:

offtake: job/1            # may be left out
name: finetune-7b
run: torchrun train.py
---
name: evaluate-7b
…
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from offtake.errors import Fault, OfftakeError, Where
from offtake.files.gather import HEADER, composed, header_faults, joined
from offtake.files.json_schema import form_schema
from offtake.files.nodes import Source
from offtake.files.reading import validate
from offtake.files.source import Reader
from offtake.files.valued import read_value
from offtake.model.installation import Installation
from offtake.model.work import JobSpec

FORM = "job/1"
"""Name and version of the form of a job."""
INSTALLATION = "installation/1"
"""Name and version of the form of an installation."""
_PARTED = re.compile(r"---[ \t]*(?:#.*)?\Z")


def read_installation(path: str | Path) -> Installation:
    """Read what a control plane drives.

    Raises:
        OfftakeError: with every fault of the file, each with line and column (`OTK-F…`).
    """
    return read_value(path, Installation, INSTALLATION)


def job_schema() -> dict[str, Any]:
    """Give the JSON Schema of a job file with one job; its header may be left out."""
    made = form_schema(JobSpec, FORM, "Job (offtake)")
    return {**made, "required": ["name", "run"]}


def installation_schema() -> dict[str, Any]:
    """Give the JSON Schema of an installation."""
    made = form_schema(Installation, INSTALLATION, "Installation (offtake)")
    return {**made, "required": [*made["required"], "clusters"]}


def read_jobs(path: str | Path) -> tuple[JobSpec, ...]:
    """Read the jobs of a file, in order.

    Raises:
        OfftakeError: with every fault of the file, each with line and column (`OTK-F…`), or the
            file holds no job (`OTK-H010`).
    """
    whole = Reader().read(Path(path), str(path))
    faults: list[Fault] = []
    jobs: list[JobSpec] = []
    for part in _parts(whole):
        jobs += _job(part, faults)
    if not jobs and not faults:
        where = Where(file=str(path))
        hint = "a job has at least `name` and `run`"
        faults.append(Fault(code="OTK-H010", what="the file holds no job", where=where, hint=hint))
    if faults:
        raise OfftakeError(faults)
    return tuple(jobs)


def _job(part: Source, faults: list[Fault]) -> Iterator[JobSpec]:
    found: list[Fault] = []
    tree = composed(part, found, FORM)
    if tree is not None:
        found += header_faults(tree, required=False, form=FORM)
    if tree is not None and not found:
        job, wrong = validate(joined([tree], found, (HEADER,)), JobSpec)
        found += wrong
        if job is not None and not found:
            yield job
    faults += found


def _parts(whole: Source) -> Iterator[Source]:
    """Part a text where a line says `---`; empty lines before a part keep its line numbers."""
    held: list[str] = []
    began = 0
    lines = whole.text.splitlines(keepends=True)
    for number, line in enumerate([*lines, "---"], 1):
        if _PARTED.match(line.rstrip("\r\n")) is None:
            held.append(line)
            continue
        if any(each.strip() and not each.lstrip().startswith("#") for each in held):
            yield replace(whole, text="\n" * began + "".join(held))
        held, began = [], number
