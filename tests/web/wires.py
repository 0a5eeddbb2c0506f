"""What carries a test's request to an application in this process, without a port."""

from __future__ import annotations

import httpx
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI


class Wire(httpx.BaseTransport):
    """Carries a request to an application, one at a time.

    Each is worked off in a loop of its own in a thread of its own: a browser that Playwright
    drives from this thread keeps a loop running in it, and a second cannot be begun there.
    """

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with start_blocking_portal() as portal:
            return portal.call(self._carried, request)

    async def _carried(self, request: httpx.Request) -> httpx.Response:
        sent = httpx.Request(
            request.method, request.url, headers=request.headers, content=request.read()
        )
        answer = await httpx.ASGITransport(self._app).handle_async_request(sent)
        return httpx.Response(
            answer.status_code, headers=answer.headers, content=await answer.aread()
        )
