"""Reads a table's CSV text into facts, and tells every fault of it with file and line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields
from datetime import date
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from offtake.catalogue.dates import PartialDate
from offtake.catalogue.facts import Fact, columns_of
from offtake.errors import Fault, OfftakeError, Where, did_you_mean

F = TypeVar("F", bound=Fact)
Reader = Callable[[str], object]

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d{1,2})?", re.ASCII)


def read_facts(kind: type[F], text: str, file: str) -> tuple[F, ...]:
    """Read all rows of one table, in the order of the file.

    Args:
        kind: what a row is.
        text: the CSV text, first line the column names.
        file: the name to blame.

    Raises:
        OfftakeError: with all faults found: wrong columns (`OTK-K101`), a row of another
            length (`OTK-K102`), a cell that cannot be read or is empty (`OTK-K103`), a
            number outside its bounds (`OTK-K104`), a second row of the same key and
            `known_from` (`OTK-K105`).
    """
    lines = csv.reader(io.StringIO(text))
    header = next(lines, [])
    faults = list(_header_faults(kind, header, file))
    if faults:
        raise OfftakeError(faults)
    readers = _readers(kind)
    facts: list[F] = []
    seen: dict[tuple[object, ...], int] = {}
    for cells in lines:
        place = Where(file=file, line=lines.line_num)
        fact, wrong = _row(kind, [(name, readers[name]) for name in header], cells, place)
        if fact is not None:
            wrong = list(_repeated(fact, seen, place))
            facts.append(fact)
        faults += wrong
    if faults:
        raise OfftakeError(faults)
    return tuple(facts)


def _header_faults(kind: type[Fact], header: list[str], file: str) -> Iterator[Fault]:
    known = columns_of(kind)
    for name in header:
        if name not in known:
            yield Fault(
                code="OTK-K101",
                what="unknown column",
                where=Where(file=file, line=1),
                got=f"'{name}'",
                hint=did_you_mean(name, known),
            )
    for name in known:
        if name not in header:
            yield Fault(
                code="OTK-K101", what=f"column '{name}' is missing", where=Where(file=file, line=1)
            )


def _row(
    kind: type[F], header: list[tuple[str, Reader]], cells: list[str], place: Where
) -> tuple[F | None, list[Fault]]:
    if len(cells) != len(header):
        what = f"the row has {len(cells)} cells, the table {len(header)} columns"
        return None, [Fault(code="OTK-K102", what=what, where=place)]
    faults: list[Fault] = []
    values: dict[str, Any] = {}
    for (name, read), cell in zip(header, cells, strict=True):
        try:
            values[name] = read(cell)
        except ValueError as wrong:
            faults.append(_at(place, name, Fault(code="OTK-K103", what=str(wrong), got=repr(cell))))
    if faults:
        return None, faults
    try:
        return kind(**values), []
    except OfftakeError as wrong:
        return None, [
            _at(place, fault.where.path.rpartition(".")[2], fault) for fault in wrong.faults
        ]


def _at(place: Where, column: str, fault: Fault) -> Fault:
    """Move a fault to its line, and give a broken bound the catalogue's own code."""
    return Fault(
        code="OTK-K104" if fault.code.startswith("OTK-F") else fault.code,
        what=fault.what,
        where=Where(file=place.file, line=place.line, path=column),
        got=fault.got,
        hint=fault.hint,
    )


def _repeated(fact: Fact, seen: dict[tuple[object, ...], int], place: Where) -> Iterator[Fault]:
    key = (*fact.key, fact.known_from)
    first = seen.setdefault(key, place.line or 0)
    if first != place.line:
        yield Fault(
            code="OTK-K105",
            what=f"the same key and known_from as in line {first}",
            where=place,
            got=", ".join(str(part) for part in key),
        )


def _readers(kind: type[Fact]) -> Mapping[str, Reader]:
    hints = get_type_hints(kind)
    optional = {field.name for field in fields(kind) if field.default is not MISSING}
    return {name: _reader(hints[name], name in optional) for name in columns_of(kind)}


def _reader(hint: Any, optional: bool) -> Reader:
    if get_origin(hint) in (Union, UnionType):
        hint = next(part for part in get_args(hint) if part is not NoneType)
    while hasattr(hint, "__supertype__"):
        hint = hint.__supertype__
    inner = _READ.get(hint) or _one_of(get_args(hint))

    def read(cell: str) -> object:
        if cell == "":
            if optional:
                return None
            raise ValueError("must not be empty")
        if cell != cell.strip():
            raise ValueError("begins or ends with a space")
        return inner(cell)

    return read


def _one_of(words: tuple[str, ...]) -> Reader:
    def read(cell: str) -> str:
        if cell not in words:
            raise ValueError("must be one of " + ", ".join(words))
        return cell

    return read


def _number(cell: str) -> float:
    if not _NUMBER.fullmatch(cell):
        raise ValueError("a number is wanted, such as 211, 0.065 or 7.99e9")
    return float(cell)


def _whole(cell: str) -> int:
    if not cell.isascii() or not cell.isdigit():
        raise ValueError("a whole number is wanted")
    return int(cell)


_READ: Mapping[object, Reader] = {
    str: str,
    float: _number,
    int: _whole,
    date: date.fromisoformat,
    PartialDate: PartialDate.parse,
}
