"""What a field of the model asks for: the shape of its type, its unit, bounds and words.

Everything this floor tells about a field (fault, schema, reference, `explain`) is read
from the one declaration in `offtake.model`, here.
"""

from __future__ import annotations

import ast
import inspect
import sys
import types
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from itertools import pairwise
from typing import (
    Annotated,
    Any,
    Literal,
    NewType,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from offtake.model.month import Month
from offtake.model.period import Quarter
from offtake.model.portfolio import Portfolio
from offtake.model.value import Bound, Value
from offtake.units import Unit

Kind = Literal[
    "entry",
    "list",
    "map",
    "text",
    "number",
    "whole",
    "exact",
    "flag",
    "day",
    "quarter",
    "month",
    "moment",
    "choice",
]

IN_WORDS: Mapping[Kind, str] = {
    "entry": "an entry with fields",
    "list": "a list",
    "map": "a map",
    "text": "text",
    "number": "a number",
    "whole": "a whole number",
    "exact": "an exact number",
    "flag": "true or false",
    "day": "a day such as 2026-05-23",
    "quarter": "a quarter such as 2026Q3",
    "month": "a month such as 2027-06",
    "moment": "a moment such as 2027-06-08T02:00:00Z",
    "choice": "one word of a list",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """What may stand in a place.

    `made` is the class of an entry or a choice; `item` is what a list or map holds and
    `key` what a map is keyed by; `optional` says that the place may be empty (null).
    """

    kind: Kind
    made: type | None = None
    item: Shape | None = None
    key: Shape | None = None
    unit: Unit | None = None
    bounds: tuple[Bound, ...] = ()
    optional: bool = False

    @property
    def holds_more(self) -> bool:
        """Whether it is a list, a map or an entry with fields."""
        return self.kind in ("entry", "list", "map")

    @property
    def entry(self) -> type[Value] | None:
        """The class of an entry, looking into a list or map of entries."""
        if self.kind == "entry":
            return self.made
        return self.item.entry if self.item is not None else None

    @property
    def choices(self) -> tuple[str, ...]:
        """The words of a choice; empty for everything else."""
        if self.made is not None and issubclass(self.made, Enum):
            return tuple(str(member.value) for member in self.made)
        return ()

    @property
    def words(self) -> str:
        """The shape as a reader of the docs is told it, such as `list of text`."""
        match self.kind:
            case "entry":
                return cast(type, self.made).__name__
            case "list":
                return f"list of {cast(Shape, self.item).words}"
            case "map":
                return f"{cast(Shape, self.key).words} → {cast(Shape, self.item).words}"
            case "flag":
                return "true or false"
            case kind:
                return {"number": "number", "whole": "whole number", "exact": "exact number"}.get(
                    kind, kind
                )


@dataclass(frozen=True, slots=True)
class FieldShape:
    """One field of a class of the model."""

    name: str
    shape: Shape
    required: bool
    default: Any
    """The value it has when nothing is written; None for a required field."""
    about: str
    """Its docstring, on one line."""


def fields_of(made: type[Value]) -> Mapping[str, FieldShape]:
    """Give the fields of a class of the model by name, in order."""
    if made not in _FIELDS:
        _FIELDS[made] = _fields_of(made)
    return _FIELDS[made]


_FIELDS: dict[type[Value], Mapping[str, FieldShape]] = {}


def _fields_of(made: type[Value]) -> Mapping[str, FieldShape]:
    hints = get_type_hints(made, include_extras=True)
    said = _docstrings(made)
    return {
        field.name: FieldShape(
            name=field.name,
            shape=shape_of(hints[field.name]),
            required=field.default is MISSING and field.default_factory is MISSING,
            default=_default(field),
            about=said.get(field.name, ""),
        )
        for field in fields(cast(Any, made))
    }


def _default(field: Any) -> Any:
    if field.default is not MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not MISSING else None


def shape_of(annotation: object) -> Shape:
    """Give the shape a type annotation of the model stands for.

    Raises:
        TypeError: the model holds a type no file can say.
    """
    return _shape(annotation, None, (), False)


def _shape(
    annotation: object, unit: Unit | None, bounds: tuple[Bound, ...], optional: bool
) -> Shape:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        extras = args[1:]
        unit = next((x for x in extras if isinstance(x, Unit)), unit)
        bounds = (*bounds, *(x for x in extras if isinstance(x, Bound)))
        return _shape(args[0], unit, bounds, optional)
    if origin in (Union, types.UnionType):
        (inner,) = (arg for arg in args if arg is not type(None))
        return _shape(inner, unit, bounds, True)
    if isinstance(annotation, NewType):
        return _shape(annotation.__supertype__, unit, bounds, optional)
    if origin is tuple:
        return Shape("list", item=shape_of(args[0]), optional=optional)
    if origin is not None and issubclass(origin, Mapping):
        return Shape("map", key=shape_of(args[0]), item=shape_of(args[1]), optional=optional)
    kind, made = _kind(annotation)
    return Shape(kind, made=made, unit=unit, bounds=bounds, optional=optional)


_LEAVES: Mapping[type, Kind] = {
    str: "text",
    bool: "flag",
    int: "whole",
    float: "number",
    Decimal: "exact",
    date: "day",
    Quarter: "quarter",
    Month: "month",
    datetime: "moment",
}


def _kind(annotation: object) -> tuple[Kind, type | None]:
    if isinstance(annotation, type):
        if annotation in _LEAVES:
            return _LEAVES[annotation], None
        if issubclass(annotation, Enum):
            return "choice", annotation
        if issubclass(annotation, Value):
            return "entry", annotation
    raise TypeError(f"no file can say {annotation!r}")


def classes(root: type[Value] = Portfolio) -> tuple[type[Value], ...]:
    """Give every class a portfolio's files can hold, in the order they are met."""
    found: dict[type[Value], None] = {}

    def meet(made: type[Value]) -> None:
        if made not in found:
            found[made] = None
            for field in fields_of(made).values():
                if field.shape.entry is not None:
                    meet(field.shape.entry)

    meet(root)
    return tuple(found)


def first_sentence(made: type) -> str:
    """Give the first line of a class's docstring."""
    return (made.__doc__ or "").partition("\n")[0].strip()


def _docstrings(made: type) -> Mapping[str, str]:
    """Read the strings below the fields of a class, each on one line."""
    body = _classes(made.__module__).get(made.__qualname__, [])
    return {
        here.target.id: " ".join(below.value.value.split())
        for here, below in pairwise(body)
        if isinstance(here, ast.AnnAssign)
        and isinstance(here.target, ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        and isinstance(below.value.value, str)
    }


@cache
def _classes(module: str) -> Mapping[str, list[ast.stmt]]:
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except OSError:  # installed without sources: everything works, undescribed
        return {}
    return {node.name: node.body for node in tree.body if isinstance(node, ast.ClassDef)}
