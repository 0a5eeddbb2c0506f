"""Single values changed where they stand, with everything around them left alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from offtake.errors import Fault, OfftakeError, Where, did_you_mean
from offtake.files.change import before
from offtake.files.compose import compose
from offtake.files.document import Document, open_document
from offtake.files.gather import HEADER, INCLUDE
from offtake.files.nodes import (
    ListNode,
    MapNode,
    Node,
    ScalarNode,
    Slot,
    Source,
    Span,
    held,
    meaning,
)
from offtake.files.places import below, names_in, reach
from offtake.files.reading import validate
from offtake.files.shape import Shape, fields_of
from offtake.files.splice import (
    Splice,
    Uncuttable,
    insert_field,
    remove,
    replace_field,
    replace_item,
    spliced,
)
from offtake.files.wording import unknown_hint
from offtake.files.writing import changed, difference, said_with, write_text
from offtake.model.canonical import Plain
from offtake.model.portfolio import Portfolio


def edit(path: str | Path, values: Mapping[str, str | None], *, dry_run: bool = False) -> str:
    """Set single values of a portfolio's files and give what changed as a unified diff.

        edit("worlds/mine", {"offers.narvik-b.power_it_mw": "1.2 GW"})

    Each value is text as a file would hold it; None takes the field out. It lands in the
    file its entry stands in, and nothing else in that file moves. All of it is validated
    before any of it is written; with `dry_run` nothing is.

    Raises:
        OfftakeError: the files are not sound before or would not be after, a path names
            nothing (`OTK-F042`), or a file cannot be written (`OTK-F041`).
    """
    original = document = open_document(path)
    faults: list[Fault] = []
    for where, written in values.items():
        try:
            document = _edited(document, where, written)
        except OfftakeError as error:
            faults += error.faults
    if faults:
        raise OfftakeError(faults)
    texts = {
        file: tree.span.source.text
        for file, tree in document.trees.items()
        if tree.span.source.text != original.trees[file].span.source.text
    }
    if not dry_run:
        for file, text in texts.items():
            write_text(file, text)
    return difference(original, texts)


@dataclass(frozen=True, slots=True)
class _Aim:
    """A place to write to: the slots on the way that are there, and the keys that are not."""

    document: Document
    path: str
    passed: tuple[Slot, ...]
    missing: tuple[str, ...]
    shape: Shape | None
    """What the model wants at the last slot that is there."""

    @property
    def holder(self) -> Node:
        """The list or map that is to be written in."""
        above = self.passed if self.missing else self.passed[:-1]
        return above[-1].node if above else self.document.root


def _edited(document: Document, path: str, written: str | None) -> Document:
    """Give a document with one value changed in the text of its file."""
    aim = _aimed(document, path)
    node = None if written is None else _node_of(written, path)
    wanted, faults = validate(cast(MapNode, _with(document.root, aim, node)), Portfolio)
    if wanted is None:
        places = [(fault, document.place(fault.where.path)) for fault in faults]
        raise OfftakeError([replace(fault, where=where) for fault, where in places])
    try:
        made = said_with(document, spliced([_splice(aim, written, node)]))
        if made.portfolio == wanted:
            return made
    except (Uncuttable, OfftakeError):
        pass
    return said_with(document, changed(document, wanted))


def _node_of(written: str, path: str) -> Node:
    """Parse what is to be written; the fault of what cannot be parsed names the path."""
    source = Source(path, Path(path), written)
    if not written.strip():
        return ScalarNode(Span(source, 0, len(written)), written, written, "'")
    if meaning(written.strip()) is None:
        return ScalarNode(Span(source, 0, len(written)), None, written.strip())
    node, faults = compose(source)
    if node is None or faults or "\n" in written.strip():
        what = faults[0].what if faults else "a value on one line is wanted"
        where = Where(path=path)
        raise OfftakeError(Fault(code="OTK-F008", what=what, where=where, got=f"'{written}'"))
    return node


def _aimed(document: Document, path: str) -> _Aim:
    """Follow a path as far as it is written, and make sure the rest could be.

    Raises:
        OfftakeError: it could not (`OTK-F042`).
    """
    passed, left = reach(document.root, path)
    shape: Shape | None = Shape("entry", made=Portfolio)
    node: Node = document.root
    for slot in passed:
        keys = node.entries if isinstance(node, MapNode) else {}
        shape = below(shape, next((key for key, one in keys.items() if one is slot), "0"))
        node = slot.node
    steps = _steps(shape, left)
    if steps and (left in (HEADER, INCLUDE) or not _could_hold(shape, node, steps[0])):
        raise OfftakeError(_unknown(document, path, left, node, shape))
    return _Aim(document, path, tuple(passed), steps, shape)


def _steps(shape: Shape | None, left: str) -> tuple[str, ...]:
    """Cut what is left of a path into keys; the keys of a map may hold dots themselves."""
    if not left:
        return ()
    if shape is not None and shape.item is not None and not shape.item.holds_more:
        return (left,)
    name, _, rest = left.partition(".")
    return (name, *_steps(below(shape, name), rest))


def _could_hold(shape: Shape | None, node: Node, name: str) -> bool:
    if isinstance(node, ListNode) or shape is None:
        return False
    return shape.kind == "map" or below(shape, name) is not None


def _unknown(document: Document, path: str, left: str, node: Node, shape: Shape | None) -> Fault:
    name = left.partition(".")[0]
    hint: str | None = None
    if left in (HEADER, INCLUDE):
        hint = "change it in the file itself"
    elif isinstance(node, ListNode):
        hint = did_you_mean(name, names_in(node))
    elif shape is not None and shape.kind == "entry" and shape.entry is not None:
        hint = unknown_hint(name, shape.entry)
    where = document.place(path[: len(path) - len(left)].rstrip("."))
    return Fault(
        code="OTK-F042",
        what=f"there is no '{name}' to change",
        where=replace(where, path=path),
        hint=hint,
    )


def _with(here: Node, aim: _Aim, node: Node | None, depth: int = 0) -> Node:
    """Give a tree like the document's with one node put over, put in or taken out."""
    if depth < len(aim.passed):
        slot = aim.passed[depth]
        last = depth + 1 == len(aim.passed) and not aim.missing
        return _exchanged(here, slot, node if last else _with(slot.node, aim, node, depth + 1))
    if node is None or not isinstance(here, MapNode):
        return here
    for step in reversed(aim.missing[1:]):
        node = MapNode(node.span, {step: Slot(node.span, node, node.span)})
    added = Slot(here.span, node, node.span)
    return MapNode(here.span, {**here.entries, aim.missing[0]: added})


def _exchanged(here: Node, slot: Slot, node: Node | None) -> Node:
    """Give a list or map with another node in one slot, or without the slot."""
    fresh = None if node is None else Slot(slot.at, node, slot.span)
    if isinstance(here, ListNode):
        items = [fresh if old is slot else old for old in here.items]
        return ListNode(here.span, [one for one in items if one is not None])
    assert isinstance(here, MapNode)
    entries = {key: fresh if old is slot else old for key, old in here.entries.items()}
    return MapNode(here.span, {key: one for key, one in entries.items() if one is not None})


def _splice(aim: _Aim, written: str | None, node: Node | None) -> Splice:
    """Cut one value in, out or over."""
    if any(slot.how != "own" for slot in aim.passed[:-1]):
        raise Uncuttable
    if aim.missing:
        return _inserted(aim, node)
    slot = aim.passed[-1]
    if slot.how == "merge" or isinstance(aim.holder, ScalarNode):
        raise Uncuttable
    parts = (*aim.holder.parts, aim.holder)
    part = next(p for p in parts if p.span.source is slot.at.source or p is aim.holder)
    if node is None:
        return remove(part, slot)
    data = cast(Plain, held(node))
    if isinstance(part, MapNode):
        return replace_field(part, slot, data, _as_written(node, part, written))
    return replace_item(part, slot, data)


def _as_written(node: Node, holder: MapNode, written: str | None) -> str | None:
    """The user's own form of an unquoted value, such as `1.2 GW`, where it may stand so."""
    if isinstance(node, ScalarNode) and node.style == "" and written is not None:
        form = written.strip()
        if not (holder.flow and set(form) & set(",[]{}")) and form == node.text:
            return form
    return None


def _inserted(aim: _Aim, node: Node | None) -> Splice:
    if not isinstance(aim.holder, MapNode) or aim.shape is None or node is None:
        raise Uncuttable
    name, *deeper = aim.missing
    data = cast(Plain, held(node))
    for step in reversed(deeper):
        data = {step: data}
    order = sorted({*aim.holder.entries, name})
    if aim.shape.kind == "entry" and aim.shape.entry is not None:
        order = list(fields_of(aim.shape.entry))
    part, neighbour = before(aim.holder, name, order)
    return insert_field(part, neighbour, name, data)
