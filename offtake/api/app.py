"""The application: routes over one desk, with problems, roles, metrics and limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.routing import Route

from offtake.api import agents, clusters, jobs, services, state, statements
from offtake.api.intake import OPERATION, SPEC, Intake
from offtake.api.limits import Limited
from offtake.api.metrics import Metrics
from offtake.api.problems import tell_problems
from offtake.operate.access import Gate
from offtake.operate.agents import Agents
from offtake.operate.service import Service
from offtake.operate.services.desk import ServiceDesk
from offtake.operate.services.replicas import SERVICE
from offtake.version import VERSION

INTAKE = "/v1/jobs"
"""Where jobs are handed in."""
MOST_BYTES = 32_000_000
"""Largest body that is read."""


def make_app(service: Service, *, clock: Callable[[], float]) -> FastAPI:
    """Make the application of a service that is started with it and closed with it."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        service.start()
        yield
        await asyncio.to_thread(service.close)

    app = FastAPI(
        title="offtake",
        version=VERSION,
        summary="Place real jobs on real engines, and know for certain what became of them.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    gate, metrics = Gate(service.store, clock=clock), Metrics(service)
    app.state.ending = False  # whoever ends it says so, and nobody follows events any more
    app.state.service, app.state.gate, app.state.metrics = service, gate, metrics
    tell_problems(app)
    app.router.routes.append(Route(INTAKE, Intake(service, gate), methods=["POST"]))
    app.state.services = ServiceDesk(service.desk, clock=clock)
    app.state.agents = Agents(service.store, service.lanes, clock=clock)
    for routes in (jobs, clusters, services, agents, statements, state):
        app.include_router(routes.router)
    app.add_middleware(Limited, most=MOST_BYTES)
    _schemas(app)
    return app


def _schemas(app: FastAPI) -> None:
    """Describe jobs and services in the OpenAPI document, from the model, and jobs' own door."""
    made: Callable[[], dict[str, Any]] = app.openapi

    def openapi() -> dict[str, Any]:
        document = made()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for name, shape in (("JobSpec", SPEC), ("ServiceSpec", SERVICE)):
            schema = shape.json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(schema.pop("$defs", {}))
            schemas[name] = schema
        document["paths"].setdefault(INTAKE, {})["post"] = OPERATION
        return document

    app.openapi = openapi  # type: ignore[method-assign]
