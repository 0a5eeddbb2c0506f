"""From the tree of a file to a value of the model, with every fault at its place.

pydantic validates; what it would silently convert is seen here first. A quoted `"120"`
is not a number, `yes` is not true, 20260101 is not a day, and an exact price keeps every
digit it is written with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from offtake.errors import Fault, OfftakeError
from offtake.files.nodes import ListNode, MapNode, Node, ScalarNode, held
from offtake.files.places import Loc, follow
from offtake.files.shape import Shape, fields_of
from offtake.files.wording import fault_at, unfit, worded
from offtake.model.month import moment
from offtake.model.value import Value

Kind = TypeVar("Kind", bound=Value)


_ADAPTERS: dict[type[Value], TypeAdapter[Any]] = {}


def adapter(made: type[Kind]) -> TypeAdapter[Kind]:
    """Give pydantic's reader of a class; built once, on first use (a third of a second)."""
    if made not in _ADAPTERS:
        _ADAPTERS[made] = TypeAdapter(made)
    return _ADAPTERS[made]


def validate(root: MapNode, made: type[Kind]) -> tuple[Kind | None, list[Fault]]:
    """Make a value of a class from a tree; None and the faults where it cannot be made."""
    shape = Shape("entry", made=made)
    unfitting: list[Loc] = []
    data = _taken(root, shape, (), unfitting)
    faults: dict[str, Fault] = {}
    for loc in unfitting:
        trail = follow(root, shape, loc)
        if trail.shape is not None:
            faults[trail.path] = fault_at(trail, unfit(trail.shape, trail))
    value: Kind | None = None
    try:
        value = adapter(made).validate_python(data)
    except ValidationError as error:
        for fault in _worded(error, root, shape):
            faults.setdefault(fault.where.path, fault)
    except OfftakeError as error:
        faults.update({fault.where.path: fault for fault in error.faults})
    return (None if faults else value), list(faults.values())


def _worded(error: ValidationError, root: MapNode, shape: Shape) -> Iterator[Fault]:
    for detail in error.errors(include_url=False):
        loc = detail["loc"]
        if loc and loc[-1] == "[key]":  # what is wrong is the key, which the map around knows
            *around, _ = loc[:-1]
            outer = follow(root, shape, tuple(around))
            there = follow(root, shape, loc[:-1])
            yield worded(detail, replace(there, shape=outer.shape, owner=outer.owner))
        else:
            yield worded(detail, follow(root, shape, loc))


def _taken(node: Node, shape: Shape | None, loc: Loc, unfitting: list[Loc]) -> Any:
    """Plain data of a node, read as the shape asks; places where it must not be are listed."""
    match node, shape:
        case MapNode(), Shape(kind="entry", made=made) if made is not None:
            return _entry(node, made, loc, unfitting)
        case MapNode(), Shape(kind="map", item=item):
            return {k: _taken(s.node, item, (*loc, k), unfitting) for k, s in node.entries.items()}
        case ListNode(), Shape(kind="list", item=item):
            return tuple(
                _taken(slot.node, item, (*loc, index), unfitting)
                for index, slot in enumerate(node.items)
            )
        case ScalarNode(), Shape(kind=kind) if kind in _TAKE and node.held is not None:
            try:
                return _TAKE[kind](node)
            except ValueError:
                unfitting.append(loc)
                return node.held
        case _:
            return held(node)


def _entry(node: MapNode, made: type[Value], loc: Loc, unfitting: list[Loc]) -> dict[str, Any]:
    known = fields_of(made)
    data: dict[str, Any] = {}
    for key, slot in node.entries.items():
        field = known.get(key)
        empty = isinstance(slot.node, ScalarNode) and slot.node.held is None
        # `offers:` with nothing below it is a list of which all entries are commented out.
        if field is not None and empty and not field.required and field.shape.holds_more:
            continue
        data[key] = _taken(slot.node, field.shape if field else None, (*loc, key), unfitting)
    return data


def _day(node: ScalarNode) -> date:
    if not isinstance(node.held, str) or len(node.held) != 10:
        raise ValueError
    return date.fromisoformat(node.held)


def _moment(node: ScalarNode) -> datetime:
    if not isinstance(node.held, str):
        raise ValueError
    return moment(node.held)


def _flag(node: ScalarNode) -> bool:
    if not isinstance(node.held, bool):
        raise ValueError
    return node.held


def _number(node: ScalarNode) -> object:
    if isinstance(node.held, bool):
        raise ValueError
    return node.held


def _exact(node: ScalarNode) -> object:
    number = _number(node)
    if isinstance(number, float) and number - number == 0:  # finite: keep every digit
        return Decimal(node.text.replace("_", ""))
    return number


_TAKE: Mapping[str, Callable[[ScalarNode], object]] = {
    "day": _day,
    "moment": _moment,
    "flag": _flag,
    "number": _number,
    "whole": _number,
    "exact": _exact,
}
