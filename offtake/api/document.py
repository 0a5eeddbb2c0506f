"""The OpenAPI document: what routes say of themselves, and what they cannot say.

Added to what FastAPI makes of the routes: jobs and services, from the model; the door of jobs,
which is no route of FastAPI's; problems instead of FastAPI's own errors; the token, the role each
operation asks for (`x-role`), and the codes it names (`x-codes`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from offtake.api import agents, asking, statements
from offtake.api.intake import OPERATION, SPEC
from offtake.operate.access import Role
from offtake.operate.services.replicas import SERVICE

INTAKE = "/v1/jobs"
"""Where jobs are handed in."""
_ROLES: Mapping[Any, str] = {
    asking.viewer: Role.VIEWER.name.lower(),
    asking.submitter: Role.SUBMITTER.name.lower(),
    asking.operator: Role.OPERATOR.name.lower(),
    statements.reader: f"{Role.VIEWER.name.lower()}, or a party's",
    agents.turn: Role.AGENT.name.lower(),
}
"""Who may ask, by what a route depends on, or by the route itself."""
_PROBLEM = {
    "type": "object",
    "description": "What is wrong (RFC 9457): every fault, with its code and what to do.",
    "required": ["type", "title", "status", "detail", "faults"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "faults": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "what", "where", "got", "hint"],
                "properties": {
                    name: {"type": "string"} for name in ("code", "what", "where", "got", "hint")
                },
            },
        },
    },
}
_REFUSED = {
    "description": "It was refused; nothing was changed",
    "content": {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}},
    },
}
_FASTAPIS = ("HTTPValidationError", "ValidationError")


def describe(app: FastAPI, routers: Sequence[APIRouter]) -> None:
    """Have an application give the whole document of the routes it included."""
    made: Callable[[], dict[str, Any]] = app.openapi

    def openapi() -> dict[str, Any]:
        document = made()
        components = document.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        for name, shape in (("JobSpec", SPEC), ("ServiceSpec", SERVICE)):
            schema = shape.json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(schema.pop("$defs", {}))
            schemas[name] = schema
        for name in _FASTAPIS:
            schemas.pop(name, None)
        schemas["Problem"] = _PROBLEM
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        submitted = {**deepcopy(OPERATION), "x-role": Role.SUBMITTER.name.lower()}
        document["paths"].setdefault(INTAKE, {})["post"] = submitted
        roles = dict(_roles(routers))
        for path, held in document["paths"].items():
            for method, operation in held.items():
                _complete(operation, operation.get("x-role") or roles.get((path, method), ""))
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(operation: dict[str, Any], role: str) -> None:
    """Say who may ask, by a token, and that what is refused is a problem, with which codes."""
    said = [one for one in operation.get("parameters", ()) if one["name"] != "authorization"]
    operation["parameters"] = said
    operation["responses"].pop("422", None)
    operation["responses"]["4XX"] = _REFUSED
    about, _, raises = operation.get("description", "").partition("\n\nRaises:")
    operation["description"] = about
    if codes := re.findall(r"OTK-[A-Z]\d{3}", raises):
        operation["x-codes"] = codes
    if role:
        operation["x-role"] = role
        operation["security"] = [{"token": []}]


def _roles(routers: Sequence[APIRouter]) -> Iterator[tuple[tuple[str, str], str]]:
    """Give the role that each method of each path asks for, where it asks for one."""
    for route in (each for router in routers for each in router.routes):
        if not isinstance(route, APIRoute):
            continue
        asked = {_ROLES[call] for call in _calls(route) if call in _ROLES}
        if asked:
            (role,) = asked
            for method in route.methods or ():
                yield (route.path, method.lower()), role


def _calls(route: APIRoute) -> Iterator[Any]:
    """Give what a route runs: itself, and what it depends on."""
    yield route.endpoint
    left = list(route.dependant.dependencies)
    while left:
        below = left.pop()
        yield below.call
        left += below.dependencies
