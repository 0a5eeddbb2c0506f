"""Routes of services: take in, tell their load, scale, look at, end."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query, Request
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from offtake.api.asking import Submitter, Viewer
from offtake.api.problems import unsound
from offtake.errors import Fault, OfftakeError, Where
from offtake.operate.access import Who
from offtake.operate.services.desk import ServiceDesk
from offtake.operate.services.replicas import SERVICE

router = APIRouter(tags=["services"])
Name = Annotated[str, Path(max_length=63)]
_REF = {"application/json": {"schema": {"$ref": "#/components/schemas/ServiceSpec"}}}
SPEC_BODY: dict[str, Any] = {"required": True, "content": _REF}
"""A service, for the OpenAPI document."""


@router.get("/v1/services")
def services(request: Request, who: Viewer) -> Any:
    """List services: by region what is wanted and what there is, and every replica."""
    return {"services": _desk(request).listed(tenant=who.tenant)}


@router.get("/v1/services/{name}")
def show(request: Request, name: Name, who: Viewer) -> Any:
    """Show a service, its regions and its replicas; each replica is a job."""
    return _seen(request, name, who)


@router.put(
    "/v1/services/{name}",
    openapi_extra={"requestBody": SPEC_BODY},
    responses={201: {"description": "It is new"}},
)
async def put(
    request: Request, name: Name, who: Submitter, check: Annotated[bool, Query()] = False
) -> Any:
    """Take a service in, or what changed of it; with `check` only say where it could run.

    Replicas that run what it said before go on until others run in their place.

    Raises:
        OfftakeError: it is not sound (`OTK-H002` and codes of services), or of a tenant whoever
            asks is not of (`OTK-H004`).
    """
    try:
        spec = SERVICE.validate_json(await request.body())
    except ValidationError as error:
        raise unsound(error) from None
    if spec.name != name:
        what = "the name of the service is not that of the address"
        where = Where(path="service.name")
        raise OfftakeError(Fault(code="OTK-H002", what=what, where=where, got=repr(spec.name)))
    if who.tenant is not None and spec.tenant != who.tenant:
        what = f"this token hands in services of {who.tenant} alone"
        raise OfftakeError(Fault(code="OTK-H004", what=what, got=repr(spec.tenant)))
    desk = _desk(request)
    if check:
        return {"service": name, "regions": await asyncio.to_thread(desk.check, spec)}
    new = await asyncio.to_thread(desk.put, spec, client=who.name)
    return JSONResponse({"service": name, "new": new}, 201 if new else 200)


@router.put("/v1/services/{name}/load")
def load(
    request: Request,
    name: Name,
    who: Submitter,
    body: Annotated[dict[str, float], Body(max_length=1000)],
) -> Any:
    """Say what users ask for, in requests a second by region; others stay as they were."""
    _seen(request, name, who)
    return _desk(request).load(name, body)


@router.put("/v1/services/{name}/replicas")
def replicas(
    request: Request,
    name: Name,
    who: Submitter,
    body: Annotated[dict[str, int | None], Body(max_length=1000)],
) -> Any:
    """Say how many replicas are wanted by region whatever the load; null leaves it to the load."""
    _seen(request, name, who)
    return _desk(request).scale(name, body)


@router.delete("/v1/services/{name}", status_code=202)
def end(request: Request, name: Name, who: Submitter) -> Any:
    """End a service: its replicas are stopped."""
    _seen(request, name, who)
    _desk(request).end(name)
    return {"service": name, "ending": True}


def _desk(request: Request) -> ServiceDesk:
    found: ServiceDesk = request.app.state.services
    return found


def _seen(request: Request, name: str, who: Who) -> Mapping[str, Any]:
    """See that a token may see a service: those of other tenants are not there for it."""
    found = _desk(request).show(name)
    if who.tenant is not None and found["tenant"] != who.tenant:
        raise OfftakeError(Fault(code="OTK-E160", what="there is no such service", got=repr(name)))
    return found
