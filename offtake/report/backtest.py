"""A backtest as people read it: one self-contained page, and what a terminal says."""

from __future__ import annotations

import json
from dataclasses import dataclass

from markupsafe import Markup

from offtake.draw import backtest as figures
from offtake.draw import backtest_tables as tables
from offtake.draw import theme, words
from offtake.draw.layout import FULL, NARROW, WIDE, Frame
from offtake.draw.svg import to_svg
from offtake.draw.tables import Table
from offtake.model.backtest import SCHEMA, Backtest
from offtake.model.canonical import plain
from offtake.report.page import environment


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure of a backtest, with its words and its numbers."""

    key: str
    title: str
    says: str
    reading: str
    table: Table
    wide: Frame


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure with its pictures, as the page's macro wants it."""

    figure: Picture
    wide: Markup
    narrow: Markup
    data_at: str = ""


def backtest_html(backtest: Backtest) -> str:
    """Write a backtest as one HTML page; the same backtest gives the same bytes."""
    return (
        environment()
        .get_template("backtest.html.j2")
        .render(
            it=backtest,
            tables=tables,
            words=words,
            drawn=_drawn(backtest),
            light=Markup(theme.css(dark=False)),
            dark=Markup(theme.css(dark=True)),
            font=Markup(theme.FONT),
            record=Markup(_record(backtest)),
        )
    )


def _drawn(backtest: Backtest) -> tuple[Drawn, ...]:
    many = len(figures.first_forecasts(backtest))
    pictures = (
        (
            Picture(
                "dates",
                "When milestones were announced, forecast and reached",
                backtest.calibration.coverages[1].says,
                f"{many} milestones due by {words.day(backtest.score_at)}. Stroke: announced date. "
                "Thick band: central 50 % of the forecast; thin: central 90 %, cut at the edge. "
                "Dot: reached. Triangle: not yet, at the last look.",
                tables.milestones(backtest),
                FULL,
            ),
            figures.dates,
        ),
        (
            Picture(
                "capacity",
                "Capacity promised, forecast and there",
                backtest.says[1] if len(backtest.says) > 1 else "",
                "Under contracts signed by the first day, mean of each quarter, before failures. "
                "Tranches nobody reports on are left out.",
                tables.quarters(backtest),
                WIDE,
            ),
            figures.capacity,
        ),
    )
    found = []
    for picture, draw in pictures:
        described = f"{picture.title}. {picture.says}"
        svgs = [
            Markup(
                to_svg(draw(backtest, frame), ident=f"{picture.key}-{name}", described=described)
            )
            for frame, name in ((picture.wide, "w"), (NARROW, "n"))
        ]
        found.append(Drawn(picture, svgs[0], svgs[1]))
    return tuple(found)


def _record(backtest: Backtest) -> str:
    """Write the backtest as JSON that may stand inside a `script` element."""
    data = plain(backtest)
    assert isinstance(data, dict)
    text = json.dumps({"schema": SCHEMA, **data}, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
