"""Who looks at a page: the token in a cookie, roles, and forms that only our pages can send.

    sign in ──> cookie with the token (HttpOnly, SameSite=Strict) ──> who, and what they may
    page ──> cookie with a number nobody guesses, and its digest in every form ──> filled

Where no token was ever made nobody signs in: whoever reaches the machine itself is its owner.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import Depends, Request, Response

from offtake.errors import Fault, OfftakeError, Where
from offtake.operate.access import Gate, Role, Who
from offtake.operate.desk import Desk
from offtake.operate.service import Service
from offtake.web.guarding import TOKEN_COOKIE

FORM_COOKIE = "offtake_form"
"""Cookie with the number that forms are made for."""
FIELD = "form"
"""Field of every form that says which page it stood on."""
MOST_FIELDS = 50


async def the_service(request: Request) -> Service:
    """Give the service of the application."""
    found: Service = request.app.state.service
    return found


async def the_desk(request: Request) -> Desk:
    """Give the desk of the application."""
    return (await the_service(request)).desk


async def whoever(request: Request) -> Who:
    """Give who looks; the page that is made for them knows it too."""
    gate: Gate = request.app.state.gate
    token = request.cookies.get(TOKEN_COOKIE)
    header = request.headers.get("Authorization") or (f"Bearer {token}" if token else None)
    known = gate.known(header)
    who = await asyncio.to_thread(gate.who, header) if known is None else known
    request.state.who = who
    return who


async def viewer(who: Annotated[Who, Depends(whoever)]) -> Who:
    """Let in who may look."""
    who.may(Role.VIEWER)
    return who


async def submitter(who: Annotated[Who, Depends(whoever)]) -> Who:
    """Let in who may hand in jobs, and cancel them."""
    who.may(Role.SUBMITTER)
    return who


async def operator(who: Annotated[Who, Depends(whoever)]) -> Who:
    """Let in who may change clusters."""
    who.may(Role.OPERATOR)
    return who


async def filled(request: Request) -> Mapping[str, str]:
    """Give the fields of a form that one of our pages sent.

    Raises:
        OfftakeError: it stood on no page of ours (`OTK-W001`), or cannot be read (`OTK-W004`).
    """
    try:
        body = (await request.body()).decode("utf-8")
        pairs = parse_qsl(body, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        what, got = "the form cannot be read", str(error)
        raise OfftakeError(Fault(code="OTK-W004", what=what, got=got)) from None
    fields = dict(pairs)
    number = request.cookies.get(FORM_COOKIE)
    shown = fields.pop(FIELD, "")
    if number is None or not hmac.compare_digest(shown.encode(), proof(request, number).encode()):
        what = "this form was not sent by a page of this service, or the page is too old"
        raise OfftakeError(Fault(code="OTK-W001", what=what, where=Where(path=request.url.path)))
    return fields


def number_of(request: Request) -> str:
    """Give the number that forms of this browser are made for: the one it holds, or a new one."""
    held: str | None = request.cookies.get(FORM_COOKIE) or getattr(request.state, "number", None)
    if held is None:
        held = secrets.token_urlsafe(24)
    request.state.number = held
    return held


def proof(request: Request, number: str) -> str:
    """Give what a form shows: whoever cannot read both cookies cannot work it out."""
    token = request.cookies.get(TOKEN_COOKIE, "")
    return hashlib.sha256(f"offtake form {number} {token}".encode()).hexdigest()


def keep(request: Request, response: Response, name: str, value: str) -> None:
    """Have the browser keep a cookie until it is closed, for our own pages alone."""
    secure = request.url.scheme == "https"
    response.set_cookie(name, value, httponly=True, samesite="strict", secure=secure, path="/")


def may(who: Who | None, role: str) -> bool:
    """Tell a template whether somebody may do what a role may."""
    return who is not None and who.role >= Role[role.upper()]


TheService = Annotated[Service, Depends(the_service)]
TheDesk = Annotated[Desk, Depends(the_desk)]
Whoever = Annotated[Who, Depends(whoever)]
Viewer = Annotated[Who, Depends(viewer)]
Submitter = Annotated[Who, Depends(submitter)]
Operator = Annotated[Who, Depends(operator)]
Filled = Annotated[Mapping[str, Any], Depends(filled)]
