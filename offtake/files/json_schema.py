"""The JSON Schema of portfolio files, for editors and other programs.

It is made from the same shapes the reader goes by, so what it accepts is what `read`
accepts, field by field.
"""

from __future__ import annotations

import json
import re
from typing import Any, cast

from annotated_types import Ge, Gt, Le, Lt

from offtake.files.gather import FORMAT, HEADER, INCLUDE
from offtake.files.shape import FieldShape, Shape, classes, fields_of, first_sentence
from offtake.model.month import Month
from offtake.model.period import Quarter
from offtake.model.portfolio import Portfolio
from offtake.model.value import Value
from offtake.units import Unit

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_NUMBER = r"(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_GROUPED = r"\d+(?:_\d+)+(?:\.\d*)?"
"""`64_800` is a number to the reader, but text to a strict YAML 1.2 editor."""
_MOMENT = r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2})?([Zz]|[+-]\d{2}:\d{2})$"
_BOUNDS = {Ge: ("minimum", "ge"), Gt: ("exclusiveMinimum", "gt")}
_BOUNDS |= {Le: ("maximum", "le"), Lt: ("exclusiveMaximum", "lt")}


def schema() -> dict[str, Any]:
    """Give the JSON Schema (2020-12) of a portfolio's first file.

    Every field has its description, every number its bounds and, as `unit`, what it is
    measured in. Where the file includes others, only the header is required in this one.
    """
    made = part_schema()
    required = [field.name for field in fields_of(Portfolio).values() if field.required]
    made["title"] = "Portfolio of AI compute (offtake)"
    made["required"] = [HEADER]
    made["if"] = {"not": {"required": [INCLUDE]}}
    made["then"] = {"required": required}
    return made


def part_schema() -> dict[str, Any]:
    """Give the JSON Schema of an included file: the same fields, none of them required."""
    return {
        "$schema": DIALECT,
        "title": "Part of a portfolio of AI compute (offtake)",
        "description": first_sentence(Portfolio),
        "type": "object",
        "properties": {
            HEADER: {"const": FORMAT, "description": "What this file is: form and version."},
            INCLUDE: {
                "type": ["array", "null"],
                "items": {"type": "string"},
                "description": "Further files of this portfolio, named relative to this one.",
            },
            **_properties(Portfolio),
        },
        "additionalProperties": False,
        "$defs": {made.__name__: _definition(made) for made in classes() if made is not Portfolio},
    }


def form_schema(root: type[Value], form: str, title: str) -> dict[str, Any]:
    """Give the JSON Schema of files of another form, each a map of some of a class's fields."""
    return {
        "$schema": DIALECT,
        "title": title,
        "description": first_sentence(root),
        "type": "object",
        "properties": {
            HEADER: {"const": form, "description": "What this file is: form and version."},
            **_properties(root),
        },
        "required": [HEADER],
        "additionalProperties": False,
        "$defs": {made.__name__: _definition(made) for made in classes(root) if made is not root},
    }


def schema_text(made: dict[str, Any]) -> str:
    """Give a schema as the text of its file."""
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def _definition(made: type[Value]) -> dict[str, Any]:
    required = [field.name for field in fields_of(made).values() if field.required]
    return {
        "description": first_sentence(made),
        "type": "object",
        "properties": _properties(made),
        "additionalProperties": False,
        **({"required": required} if required else {}),
    }


def _properties(made: type[Value]) -> dict[str, Any]:
    return {field.name: _property(field) for field in fields_of(made).values()}


def _property(field: FieldShape) -> dict[str, Any]:
    shape = field.shape
    made = _of(shape)
    if shape.optional or (shape.holds_more and not field.required):
        made = _or_null(made)
    made["description"] = field.about
    if not field.required and isinstance(field.default, bool | int | float | str):
        made["default"] = (
            field.default if not isinstance(field.default, str) else str(field.default)
        )
    return made


def _of(shape: Shape) -> dict[str, Any]:
    match shape.kind:
        case "entry":
            return {"$ref": f"#/$defs/{cast(type, shape.made).__name__}"}
        case "list":
            return {"type": "array", "items": _of(cast(Shape, shape.item))}
        case "map":
            return {
                "type": "object",
                "propertyNames": _of(cast(Shape, shape.key)),
                "additionalProperties": _of(cast(Shape, shape.item)),
            }
        case "number" | "exact" | "whole":
            return _numeric(shape)
        case "choice":
            return {"enum": list(shape.choices)}
        case "flag":
            return {"type": "boolean"}
        case kind:
            return {"type": "string", **_WRITTEN.get(kind, {})}


_WRITTEN: dict[str, dict[str, Any]] = {
    "day": {"format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
    "quarter": {"pattern": Quarter.__get_pydantic_json_schema__({}, dict)["pattern"]},
    "month": {"pattern": Month.__get_pydantic_json_schema__({}, dict)["pattern"]},
    "moment": {"format": "date-time", "pattern": _MOMENT},
}
"""How text of a kind is written."""


def _numeric(shape: Shape) -> dict[str, Any]:
    number: dict[str, Any] = {"type": "integer" if shape.kind == "whole" else "number"}
    for bound in shape.bounds:
        name, attribute = _BOUNDS[type(bound)]
        number[name] = getattr(bound, attribute)
    if shape.unit is None:
        return number
    least = number.get("minimum", number.get("exclusiveMinimum", -1))
    sign = "[-+]?" if least < 0 else "[+]?"
    pattern = f"^\\s*{sign}(?:{_GROUPED}|{_NUMBER}\\s*(?:{_symbols(shape.unit)}))\\s*$"
    made = {"anyOf": [number, {"type": "string", "pattern": pattern}]}
    return {**made, "unit": shape.unit.label} if shape.unit.label else made


def _symbols(unit: Unit) -> str:
    """The units that may stand behind a number, as an alternative; never nothing at all."""
    return "|".join(re.escape(symbol) for symbol in unit.symbols if symbol) or "(?!)"


def _or_null(made: dict[str, Any]) -> dict[str, Any]:
    if "anyOf" in made:
        return {**made, "anyOf": [*made["anyOf"], {"type": "null"}]}
    if isinstance(made.get("type"), str):
        return {**made, "type": [made["type"], "null"]}
    return {"anyOf": [made, {"type": "null"}]}
