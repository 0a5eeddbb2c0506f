"""Style sheet and scripts, from memory: nothing is fetched from anywhere else.

The style sheet is that of the report, with the colours of the theme before it and what only
pages need behind it. An address carries the digest of what it gives, so a browser may keep it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Response

from offtake.draw import theme
from offtake.errors import Fault, OfftakeError

HERE = Path(__file__).parent
REPORT_TEMPLATES = HERE.parent / "report" / "templates"
HTMX_SHA256 = "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717"
"""Digest of htmx 2.0.11 as published."""
router = APIRouter(include_in_schema=False)
_STYLE = "text/css; charset=utf-8"
_SCRIPT = "text/javascript; charset=utf-8"
_PICTURE = "image/svg+xml"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file a page needs, in memory."""

    body: bytes
    kind: str
    digest: str


@cache
def assets() -> Mapping[str, Asset]:
    """Give all of them by name."""
    files = HERE / "static"
    made = {
        "page.css": (style().encode(), _STYLE),
        "page.js": ((files / "page.js").read_bytes(), _SCRIPT),
        "htmx.min.js": ((files / "htmx.min.js").read_bytes(), _SCRIPT),
        "icon.svg": ((files / "icon.svg").read_bytes(), _PICTURE),
    }
    return {
        name: Asset(body, kind, hashlib.sha256(body).hexdigest()[:12])
        for name, (body, kind) in made.items()
    }


def style() -> str:
    """Put the style sheet together: colours, the report's rules, the pages' own."""
    light, dark = theme.css(dark=False), theme.css(dark=True)
    colours = (
        f":root{{color-scheme:light dark;--font:{theme.FONT};{light}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
    )
    shared = (REPORT_TEMPLATES / "report.css").read_text(encoding="utf-8")
    return colours + shared + (HERE / "static" / "page.css").read_text(encoding="utf-8")


def address(name: str) -> str:
    """Give the address of a file, with the digest of what is there now."""
    return f"/static/{assets()[name].digest}/{name}"


@router.get("/static/{digest}/{name}")
async def static(digest: str, name: str) -> Response:
    """Give a file; a browser keeps it as long as its digest is this one.

    Raises:
        OfftakeError: there is no such file (`OTK-W006`).
    """
    found = assets().get(name)
    if found is None:
        raise OfftakeError(Fault(code="OTK-W006", what="there is no such file", got=repr(name)))
    keep = "public, max-age=31536000, immutable" if digest == found.digest else "no-cache"
    return Response(found.body, media_type=found.kind, headers={"Cache-Control": keep})
