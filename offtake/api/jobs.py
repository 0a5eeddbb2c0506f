"""Routes of jobs: check, look at, follow, cancel; `intake` takes them in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import PlainTextResponse, StreamingResponse

from offtake.api.asking import Submitter, TheDesk, TheService, Viewer
from offtake.api.intake import JOBS_BODY, specs_of
from offtake.errors import Fault, OfftakeError
from offtake.model.work import JobState
from offtake.operate.access import Who
from offtake.operate.service import Service
from offtake.version import VERSION

router = APIRouter(tags=["jobs"])
Moment = Annotated[float | None, Query(ge=0, le=253_402_300_799, allow_inf_nan=False)]
_HEARTBEAT_S = 15.0
_LOOK_S = 0.25


@router.post("/v1/check", openapi_extra={"requestBody": JOBS_BODY})
async def check(desk: TheDesk, who: Submitter, request: Request) -> Any:
    """Say of a job, or of a list of them, where each could run and why not elsewhere.

    Nothing is taken in; what would be refused is refused here in the same words.
    """
    specs = specs_of(await request.body(), who)
    return {"jobs": await asyncio.to_thread(desk.check, specs)}


@router.get("/v1/jobs/{job}")
def show(desk: TheDesk, job: str, who: Viewer) -> Any:
    """Show a job, its attempts and what happened to it."""
    return _seen(who, desk.job(job))


@router.get("/v1/jobs/{job}/why")
def why(desk: TheDesk, service: TheService, job: str, who: Viewer) -> Any:
    """Say why a job is where it is: each cluster, and why it lost."""
    _seen(who, desk.job(job))
    return service.why(job)


@router.get("/v1/jobs/{job}/log")
def log(
    desk: TheDesk,
    service: TheService,
    job: str,
    who: Viewer,
    offset: Annotated[int, Query(ge=0, le=2**53)] = 0,
    attempt: Annotated[int | None, Query(ge=1, le=2**31)] = None,
) -> PlainTextResponse:
    """Give what an attempt printed, from an offset on; the last attempt if none is named.

    `Offtake-Offset` is where to go on.
    """
    found = _seen(who, desk.job(job))
    tried = [a for a in found["attempts"] if attempt in (None, a["number"])]
    if not tried:
        return PlainTextResponse("", headers={"Offtake-Offset": "0"})
    printed = service.tail(tried[-1]["token"], tried[-1]["cluster"], offset, 1_000_000)
    headers = {"Offtake-Offset": str(offset + len(printed))}
    return PlainTextResponse(printed.decode(errors="replace"), headers=headers)


@router.post("/v1/jobs/{job}/cancel", status_code=202)
def cancel(desk: TheDesk, job: str, who: Submitter) -> Any:
    """Cancel a job: at once where it waits, else when its attempt is over."""
    _seen(who, desk.job(job))
    desk.cancel(job, client=who.name)
    return {"job": job, "cancelling": True}


@router.get("/v1/jobs")
def jobs(
    desk: TheDesk,
    who: Viewer,
    state: Annotated[list[JobState] | None, Query()] = None,
    tenant: str | None = None,
    cluster: str | None = None,
    name: str | None = None,
    before: Annotated[int | None, Query(ge=0, le=2**53)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    as_of: Moment = None,
) -> Any:
    """List jobs, the newest first; `before` goes on below a number (`seq`).

    With `as_of`, seconds since 1970 (UTC), they are given as they stood then: their state, since
    when, their cluster and the reason.
    """
    asked: dict[str, Any] = {
        "states": [one.value for one in state or ()],
        "tenant": who.tenant or tenant,
        "cluster": cluster,
        "name": name,
        "before": before,
        "most": limit,
    }
    found = desk.jobs(**asked) if as_of is None else desk.jobs_as_of(as_of, **asked)
    return {"jobs": found}


@router.get("/v1/counts")
def counts(desk: TheDesk, who: Viewer, as_of: Moment = None) -> Any:
    """Count jobs by state; a token of a tenant counts that tenant's. `as_of` asks of a moment."""
    return desk.counts(who.tenant, as_of)


@router.get("/v1/events")
async def events(
    desk: TheDesk,
    service: TheService,
    request: Request,
    who: Viewer,
    after: Annotated[int | None, Query(ge=0, le=2**53)] = None,
    job: str | None = None,
    follow: bool = True,
    last_event_id: Annotated[str | None, Header()] = None,
) -> StreamingResponse:
    """Follow what happens to jobs, as server-sent events; a break goes on where it stopped.

    A token of a tenant follows one job of that tenant at a time.
    """
    first = after
    if first is None and last_event_id is not None and last_event_id.isdigit():
        first = int(last_event_id)
    if first is None:
        first = await asyncio.to_thread(desk.last_told)
    if job is not None:
        _seen(who, await asyncio.to_thread(desk.job, job))
    visible = who.tenant is None or job is not None
    stream = _follow(request, service, first, job, visible=visible, follow=follow)
    return StreamingResponse(stream, media_type="text/event-stream")


async def _follow(
    request: Request,
    service: Service,
    after: int,
    job: str | None,
    *,
    visible: bool,
    follow: bool,
) -> AsyncIterator[str]:
    quiet = 0.0
    # Its number alone: who loses the line before anything happens knows where to go on.
    yield f": offtake {VERSION}\nid: {after}\n\n"
    while not request.app.state.ending and not await request.is_disconnected():
        told = await asyncio.to_thread(service.desk.told, after=after, job=job)
        for one in told:
            after = one["seq"]
            if visible:
                yield f"id: {after}\nevent: {one['kind']}\ndata: {json.dumps(one)}\n\n"
        if told:
            quiet = 0.0
            continue
        if not follow:
            return
        await asyncio.sleep(_LOOK_S)
        quiet += _LOOK_S
        if quiet >= _HEARTBEAT_S:
            quiet = 0.0
            yield ": still here\n\n"


def _seen(who: Who, job: Mapping[str, Any]) -> Mapping[str, Any]:
    """See that a token may see a job: those of other tenants are not there for it."""
    if who.tenant is not None and job["tenant"] != who.tenant:
        fault = Fault(code="OTK-E020", what="there is no such job", got=repr(job["id"]))
        raise OfftakeError(fault)
    return job
