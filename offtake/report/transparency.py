"""A transparency sheet as people read it: one self-contained page."""

from __future__ import annotations

import json
from collections.abc import Iterator

from markupsafe import Markup

from offtake.draw import measure as figure
from offtake.draw import measure_tables as tables
from offtake.draw import theme, words
from offtake.draw.layout import NARROW
from offtake.draw.svg import to_svg
from offtake.files.transparency import sheet_plain
from offtake.measure.definitions import SCOPE_2
from offtake.model.metric import Metric, Sheet
from offtake.report.page import environment
from offtake.report.statement import Drawn, Picture
from offtake.version import VERSION

_READING = "Blue: read over all of the window. Grey: over part of it; the rest is not filled."
_MONEY = ("usd-per-million-tokens-billed", "usd-per-million-tokens-effective")


def sheet_html(sheet: Sheet) -> str:
    """Write a sheet as one HTML page; the same sheet gives the same bytes."""
    return (
        environment()
        .get_template("transparency.html.j2")
        .render(
            it=sheet,
            tables=tables,
            words=words,
            version=VERSION,
            drawn=list(_drawn(sheet)),
            light=Markup(theme.css(dark=False)),
            dark=Markup(theme.css(dark=True)),
            font=Markup(theme.FONT),
            record=Markup(_record(sheet)),
        )
    )


def _drawn(sheet: Sheet) -> Iterator[Drawn]:
    wanted = (
        ("shares", "Shares: use by its kind, goodput, clean energy", tables.shares(sheet)),
        ("scope-2", "Scope 2, all three ways", tables.of(sheet, *SCOPE_2)),
        ("money", "Dollars per million tokens", tables.of(sheet, *_MONEY)),
    )
    for key, title, found in wanted:
        if found:
            yield _one(key, title, found)


def _one(key: str, title: str, found: tuple[Metric, ...]) -> Drawn:
    says = f"{len(found)} numbers; each kind stands under its own name."
    picture = Picture(key, title, says, _READING, tables.listed(found, title))
    described = f"{title}. A bar for each number. {says}"
    svgs = [
        Markup(to_svg(figure.draw(found, frame), ident=f"{key}-{which}", described=described))
        for frame, which in ((picture.wide, "w"), (NARROW, "n"))
    ]
    return Drawn(picture, svgs[0], svgs[1])


def _record(sheet: Sheet) -> str:
    """Write the sheet as JSON that may stand inside a `script` element."""
    text = json.dumps(sheet_plain(sheet), separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
