"""What a browser sends on behalf of somebody else's page is turned away, whatever it asks for.

A service without tokens takes whoever reaches it for its owner, and any page a browser shows
can have that browser send requests to this machine. Two things give them away: the browser says
which page a request comes from, and a name that was pointed at this machine is none of its own.

A browser that signed in holds its token in a cookie; for reading it counts as if it were shown.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from offtake.errors import Fault, OfftakeError
from offtake.operate.access import Gate

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
TOKEN_COOKIE = "offtake_token"
"""Cookie that holds the token of whoever signed in."""
NEAR = ("127.0.0.1", "::1", "localhost")
"""Names of this machine."""
_READING = ("GET", "HEAD", "OPTIONS")
_OWN = ("same-origin", "none")


class Guarded:
    """An application that hears only what was meant for it."""

    def __init__(self, app: Application, *, gate: Gate) -> None:
        """Stand before an application; the gate knows whether tokens are needed."""
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer that it is turned away."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        fault = _foreign(scope["method"], headers) or await self._misnamed(headers)
        if fault is not None:
            await _refuse(fault, send)
            return
        if scope["path"].startswith("/v1/") and scope["method"] in ("GET", "HEAD"):
            scope = _showing(scope, headers)
        await self._app(scope, receive, send)

    async def _misnamed(self, headers: Mapping[str, str]) -> Fault | None:
        name = urlsplit(f"//{headers.get('host', '')}").hostname or ""
        if name in NEAR:
            return None
        try:
            guarded = await asyncio.to_thread(self._gate.guarded)
        except OfftakeError as error:
            return error.faults[0]
        if guarded:
            return None
        what = "without tokens, this service answers to names of its own machine alone"
        return Fault(code="OTK-W003", what=what, got=repr(name))


def _foreign(method: str, headers: Mapping[str, str]) -> Fault | None:
    """See whether a browser says that a change comes from a page of somebody else."""
    if method in _READING:
        return None
    site = headers.get("sec-fetch-site")
    origin = headers.get("origin")
    if site is not None:
        if site in _OWN:
            return None
    elif origin is None or urlsplit(origin).netloc == headers.get("host"):
        return None
    what = "a browser sent this on behalf of a page of somebody else"
    return Fault(code="OTK-W002", what=what, got=origin or site or "")


def _showing(scope: Scope, headers: Mapping[str, str]) -> Scope:
    """Show the token of the cookie, where no other one is shown."""
    token = token_of(headers.get("cookie", ""))
    if "authorization" in headers or not token:
        return scope
    shown = (b"authorization", f"Bearer {token}".encode("latin-1"))
    return {**scope, "headers": [*scope["headers"], shown]}


def token_of(cookies: str) -> str:
    """Give the token among the cookies of a request; empty is none."""
    try:
        found = SimpleCookie(cookies).get(TOKEN_COOKIE)
    except CookieError:
        return ""
    return "" if found is None else found.value


async def _refuse(fault: Fault, send: Send) -> None:
    status = 503 if fault.code.startswith("OTK-B") else 403
    told = {"code": fault.code, "what": fault.what, "got": fault.got, "hint": fault.hint}
    body = {"type": "about:blank", "title": "Turned away", "status": status, "detail": str(fault)}
    sent = json.dumps({**body, "faults": [told]}).encode()
    head = [(b"content-type", b"application/problem+json")]
    head.append((b"content-length", str(len(sent)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": sent})
