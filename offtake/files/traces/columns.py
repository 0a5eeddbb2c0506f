"""One file of a trace as columns of numbers and text, with every fault and its row."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from offtake.errors import Fault, OfftakeError, Where, few

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class Columns:
    """The columns of one file; faults are collected until `raise_faults`."""

    def __init__(self, path: Path, needed: Iterable[str]) -> None:
        """Read a file; its ending says how (`.parquet`, else CSV, gzipped if `.gz`).

        Raises:
            OfftakeError: it cannot be read, or lacks a needed column (`OTK-S300`), or has
                no row (`OTK-S307`).
        """
        self.path = path
        self.faults: list[Fault] = []
        self._table = _table(path)
        there = self._table.column_names
        for name in needed:
            if name not in there:
                got = ", ".join(there[:12])
                self._say("OTK-S300", f"there is no column {name}", None, "", got)
        self.raise_faults()
        if not len(self):
            self._say("OTK-S307", "there is no row", None, "")
            self.raise_faults()

    def __len__(self) -> int:
        """Count rows."""
        return int(self._table.num_rows)

    def has(self, name: str) -> bool:
        """Tell whether a column is there."""
        return name in self._table.column_names

    def text(self, name: str) -> tuple[str, ...]:
        """Give a column as text; what is missing is empty."""
        values = self._table.column(name).to_pylist()
        return tuple("" if value is None else str(value) for value in values)

    def numbers(self, name: str, least: float | None = 0.0) -> Floats:
        """Give a column as finite numbers, none below `least`."""
        texts = self._table.column(name)
        made = np.full(len(self), np.nan)
        if pa.types.is_integer(texts.type) or pa.types.is_floating(texts.type):
            made = texts.cast(pa.float64()).to_numpy().astype(np.float64)
        else:
            for row, value in enumerate(texts.to_pylist()):
                made[row] = _number(value)
        for row in np.flatnonzero(~np.isfinite(made)).tolist():
            got = str(texts[row].as_py())
            self._say("OTK-S301", f"{name} is no number", row, name, got)
        if least is not None:
            for row in np.flatnonzero(made < least).tolist():
                what = f"{name} is below {least:g}"
                self._say("OTK-S302", what, row, name, f"{made[row]:g}")
        return made

    def counts(self, name: str, least: int = 0) -> Ints:
        """Give a column as whole numbers, none below `least`."""
        made = self.numbers(name, float(least))
        whole = np.isfinite(made)
        for row in np.flatnonzero(whole & (np.floor(made) != made)).tolist():
            what = f"{name} is no whole number"
            self._say("OTK-S301", what, row, name, f"{made[row]:g}")
        return np.where(whole, made, 0.0).astype(np.int64)

    def in_order(self, name: str, values: Floats) -> None:
        """Note every row whose time is before the one above it."""
        for row in (np.flatnonzero(np.diff(values) < 0.0) + 1).tolist():
            got = f"{values[row]:g} after {values[row - 1]:g}"
            self._say("OTK-S303", f"{name} is not in order", row, name, got)

    def unique(self, name: str) -> tuple[str, ...]:
        """Give a column as text, noting every id that was there before."""
        made = self.text(name)
        first: dict[str, int] = {}
        for row, ident in enumerate(made):
            if first.setdefault(ident, row) != row:
                what = f"{name} is that of row {first[ident] + 1} too"
                self._say("OTK-S304", what, row, name, ident)
        return made

    def at_most(self, name: str, values: Ints, most: int | None) -> None:
        """Note every job that asks for more accelerators than the fleet has."""
        if most is None:
            return
        for row in np.flatnonzero(values > most).tolist():
            what = f"the job is larger than the fleet of {most}"
            self._say("OTK-S305", what, row, name, str(values[row]))

    def below(self, name: str, values: Ints, most: int) -> None:
        """Note every number above what there is room for."""
        for row in np.flatnonzero(values > most).tolist():
            self._say("OTK-S302", f"{name} is above {most:,}", row, name, str(values[row]))

    def not_before(self, name: str, values: Floats, since: Floats) -> None:
        """Note every row that ends before it begins."""
        for row in np.flatnonzero(values < since).tolist():
            got = f"{values[row]:g} after {since[row]:g}"
            self._say("OTK-S302", "it ends before it begins", row, name, got)

    def unknown(self, name: str, row: int, got: str) -> None:
        """Note a type of job whose speed is not known."""
        self._say("OTK-S306", "its speed is not known", row, name, got)

    def raise_faults(self) -> None:
        """Stop if anything was noted.

        Raises:
            OfftakeError: everything noted, the first of each kind.
        """
        if self.faults:
            raise OfftakeError(few(self.faults))

    def _say(
        self, code: str, what: str, row: int | None, path: str, got: str | None = None
    ) -> None:
        place = path if row is None else f"row {row + 1} {path}".rstrip()
        where = Where(file=str(self.path), path=place)
        self.faults.append(Fault(code=code, what=what, where=where, got=got))


def _table(path: Path) -> pa.Table:
    try:
        if path.suffix == ".parquet":
            return pyarrow.parquet.read_table(path)
        return pyarrow.csv.read_csv(path)
    except (OSError, pa.ArrowException) as error:
        what = f"the trace cannot be read: {str(error).splitlines()[0]}"
        raise OfftakeError(Fault(code="OTK-S300", what=what, where=Where(file=str(path)))) from None


def _number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return float("nan")
