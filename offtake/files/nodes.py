"""A YAML file as a tree of nodes that remember where they stand, and what scalars mean.

ScalarNodes follow the core schema of YAML 1.2: `no`, `NO`, `on` and `yes` are text, only
`true` and `false` are booleans, and a day is text until a field asks for a day. One
thing is added: digits may be grouped (`64_800`), as in Python.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from offtake.errors import Where

_WHOLE = re.compile(r"[-+]?[0-9]+(?:_[0-9]+)*\Z")
_BASED = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_REAL = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:_[0-9]+)*(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
LONGEST_NUMBER = 100
"""Digits beyond which something is text: no quantity needs them."""

Held = str | bool | int | float | None
How = Literal["own", "alias", "merge"]


def meaning(text: str) -> Held:
    """Give what an unquoted scalar means by the core schema: null, boolean, number or text."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > LONGEST_NUMBER:
        return text
    if _WHOLE.match(text):
        return int(text)
    if _BASED.match(text):
        return int(text, 0)
    if _REAL.match(text):
        return float(text)
    return text


@dataclass(frozen=True, eq=False)
class Source:
    """One file that was read; `name` is how it is shown in faults."""

    name: str
    path: Path
    text: str

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def where(self, index: int, path: str = "") -> Where:
        """Give the line and column of a character, both counted from 1."""
        line = bisect_right(self._starts, index)
        return Where(
            file=self.name, line=line, column=index - self._starts[line - 1] + 1, path=path
        )


@dataclass(frozen=True, slots=True, eq=False)
class Span:
    """A stretch of a file, from `start` up to `end` (not included)."""

    source: Source
    start: int
    end: int

    @property
    def column(self) -> int:
        """Characters before it on its line."""
        return self.start - (self.source.text.rfind("\n", 0, self.start) + 1)

    @property
    def text(self) -> str:
        """The stretch as written."""
        return self.source.text[self.start : self.end]

    def where(self, path: str = "") -> Where:
        """Give the place it begins at."""
        return self.source.where(self.start, path)


@dataclass(slots=True, eq=False)
class ScalarNode:
    """One value: what it means, and how it is written."""

    span: Span
    held: Held
    text: str
    """Its characters without quotes and escapes."""
    style: str = ""
    """Empty for an unquoted scalar, else the sign it is written with: one of `'"|>`."""
    anchored: bool = False

    @property
    def size(self) -> int:
        """Nodes in it, with everything aliases bring in."""
        return 1

    @property
    def depth(self) -> int:
        """Levels in it."""
        return 1


@dataclass(slots=True, eq=False)
class Slot:
    """A place in a list or map, and the node that stands there.

    For a map `at` is the key; for a list it is where the item begins. `span` is what is
    written for the value. `how` tells whether that is the node itself, an alias of one
    that stands elsewhere, or a merge key that brings it in.
    """

    at: Span
    node: Node
    span: Span
    how: How = "own"


@dataclass(slots=True, eq=False)
class ListNode:
    """A list. `parts` are the lists it was joined from, when several files contribute."""

    span: Span
    items: list[Slot] = field(default_factory=list)
    flow: bool = False
    size: int = 1
    depth: int = 1
    anchored: bool = False
    parts: tuple[ListNode, ...] = ()


@dataclass(slots=True, eq=False)
class MapNode:
    """A map with text as keys. `parts` as for a list; `merged` are what `<<` brings in."""

    span: Span
    entries: dict[str, Slot] = field(default_factory=dict)
    flow: bool = False
    size: int = 1
    depth: int = 1
    anchored: bool = False
    parts: tuple[MapNode, ...] = ()
    merged: tuple[MapNode, ...] = ()


Node = ScalarNode | ListNode | MapNode


def slots(node: Node) -> Iterator[Slot]:
    """Give the places in a list or map; none for a scalar."""
    match node:
        case ListNode(items=items):
            yield from items
        case MapNode(entries=entries):
            yield from entries.values()
        case ScalarNode():
            pass


def held(node: Node) -> object:
    """Give the plain data a node stands for: text, numbers, lists and dicts."""
    match node:
        case ScalarNode():
            return node.held
        case ListNode():
            return [held(slot.node) for slot in node.items]
        case MapNode():
            return {key: held(slot.node) for key, slot in node.entries.items()}


def shown(node: Node) -> str:
    """Give what is written, short enough for a message: `'1.2 GWh'`, `a list of 3`."""
    match node:
        case ScalarNode():
            if node.held is None:
                return "nothing"
            text = " ".join(node.text.split())
            text = text if len(text) <= 60 else text[:57] + "…"
            return f"'{text}'" if isinstance(node.held, str) else text
        case ListNode():
            return f"a list of {len(node.items)}"
        case MapNode():
            names = ", ".join(list(node.entries)[:3]) + (", …" if len(node.entries) > 3 else "")
            return f"a map with {names}" if names else "an empty map"
