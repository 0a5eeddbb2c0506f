"""What every sheet of a workbook shares: styles, headers with units, and paper.

Blue is a figure that offtake wrote, black is a formula of the workbook, as people in
finance expect it. Money is in million USD. A formula is written with the value it has, so
that a reader that does not calculate shows the same.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from math import ceil
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from offtake.draw import theme, words
from offtake.files.frames import Cell, Column, Frame

MILLION = 1e6
MONEY = "M USD"
LONGEST_TEXT = 32_767
"""Characters a cell of a workbook holds at most."""
FIRST_DAY = date(1900, 3, 1)
"""Days before it have no number a workbook agrees on; they are written as text."""

_BLUE = theme.REVENUE.light
_HEAD = {"bold": True, "bottom": 1, "bottom_color": theme.RULE.light, "valign": "bottom"}
_SOFT = {"font_color": theme.SOFT.light}
_STYLES: Mapping[str, Mapping[str, Any]] = {
    "title": {"bold": True, "font_size": 16},
    "heading": {"bold": True, "font_size": 12},
    "text": {},
    "wrapped": {"text_wrap": True, "valign": "top"},
    "cell": {"text_wrap": True, "valign": "top", "indent": 1},
    "soft": _SOFT,
    "soft-cell": {**_SOFT, "indent": 1},
    "soft-right": {**_SOFT, "align": "right"},
    "soft-wrapped": {**_SOFT, "text_wrap": True, "valign": "top"},
    "head": {**_HEAD, "text_wrap": True, "indent": 1},
    "head-right": {**_HEAD, "text_wrap": True, "align": "right"},
    "link": {"font_color": theme.OWN.light, "underline": 1},
    "result": {"bold": True},
    "agrees": {"font_color": theme.GOOD.light, "bold": True},
    "differs": {"font_color": theme.ALERT.light, "bold": True},
}
FORMATS: Mapping[str, str] = {
    MONEY: "#,##0.0",
    "%": "0.0%",
    "factor": "0.0000",
    "year": "0",
    "small": "0.0E+00",
    "MW IT": "#,##0.0",
    "H100e": "#,##0",
    "MWh": "#,##0",
    "t CO2": "#,##0",
    "day": "yyyy-mm-dd",
    "whole": "#,##0",
    "": "#,##0.00##",
}
"""How a number of a unit is shown; the cell holds all its digits."""


def cell(row: int, column: int) -> str:
    """Name a cell from its own sheet, both counted from 0: `B4`."""
    return str(xl_rowcol_to_cell(row, column))


class Book:
    """A workbook in the making."""

    def __init__(self, title: str, about: str, as_of: date, author: str) -> None:
        self._sink = io.BytesIO()
        plain = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
        self._made = xlsxwriter.Workbook(self._sink, plain)
        # The day of knowledge instead of the clock: the same plan gives the same file.
        created = datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC).replace(tzinfo=None)
        self._made.set_properties(
            {"title": title, "subject": about[:255], "author": author, "created": created}
        )
        self._made.set_calc_mode("auto")
        self._formats: dict[tuple[str, str, bool], Any] = {}
        self.title = title
        self.as_of = as_of
        self.sheets: dict[str, Sheet] = {}

    def sheet(self, name: str, about: str) -> Sheet:
        """Add a sheet with its name and what it holds in the first two rows."""
        made = Sheet(self, self._made.add_worksheet(name), name, about)
        self.sheets[name] = made
        return made

    def style(self, name: str, unit: str = "", *, by_hand: bool = False) -> Any:
        """Give a style by name, for a number of a unit; `by_hand` is blue, not a formula."""
        key = (name, unit, by_hand)
        if key not in self._formats:
            look = dict(_STYLES.get(name, {}))
            if name in ("number", "total", "input"):
                look |= {"num_format": FORMATS.get(unit, FORMATS[""]), "valign": "top"}
            if name == "total":
                look |= {"bold": True, "top": 1, "top_color": theme.RULE.light}
            if name == "input":
                look["bg_color"] = theme.GROUND.light
                look |= {"border": 1, "border_color": theme.RULE.light}
            if by_hand:
                look["font_color"] = _BLUE
            self._formats[key] = self._made.add_format(look)
        return self._formats[key]

    def chart(self, kind: str, subtype: str = "") -> Any:
        """Make a chart that is put on a sheet later."""
        asked = {"type": kind, "subtype": subtype} if subtype else {"type": kind}
        return self._made.add_chart(asked)

    def close(self) -> bytes:
        """Give the file."""
        self._made.close()
        return self._sink.getvalue()


class Sheet:
    """One sheet: cells by row and column from 0, with helpers for what all sheets have."""

    def __init__(self, book: Book, made: Any, name: str, about: str) -> None:
        self.book, self.made, self.name, self.about = book, made, name, about
        self.values: dict[tuple[int, int], float] = {}
        """Numbers that stand in cells, formulas worked out."""
        self.text(0, 0, name, "title")
        self.text(1, 0, about, "soft")
        self._paper()

    def _paper(self) -> None:
        self.made.set_landscape()
        self.made.set_paper(9)
        self.made.fit_to_pages(1, 0)
        self.made.set_margins(left=0.5, right=0.5, top=0.7, bottom=0.7)
        title = self.book.title.replace("&", "&&")[:120]
        self.made.set_header(f"&L{title}&R&A")
        self.made.set_footer(f"&Las of {self.book.as_of}&RPage &P of &N")
        self.made.hide_gridlines(2)

    def text(self, row: int, column: int, held: str, style: str = "text") -> None:
        """Write words, whatever they look like: never as a formula or a link."""
        held = words.plain(held)
        if len(held) > LONGEST_TEXT:
            raise ValueError(f"a text of {len(held):,} characters, {LONGEST_TEXT:,} fit a cell")
        self.made.write_string(row, column, held, self.book.style(style))

    def number(
        self, row: int, column: int, held: float, unit: str = "", style: str = "number"
    ) -> str:
        """Write a number that the plan says, and give the name of its cell."""
        self.made.write_number(row, column, held, self.book.style(style, unit, by_hand=True))
        self.values[row, column] = float(held)
        return self.at(row, column)

    def formula(
        self,
        row: int,
        column: int,
        written: str,
        value: float | str,
        unit: str = "",
        style: str = "number",
    ) -> str:
        """Write a formula with its value, and give the name of its cell."""
        self.made.write_formula(row, column, f"={written}", self.book.style(style, unit), value)
        if not isinstance(value, str):
            self.values[row, column] = value
        return self.at(row, column)

    def at(self, row: int, column: int) -> str:
        """Name a cell of this sheet from any sheet: `'Cash by year'!$B$4`."""
        return f"'{self.name}'!{xl_rowcol_to_cell(row, column, True, True)}"

    def span(self, row: int, column: int, last_row: int, last_column: int) -> str:
        """Name a block of cells of this sheet from any sheet."""
        first = xl_rowcol_to_cell(row, column, True, True)
        return f"'{self.name}'!{first}:{xl_rowcol_to_cell(last_row, last_column, True, True)}"


HEAD_ROW = 3
"""Row of a table's header; below it where its numbers come from, then the table."""


def table(sheet: Sheet, frame: Frame, totals: Sequence[str] = (), frozen: int = 1) -> None:
    """Write a table: header with units, where each number comes from, rows, totals.

    Args:
        sheet: Where to.
        frame: The table.
        totals: Columns that are added up in a last row.
        frozen: Columns that stay when the others are scrolled.
    """
    first = HEAD_ROW + 2
    widths = [_width(column) for column in frame.columns]
    for place, column in enumerate(frame.columns):
        right = "-right" if column.kind in _RIGHT else ""
        sheet.text(HEAD_ROW, place, label(column), f"head{right}")
        standing = str(column.standing) if column.standing else ""
        sheet.text(HEAD_ROW + 1, place, standing, f"soft{right or '-cell'}")
        for row, held in enumerate(column.cells, first):
            _write(sheet, row, place, column, held)
        sheet.made.set_column(place, place, widths[place])
    heads = [label(column) for column in frame.columns]
    sheet.made.set_row(HEAD_ROW, _height(heads, widths))
    for row, cells in enumerate(frame.rows, first):
        sheet.made.set_row(row, _height(cells, widths))
    last = first + len(frame) - 1
    if len(frame):
        sheet.made.autofilter(HEAD_ROW + 1, 0, last, len(frame.columns) - 1)
        _totals(sheet, frame, totals, first, last)
    sheet.made.freeze_panes(first, frozen)
    sheet.made.repeat_rows(HEAD_ROW, HEAD_ROW + 1)


def turned(sheet: Sheet, frame: Frame) -> dict[str, str]:
    """Write a table of one row as names and what they are; give the cell of each by name."""
    for place, (width, head) in enumerate(((48, "What"), (24, "Value"), (12, "Where from"))):
        sheet.made.set_column(place, place, width)
        sheet.text(HEAD_ROW, place, head, "head-right" if place == 1 else "head")
    places: dict[str, str] = {}
    for row, column in enumerate(frame.columns, HEAD_ROW + 1):
        sheet.text(row, 0, label(column))
        (held,) = column.cells
        _write(sheet, row, 1, column, held)
        if isinstance(held, str):
            sheet.made.set_row(row, _height([held], [24.0]))
        sheet.text(row, 2, str(column.standing) if column.standing else "", "soft-cell")
        places[column.name] = sheet.at(row, 1)
    sheet.made.freeze_panes(HEAD_ROW + 1, 1)
    sheet.made.repeat_rows(HEAD_ROW)
    return places


_RIGHT = ("number", "whole", "exact", "day")
"""Kinds of cells that are set to the right."""
_LINE = 15.0
"""Height of a line, in points."""


def _height(cells: Sequence[Cell], widths: Sequence[float]) -> float:
    """Give the height of a row whose words wrap; not every reader works it out itself."""
    lines = [
        ceil((len(held) + 2) * 1.08 / width)
        for held, width in zip(cells, widths, strict=True)
        if isinstance(held, str)
    ]
    return _LINE * max([1, *lines])


def _totals(sheet: Sheet, frame: Frame, totals: Sequence[str], first: int, last: int) -> None:
    for place, column in enumerate(frame.columns):
        if column.name in totals:
            block = sheet.span(first, place, last, place)
            unit, scale = unit_of(column)
            value = sum(
                float(c or 0) / scale for c in column.cells if not isinstance(c, (str, date))
            )
            sheet.formula(last + 1, place, f"SUM({block})", value, unit, "total")
    if totals:
        sheet.text(last + 1, 0, "Total", "result")


def _write(sheet: Sheet, row: int, place: int, column: Column, held: Cell) -> None:
    match held:
        case None:
            return
        case bool():
            sheet.text(row, place, "yes" if held else "no", "cell")
        case date() if held >= FIRST_DAY:
            style = sheet.book.style("number", "day", by_hand=True)
            sheet.made.write_datetime(row, place, held, style)
        case int() | float():
            unit, scale = unit_of(column)
            sheet.number(row, place, held / scale, unit)
        case _:
            sheet.text(row, place, str(held), "cell")


def unit_of(column: Column) -> tuple[str, float]:
    """Give the unit a column has in a workbook, and what one of it is in the model's unit."""
    if column.unit == "USD":
        return MONEY, MILLION
    if column.unit == "share":
        return "%", 1.0
    return column.unit or ("whole" if column.kind == "whole" else ""), 1.0


_SPOKEN = {"npv": "NPV", "cvar": "CVaR", "id": "ID", "p10": "P10", "p50": "P50", "p90": "P90"}
_ENDINGS = (
    *("_it_mw", "_facility_mw", "_usd_per_unit", "_share_per_year", "_h100e", "_t_co2"),
    *("_usd", "_mwh", "_share", "_count", "_amount", "_ratio", "_s"),
)


def label(column: Column) -> str:
    """Name a column in words, with its unit: `Lifetime cost, M USD`."""
    ending = next((end for end in _ENDINGS if column.unit and column.name.endswith(end)), "")
    parts = column.name.removesuffix(ending).removesuffix("_count").split("_")
    said = " ".join(_SPOKEN.get(part, part) for part in parts)
    said = said[:1].upper() + said[1:]
    unit, _ = unit_of(column)
    return f"{said}, {unit}" if unit and unit != "whole" else said


def _width(column: Column) -> float:
    """Give the width of a column in characters: of its words, in few lines where they are long."""
    if column.kind in _RIGHT:
        return 15.0 if column.unit.startswith("USD per") else 12.5
    longest = max((len(str(c)) for c in column.cells if c is not None), default=0)
    head = max(map(len, label(column).split())) + 3
    return min(max(longest + 3, head, 9), 30.0 if longest < 90 else 56.0)
