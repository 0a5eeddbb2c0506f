"""The application: routes over one desk, with problems, roles, metrics and limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.routing import Route

from offtake.api import agents, clusters, jobs, services, state, statements
from offtake.api.document import INTAKE, describe
from offtake.api.intake import Intake
from offtake.api.limits import Limited
from offtake.api.metrics import Metrics
from offtake.api.problems import tell_problems
from offtake.operate.access import Gate
from offtake.operate.agents import Agents
from offtake.operate.service import Service
from offtake.operate.services.desk import ServiceDesk
from offtake.version import VERSION

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
    gate, desk = Gate(service.store, clock=clock), ServiceDesk(service.desk, clock=clock)
    app.state.ending = False  # whoever ends it says so, and nobody follows events any more
    app.state.service, app.state.gate, app.state.services = service, gate, desk
    app.state.metrics = Metrics(service, desk)
    tell_problems(app)
    app.router.routes.append(Route(INTAKE, Intake(service, gate), methods=["POST"]))
    app.state.agents = Agents(service.store, service.lanes, clock=clock)
    routers = [each.router for each in (jobs, clusters, services, agents, statements, state)]
    for router in routers:
        app.include_router(router)
    app.add_middleware(Limited, most=MOST_BYTES)
    describe(app, routers)
    return app
