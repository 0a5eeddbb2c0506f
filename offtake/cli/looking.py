"""The work of the commands that look: `offtake status`, `why`, `logs`, `watch`."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from offtake.cli import following, scaling, screen, tables
from offtake.cli.calling import Caller, Plain
from offtake.cli.handing import standing
from offtake.operate import reasons

OPEN = ("queued", "starting", "running", "stopping")
"""States of jobs that are not over."""
HEADS = ("id", "name", "state", "cluster", "accelerators", "since", "reason")
RIGHT = (4, 5)


def clock() -> float:
    """Give the time, in seconds since 1970 UTC."""
    return time.time()


def jobs(url: str | None, *, everything: bool, limit: int, as_json: bool) -> None:
    """List jobs, the newest first."""
    with Caller(url) as caller:
        services = caller.get("/v1/services")["services"]
        found = caller.get("/v1/jobs", state=None if everything else OPEN, limit=limit)["jobs"]
        counts = caller.get("/v1/counts")
        if as_json:
            more = {"services": services} if services else {}
            told = {"schema": "offtake.jobs/1", "counts": counts, "jobs": found, **more}
            screen.say_json(told)
            return
        if services:
            scaling.listed(services)
            screen.say("")
        screen.say(counted(counts))
        if found:
            now = clock()
            tables.say(HEADS, [job_row(each, now) for each in found], RIGHT)
        there = sum(number for state, number in counts.items() if everything or state in OPEN)
        if there > len(found):
            screen.note(f"{there - len(found):,} more; --limit shows more")


def counted(counts: Mapping[str, int]) -> str:
    """Say how many jobs there are in each state."""
    said = [f"{number:,} {state}" for state, number in counts.items() if number]
    return ", ".join(said) or "no jobs"


def job_row(job: Plain, now: float) -> tuple[str, ...]:
    """Give a job as the cells of `HEADS`."""
    since = job["ended"] or job["began"] or job["submitted"]
    count = job["spec"].get("accelerator_count", 1)
    cells = (job["id"], job["name"], job["state"], job["cluster"] or "", f"{count:,}")
    return (*cells, span(now - since), job["reason"] or "")


def span(seconds: float) -> str:
    """Write a length of time with two figures or so: 40 s, 12 min, 3.5 h, 12 d."""
    seconds = max(seconds, 0.0)
    for unit, size, most in (("s", 1.0, 120.0), ("min", 60.0, 120.0), ("h", 3600.0, 48.0)):
        if seconds < size * most:
            digits = 1 if unit == "h" and seconds < size * 10 else 0
            return f"{seconds / size:.{digits}f} {unit}"
    return f"{seconds / 86400:,.0f} d"


def moment(seconds: float | None) -> str:
    """Write a time; nothing where there is none."""
    if seconds is None:
        return ""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def job(named: str, url: str | None, *, as_json: bool) -> None:
    """Show a job, its attempts and what happened to it; or a service of that name."""
    with Caller(url) as caller:
        service = scaling.found(caller, named)
        if service is not None:
            scaling.shown(service, as_json=as_json)
            return
        found = caller.job(named)
    if as_json:
        screen.say_json({"schema": "offtake.job/1", **found})
        return
    screen.say(following.told_end(found))
    shown = {
        "tenant": found["tenant"],
        "cluster": found["cluster"],
        "accelerators": found["spec"].get("accelerator_count", 1),
        "submitted": moment(found["submitted"]),
        "began": moment(found["began"]),
        "ended": moment(found["ended"]),
    }
    screen.say("\n".join(f"  {name:<13}{value}" for name, value in shown.items() if value))
    if found["attempts"]:
        screen.say("")
        heads = ("attempt", "cluster", "state", "began", "ended", "exit", "metered GPU-h")
        tables.say(heads, [_attempt(one) for one in found["attempts"]], (0, 5, 6))
    screen.say("")
    for event in found["events"]:
        screen.say(told(event))
    if found["state"] == "queued":
        screen.note(f"`offtake why {found['id']}` says why it waits")


def _attempt(one: Plain) -> tuple[str, ...]:
    code, metered = one["exit_code"], one["gpu_seconds"]
    return (
        str(one["number"]),
        one["cluster"],
        one["state"],
        moment(one["began"]),
        moment(one["ended"]),
        "" if code is None else str(code),
        "" if metered is None else f"{metered / 3600:,.4f}",
    )


def told(event: Plain) -> str:
    """Say on one line what happened to a job."""
    rest = {name: value for name, value in event.items() if name not in _SAID and value is not None}
    more = "  ".join(f"{name}={value}" for name, value in rest.items())
    return f"{moment(event['at'])}  {event['job']}  {event['kind']:<10} {more}".rstrip()


_SAID = ("seq", "job", "at", "kind")


def watch(named: str | None, url: str | None, *, as_json: bool) -> None:
    """Tell what happens, one line each; of one job from its beginning to its end."""
    with Caller(url) as caller:
        ident = None if named is None else caller.ident(named)
        after = None if ident is None else 0
        for event in caller.events(job=ident, after=after):
            line = json.dumps(event.body, ensure_ascii=False) if as_json else told(event.body)
            screen.say(line)
            screen.flush()
            if ident is not None and event.body["kind"] in following.FINAL:
                return


def logs(named: str, url: str | None, *, attempt: int | None, follow: bool, as_json: bool) -> None:
    """Print what a job printed."""
    with Caller(url) as caller:
        ident = caller.ident(named)
        at: int | None = None
        for piece in following.pieces(caller, ident, attempt, follow=follow):
            if as_json:
                line = {"attempt": piece.attempt, "offset": piece.offset, "text": piece.text}
                screen.say_json_text(json.dumps({"job": ident, **line}, ensure_ascii=False) + "\n")
                screen.flush()
                continue
            if at is not None and piece.attempt != at:
                screen.note(f"attempt {piece.attempt} on {piece.cluster}", "dim")
            at = piece.attempt
            following.show(piece.text)


def why(named: str, url: str | None, *, as_json: bool) -> None:
    """Say why a job is where it is."""
    with Caller(url) as caller:
        said = caller.get(f"/v1/jobs/{caller.ident(named)}/why")
        if as_json:
            screen.say_json({"schema": "offtake.why/1", **said})
            return
        because = reasons.because(said.get("reason"))
        screen.say(f"{said['job']} is {said['state']}" + (f": {because}" if because else ""))
        looked = {one["cluster"]: one for one in said.get("options", ())}
        rows = [
            (each["cluster"], reasons.lost(each, looked.get(each["cluster"])), standing(each))
            for each in said["clusters"]
        ]
        tables.say(("cluster", "why not there", "now"), rows)
        for one in said.get("options", ()):
            if one["cluster"] is None:
                screen.say(f"anywhere: {reasons.said(one)}")
        _expected(said)


def _expected(said: dict[str, Any] | Plain) -> None:
    if "waits_until" in said:
        screen.say(f"it rests until {moment(said['waits_until'])}")
    begins = said.get("expected")
    if not begins:
        return
    parts = [
        f"P{share} {'not within what was played' if at is None else f'in {span(at)}'}"
        for share in (10, 50, 90)
        for at in [begins[f"p{share}_s"]]
    ]
    screen.say(
        f"begins {', '.join(parts)} (modelled: the queue played forward, {begins['samples']} times)"
    )
