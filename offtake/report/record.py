"""The plan as plain data: the machine-readable copy a report carries."""

from __future__ import annotations

import json
from typing import Any

from offtake.model.canonical import plain
from offtake.model.plan import SCHEMA, Plan


def as_data(plan: Plan) -> dict[str, Any]:
    """Give every field of a plan as plain data, under the name of its form."""
    data = plain(plan)
    assert isinstance(data, dict)
    return {"schema": SCHEMA, **data}


def for_script(plan: Plan) -> str:
    """Write the plan as JSON that may stand inside a `script` element of HTML.

    `<`, `>` and `&` are written as escapes, so nothing in a name can end the element.
    """
    text = json.dumps(as_data(plan), ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
