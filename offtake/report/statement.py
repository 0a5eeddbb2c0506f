"""A statement as people read it: one self-contained page of a month of a chain."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from offtake.draw import statement as figure
from offtake.draw import statement_tables as tables
from offtake.draw import theme, words
from offtake.draw.layout import FULL, NARROW, Frame
from offtake.draw.svg import to_svg
from offtake.draw.tables import Table
from offtake.ledger.stated import statement_plain
from offtake.model.statement import Statement
from offtake.report.page import environment
from offtake.version import VERSION

_READING = (
    "Grey: what a party pays others for the month. Blue: what it keeps. Red: what it is short "
    "of. Net amounts; prepayments, which only move cash in time, are left out."
)


@dataclass(frozen=True, slots=True)
class Section:
    """A further part of the page: claims, leaks."""

    key: str
    """Its anchor."""
    title: str
    """Its heading."""
    says: tuple[str, ...]
    """What it found, in sentences."""
    tables: tuple[Table, ...]
    """Its numbers."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure of a statement, with its words and its numbers."""

    key: str
    title: str
    says: str
    reading: str
    table: Table
    wide: Frame = FULL


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure with its pictures, as the page's macro wants it."""

    figure: Picture
    wide: Markup
    narrow: Markup
    data_at: str = ""


def statement_html(
    statement: Statement, name: str, *, sections: Sequence[Section] = (), closed: bool = False
) -> str:
    """Write a statement as one HTML page; the same statement gives the same bytes.

    Args:
        statement: The month.
        name: What the portfolio is called.
        sections: Further parts, in order.
        closed: Whether the month is closed in books; else the page says it is a preview.
    """
    return (
        environment()
        .get_template("statement.html.j2")
        .render(
            it=statement,
            name=name,
            closed=closed,
            sections=sections,
            tables=tables,
            words=words,
            version=VERSION,
            drawn=[_drawn(statement, currency) for currency in figure.currencies(statement)],
            light=Markup(theme.css(dark=False)),
            dark=Markup(theme.css(dark=True)),
            font=Markup(theme.FONT),
            record=Markup(_record(statement)),
        )
    )


def _drawn(statement: Statement, currency: str) -> Drawn:
    picture = Picture(
        f"money-{currency.lower()}",
        f"Where the month's money goes, {currency}",
        tables.margins_say(statement),
        _READING,
        tables.positions(statement),
    )
    described = f"{picture.title}. A bar for each party. {picture.says}"
    svgs = [
        Markup(
            to_svg(
                figure.draw(statement, currency, frame),
                ident=f"{picture.key}-{which}",
                described=described,
            )
        )
        for frame, which in ((picture.wide, "w"), (NARROW, "n"))
    ]
    return Drawn(picture, svgs[0], svgs[1])


def _record(statement: Statement) -> str:
    """Write the statement as JSON that may stand inside a `script` element."""
    text = json.dumps(statement_plain(statement), separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
