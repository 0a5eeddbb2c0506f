"""A workbook worked out apart from whoever wrote it: its formulas, from its figures alone."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils import range_boundaries

_REF = re.compile(
    r"(?:'(?P<sheet>[^']+)'!)?(?P<cells>\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?)"
)
_STRING = re.compile(r'("[^"]*")')


class Number(float):
    """A number that `&` joins to words, as a sheet does."""

    def __and__(self, words: str) -> str:
        return f"{self:g}{words}"


def opened(data: bytes, *, values: bool = False) -> openpyxl.Workbook:
    """Open a workbook: its formulas, or the values it was written with."""
    return openpyxl.load_workbook(io.BytesIO(data), data_only=values)


def formulas(data: bytes) -> dict[tuple[str, str], str]:
    """Give every formula by sheet and cell."""
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in opened(data)
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


class Sheets:
    """Works formulas out, from figures and words alone; what was written beside them is unread."""

    def __init__(self, data: bytes) -> None:
        self.book = opened(data)
        self._known: dict[tuple[str, str], Any] = {}

    def value(self, sheet: str, cell: str) -> Any:
        place = (sheet, cell.replace("$", ""))
        if place not in self._known:
            held = self.book[sheet][place[1]]
            self._known[place] = (
                self._formula(sheet, held.value[1:]) if held.data_type == "f" else held.value
            )
        return self._known[place]

    def block(self, sheet: str, cells: str) -> list[Any]:
        left, top, right, bottom = range_boundaries(cells.replace("$", ""))
        columns = range(left, right + 1)
        return [
            self.value(sheet, self.book[sheet].cell(row, column).coordinate)
            for row in range(top, bottom + 1)
            for column in columns
        ]

    def _formula(self, sheet: str, written: str) -> Any:
        def look_up(found: re.Match[str]) -> str:
            name, cells = found["sheet"] or sheet, found["cells"]
            return f"{'block' if ':' in cells else 'value'}({name!r}, {cells!r})"

        parts = _STRING.split(written)
        parts[::2] = [_REF.sub(look_up, part).replace("^", "**") for part in parts[::2]]
        known = {"block": self.block, "value": self.value, **FUNCTIONS}
        return eval("".join(parts), {"__builtins__": {}}, known)


def _numbers(cells: list[Any]) -> list[float]:
    return [cell for cell in cells if isinstance(cell, (int, float))]


FUNCTIONS = {
    "SUM": lambda cells: sum(_numbers(cells)),
    "COUNT": lambda cells: len(_numbers(cells)),
    "COUNTIF": lambda cells, wanted: Number(cells.count(wanted)),
    "SUMIF": lambda cells, wanted, among: sum(
        a for c, a in zip(cells, among, strict=True) if c == wanted
    ),
    "SUMPRODUCT": lambda one, other: sum(a * b for a, b in zip(one, other, strict=True)),
    "MAX": max,
    "ABS": abs,
    "ROUND": round,
    "IF": lambda so, then, other: then if so else other,
}


def recalculated(soffice: Path, data: bytes, folder: Path) -> openpyxl.Workbook:
    """Let LibreOffice work a workbook out; the values it was written with are taken out first."""
    source = folder / "blank.xlsx"
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(source, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name.startswith("xl/worksheets/"):
                part = re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", part)
            new.writestr(name, part)
    out = folder / "out"
    command = [
        *(str(soffice), f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless"),
        *("--convert-to", "xlsx", "--outdir", str(out), str(source)),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return opened((out / "blank.xlsx").read_bytes(), values=True)
