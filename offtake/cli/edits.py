"""What was edited in a world, entry by entry: `offers.narvik-b.power_it_mw: 134, now 200`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from offtake.model.canonical import entry_name, plain
from offtake.model.portfolio import Portfolio

MOST = 8
"""Edits told one by one; the rest are counted."""
_LONGEST = 48


def edits(before: Portfolio, after: Portfolio, most: int = MOST) -> list[str]:
    """Tell how a portfolio differs from an earlier one, a line each, at most `most` of them."""
    found = list(_between(plain(before), plain(after), ""))
    more = len(found) - most
    return [*found[:most], f"and {more:,} more"] if more > 0 else found


def _between(old: Any, new: Any, path: str) -> Iterator[str]:
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _inside(old, new, path)
    elif isinstance(old, list) and isinstance(new, list) and _is_named([*old, *new]):
        yield from _inside(_by_name(old), _by_name(new), path)
    else:
        yield f"{path}: {_shown(old)}, now {_shown(new)}"


def _inside(old: Mapping[str, Any], new: Mapping[str, Any], path: str) -> Iterator[str]:
    """Look at each entry of two maps; one that only one of them has is new, or gone."""
    for key in dict.fromkeys((*old, *new)):
        below = f"{path}.{key}" if path else key
        if key not in old:
            yield f"{below}: new" + ("" if _is_long(new[key]) else f", {_shown(new[key])}")
        elif key not in new:
            yield f"{below}: gone"
        else:
            yield from _between(old[key], new[key], below)


def _is_named(entries: list[Any]) -> bool:
    return bool(entries) and all(entry_name(entry) is not None for entry in entries)


def _by_name(entries: list[Any]) -> dict[str, Any]:
    return {str(entry_name(entry)): entry for entry in entries}


def _is_long(held: Any) -> bool:
    return isinstance(held, Mapping | list)


def _shown(held: Any) -> str:
    """Write a value on one line; what is long is cut."""
    match held:
        case None:
            return "nothing"
        case bool():
            return "true" if held else "false"
        case float():
            return f"{held:,.6g}"
        case list():
            text = "[" + ", ".join(map(_shown, held)) + "]"
        case Mapping():
            text = "{" + ", ".join(f"{key}: {_shown(item)}" for key, item in held.items()) + "}"
        case _:
            text = str(held)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
