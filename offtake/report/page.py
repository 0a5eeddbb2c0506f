"""The report as one page: HTML that needs no network, no script and no other file.

Figures are SVG inside the page. Each is there for a wide and for a narrow screen; which
is seen, and whether in light or dark colours, is decided by the style sheet alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from offtake.draw import power_told, tables, theme, vehicle, waiting, words
from offtake.draw.figure import Figure, Held, figures
from offtake.draw.layout import NARROW
from offtake.draw.numbers import NOTHING, Shown
from offtake.draw.svg import to_svg
from offtake.model.contract import Tenure
from offtake.model.plan import SCHEMA, Plan
from offtake.report import content, record

_TEMPLATES = Path(__file__).with_name("templates")
_ELSEWHERE = {"cash": "#cash", "timeline": "#deliveries"}
"""Figures whose numbers have a section of their own."""

_MOST = 12
"""Limits told in words; the table has all."""
_FEW = 12
"""Assumptions, or sources, that are shown without being asked for."""
_UNIT = re.compile(
    r"\d (?:%|[kMB]? ?(?:USD|H100e)\b|MW(?: IT| facility)?\b|[kM]?t CO2\b|[MGT]Wh\b|g/kWh\b)"
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure with its pictures."""

    figure: Figure[Any]
    wide: Markup
    narrow: Markup
    data_at: str
    """Where its numbers are; empty is under the figure."""


def report_html(plan: Plan) -> str:
    """Write the report of a plan as one HTML page; the same plan gives the same bytes."""
    pictures = {figure.key: drawn(plan, figure) for figure in figures(plan)}
    template = environment().get_template("report.html.j2")
    return template.render(
        plan=plan,
        content=content,
        tables=tables,
        vehicle=vehicle,
        power=power_told,
        waiting=waiting,
        words=words,
        drawn=pictures,
        held=_held(plan),
        most=_MOST,
        few=_FEW,
        light=Markup(theme.css(dark=False)),
        dark=Markup(theme.css(dark=True)),
        font=Markup(theme.FONT),
        record=Markup(record.for_script(plan, SCHEMA)),
    )


def _held(plan: Plan) -> list[Tenure]:
    """List the tenures the page shows, for the key to their colours."""
    shown = {d.tenure for d in plan.deliveries} | {s.tenure for s in plan.signed}
    return [tenure for tenure in Tenure if tenure in shown]


def drawn(held: Held, figure: Figure[Held]) -> Drawn:
    """Draw a figure for a wide and for a narrow screen."""
    pictures = []
    for frame, name in ((figure.wide, "w"), (NARROW, "n")):
        chart = figure.draw(held, frame)
        svg = to_svg(chart, ident=f"{figure.key}-{name}", described=figure.described)
        pictures.append(Markup(svg))
    return Drawn(figure, pictures[0], pictures[1], _ELSEWHERE.get(figure.key, ""))


def environment() -> Environment:
    """Make what renders a page: templates beside this module, everything escaped."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["quantity"] = _quantity
    made.filters["tied"] = _tied
    return made


def _quantity(shown: Shown) -> Markup:
    """Write a number with its unit small behind it; they are never parted."""
    if shown.number == NOTHING or not shown.unit:
        return escape(shown.number)
    return Markup('<span class="q">{}<small> {}</small></span>').format(shown.number, shown.unit)


def _tied(text: str) -> str:
    """Tie numbers to their units, so that no line breaks between them."""
    return _UNIT.sub(lambda found: found[0].replace(" ", "\N{NO-BREAK SPACE}"), text)
