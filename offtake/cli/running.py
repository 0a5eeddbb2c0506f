"""The work of `offtake run`."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from offtake.cli import following, screen
from offtake.cli.calling import Caller
from offtake.cli.handing import hand_in
from offtake.errors import Exit, Fault, OfftakeError, Where

SCHEMA = "offtake.run/1"
CANCELLED = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be run, and what becomes of it when nobody looks any more."""

    command: Sequence[str]
    accelerators: str
    name: str | None
    hours: float
    changes: Sequence[str]
    cancel_on_exit: bool
    detach: bool


def run(asked: Asked, *, url: str | None, as_json: bool) -> int:
    """Hand a command in, follow it to its end, and give its exit status.

    Raises:
        OfftakeError: nothing is to be run (`OTK-U003`), accelerators cannot be read
            (`OTK-H014`), or the service says no.
    """
    job = _job(asked)
    if asked.changes:
        # What reads fields takes two seconds to load, and most commands set none.
        from offtake.cli.submitting import changed

        (job,) = (dict(one) for one in changed([job], asked.changes))
    with Caller(url) as caller:
        (ident,), _ = hand_in(caller, [job], None)
        if asked.detach:
            if as_json:
                screen.say_json({"schema": SCHEMA, "id": ident, "state": "queued"})
            else:
                screen.say(ident)
            return Exit.OK
        screen.note(f"{ident} is handed in", "dim")
        printed: list[str] = []
        try:
            at = 0
            for piece in following.pieces(caller, ident, None, follow=True):
                if piece.attempt != at:
                    at = piece.attempt
                    screen.note(f"attempt {at} on {piece.cluster}", "dim")
                if as_json:
                    printed.append(piece.text)
                else:
                    following.show(piece.text)
            over = following.ended(caller, ident)
        except KeyboardInterrupt:
            _left(caller, ident, cancel=asked.cancel_on_exit)
            raise
        if as_json:
            kept = {word: over[word] for word in ("id", "state", "exit_code", "cluster", "reason")}
            screen.say_json({"schema": SCHEMA, **kept, "printed": "".join(printed)})
        elif over["state"] != "succeeded":
            screen.note(following.told_end(over))
        return _status(over["state"], over["exit_code"])


def accelerators(said: str) -> dict[str, Any]:
    """Read what accelerators are asked for: `8`, `H100`, `H100:8`, `H100|MI300X:8`.

    Raises:
        OfftakeError: it is none of these (`OTK-H014`).
    """
    if said.isdecimal() and int(said) > 0:
        return {"accelerator_count": int(said)}
    types, colon, count = said.partition(":")
    names = types.split("|")
    if all(names) and (not colon or (count.isdecimal() and int(count) > 0)):
        return {"accelerator": names, "accelerator_count": int(count or 1)}
    what, hint = "accelerators are written TYPE:NUMBER", "such as 8, H100:8 or H100|MI300X:8"
    where = Where(path="--accelerators")
    raise OfftakeError(
        Fault(code="OTK-H014", what=what, where=where, got=f"'{said}'", hint=hint), exit=Exit.USAGE
    )


def _job(asked: Asked) -> dict[str, Any]:
    if not asked.command:
        what, where = "COMMAND is missing", Where(path="offtake run")
        hint = "write it behind `--`: offtake run -- python train.py"
        raise OfftakeError(
            Fault(code="OTK-U003", what=what, where=where, hint=hint), exit=Exit.USAGE
        )
    return {
        "name": asked.name or PurePath(asked.command[0]).name or "run",
        "run": shlex.join(asked.command) + "\n",
        "limit_hours": asked.hours,
        **accelerators(asked.accelerators),
    }


def _left(caller: Caller, ident: str, *, cancel: bool) -> None:
    if cancel:
        caller.post(f"/v1/jobs/{ident}/cancel")
        screen.note(f"{ident} is being cancelled")
        return
    screen.note(
        f"{ident} goes on: `offtake logs -f {ident}` follows it, `offtake cancel {ident}` ends it"
    )


def _status(state: str, code: int | None) -> int:
    if state == "cancelled":
        return CANCELLED
    if code is None:
        return Exit.FAILED
    return code if 0 <= code <= 255 else Exit.FAILED
