"""The content of a value without its form: plain data, and a hash of it.

Two portfolios have the same hash when they say the same, however their files were cut,
ordered, commented or formatted: `1.2 GW` and `1200` are one number, and lists whose
entries have names are a set.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, cast

from offtake.model.month import Month
from offtake.model.period import Quarter
from offtake.model.value import Value

Leaf = str | bool | int | float | Decimal | None
Plain = Leaf | list[Any] | dict[str, Any]
"""What is left of a value: text, numbers, lists and maps with text as keys."""


def plain(held: object) -> Plain:
    """Give the content of a value, or of a field of one, as plain data.

    Every field is there, also one that holds its default, in the order of its class.
    Quarters (`2026Q3`), days (`2026-05-23`), months, moments (`2027-06-08T02:00:00Z`) and
    choices (`lease`) become text; an exact price stays a `Decimal`.
    """
    match held:
        case Value():
            names = (field.name for field in fields(cast(Any, held)))
            return {name: plain(getattr(held, name)) for name in names}
        case Enum():
            return str(held.value)
        case datetime():
            return held.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case Quarter() | Month() | date():
            return str(held)
        case Mapping():
            return {str(plain(key)): plain(item) for key, item in held.items()}
        case tuple() | list():
            return [plain(item) for item in held]
        case _:
            return cast(Plain, held)


def sha256(*parts: object) -> str:
    """Give the hash of what some values, maps, lists or numbers say, as 64 hexadecimal digits.

    Equal hashes are the same question to the planner. The order of fields, of keys and of
    entries with a name has no part in it, nor has whether a default was written out.
    """
    data = [_ordered(plain(part)) for part in parts]
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def entry_name(entry: object) -> str | None:
    """Give the name an entry of a list goes by, from its plain data; None if it has none.

    That is its `id`; a vehicle goes by the `party` it is.
    """
    if isinstance(entry, Mapping):
        for key in ("id", "party"):
            name = entry.get(key)
            if isinstance(name, str) and name:
                return name
    return None


def _ordered(data: Plain) -> Plain:
    match data:
        case dict():
            return {key: _ordered(item) for key, item in data.items()}
        case list():
            items = [_ordered(item) for item in data]
            names = [entry_name(item) for item in items]
            if items and None not in names:
                return [item for _, item in sorted(zip(names, items, strict=True), key=_first)]
            return items
        case bool() | str() | None:
            return data
        case _:
            return str(Decimal(str(data)).normalize() + 0)


def _first(pair: tuple[str | None, Any]) -> str:
    return pair[0] or ""
