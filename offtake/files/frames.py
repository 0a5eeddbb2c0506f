"""Values of the model as tables: columns with unit, meaning and where their numbers come from.

What becomes of a field is told by its type alone, so that a field added to the model is in
every export the same day:

    one thing                   a column, named as the field: `lifetime_cost_usd`
    an entry                    its columns, the field before: `capacity_p10_h100e`
    a list of words             one column, joined by `; `
    a list of numbers           a table, a row a number with its place
    a list of entries           a table, whose rows begin with what they belong to
    maps by one kind of key     a table, a row a key: `by_period_tenure`
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum, StrEnum
from typing import Any, cast

from offtake.files.shape import FieldShape, Kind, Shape, fields_of, first_sentence
from offtake.model.period import Quarter
from offtake.model.value import Value

JOINED = "; "
"""What stands between the words of a list in one cell."""

Cell = str | bool | int | float | date | None


class Standing(StrEnum):
    """Where a number comes from."""

    WRITTEN = "as written"
    """Taken from the portfolio, or from the command."""
    DECIDED = "decided"
    """What the plan chose."""
    MODELLED = "modelled"
    """Computed from scenarios."""
    ASSUMED = "assumed"
    """A number nobody outside can check."""
    MEASURED = "measured"
    """Read off while it was computed."""


Standings = Mapping[tuple[type[Value], str], Standing]
"""Where the numbers of a field come from, where they are not modelled."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what it holds, in what unit, and where it comes from."""

    name: str
    """As the model calls it, its unit at the end."""
    kind: Kind
    unit: str
    """As people write it, such as `MW IT`; empty for words, days and counts."""
    about: str
    standing: Standing | None
    """None for words: only numbers and days are marked."""
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """A table: columns of the same length."""

    name: str
    about: str
    columns: tuple[Column, ...]

    @property
    def rows(self) -> list[tuple[Cell, ...]]:
        """The same by rows."""
        return list(zip(*(column.cells for column in self.columns), strict=True))

    def __getitem__(self, name: str) -> Column:
        """Give a column by its name.

        Raises:
            KeyError: the table has none of that name.
        """
        return {column.name: column for column in self.columns}[name]

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.columns[0].cells) if self.columns else 0


def frames(
    name: str, value: Value, standings: Standings, leave_out: Collection[str] = ()
) -> dict[str, Frame]:
    """Give a value as tables by name: its own fields as one row of `name`, its lists beside.

    Args:
        name: Of the table of the value itself, and before the names of all others.
        value: What is to be in tables.
        standings: Where its numbers come from.
        leave_out: Fields of its own that are not wanted.

    Raises:
        TypeError: a field holds what no table can: a list of lists, or of maps.
    """
    collected = _Collected(standings, {(type(value), field) for field in leave_out})
    collected.entries(name, type(value), [value], (), is_one=True)
    return collected.found


def listed(
    name: str, made: type[Value], held: Sequence[Value], standings: Standings
) -> dict[str, Frame]:
    """Give a list of entries of one class as tables by name.

    Raises:
        TypeError: as `frames`.
    """
    collected = _Collected(standings, ())
    collected.entries(name, made, held, ())
    return collected.found


Held = Sequence[Any]
"""What a field holds in every row of a table; None where the row has no such entry."""


class _Collected:
    """Tables as they are found, the outer before the inner."""

    def __init__(self, standings: Standings, leave_out: Collection[tuple[type, str]]) -> None:
        self.found: dict[str, Frame] = {}
        self._standings = standings
        self._leave_out = leave_out

    def entries(
        self,
        name: str,
        made: type[Value],
        held: Held,
        keys: tuple[Column, ...],
        *,
        is_one: bool = False,
    ) -> None:
        """Make the table of all entries of one class, then the tables of what they hold."""
        self.found[name] = Frame(name, first_sentence(made), ())  # keeps its place in the order
        parts = _Parts(list(keys), [])
        self._fields(made, held, "", parts)
        self.found[name] = Frame(name, first_sentence(made), tuple(parts.columns))
        own = () if is_one else tuple(parts.columns[: len(keys) + 1])
        inner = _Inner(f"{name}_", own)
        self._maps(inner, [part for part in parts.more if part.shape.kind == "map"])
        for part in parts.more:
            if part.shape.kind == "list":
                self._list(inner, part)

    def _fields(self, made: type[Value], held: Held, before: str, parts: _Parts) -> None:
        for each in fields_of(made).values():
            if (made, each.name) in self._leave_out:
                continue
            inside = [None if value is None else getattr(value, each.name) for value in held]
            part = _Part(f"{before}{each.name}", each, made, inside)
            kind = each.shape.kind
            if kind == "entry":
                self._fields(cast(type[Value], each.shape.made), inside, f"{part.name}_", parts)
            elif kind == "map" or (kind == "list" and not _is_words(each.shape)):
                parts.more.append(part)
            else:
                parts.columns.append(self._column(part))

    def _column(self, part: _Part) -> Column:
        shape = part.shape
        write: Callable[[Any], Cell] = cell
        if shape.kind == "list":
            write = _joined
        return Column(
            name=part.name,
            kind="text" if shape.kind == "list" else shape.kind,
            unit=shape.unit.label if shape.unit else "",
            about=part.field.about,
            standing=self._standing(part, shape),
            cells=tuple(write(one) for one in part.held),
        )

    def _standing(self, part: _Part, shape: Shape) -> Standing | None:
        told = self._standings.get((part.owner, part.field.name))
        if told is not None:
            return told
        numbers = ("number", "whole", "exact", "day")
        return Standing.MODELLED if shape.kind in numbers else None

    def _list(self, inner: _Inner, part: _Part) -> None:
        item = cast(Shape, part.shape.item)
        lengths = [len(one or ()) for one in part.held]
        held = [entry for one in part.held for entry in one or ()]
        name = f"{inner.before}{part.name}"
        keys = _repeated(inner.keys, lengths)
        if item.kind == "entry":
            self.entries(name, cast(type[Value], item.made), held, _apart(keys, item))
            return
        if item.holds_more:
            raise TypeError(f"no table holds {part.owner.__name__}.{part.field.name}")
        places = tuple(place for many in lengths for place in range(1, many + 1))
        place = Column("place", "whole", "", "Place in the list, from 1", None, places)
        numbers = _Part(part.name, replace(part.field, shape=item), part.owner, held)
        columns = (*keys, place, self._column(numbers))
        self.found[name] = Frame(name, part.field.about, columns)

    def _maps(self, inner: _Inner, parts: list[_Part]) -> None:
        """Make a table for all maps with one kind of key, a row a key."""
        together: dict[str, list[_Part]] = {}
        for part in parts:
            together.setdefault(_by(part), []).append(part)
        for by, members in together.items():
            alone = by == PERIOD and len(members) == 1
            self._map(inner, _stem(members[0]) if alone else by, members)

    def _map(self, inner: _Inner, name: str, parts: list[_Part]) -> None:
        key = cast(Shape, parts[0].shape.key)
        rows = [
            list(dict.fromkeys(k for held in row for k in held or ()))
            for row in zip(*(part.held for part in parts), strict=True)
        ]
        table = f"{inner.before}{name}"
        keys = _repeated(inner.keys, [len(row) for row in rows])
        named = tuple(cell(k) for row in rows for k in row)
        label = PERIOD if key.kind == "quarter" else "of" if name == parts[0].name else name
        columns = [*keys, Column(label, key.kind, "", "What the row is about", None, named)]
        for part in parts:
            item = cast(Shape, part.shape.item)
            held = [
                (one or {}).get(k) for one, row in zip(part.held, rows, strict=True) for k in row
            ]
            if item.kind == "entry":
                below = _Parts(columns, [])
                self._fields(cast(type[Value], item.made), held, "", below)
                if below.more:
                    raise TypeError(f"no table holds {part.owner.__name__}.{part.field.name}")
            else:
                field = replace(part.field, shape=item)
                columns.append(self._column(_Part(part.name, field, part.owner, held)))
        self.found[table] = Frame(table, parts[0].field.about, tuple(columns))


@dataclass(frozen=True, slots=True)
class _Part:
    """A field of all rows of a table."""

    name: str
    field: FieldShape
    owner: type[Value]
    held: Held

    @property
    def shape(self) -> Shape:
        return self.field.shape


@dataclass(frozen=True, slots=True)
class _Parts:
    """What became a column, and what needs a table of its own."""

    columns: list[Column]
    more: list[_Part]


@dataclass(frozen=True, slots=True)
class _Inner:
    """What the tables inside a table begin with: in their name, and in each row."""

    before: str
    keys: tuple[Column, ...]


def cell(held: object) -> Cell:
    """Give one thing as a table holds it: quarters and choices as words."""
    match held:
        case Enum():
            return str(held.value)
        case Quarter():
            return str(held)
        case _:
            return cast(Cell, held)


def _joined(held: Iterable[object] | None) -> Cell:
    return None if held is None else JOINED.join(str(cell(one)) for one in held)


def _is_words(shape: Shape) -> bool:
    item = cast(Shape, shape.item)
    return item.kind in ("text", "choice", "quarter", "day")


PERIOD = "period"
"""What a column of quarters is called."""


def _by(part: _Part) -> str:
    """Name the table of a map by its key: `tenure`, `period`, else as the field, less its unit."""
    key = cast(Shape, part.shape.key)
    if key.kind == "choice":
        return cast(type, key.made).__name__.lower()
    return PERIOD if key.kind == "quarter" else _stem(part)


def _stem(part: _Part) -> str:
    """Give the name of a map of numbers less their unit: `story` of `story_usd`."""
    unit = cast(Shape, part.shape.item).unit
    fitting = [s for s in (unit.suffixes if unit else ()) if part.name.endswith(s)]
    return part.name.removesuffix(max(fitting, key=len, default=""))


def _repeated(keys: Iterable[Column], lengths: Sequence[int]) -> tuple[Column, ...]:
    """Give the keys of the outer rows, once for every inner row."""
    return tuple(
        replace(
            key,
            cells=tuple(c for c, many in zip(key.cells, lengths, strict=True) for _ in range(many)),
        )
        for key in keys
    )


def _apart(keys: tuple[Column, ...], item: Shape) -> tuple[Column, ...]:
    """Rename keys that an inner entry has a field for."""
    taken = set(fields_of(cast(type[Value], item.made)))
    return tuple(replace(k, name=f"of_{k.name}") if k.name in taken else k for k in keys)
