"""Following a job until it is over: its state, and what it prints."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from offtake.cli import screen
from offtake.cli.calling import Caller, Plain
from offtake.errors import Exit, Fault, OfftakeError, Where

FINAL = ("succeeded", "failed", "cancelled")
"""States in which nothing happens to a job any more."""
LOOK_S = 0.25
"""Pause between two looks."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Something an attempt printed."""

    attempt: int
    cluster: str
    offset: int
    text: str


def ended(caller: Caller, ident: str, pause: Callable[[float], None] = time.sleep) -> Plain:
    """Wait until a job is over, and give it."""
    while True:
        job = caller.job(ident)
        if job["state"] in FINAL:
            return job
        pause(LOOK_S)


def told_end(job: Plain) -> str:
    """Say how a job ended, on one line."""
    code = job["exit_code"]
    exit_code = f", exit status {code}" if code is not None else ""
    reason = f": {job['reason']}" if job["reason"] and job["state"] != "succeeded" else ""
    return f"{job['id']}  {job['name']} {job['state']}{exit_code}{reason}"


def pieces(
    caller: Caller,
    ident: str,
    attempt: int | None,
    *,
    follow: bool,
    pause: Callable[[float], None] = time.sleep,
) -> Iterator[Piece]:
    """Give what a job printed, piece by piece; where it is followed, attempt after attempt.

    Raises:
        OfftakeError: there is no such job, or no such attempt (`OTK-H017`).
    """
    current, offset = attempt, 0
    while True:
        job = caller.job(ident)
        tried = {one["number"]: one["cluster"] for one in job["attempts"]}
        if attempt is not None and attempt not in tried:
            raise OfftakeError(_no_attempt(attempt, tried), exit=Exit.USAGE)
        if attempt is None and tried and current != max(tried):
            current, offset = max(tried), 0
        if current is not None:
            while True:
                text, headers = caller.text(f"/v1/jobs/{ident}/log", offset=offset, attempt=current)
                if not text:
                    break
                yield Piece(current, tried[current], offset, text)
                offset = int(headers["Offtake-Offset"])
        done = job["state"] in FINAL or (attempt is not None and attempt < max(tried))
        if not follow or done:
            return
        pause(LOOK_S)


def show(text: str) -> None:
    """Print what a job printed: as it is to a pipe, without control characters to a terminal."""
    if sys.stdout.isatty():
        text = "\r".join(screen.clean(part) for part in text.split("\r"))
    sys.stdout.write(text)
    sys.stdout.flush()


def _no_attempt(attempt: int, tried: dict[int, str]) -> Fault:
    there = ", ".join(map(str, tried)) or "none yet"
    what, where = "the job has no such attempt", Where(path="--attempt")
    return Fault(
        code="OTK-H017", what=what, where=where, got=str(attempt), hint=f"attempts: {there}"
    )
