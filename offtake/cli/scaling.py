"""The work of `offtake scale`, and services as `offtake status` shows them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from offtake.cli import screen, tables
from offtake.cli.calling import Caller, Plain
from offtake.errors import Exit, Fault, OfftakeError, Where

SCHEMA = "offtake.service/1"
_SERVICE = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_JOB = re.compile(r"j-[2-9a-z]{12}")
HEADS = ("service", "region", "asked, requests/s", "wanted", "running", "waiting", "short")
RIGHT = (2, 3, 4, 5, 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody wants of a service: one of these."""

    replicas: int | None
    load: float | None
    auto: bool
    end: bool


def scale(name: str, asked: Asked, region: str | None, url: str | None, *, as_json: bool) -> None:
    """Say how many replicas a service wants, or its load, or that it ends.

    Raises:
        OfftakeError: not just one of them is said, or no region where there are several
            (`OTK-H019`), there is no such service (`OTK-E160`), or the service says no.
    """
    said = (asked.replicas is not None, asked.load is not None, asked.auto, asked.end)
    if sum(said) != 1:
        hint = "give REPLICAS, --load, --auto or --end"
        raise _unfit("one of them is wanted, and no more", hint)
    with Caller(url) as caller:
        service, path = found(caller, name), f"/v1/services/{name}"
        if service is None:
            what, hint = "there is no such service", "`offtake status` lists them"
            fault = Fault(code="OTK-E160", what=what, got=repr(name), hint=hint)
            raise OfftakeError(fault, exit=Exit.USAGE)
        if asked.end:
            told = caller.delete(path)
            if as_json:
                screen.say_json({"schema": SCHEMA, "id": name, "ending": True})
            else:
                screen.say(f"{told['service']} ends; its replicas are being stopped")
            return
        at = _region(service, region)
        if asked.load is not None:
            told = caller.put(f"{path}/load", {at: asked.load})
        else:
            told = caller.put(f"{path}/replicas", {at: asked.replicas})
    shown(told, as_json=as_json)


def found(caller: Caller, named: str) -> Plain | None:
    """Give the service of a name; None where there is none, or it was ended."""
    if _JOB.fullmatch(named) or not _SERVICE.fullmatch(named):
        return None
    try:
        service: Plain = caller.get(f"/v1/services/{named}")
    except OfftakeError as error:
        if error.faults[0].code == "OTK-E160":
            return None
        raise
    return service if service["state"] == "running" else None


def listed(services: Sequence[Plain]) -> None:
    """List services, a line for each region."""
    rows = [row for service in services for row in _rows(service)]
    tables.say(HEADS, rows, RIGHT)


def shown(service: Plain, *, as_json: bool) -> None:
    """Show a service, its regions and its replicas."""
    if as_json:
        screen.say_json({"schema": SCHEMA, **service})
        return
    listed([service])
    if service["replicas"]:
        screen.say("")
        heads = ("replica", "region", "state", "cluster", "begun again", "reason")
        rows = [
            (
                one["job"],
                one["region"],
                one["state"],
                one["cluster"] or "",
                f"{one['restarts']:,}",
                one["reason"] or "",
            )
            for one in service["replicas"]
        ]
        tables.say(heads, rows, (4,))
    short = sum(region["short"] for region in service["regions"])
    if short:
        screen.note(f"users ask for {short:,} replicas more than there may be (`most_count`)")


def _rows(service: Plain) -> list[tuple[str, ...]]:
    rows = []
    for region in service["regions"]:
        load: Any = region["requests_per_s"]
        wanted = f"{region['wanted']:,}" + ("" if region["asked"] is None else " (said)")
        counts = (f"{region[word]:,}" for word in ("running", "waiting", "short"))
        rows.append(
            (
                service["id"],
                region["region"],
                "" if load is None else f"{load:,.10g}",
                wanted,
                *counts,
            )
        )
    return rows


def _region(service: Plain, region: str | None) -> str:
    names = [one["region"] for one in service["regions"]]
    if region is None and len(names) > 1:
        raise _unfit("the service has several regions", f"give --region: {', '.join(names)}")
    return names[0] if region is None else region


def _unfit(what: str, hint: str) -> OfftakeError:
    fault = Fault(code="OTK-H019", what=what, where=Where(path="offtake scale"), hint=hint)
    return OfftakeError(fault, exit=Exit.USAGE)
