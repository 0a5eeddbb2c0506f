"""Traces of a service by OpenTelemetry, where it is installed and an endpoint is set."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Awaitable, Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from offtake.operate.draft import Draft
from offtake.operate.service import Service
from offtake.version import VERSION

log = logging.getLogger("offtake.serve")

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
"""The setting of the environment that says where spans go."""
_EXPORTER = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
_NEEDED = ("opentelemetry.sdk.trace", _EXPORTER)


def begin(application: Any, service: Service) -> None:
    """Send spans of rounds and of jobs that are handed in, if they are wanted."""
    if not os.environ.get(ENDPOINT):
        return
    missing = [name for name in _NEEDED if not _is_there(name)]
    if missing:
        log.warning("%s is set, but there is no %s: no traces", ENDPOINT, " and no ".join(missing))
        return
    resources, sdk = import_module("opentelemetry.sdk.resources"), import_module(_NEEDED[0])
    made = resources.Resource.create({"service.name": "offtake", "service.version": VERSION})
    provider = sdk.TracerProvider(resource=made)
    batches = import_module("opentelemetry.sdk.trace.export").BatchSpanProcessor
    provider.add_span_processor(batches(import_module(_EXPORTER).OTLPSpanExporter()))
    record(application, service, provider.get_tracer("offtake"))


def record(application: Any, service: Service, tracer: Any) -> None:
    """Record a span for each round that changed something, and for each request with jobs."""

    def round_over(draft: Draft, seconds: float) -> None:
        if draft.empty:
            return
        ends = time.time_ns()
        span = tracer.start_span("cycle", start_time=ends - int(seconds * 1e9))
        span.set_attribute("offtake.placed", len(draft.made))
        span.end(ends)

    async def submitted(request: Any, answered: Callable[[Any], Awaitable[Any]]) -> Any:
        if request.method != "POST" or request.url.path != "/v1/jobs":
            return await answered(request)
        with tracer.start_as_current_span("submit") as span:
            answer = await answered(request)
            span.set_attribute("http.response.status_code", answer.status_code)
        return answer

    service.watch(round_over)
    application.middleware("http")(submitted)


def _is_there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
