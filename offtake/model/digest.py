"""A hash of a value's content: equal content, equal hash, whatever file it came from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from offtake.model.period import Quarter


def sha256(*parts: object) -> str:
    """Hash values of the model, mappings, sequences and scalars by content.

    Two portfolios with the same content have the same hash whatever the order of their
    keys, their comments and the files they are split into.

    Raises:
        TypeError: something that is not a value.
    """
    text = json.dumps([plain(part) for part in parts], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def plain(held: object) -> object:
    """Turn a value into dictionaries, lists, text and numbers, as JSON holds them.

    Whole floats and integers are the same number; exact decimals become text.

    Raises:
        TypeError: something that is not a value.
    """
    match held:
        case None | bool() | str() if not isinstance(held, Enum):
            return held
        case Enum():
            return held.value
        case int() | float():
            return float(held)
        case Decimal():
            return str(held.normalize())
        case date() | Quarter():
            return str(held)
        case Mapping():
            return {str(plain(key)): plain(item) for key, item in held.items()}
        case tuple() | list():
            return [plain(item) for item in held]
        case _ if is_dataclass(held):
            return {f.name: plain(getattr(held, f.name)) for f in fields(held)}
        case _:
            raise TypeError(f"cannot hash a {type(held).__name__}")
