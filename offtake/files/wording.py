"""What does not fit a field, said in words of somebody who plans: never a validator's own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime

from pydantic_core import ErrorDetails

from offtake.errors import Fault, did_you_mean
from offtake.files.nodes import ListNode, MapNode, ScalarNode, shown
from offtake.files.places import Trail
from offtake.files.shape import IN_WORDS, Shape, fields_of
from offtake.model.month import Month
from offtake.model.period import Quarter
from offtake.model.value import Value
from offtake.units import Unit

_QUANTITY = re.compile(r"\s*[-+]?[0-9._]+(?:[eE][-+]?[0-9]+)?\s*([^\s0-9].*?)\s*$")
_BARE = re.compile(r"\s*[-+]?[0-9][0-9_,. ]*$")
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_LOOSE_QUARTER = (
    re.compile(r"(?P<year>\d{4})\s*[-/ ]?\s*[qQ](?P<quarter>[1-4])$"),
    re.compile(r"[qQ](?P<quarter>[1-4])\s*[-/ ]?\s*(?P<year>\d{4})$"),
)

Said = tuple[str, str, str | None]
"""Code, what is wrong, and what to do."""


def worded(error: ErrorDetails, trail: Trail) -> Fault:
    """Turn a validator's error at a place into a fault."""
    if error["type"] == "missing":
        return _missing(trail)
    if error["type"] == "unexpected_keyword_argument":
        return _unknown(trail)
    shape = trail.shape
    if error["loc"] and error["loc"][-1] == "[key]":
        return _bad_key(error, trail)
    if isinstance(trail.node, ScalarNode) and trail.node.held is None:
        return fault_at(trail, ("OTK-F102", "nothing is written behind it", _asked(trail)))
    bound = _BOUNDS.get(error["type"])
    if bound is not None:
        return fault_at(trail, _outside(f"{bound[0]} {_limit(error, bound[1])}", trail))
    if error["type"] == "finite_number":
        return fault_at(trail, ("OTK-F120", "must be a finite number", None))
    if shape is None:
        return fault_at(trail, ("OTK-F100", error["msg"], None))
    return fault_at(trail, unfit(shape, trail))


def fault_at(trail: Trail, said: Said) -> Fault:
    """Put words to a place, with what is written there."""
    code, what, hint = said
    got = shown(trail.node) if trail.node is not None and code != "OTK-F102" else None
    return Fault(code=code, what=what, where=trail.at.where(trail.path), got=got, hint=hint)


def unfit(shape: Shape, trail: Trail) -> Said:
    """Say why what is written does not fit the shape that is wanted."""
    return _UNFIT[shape.kind](shape, trail)


def _missing(trail: Trail) -> Fault:
    return fault_at(trail, ("OTK-F102", "the field is missing", _asked(trail)))


def _asked(trail: Trail) -> str | None:
    """What a field is for, as a hint to who left it out."""
    name = trail.path.rpartition(".")[2]
    if trail.owner is None or name not in fields_of(trail.owner):
        return None
    about = fields_of(trail.owner)[name].about.rstrip(".")
    return f"`{name}` is: {about}" if about else None


def _unknown(trail: Trail) -> Fault:
    name = trail.path.rpartition(".")[2]
    hint = unknown_hint(name, trail.owner) if trail.owner is not None else None
    if name.isdigit():
        hint = "a comma inside braces begins a new field: write 1200 or 1_200, not 1,200"
    return Fault(
        code="OTK-F101",
        what="unknown field",
        where=trail.at.where(trail.path),
        got=f"'{name}'",
        hint=hint,
    )


def unknown_hint(name: str, owner: type[Value]) -> str | None:
    """Say which field of a class was probably meant."""
    known = fields_of(owner)
    power = [field for field in _POWER if field in known]
    if name in ("power_mw", "mw", "power", "capacity_mw", "size_mw") and power:
        return "say " + " or ".join(f"{field} ({_POWER[field]})" for field in power)
    for outer, field in known.items():
        entry = field.shape.entry
        if field.shape.kind == "entry" and entry is not None and name in fields_of(entry):
            return f"it belongs under `{outer}`: write `{outer}: {{{name}: …}}`"
    return did_you_mean(name, known)


_POWER = {"power_it_mw": "at the servers", "power_facility_mw": "at the meter"}

_BOUNDS = {
    "greater_than_equal": ("at least", "ge"),
    "greater_than": ("above", "gt"),
    "less_than_equal": ("at most", "le"),
    "less_than": ("below", "lt"),
}


def _limit(error: ErrorDetails, name: str) -> str:
    limit = error.get("ctx", {}).get(name)
    return f"{limit:g}" if isinstance(limit, int | float) else str(limit)


def _outside(bound: str, trail: Trail) -> Said:
    unit = trail.shape.unit if trail.shape is not None else None
    label = unit.label if unit is not None else ""
    held = trail.node.held if isinstance(trail.node, ScalarNode) else None
    if label.startswith("share"):
        number = held if isinstance(held, int | float) and 1 < held <= 100 else None
        hint = f"is it {number:g} %? then write `{number:g} %`" if number is not None else None
        return "OTK-F120", f"must be {bound}: a share runs from 0 to 1", hint
    return "OTK-F120", f"must be {bound} {label}".rstrip(), None


def _bad_key(error: ErrorDetails, trail: Trail) -> Fault:
    """A fault in a map's key: its place is the key, what is written is the key."""
    *_, key, _ = error["loc"]
    outer = trail.shape
    wanted = outer.key if outer is not None and outer.key is not None else None
    node = ScalarNode(trail.at, str(key), str(key))
    there = Trail(trail.path, trail.at, node, wanted, trail.owner)
    if wanted is None:
        return fault_at(there, ("OTK-F100", error["msg"], None))
    return fault_at(there, unfit(wanted, there))


def _text_of(trail: Trail) -> str | None:
    node = trail.node
    return node.text if isinstance(node, ScalarNode) and isinstance(node.held, str) else None


def _no_text(shape: Shape, trail: Trail) -> Said:
    hint = None
    if isinstance(trail.node, ScalarNode):
        hint = f"put it in quotes: '{trail.node.text}'"
    return "OTK-F103", "text is wanted", hint


def _no_number(shape: Shape, trail: Trail) -> Said:
    wanted = IN_WORDS[shape.kind]
    unit = shape.unit
    if unit is not None and unit.label:
        wanted = f"{wanted} in {unit.label}"
    text = _text_of(trail)
    if text is not None and _BARE.match(text):
        hint = f"write {re.sub('[, ]', '', text)} without quotes or separators"
        return "OTK-F104", f"{wanted} is wanted, not text", hint
    match = _QUANTITY.match(text) if text is not None else None
    if match is not None and unit is not None and unit.scale_of(match[1]) is None:
        what = f"wrong unit '{match[1]}': this field is in {unit.label or 'plain numbers'}"
        return "OTK-F105", what, _near_unit(match[1], unit)
    return "OTK-F104", f"{wanted} is wanted", None


def _near_unit(symbol: str, unit: Unit) -> str | None:
    known = [one for one in unit.symbols if one]
    same = [one for one in known if one.lower() == symbol.lower()]
    if same:
        return f"did you mean '{same[0]}'?"
    return did_you_mean(symbol, known) if len(known) > 1 else None


def _no_day(shape: Shape, trail: Trail) -> Said:
    text = trail.node.text if isinstance(trail.node, ScalarNode) else ""
    match = _DAY.fullmatch(text)
    if match is not None:
        return "OTK-F106", "there is no such day", _last_day(int(match[1]), int(match[2]))
    return "OTK-F106", "a day is wanted", "a day is written like 2026-05-23"


def _last_day(year: int, month: int) -> str:
    if not (1 <= month <= 12 and 1 <= year < 9999):
        return "a day is written year-month-day: 2026-05-23"
    first = date(year, month, 1)
    following = date(year + month // 12, month % 12 + 1, 1)
    return f"{first:%B %Y} has {(following - first).days} days"


def _no_quarter(shape: Shape, trail: Trail) -> Said:
    text = trail.node.text if isinstance(trail.node, ScalarNode) else ""
    near = _near_quarter(text)
    hint = f"did you mean '{near}'?" if near else None
    return "OTK-F107", "a quarter is written like 2026Q3", hint


def _near_quarter(text: str) -> str | None:
    try:
        for pattern in _LOOSE_QUARTER:
            match = pattern.match(text)
            if match is not None:
                return str(Quarter(int(match["year"]), int(match["quarter"])))
        return str(Quarter.of(date.fromisoformat(f"{text}-01" if len(text) == 7 else text)))
    except ValueError:
        return None


def _no_month(shape: Shape, trail: Trail) -> Said:
    text = trail.node.text if isinstance(trail.node, ScalarNode) else ""
    day = _DAY.match(text)
    near = None
    if day is not None and 1 <= int(day[2]) <= 12:
        near = f"did you mean '{Month(int(day[1]), int(day[2]))}'?" if int(day[1]) >= 1970 else None
    return "OTK-M002", "a month is written like 2027-06", near


def _no_moment(shape: Shape, trail: Trail) -> Said:
    text = trail.node.text if isinstance(trail.node, ScalarNode) else ""
    written = "write it like 2027-06-08T02:00:00Z, or with +02:00 for Z"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return "OTK-M001", "a moment is wanted", written
    if len(text) <= 10:
        return "OTK-M001", "a moment is wanted, not a day", f"write it like {text}T00:00:00Z"
    if moment.tzinfo is None:
        return "OTK-M001", "a moment needs its time zone", f"in UTC it is {moment.isoformat()}Z"
    if moment.microsecond:
        return "OTK-M001", "a moment is to the second", written
    return "OTK-M001", "a moment lies between 1970 and 2200", written


def _no_choice(shape: Shape, trail: Trail) -> Said:
    said = trail.node.text if isinstance(trail.node, ScalarNode) else ""
    hint = did_you_mean(said.lower().replace("_", "-").replace(" ", "-"), shape.choices)
    return "OTK-F108", "none of the words this field knows", hint


def _no_flag(shape: Shape, trail: Trail) -> Said:
    meant: Mapping[str, str] = {"yes": "true", "on": "true", "no": "false", "off": "false"}
    text = trail.node.text.lower() if isinstance(trail.node, ScalarNode) else ""
    hint = f"write {meant[text]}" if text in meant else None
    return "OTK-F109", "true or false is wanted", hint


def _no_container(shape: Shape, trail: Trail) -> Said:
    wanted = IN_WORDS[shape.kind]
    hint = None
    if shape.kind == "list" and isinstance(trail.node, ScalarNode):
        hint = f"write [{trail.node.text}]"
    elif shape.kind == "list" and isinstance(trail.node, MapNode):
        hint = "begin each entry of the list with '- '"
    elif shape.kind == "entry" and isinstance(trail.node, ListNode):
        hint = "remove the '- ': there is one entry, not a list"
    return "OTK-F110", f"{wanted} is wanted", hint


_UNFIT: Mapping[str, Callable[[Shape, Trail], Said]] = {
    "text": _no_text,
    "number": _no_number,
    "whole": _no_number,
    "exact": _no_number,
    "day": _no_day,
    "quarter": _no_quarter,
    "month": _no_month,
    "moment": _no_moment,
    "choice": _no_choice,
    "flag": _no_flag,
    "list": _no_container,
    "map": _no_container,
    "entry": _no_container,
}
