"""The door jobs come in by: `POST /v1/jobs`, with as little between as can be.

What a framework does for a route costs more than taking a job in, so this one reads the request
itself; what it takes and gives is said in `OPERATION`, which the OpenAPI document shows.

    requests ──> desk.taking ──> desk.write ──> on disk
    answers  <───── all that came in one go <──────┘
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from typing import Any

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from offtake.api.problems import unsound
from offtake.errors import Fault, OfftakeError, Where
from offtake.model.work import JobSpec
from offtake.operate.access import Gate, Role, Who
from offtake.operate.desk import Desk, Handed
from offtake.operate.service import Service
from offtake.store.grouped import Write

SPECS: TypeAdapter[list[JobSpec]] = TypeAdapter(list[JobSpec])
SPEC: TypeAdapter[JobSpec] = TypeAdapter(JobSpec)
LONGEST_KEY = 200
"""Characters of an `Idempotency-Key`."""
JOBS_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "anyOf": [
                    {"$ref": "#/components/schemas/JobSpec"},
                    {"type": "array", "items": {"$ref": "#/components/schemas/JobSpec"}},
                ]
            }
        }
    },
}
"""A job or a list of them, for the OpenAPI document."""
_HANDED = {
    "type": "object",
    "required": ["jobs", "again"],
    "properties": {
        "jobs": {"type": "array", "items": {"type": "string"}},
        "again": {"type": "boolean"},
    },
}
_TAKEN = {"application/json": {"schema": _HANDED}}
OPERATION: dict[str, Any] = {
    "tags": ["jobs"],
    "summary": "Submit",
    "operationId": "submit_v1_jobs_post",
    "description": (
        "Hand in a job, or a list of them: all are taken in, or none; what is acknowledged is on"
        " disk.\n\nWith an `Idempotency-Key` a request that is sent again is answered as the first"
        " time."
    ),
    "parameters": [
        {
            "name": "idempotency-key",
            "in": "header",
            "required": False,
            "schema": {"type": "string", "maxLength": LONGEST_KEY},
        },
    ],
    "requestBody": JOBS_BODY,
    "responses": {
        "201": {"description": "The jobs were taken in", "content": _TAKEN},
        "200": {"description": "They had been taken in before", "content": _TAKEN},
    },
}


class Gathered:
    """Writes of a desk, handed over together where the loop came to them in one go.

    One that is handed over alone makes a transaction alone; and waking a loop costs as much for
    one as for many.
    """

    def __init__(self, desk: Desk, told: Callable[[], None]) -> None:
        """Hand over to a desk; somebody is told each time that something was written."""
        self._desk = desk
        self._told = told
        self._kept: list[tuple[Write[Handed], asyncio.Future[Handed]]] = []

    async def written(self, write: Write[Handed]) -> Handed:
        """Wait until a write is on disk; gives what it gave back, or raises what it raised."""
        loop = asyncio.get_running_loop()
        waits: asyncio.Future[Handed] = loop.create_future()
        self._kept.append((write, waits))
        if len(self._kept) == 1:
            loop.call_soon(self._hand_over)
        return await waits

    def _hand_over(self) -> None:
        kept, self._kept = self._kept, []
        future = self._desk.write([write for write, _ in kept])
        waiting = [waits for _, waits in kept]
        asyncio.wrap_future(future).add_done_callback(partial(self._tell, waiting))

    def _tell(
        self,
        waiting: list[asyncio.Future[Handed]],
        done: asyncio.Future[list[Handed | Exception]],
    ) -> None:
        self._told()
        for waits, outcome in zip(waiting, done.result(), strict=True):
            if waits.done():  # whoever asked has gone
                continue
            if isinstance(outcome, Exception):
                waits.set_exception(outcome)
            else:
                waits.set_result(outcome)


class Intake:
    """An ASGI application that takes jobs in."""

    def __init__(self, service: Service, gate: Gate) -> None:
        """Take them in at the desk of a service, from those a gate lets through."""
        self._desk = service.desk
        self._gate = gate
        self._gathered = Gathered(service.desk, service.wake)

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        """Answer one request.

        Raises:
            OfftakeError: it is not let in (`OTK-H003`, `OTK-H004`), it is not sound (`OTK-H002`),
                or the desk does not take it.
        """
        shown = key = None
        for name, value in scope["headers"]:
            if name == b"authorization":
                shown = value.decode("latin-1")
            elif name == b"idempotency-key":
                key = value.decode("latin-1")
        who = self._gate.known(shown)
        if who is None:
            who = await asyncio.to_thread(self._gate.who, shown)
        who.may(Role.SUBMITTER)
        specs = specs_of(await Request(scope, receive).body(), who)
        if key is not None and len(key) > LONGEST_KEY:
            raise _long_key(key)
        write = self._desk.taking(specs, client=who.name, key=key)
        handed = await self._gathered.written(write)
        answer = json.dumps({"jobs": handed.jobs, "again": handed.again})
        status = 200 if handed.again else 201
        await Response(answer, status, media_type="application/json")(scope, receive, send)


def specs_of(body: bytes, who: Who) -> list[JobSpec]:
    """Read the jobs of a request.

    Raises:
        OfftakeError: they are not sound (`OTK-H002`), or of a tenant whoever asks is not of
            (`OTK-H004`).
    """
    try:
        if body.lstrip()[:1] == b"[":
            specs = SPECS.validate_json(body)
            if not specs:
                raise OfftakeError(Fault(code="OTK-H002", what="no job is handed in", got="[]"))
        else:
            specs = [SPEC.validate_json(body)]
    except ValidationError as error:
        raise unsound(error) from None
    for spec in specs:
        if who.tenant is not None and spec.tenant != who.tenant:
            what = f"this token hands in jobs of {who.tenant} alone"
            raise OfftakeError(Fault(code="OTK-H004", what=what, got=repr(spec.tenant)))
    return specs


def _long_key(key: str) -> OfftakeError:
    what = f"a key may have {LONGEST_KEY} characters"
    where = Where(path="header.idempotency-key")
    return OfftakeError(Fault(code="OTK-H002", what=what, where=where, got=f"{len(key)}"))
