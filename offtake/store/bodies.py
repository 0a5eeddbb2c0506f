"""Facts and terms as text and back, exactly: what has no column of its own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from offtake.model.month import Month
from offtake.model.value import Value

V = TypeVar("V", bound=Value)


def json_text(data: object) -> str:
    """Write plain data as JSON, the same for the same data."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def body(fact: Value, apart: Iterable[str]) -> str:
    """Write a fact as JSON, without the fields that stand apart and those left at default."""
    left_out = set(apart)
    kept = {name: held for name, held in value_plain(fact).items() if name not in left_out}
    return json_text(kept)


def fact_of(kind: type[V], text: str, apart: Mapping[str, object]) -> V:
    """Give back the fact a text stands for, with the fields that stood apart."""
    return _made(kind, json.loads(text), apart)


def value_plain(value: Value) -> dict[str, Any]:
    """Give a value of the model as plain data, without fields left at default."""
    return {
        field.name: _plain(getattr(value, field.name))
        for field in fields(value)  # type: ignore[arg-type]
        if _given(field.default, getattr(value, field.name))
    }


def value_of(kind: type[V], data: Mapping[str, Any]) -> V:
    """Give back the value that plain data stand for."""
    return _made(kind, data, {})


def _made(kind: type[V], data: Mapping[str, Any], apart: Mapping[str, object]) -> V:
    types = _types(cast(Any, kind))
    return kind(**{name: _value(types[name], held) for name, held in data.items()}, **apart)


def number_text(number: Decimal) -> str:
    """Write a number in one way: 10.4000 and 10.4 are one number."""
    plain = format(number, "f") if number else "0"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _given(default: object, held: object) -> bool:
    return default is MISSING or held != default


def _plain(held: Any) -> Any:
    match held:
        case Enum():
            return str(held.value)
        case datetime():
            return held.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date() | Month():
            return str(held)
        case Decimal():
            return number_text(held)
        case tuple():
            return [_plain(item) for item in held]
        case Value():
            return value_plain(held)
        case Mapping():
            return {str(_plain(key)): _plain(item) for key, item in held.items()}
        case _:
            return held


@cache
def _types(kind: type[Value]) -> dict[str, Any]:
    return {name: _bare(hint) for name, hint in get_type_hints(kind, include_extras=True).items()}


def _bare(hint: Any) -> Any:
    """Give the type below annotations and optionals."""
    if get_origin(hint) is Annotated:
        return _bare(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        return next(_bare(one) for one in get_args(hint) if one is not type(None))
    return hint


def _value(kind: Any, held: Any) -> Any:
    if held is None:
        return None
    if get_origin(kind) is tuple:
        return tuple(_value(_bare(get_args(kind)[0]), item) for item in held)
    if kind is Month:
        return Month.parse(held)
    if kind in (datetime, date):
        return kind.fromisoformat(held)
    if isinstance(kind, type) and issubclass(kind, Value):
        return value_of(kind, held)
    if isinstance(kind, type) and issubclass(kind, Enum | Decimal):
        return kind(held)
    return held
