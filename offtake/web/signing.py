"""Sign in with a token, and out again."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import Request, Response

from offtake.errors import OfftakeError
from offtake.operate.access import Gate
from offtake.web import access, frame
from offtake.web.access import Filled
from offtake.web.guarding import TOKEN_COOKIE

router = frame.router()


@router.get(frame.SIGN_IN)
async def ask(request: Request, next: str = "/") -> Response:
    """Ask for a token; where none is needed, lead on."""
    gate: Gate = request.app.state.gate
    if not await asyncio.to_thread(gate.guarded):
        return frame.back(_inside(next))
    return _asking(request, _inside(next))


@router.post(frame.SIGN_IN)
async def sign_in(request: Request, fields: Filled) -> Response:
    """Take a token, see that it holds, and have the browser keep it."""
    gate: Gate = request.app.state.gate
    token, onward = fields.get("token", "").strip(), _inside(fields.get("next", "/"))
    try:
        await asyncio.to_thread(gate.who, f"Bearer {token}")
    except OfftakeError as error:
        if frame.status_of(error.faults[0]) != 401:
            raise
        return _asking(request, onward, fault=error.faults[0], status=401)
    response = frame.back(onward)
    access.keep(request, response, TOKEN_COOKIE, token)
    return response


@router.post("/sign-out")
async def sign_out(request: Request, _fields: Filled) -> Response:
    """Have the browser forget the token."""
    response = frame.back(frame.SIGN_IN)
    response.delete_cookie(TOKEN_COOKIE, path="/")
    return response


def _asking(request: Request, onward: str, *, fault: Any = None, status: int = 200) -> Response:
    return frame.page(
        request, "sign-in.html", status=status, title="Sign in", onward=onward, fault=fault
    )


def _inside(path: str) -> str:
    """Give an address of our own pages: never one that leads elsewhere."""
    inside = path.startswith("/") and not path.startswith("//") and "\\" not in path
    return path if inside and path.isprintable() else "/"
