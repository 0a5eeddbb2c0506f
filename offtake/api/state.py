"""Routes of the service itself: whether it is well, and its metrics."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from offtake.api.asking import TheService, Viewer
from offtake.api.metrics import Metrics
from offtake.errors import Fault, OfftakeError

router = APIRouter(tags=["service"])


@router.get("/healthz")
def healthz(
    service: TheService,
) -> Response:
    """Say whether the store answers, who leads, and how engines are."""
    try:
        engines = {c["id"]: c["health"] for c in service.desk.clusters()}
    except OfftakeError as error:
        body = {"status": "failing", "why": str(error.faults[0])}
        return JSONResponse(body, 503)
    leads = service.controller.leads
    return JSONResponse({"status": "ok", "leads": leads, "engines": engines})


@router.get("/metrics")
def scrape(request: Request, who: Viewer) -> Response:
    """Give metrics for Prometheus; a token of a tenant or a party does not get those of all.

    Raises:
        OfftakeError: the token is a tenant's (`OTK-H004`).
    """
    if who.tenant is not None:
        what = f"metrics are of all tenants, and this token is of {who.tenant} alone"
        hint = "show a token of a viewer without a tenant"
        raise OfftakeError(Fault(code="OTK-H004", what=what, hint=hint))
    metrics: Metrics = request.app.state.metrics
    return Response(metrics.text(), media_type=metrics.media_type)
