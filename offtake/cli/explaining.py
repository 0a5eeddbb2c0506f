"""The work of `offtake explain`: fields from the model, codes from their tables."""

from __future__ import annotations

from collections.abc import Iterator

from offtake.cli import screen, tables
from offtake.cli.codes import meanings, remedy
from offtake.errors import Exit, Fault, OfftakeError, did_you_mean
from offtake.files import FieldInfo
from offtake.files import explain as described

SCHEMA = "offtake.explanation/1"
"""Name and version of the form an explanation is written in as JSON."""


def explain(what: str, as_json: bool) -> None:
    """Print what a field or a code means.

    Raises:
        OfftakeError: there is no such field or code.
    """
    data = _code(what) if what.upper().startswith("OTK-") else _field(what)
    if as_json:
        screen.say_json({"schema": SCHEMA, **data})
    else:
        screen.say("\n".join(_lines(data)))


def list_codes(as_json: bool) -> None:
    """Print every code with its meaning."""
    codes = meanings()
    if as_json:
        screen.say_json({"schema": "offtake.codes/1", "codes": codes})
    else:
        tables.say(("code", "meaning"), list(codes.items()))


def _code(what: str) -> dict[str, object]:
    code = what.upper()
    known = meanings()
    if code not in known:
        hint = did_you_mean(code, known) or "list them with `offtake explain --codes`"
        fault = Fault(code="OTK-U013", what="there is no such code", got=f"'{what}'", hint=hint)
        raise OfftakeError(fault, exit=Exit.USAGE)
    return {"code": code, "meaning": known[code], "what to do": remedy(code)}


def _field(what: str) -> dict[str, object]:
    return dict(_told(described(what)))


def _told(info: FieldInfo) -> Iterator[tuple[str, object]]:
    yield "field", info.path
    yield "meaning", info.description
    yield "holds", info.type
    if info.unit:
        yield "unit", info.unit
    if info.bounds:
        yield "bounds", info.bounds
    if info.choices:
        yield "one of", list(info.choices)
    yield "required", info.required
    if info.default:
        yield "default", info.default
    if info.fields:
        yield "fields", list(info.fields)


def _lines(data: dict[str, object]) -> Iterator[str]:
    words = dict(data)
    yield str(words.pop("code", None) or words.pop("field"))
    yield f"  {words.pop('meaning')}"
    yield ""
    widest = max(map(len, words))
    for name, value in words.items():
        match value:
            case list():
                said = ", ".join(map(str, value))
            case bool():
                said = "yes" if value else "no"
            case _:
                said = str(value)
        yield f"  {name:<{widest}}  {said}"
