"""Join the pages to the application: their routes, who may send what, and what is not there."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from offtake.errors import Fault, OfftakeError
from offtake.operate.service import Service
from offtake.store.adoptions import last_adoption
from offtake.web import assets, frame, patterns, signing
from offtake.web.frame import Entry
from offtake.web.guarding import Guarded
from offtake.web.later import Later
from offtake.web.named import Named
from offtake.web.warming import warm

PAGES = (
    Entry("Portfolio", "/portfolio", "offtake.web.portfolio"),
    Entry("Plan", "/plan", "offtake.web.plan"),
    Entry("Fleet", "/fleet", "offtake.web.fleet"),
    Entry("Jobs", "/jobs", "offtake.web.jobs"),
    Entry("Ledger", "/ledger", "offtake.web.ledger"),
    Entry("Transparency", "/transparency", "offtake.web.transparency"),
)
"""All pages, in the order of the navigation; each module holds a `router`."""
DRAWN = ("Portfolio", "Plan", "Ledger", "Transparency")
"""Pages with figures: they need what draws them."""
_DRAWING = ("altair", "vl_convert")
_SLOW = ("offtake.web.portfolio", "offtake.web.plan")
"""Pages that are prepared once the service is up: each has a `prepare`."""
_OTHERS = ("/v1/", "/static/", "/healthz", "/metrics", "/openapi.json")

Handler = Callable[[Request, Any], Awaitable[Response]]


def mount(
    application: FastAPI,
    service: Service,
    *,
    clock: Callable[[], float] = time.time,
    world: Path | None = None,
    plan: Path | None = None,
) -> None:
    """Add the pages of a service to its application.

    Args:
        application: what the pages are added to.
        service: what they show.
        clock: gives seconds since 1970 UTC.
        world: a portfolio to be shown; None is the one that was adopted.
        plan: a plan or a study to be shown, or the folder of both.
    """
    application.state.clock = clock
    application.state.named = Named(world=world, plan=plan)
    application.state.entries = tuple(entry for entry in PAGES if find_spec(entry.module))
    for module in (assets, patterns, signing):
        application.include_router(module.router)
    drawable = all(find_spec(name) for name in _DRAWING)
    slow = []
    for entry in application.state.entries:
        drawn = entry.title in DRAWN
        if drawn and not drawable:
            _lacking(application, entry)
            continue
        pages = Later(entry)
        application.router.routes.append(pages)
        slow += [pages] if drawn and entry.module in _SLOW else []
    warm(application, [partial(_prepare, pages) for pages in slow])
    _first_page(application)
    _tell_nothing_there(application)
    application.add_middleware(Guarded, gate=application.state.gate)


def _prepare(pages: Later, application: FastAPI) -> Iterator[None]:
    """Prepare pages where there is anything they could show."""
    if _anything(application):
        yield from pages.prepare(application)


def _anything(application: FastAPI) -> bool:
    service: Service = application.state.service
    with service.store.reading() as connection:
        return application.state.named.any or last_adoption(connection) is not None


def _lacking(application: FastAPI, entry: Entry) -> None:
    """Say on a page that needs figures that what draws them is not installed (`OTK-W032`)."""
    what, hint = "what draws figures is not installed", "pip install 'offtake[report]'"
    fault = Fault(code="OTK-W032", what=what, got=entry.title, hint=hint)

    @application.get(entry.path, include_in_schema=False)
    async def tell(request: Request) -> Response:
        return frame.fault_page(request, OfftakeError(fault))


def _first_page(application: FastAPI) -> None:
    @application.get("/", include_in_schema=False)
    async def first() -> Response:
        entries: tuple[Entry, ...] = application.state.entries
        found = [entry.path for entry in entries if entry.title in ("Portfolio", "Jobs")]
        return frame.back(found[0] if found else frame.SIGN_IN)


def _tell_nothing_there(application: FastAPI) -> None:
    """Answer a browser at an address where nothing is with a page."""
    before: Handler = application.exception_handlers[HTTPException]  # type: ignore[assignment]

    @application.exception_handler(HTTPException)
    async def tell(request: Request, error: HTTPException) -> Response:
        path, wanted = request.url.path, request.headers.get("Accept", "")
        if path.startswith(_OTHERS) or "text/html" not in wanted or error.status_code != 404:
            return await before(request, error)
        fault = Fault(code="OTK-W006", what="there is no page at this address", got=path)
        return frame.fault_page(request, OfftakeError(fault))
