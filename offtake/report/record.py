"""A plan or a study as plain data: the machine-readable copy a report carries."""

from __future__ import annotations

import json
from typing import Any

from offtake.model.canonical import plain
from offtake.model.value import Value


def as_data(held: Value, schema: str) -> dict[str, Any]:
    """Give every field as plain data, under the name of its form."""
    data = plain(held)
    assert isinstance(data, dict)
    return {"schema": schema, **data}


def for_script(held: Value, schema: str) -> str:
    """Write a value as JSON that may stand inside a `script` element of HTML.

    `<`, `>` and `&` are written as escapes, so nothing in a name can end the element.
    """
    data = as_data(held, schema)
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
