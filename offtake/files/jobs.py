"""Files of operation: what a control plane drives, and jobs, read with the care of a portfolio.

A job file holds one job, or several parted by lines of `---`:

offtake: job/1            # may be left out
kind: job                 # may be left out; a service says `kind: service`
name: finetune-7b
run: torchrun train.py
---
name: evaluate-7b
…
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from offtake.errors import Fault, OfftakeError, Where, did_you_mean
from offtake.files.gather import HEADER, composed, header_faults, joined
from offtake.files.json_schema import form_schema
from offtake.files.nodes import MapNode, ScalarNode, Source
from offtake.files.reading import validate
from offtake.files.source import Reader
from offtake.files.valued import read_value
from offtake.model.installation import Installation
from offtake.model.work import JobSpec, ServiceSpec

FORM = "job/1"
"""Name and version of the form of a job, or of a service."""
KIND = "kind"
"""The field that says which of them it is."""
KINDS: Mapping[str, type[JobSpec] | type[ServiceSpec]] = {"job": JobSpec, "service": ServiceSpec}
"""What there is to hand in."""
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
    kind = {"const": "job", "description": "What it is: a job, or a service."}
    made["properties"][KIND] = kind
    return {**made, "required": ["name", "run"]}


def service_schema() -> dict[str, Any]:
    """Give the JSON Schema of a file with one service; its header may be left out."""
    made = form_schema(ServiceSpec, FORM, "Service (offtake)")
    made["properties"][KIND] = {"const": "service", "description": "What it is: a service."}
    return {**made, "required": [KIND, "name", "run"]}


def installation_schema() -> dict[str, Any]:
    """Give the JSON Schema of an installation."""
    made = form_schema(Installation, INSTALLATION, "Installation (offtake)")
    return {**made, "required": [*made["required"], "clusters"]}


def read_jobs(path: str | Path) -> tuple[JobSpec, ...]:
    """Read the jobs of a file, in order.

    Raises:
        OfftakeError: with every fault of the file, each with line and column (`OTK-F…`), or the
            file holds no job, or a service (`OTK-H010`).
    """
    found = read_work(path)
    jobs = tuple(one for one in found if isinstance(one, JobSpec))
    if len(jobs) < len(found):
        where = Where(file=str(path))
        what, hint = "a job is wanted, and this is a service", "`offtake submit` takes both"
        raise OfftakeError(Fault(code="OTK-H010", what=what, where=where, hint=hint))
    return jobs


def read_work(path: str | Path) -> tuple[JobSpec | ServiceSpec, ...]:
    """Read the jobs and services of a file, in order.

    Raises:
        OfftakeError: with every fault of the file, each with line and column (`OTK-F…`), or the
            file holds neither (`OTK-H010`).
    """
    whole = Reader().read(Path(path), str(path))
    faults: list[Fault] = []
    jobs: list[JobSpec | ServiceSpec] = []
    for part in _parts(whole):
        jobs += _job(part, faults)
    if not jobs and not faults:
        where = Where(file=str(path))
        hint = "a job has at least `name` and `run`"
        faults.append(Fault(code="OTK-H010", what="the file holds no job", where=where, hint=hint))
    if faults:
        raise OfftakeError(faults)
    return tuple(jobs)


def _job(part: Source, faults: list[Fault]) -> Iterator[JobSpec | ServiceSpec]:
    found: list[Fault] = []
    tree = composed(part, found, FORM)
    if tree is not None:
        found += header_faults(tree, required=False, form=FORM)
    kind = None if tree is None or found else _kind(tree, found)
    if tree is not None and kind is not None and not found:
        job, wrong = validate(joined([tree], found, (HEADER, KIND)), kind)
        found += wrong
        if job is not None and not found:
            yield job
    faults += found


def _kind(tree: MapNode, faults: list[Fault]) -> type[JobSpec] | type[ServiceSpec] | None:
    """Give what a file holds by what it says; a job where it says nothing."""
    slot = tree.entries.get(KIND)
    if slot is None:
        return JobSpec
    said = slot.node.text if isinstance(slot.node, ScalarNode) else ""
    if said not in KINDS:
        what, where = "it is a job or a service", replace(slot.node.span.where(), path=KIND)
        hint = did_you_mean(said, KINDS) or "write `kind: service`, or leave it out"
        faults.append(Fault(code="OTK-H010", what=what, where=where, got=repr(said), hint=hint))
    return KINDS.get(said)


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
