"""The work of `offtake submit`: files and options to jobs that are handed in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from offtake.cli import following, screen, tables
from offtake.cli.calling import Caller, Plain
from offtake.cli.handing import hand_in, standing
from offtake.errors import Exit, Fault, OfftakeError, Where, did_you_mean
from offtake.files.emit import terse
from offtake.files.jobs import read_work
from offtake.files.shape import FieldShape, fields_of
from offtake.model.work import JobSpec, ServiceSpec

SUBMITTED = "offtake.submitted/1"
CHECKED = "offtake.checked/1"


def submit(
    files: Sequence[Path],
    changes: Sequence[str],
    key: str | None,
    *,
    url: str | None,
    wait: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Hand in the jobs and services of files.

    Raises:
        OfftakeError: files or changes have faults, or the service says no.
    """
    if not files:
        what, where = "FILES is missing", Where(path="offtake submit")
        raise OfftakeError(Fault(code="OTK-U003", what=what, where=where), exit=Exit.USAGE)
    jobs, services = _read(files, changes)
    with Caller(url) as caller:
        checked = [each for one in services for each in _checked(caller, one)]
        if dry_run:
            _check(caller, jobs, checked, as_json=as_json)
            return Exit.OK
        idents, again = hand_in(caller, jobs, key) if jobs else ((), False)
        for one in services:
            caller.put(f"/v1/services/{one['name']}", one)
        if not as_json:
            for one in services:
                screen.say(f"{one['name']}  a service: `offtake status {one['name']}` shows it")
            for ident, job in zip(idents, jobs, strict=True):
                screen.say(f"{ident}  {job['name']}" + ("  (handed in before)" if again else ""))
        over = [following.ended(caller, ident) for ident in idents] if wait else []
        if as_json:
            told = [
                {"id": ident, "name": job["name"]} for ident, job in zip(idents, jobs, strict=True)
            ]
            ends = [{word: job[word] for word in ("id", "state", "exit_code")} for job in over]
            more: dict[str, Any] = {"ended": ends} if wait else {}
            more |= {"services": [one["name"] for one in services]} if services else {}
            screen.say_json({"schema": SUBMITTED, "jobs": told, "again": again, **more})
        else:
            for job in over:
                screen.say(following.told_end(job))
        return Exit.OK if all(job["state"] == "succeeded" for job in over) else Exit.FAILED


def changed(
    jobs: Sequence[Plain],
    changes: Sequence[str],
    kind: type[JobSpec] | type[ServiceSpec] = JobSpec,
) -> list[Plain]:
    """Give jobs with fields set: `priority=5`, `env.SEED=7`, `accelerator=[H100, H200]`.

    Services are changed alike, where that is the kind of what is given.

    Raises:
        OfftakeError: a change is not FIELD=VALUE (`OTK-U011`), or there is no such field, or
            its value cannot be read (`OTK-H013`).
    """
    faults: list[Fault] = []
    made = [dict(job) for job in jobs]
    for change in changes:
        try:
            path, value = _change(change, kind)
        except OfftakeError as error:
            faults += error.faults
            continue
        for job in made:
            if len(path) == 1:
                job[path[0]] = value
            else:
                job[path[0]] = {**job.get(path[0], {}), path[1]: value}
    if faults:
        raise OfftakeError(faults, exit=Exit.USAGE)
    return list(made)


def _read(files: Sequence[Path], changes: Sequence[str]) -> tuple[list[Plain], list[Plain]]:
    """Read jobs and services."""
    faults: list[Fault] = []
    found: list[JobSpec | ServiceSpec] = []
    for file in files:
        try:
            found += read_work(file)
        except OfftakeError as error:
            faults += error.faults
    if faults:
        raise OfftakeError(faults)
    jobs: list[Any] = [terse(one) for one in found if isinstance(one, JobSpec)]
    services: list[Any] = [terse(one) for one in found if isinstance(one, ServiceSpec)]
    made = changed(jobs, changes) if jobs else []
    return made, changed(services, changes, ServiceSpec) if services else []


def _checked(caller: Caller, service: Plain) -> list[Plain]:
    """Have a service checked; gives what is said of each of its regions, as of a job."""
    found: list[Plain] = caller.put(f"/v1/services/{service['name']}", service, check=True)[
        "regions"
    ]
    return [
        {**one, "name": f"{one['name']} {one['region']}".strip(), "service": service["name"]}
        for one in found
    ]


def _change(change: str, kind: type[JobSpec] | type[ServiceSpec]) -> tuple[tuple[str, ...], Any]:
    where = Where(path="--set")
    name, equals, said = change.partition("=")
    if not equals or not name:
        what, hint = "a change is written FIELD=VALUE", "such as --set priority=5"
        raise OfftakeError(
            Fault(code="OTK-U011", what=what, where=where, got=f"'{change}'", hint=hint)
        )
    first, dot, inner = name.partition(".")
    known = fields_of(kind)
    field = known.get(first)
    if field is None or (dot and (field.shape.kind != "map" or not inner)):
        what = f"a {'job' if kind is JobSpec else 'service'} has no such field"
        near = did_you_mean(first, known)
        raise OfftakeError(
            Fault(code="OTK-H013", what=what, where=where, got=f"'{name}'", hint=near)
        )
    return ((first, inner) if dot else (first,)), _value(said, field, where, whole=not dot)


def _value(said: str, field: FieldShape, where: Where, *, whole: bool) -> Any:
    """Read a value as a file would; what is text stays as it is written."""
    if field.shape.kind == "text" or not whole:
        return said
    try:
        value = YAML(typ="safe", pure=True).load(said)
    except YAMLError:
        what, hint = f"{field.name} cannot be set to this", "write it as in a file"
        raise OfftakeError(
            Fault(code="OTK-H013", what=what, where=where, got=f"'{said}'", hint=hint)
        ) from None
    if field.shape.kind == "list" and not isinstance(value, list):
        return [said]
    return value


def _check(
    caller: Caller, jobs: Sequence[Plain], services: Sequence[Plain], *, as_json: bool
) -> None:
    found = [*caller.post("/v1/check", list(jobs))["jobs"]] if jobs else []
    found += services
    if as_json:
        screen.say_json({"schema": CHECKED, "jobs": found})
        return
    heads = ("job", "cluster", "could it run", "now")
    rows = [
        (job["name"], each["cluster"], each["never"] or "yes", standing(each))
        for job in found
        for each in job["clusters"]
    ]
    tables.say(heads, rows)
    screen.note("nothing was handed in")
