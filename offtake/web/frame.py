"""How a page is made: a template in the frame all pages share, or a fault told as a page.

    router = frame.router()

    @router.get("/fleet")
    def fleet(request: Request, desk: TheDesk, who: Viewer) -> Response:
        return frame.page(request, "fleet.html", title="Fleet", clusters=desk.clusters())

A fault that a route raises becomes a page too; who must sign in first is led there.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from offtake.draw.numbers import NOTHING, Shown
from offtake.draw.words import plain
from offtake.errors import Fault, OfftakeError, Where
from offtake.operate.access import LOCAL
from offtake.operate.page_codes import STATUS
from offtake.web import access, assets

SIGN_IN = "/sign-in"
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline';"
        " img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""What every page says to the browser: nothing from elsewhere, nowhere inside another page."""
_TITLES = {
    403: "You may not do that",
    404: "There is no such thing",
    409: "It contradicts what is there",
    422: "That cannot be",
    503: "The service cannot answer now",
}
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the navigation."""

    title: str
    path: str
    module: str
    """Module whose `router` serves it."""


def router() -> APIRouter:
    """Make a router whose faults are pages."""
    return APIRouter(route_class=_PageRoute, include_in_schema=False)


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Give a page: a template with its values, in the frame.

    Templates extend `layout.html`; they know `title` (to be given), `who`, `guard` (the hidden
    field every form must hold), `may(who, role)`, `now`, `path` and `entries`. With `as_of` the
    frame says so.
    """
    fresh = access.FORM_COOKIE not in request.cookies
    number = access.number_of(request)
    shown = {
        "as_of": None,
        "entries": getattr(request.app.state, "entries", ()),
        "guard": _guard(access.proof(request, number)),
        "local": LOCAL,
        "now": request.app.state.clock(),
        "path": request.url.path,
        "who": getattr(request.state, "who", None),
    }
    text = templates().get_template(template).render({**shown, **values})
    response = HTMLResponse(text, status, HEADERS)
    if fresh:
        access.keep(request, response, access.FORM_COOKIE, number)
    return response


def fault_page(request: Request, error: OfftakeError) -> Response:
    """Tell faults as a page; lead to where one signs in if that is what lacks."""
    status = status_of(error.faults[0])
    if status == 401:
        return to_sign_in(request)
    title = _TITLES.get(status, "It did not work")
    return page(request, "fault.html", status=status, title=title, faults=error.faults)


def status_of(fault: Fault) -> int:
    """Give the HTTP status of a fault."""
    return STATUS.get(fault.code, 422)


def to_sign_in(request: Request) -> Response:
    """Lead to the page where one signs in, and back afterwards."""
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    target = SIGN_IN if request.method != "GET" else f"{SIGN_IN}?next={quote(back)}"
    if "HX-Request" in request.headers:
        return Response(headers={"HX-Redirect": target, "Cache-Control": "no-store"})
    return RedirectResponse(target, 303, {"Cache-Control": "no-store"})


def back(path: str) -> RedirectResponse:
    """Lead to a page after something was done, so that loading it again does nothing twice."""
    return RedirectResponse(path, 303, {"Cache-Control": "no-store"})


@cache
def templates() -> Environment:
    """Make what renders pages: our templates, then the report's; everything is escaped."""
    made = Environment(
        loader=ChoiceLoader(
            [
                FileSystemLoader(assets.HERE / "templates"),
                FileSystemLoader(assets.REPORT_TEMPLATES),
            ]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(moment=moment, count=count, span=span, plain=plain, quantity=quantity)
    made.globals.update(static=assets.address, may=access.may)
    return made


def moment(seconds: float | None) -> Markup:
    """Write a moment: `22 Nov 10:40:05`, with the whole of it for machines."""
    if seconds is None:
        return Markup(NOTHING)
    at = datetime.fromtimestamp(seconds, UTC)
    shown = f"{at.day} {_MONTHS[at.month - 1]} {at:%H:%M:%S}"
    return Markup('<time datetime="{}">{}</time>').format(f"{at:%Y-%m-%dT%H:%M:%SZ}", shown)


def span(seconds: float | None) -> str:
    """Write a length of time: 40 s, 12 min, 3.5 h, 12 d."""
    if seconds is None:
        return NOTHING
    seconds = max(seconds, 0.0)
    for unit, size, most in (("s", 1.0, 120.0), ("min", 60.0, 120.0), ("h", 3600.0, 48.0)):
        if seconds < size * most:
            digits = 1 if unit == "h" and seconds < size * 10 else 0
            return f"{seconds / size:.{digits}f} {unit}"
    return f"{seconds / 86400:,.0f} d"


def count(value: float | None) -> str:
    """Write a whole number: `24,576`."""
    return NOTHING if value is None else f"{value:,.0f}"


def quantity(shown: Shown) -> Markup:
    """Write a number with its unit small behind it; they are never parted."""
    if shown.number == NOTHING or not shown.unit:
        return Markup.escape(shown.number)
    return Markup('<span class="q">{}<small> {}</small></span>').format(shown.number, shown.unit)


def _guard(shown: str) -> Markup:
    return Markup('<input type="hidden" name="{}" value="{}">').format(access.FIELD, shown)


class _PageRoute(APIRoute):
    """A route whose faults are pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Give what answers a request; a fault is answered with a page that tells it."""
        answer = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await answer(request)
            except OfftakeError as error:
                return fault_page(request, error)
            except RequestValidationError as error:
                return fault_page(
                    request, OfftakeError([_unsound(each) for each in error.errors()])
                )

        return answered


def _unsound(found: Any) -> Fault:
    path = ".".join(str(part) for part in found["loc"])
    got = repr(found.get("input"))[:80]
    return Fault(code="OTK-W004", what=found["msg"], where=Where(path=path), got=got)
