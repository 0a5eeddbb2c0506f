"""Small cuts into a file's text: everything that is not replaced stays as it was written.

A change of a portfolio is a handful of these: a value replaced, a field or an entry put
in behind its neighbour, a line taken out. Comments, order and layout of all else survive
because they are never touched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from offtake.files.emit import block, entry, flow, item, key
from offtake.files.nodes import ListNode, MapNode, ScalarNode, Slot, Source
from offtake.model.canonical import Plain


class Uncuttable(Exception):  # noqa: N818 - a turn of the algorithm, not a fault of anybody's
    """The change cannot be made by a small cut here; something larger is to be written anew."""


@dataclass(frozen=True, slots=True)
class Splice:
    """Text to stand in place of a stretch of a file."""

    source: Source
    start: int
    end: int
    text: str


def spliced(splices: Iterable[Splice]) -> dict[Path, str]:
    """Give the new text of every file that is cut into.

    Raises:
        Uncuttable: two cuts overlap.
    """
    by_file: dict[Path, list[Splice]] = {}
    for splice in splices:
        by_file.setdefault(splice.source.path, []).append(splice)
    made: dict[Path, str] = {}
    for path, cuts in by_file.items():
        whole, at = "", 0
        newline = "\r\n" if "\r\n" in cuts[0].source.text else "\n"
        for cut in sorted(cuts, key=lambda cut: (cut.start, cut.end)):
            if cut.start < at:
                raise Uncuttable
            whole += cut.source.text[at : cut.start] + cut.text.replace("\n", newline)
            at = cut.end
        made[path] = whole + cuts[0].source.text[at:]
    return made


def replace_field(holder: MapNode, slot: Slot, data: Plain, written: str | None = None) -> Splice:
    """Write other data behind a key; `written` is how a single value is to be written."""
    source, colon = slot.at.source, _colon(slot)
    tail = entry("k", data, " " * slot.at.column)[slot.at.column + 2 :].rstrip("\n")
    if written is not None:
        tail = " " + written
    elif holder.flow or _followed(slot):
        tail = " " + flow(data)
    single = isinstance(slot.node, ScalarNode) or slot.node.flow or slot.how == "alias"
    if single and "\n" not in tail and slot.span.start > colon:
        return Splice(source, slot.span.start, slot.span.end, tail[1:])
    return Splice(source, colon, max(colon, slot.span.end), tail)


def replace_item(holder: ListNode, slot: Slot, data: Plain) -> Splice:
    """Write other data in place of an item of a list."""
    column = slot.at.column
    if holder.flow or not (isinstance(data, dict) and data):
        text = flow(data)
    else:
        text = block(data, " " * column)[column:].rstrip("\n")
    return Splice(slot.at.source, slot.at.start, slot.span.end, text)


def insert_field(holder: MapNode, after: Slot, name: str, data: Plain) -> Splice:
    """Put a field in behind another one of the same map."""
    source = after.at.source
    if holder.flow:
        end = max(after.at.end, after.span.end)
        return Splice(source, end, end, f", {key(name)}: {flow(data)}")
    end = _line_end(source, max(after.at.end, after.span.end))
    text = entry(name, data, " " * after.at.column).rstrip("\n")
    return Splice(source, end, end, "\n" + text)


def insert_item(holder: ListNode, after: Slot, data: Plain) -> Splice:
    """Put an item in behind another one of the same list."""
    source = after.at.source
    if holder.flow:
        return Splice(source, after.span.end, after.span.end, f", {flow(data)}")
    end = _line_end(source, after.span.end)
    return Splice(source, end, end, "\n" + item(data, " " * _dash(after)).rstrip("\n"))


def insert_first(holder: ListNode, before: Slot, data: Plain) -> Splice:
    """Put an item in before the one that is now first.

    Raises:
        Uncuttable: the list does not begin on a line of its own.
    """
    source = before.at.source
    if holder.flow:
        return Splice(source, before.at.start, before.at.start, f"{flow(data)}, ")
    start = _own_line(before, r"[ ]*-[ ]+")
    return Splice(source, start, start, item(data, " " * _dash(before)))


def remove(holder: ListNode | MapNode, slot: Slot) -> Splice:
    """Take a field or an item out, with its line or lines.

    Raises:
        Uncuttable: something else stands on the same line, or nothing would be left.
    """
    source = slot.at.source
    if holder.flow:
        return _remove_flow(holder, slot)
    start = _own_line(slot, r"[ ]*-[ ]+" if isinstance(holder, ListNode) else r"[ ]*")
    end = _line_end(source, max(slot.at.end, slot.span.end))
    return Splice(source, start, min(end + 1, len(source.text)), "")


def _remove_flow(holder: ListNode | MapNode, slot: Slot) -> Splice:
    source = slot.at.source
    slots = holder.items if isinstance(holder, ListNode) else list(holder.entries.values())
    own = sorted((s for s in slots if s.how != "merge"), key=lambda s: s.at.start)
    index = [s.at.start for s in own].index(slot.at.start)
    if index + 1 < len(own):
        return Splice(source, slot.at.start, own[index + 1].at.start, "")
    if index == 0:
        raise Uncuttable
    return Splice(source, max(own[index - 1].at.end, own[index - 1].span.end), slot.span.end, "")


def _colon(slot: Slot) -> int:
    """The place right behind the colon of a key."""
    found = slot.at.source.text.find(":", slot.at.end)
    if found < 0:  # a key alone inside braces
        raise Uncuttable
    return found + 1


def _followed(slot: Slot) -> bool:
    """Whether a comment stands behind a value, which more lines would swallow."""
    source, end = slot.at.source, slot.span.end
    return source.text[end : _line_end(source, end)].strip() != ""


def _line_start(source: Source, index: int) -> int:
    return source.text.rfind("\n", 0, index) + 1


def _line_end(source: Source, index: int) -> int:
    end = source.text.find("\n", index)
    if end < 0:
        return len(source.text)
    return end - 1 if source.text[end - 1] == "\r" and end - 1 >= index else end


def _own_line(slot: Slot, before: str) -> int:
    """Where the line of a slot begins, if nothing but `before` stands in front of it."""
    start = _line_start(slot.at.source, slot.at.start)
    if re.fullmatch(before, slot.at.source.text[start : slot.at.start]) is None:
        raise Uncuttable
    return start


def _dash(slot: Slot) -> int:
    """The column of the dash in front of an item."""
    source = slot.at.source
    start = _line_start(source, slot.at.start)
    found = source.text.rfind("-", start, slot.at.start)
    if found < 0:
        raise Uncuttable
    return found - start
