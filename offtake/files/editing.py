"""Single values changed where they stand, with everything around them left alone."""

from __future__ import annotations

from collections.abc import Mapping
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
from offtake.files.places import names_in, reach
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


def _edited(document: Document, path: str, written: str | None) -> Document:
    """Give a document with one value changed in the text of its file."""
    passed, left = reach(document.root, path)
    if left:
        _refuse_unknown(document, passed, left, path)
    node = None if written is None else _node_of(written, path)
    root = _with(document.root, passed, left, node)
    wanted, faults = validate(root, Portfolio)
    if wanted is None:
        raise OfftakeError([_placed(fault, document) for fault in faults])
    try:
        texts = spliced([_splice(document, passed, left, written, node)])
        made = said_with(document, texts)
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


def _placed(fault: Fault, document: Document) -> Fault:
    return Fault(
        code=fault.code,
        what=fault.what,
        where=document.place(fault.where.path),
        got=fault.got,
        hint=fault.hint,
    )


def _refuse_unknown(document: Document, passed: list[Slot], left: str, path: str) -> None:
    """Raise where what is left of a path names no field that could be there."""
    node: Node = passed[-1].node if passed else document.root
    name = left.partition(".")[0]
    if left in (HEADER, INCLUDE):
        hint: str | None = "change it in the file itself"
    elif isinstance(node, ListNode):
        hint = did_you_mean(name, names_in(node))
    else:
        shape = _shape_at(document, passed)
        if shape is not None and shape.kind == "map":
            return
        made = shape.made if shape is not None and shape.kind == "entry" else None
        if made is not None and name in fields_of(made):
            return
        hint = unknown_hint(name, made) if made is not None else None
    where = document.place(path[: len(path) - len(left)].rstrip("."))
    raise OfftakeError(
        Fault(
            code="OTK-F042",
            what=f"there is no '{name}' to change",
            where=Where(file=where.file, line=where.line, column=where.column, path=path),
            hint=hint,
        )
    )


def _shape_at(document: Document, passed: list[Slot]) -> Shape | None:
    shape: Shape | None = Shape("entry", made=Portfolio)
    node: Node = document.root
    for slot in passed:
        if shape is None:
            return None
        if shape.kind == "entry" and isinstance(node, MapNode):
            name = next(key for key, held_ in node.entries.items() if held_ is slot)
            field = fields_of(cast(type, shape.made)).get(name)
            shape = field.shape if field is not None else None
        else:
            shape = shape.item
        node = slot.node
    return shape


def _with(root: Node, passed: list[Slot], left: str, node: Node | None) -> MapNode:
    """Give a tree like the root's with one node replaced, added or taken out."""
    return cast(MapNode, _rebuilt(root, passed, left, node))


def _rebuilt(here: Node, passed: list[Slot], left: str, node: Node | None) -> Node:
    if passed:
        inner: Node | None
        last = len(passed) == 1 and not left
        inner = node if last else _rebuilt(passed[0].node, passed[1:], left, node)
        return _exchanged(here, passed[0], inner)
    assert isinstance(here, MapNode)
    if node is None:
        return here
    name, _, rest = left.partition(".")
    inner = _rebuilt(MapNode(node.span), [], rest, node) if rest else node
    slot = Slot(here.span, inner, node.span)
    return MapNode(here.span, {**here.entries, name: slot})


def _exchanged(here: Node, slot: Slot, node: Node | None) -> Node:
    """Give a list or map with another node in one slot, or without the slot."""

    def fresh(old: Slot) -> Slot:
        return Slot(old.at, node, old.span) if old is slot and node is not None else old

    if isinstance(here, ListNode):
        items = [fresh(old) for old in here.items if not (old is slot and node is None)]
        return ListNode(here.span, items)
    assert isinstance(here, MapNode)
    kept = {
        key: fresh(old) for key, old in here.entries.items() if not (old is slot and node is None)
    }
    return MapNode(here.span, kept)


def _splice(
    document: Document, passed: list[Slot], left: str, written: str | None, node: Node | None
) -> Splice:
    """Cut one value in, out or over."""
    if any(slot.how != "own" for slot in passed[:-1]):
        raise Uncuttable
    holders = [document.root, *(slot.node for slot in passed)]
    if left:
        if node is None:
            raise Uncuttable
        return _inserted(document, passed, left, node)
    slot, holder = passed[-1], holders[-2]
    part = next((p for p in _parts(holder) if p.span.source is slot.at.source), holder)
    if slot.how == "merge":
        raise Uncuttable
    if node is None:
        return remove(cast(MapNode, part), slot)
    data = cast(Plain, held(node))
    if isinstance(part, MapNode):
        return replace_field(part, slot, data, _as_written(node, part, written))
    return replace_item(cast(ListNode, part), slot, data)


def _as_written(node: Node, holder: MapNode, written: str | None) -> str | None:
    """The user's own form of an unquoted value, such as `1.2 GW`, where it may stand so."""
    if isinstance(node, ScalarNode) and node.style == "" and written is not None:
        form = written.strip()
        if not (holder.flow and set(form) & set(",[]{}")) and form == node.text:
            return form
    return None


def _inserted(document: Document, passed: list[Slot], left: str, node: Node) -> Splice:
    holder = passed[-1].node if passed else document.root
    shape = _shape_at(document, passed)
    if not isinstance(holder, MapNode) or shape is None:
        raise Uncuttable
    name, *deeper = left.split(".")
    data = cast(Plain, held(node))
    for step in reversed(deeper):
        data = {step: data}
    order = list(fields_of(shape.entry)) if shape.entry is not None else sorted(holder.entries)
    part, neighbour = before(holder, name, order)
    return insert_field(part, neighbour, name, data)


def _parts(node: Node) -> tuple[Node, ...]:
    return () if isinstance(node, ScalarNode) else node.parts
