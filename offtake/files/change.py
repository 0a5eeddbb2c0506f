"""From one portfolio to another, as small cuts into the files of the first.

Both portfolios are walked together with the tree of the files; only where they differ is
anything cut. A value that comes by an alias or a merge key is written out where it is to
differ, and where its anchor is to differ while the alias is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from offtake.files.emit import terse
from offtake.files.nodes import ListNode, MapNode, Node, ScalarNode, Slot, slots
from offtake.files.shape import fields_of
from offtake.files.splice import (
    Splice,
    Uncuttable,
    insert_field,
    insert_first,
    insert_item,
    remove,
    replace_field,
    replace_item,
    spliced,
)
from offtake.model.canonical import Plain, entry_name, plain
from offtake.model.portfolio import Portfolio
from offtake.model.value import Value

Anchor = tuple[Path, int]


def changed_texts(root: MapNode, old: Portfolio, new: Portfolio) -> dict[Path, str]:
    """Give the new text of each file that has to change for `old` to become `new`.

    Raises:
        Uncuttable: the files cannot be changed by small cuts.
    """
    loose: frozenset[Anchor] = frozenset()
    while True:
        change = _Change(loose)
        change.fields(root, old, new)
        if change.shaken <= loose:
            return spliced(change.splices)
        loose |= change.shaken


@dataclass
class _Change:
    """The cuts collected so far.

    `shaken` are the anchored nodes in which something changes. The next walk takes them
    as `loose`: every alias of one is then written out.
    """

    loose: frozenset[Anchor] = frozenset()
    shaken: set[Anchor] = field(default_factory=set)
    splices: list[Splice] = field(default_factory=list)

    def fields(self, node: MapNode, old: Value, new: Value) -> None:
        """Change the fields of an entry."""
        order = list(fields_of(type(new)))
        for name, known in fields_of(type(new)).items():
            was, want = getattr(old, name), getattr(new, name)
            slot = node.entries.get(name)
            if slot is not None:
                default = not known.required and want == known.default
                self._field(node, slot, was, want, default, (order, name))
            elif was != want:
                self._insert(node, name, want, order)

    def _keys(
        self, node: MapNode, old: Mapping[object, object], new: Mapping[object, object]
    ) -> None:
        """Change what a map holds."""
        order = [str(plain(key)) for key in new]
        kept = [key for key in old if key in new]
        if not kept or (node.flow and len(old) - len(kept) > 1):
            raise Uncuttable
        for key in old:
            slot = node.entries[str(plain(key))]
            if key not in new:
                if slot.how == "merge":
                    raise Uncuttable
                self._remove(_map_part(node, slot), slot)
            else:
                name = str(plain(key))
                self._field(node, slot, old[key], new[key], False, (order, name))
        for key in new:
            if key not in old:
                self._insert(node, str(plain(key)), new[key], order)

    def _field(
        self,
        node: MapNode,
        slot: Slot,
        old: object,
        new: object,
        default: bool,
        place: tuple[list[str], str],
    ) -> None:
        """Change what stands behind one key."""
        if not self._differs(slot, old, new):
            return
        holder = _map_part(node, slot)
        if slot.how == "merge":
            self._insert(node, place[1], new, place[0])
            return
        if slot.how == "own" and self._inside(slot.node, old, new):
            return
        if default and (new is None or isinstance(new, tuple | Mapping)):
            own = [other for other in holder.entries.values() if other.how != "merge"]
            if len(own) > 1 and self._try_remove(holder, slot):
                self._empty_others(node, holder, place[1])
                return
        self._shake(slot)
        self.splices.append(replace_field(holder, slot, terse(new)))
        self._empty_others(node, holder, place[1])

    def _remove(self, holder: MapNode | ListNode, slot: Slot) -> None:
        self.splices.append(remove(holder, slot))
        self._shake(slot)

    def _shake(self, slot: Slot) -> None:
        """Note every anchor that goes with what is written in a slot."""
        if slot.how != "own":
            return
        if slot.node.anchored:
            self.shaken.add(_anchor(slot.node))
        for inner in slots(slot.node):
            self._shake(inner)

    def _empty_others(self, node: MapNode, holder: MapNode, name: str) -> None:
        """Leave nothing of a list or map in the other files, now that one says all of it."""
        for part in node.parts:
            other = part.entries.get(name)
            if part is not holder and other is not None:
                empty: Plain = [] if isinstance(other.node, ListNode) else {}
                self._shake(other)
                self.splices.append(replace_field(part, other, empty))

    def _try_remove(self, holder: MapNode, slot: Slot) -> bool:
        try:
            self._remove(holder, slot)
        except Uncuttable:
            return False
        return True

    def _differs(self, slot: Slot, old: object, new: object) -> bool:
        """Whether something is to be done at or below a slot."""
        if old != new:
            if slot.how == "own" and slot.node.anchored:
                self.shaken.add(_anchor(slot.node))
            return True
        if not self.loose:
            return False
        return _anchor(slot.node) in self.loose if slot.how != "own" else _holds_more(slot.node)

    def _inside(self, node: Node, old: object, new: object) -> bool:
        """Change what a list or map holds; False if it has to be written anew."""
        mark = len(self.splices)
        if isinstance(node, MapNode) and any(_anchor(part) in self.loose for part in node.merged):
            return False
        try:
            match node, old, new:
                case MapNode(), Value(), Value():
                    self.fields(node, old, new)
                case MapNode(), Mapping(), Mapping():
                    self._keys(node, old, new)
                case ListNode(), tuple(), tuple():
                    self._items(node, old, new)
                case _:
                    return False
        except Uncuttable:
            del self.splices[mark:]
            return False
        return True

    def _items(self, node: ListNode, old: tuple[object, ...], new: tuple[object, ...]) -> None:
        """Change the items of a list: by name where all have one, else by position."""
        was, want = _names(old), _names(new)
        kept = [name for name in want if name in was]
        if not kept or kept != [name for name in was if name in want]:
            raise Uncuttable
        if node.flow and len(was) - len(kept) > 1:
            raise Uncuttable
        places = dict(zip(was, node.items, strict=True))
        befores = dict(zip(was, old, strict=True))
        for name in was:
            if name not in want:
                self._remove(_list_part(node, places[name]), places[name])
        last: Slot | None = None
        for name, item in zip(want, new, strict=True):
            if name in places:
                last = places[name]
                self._item(node, last, befores[name], item)
            elif last is not None:
                self.splices.append(insert_item(_list_part(node, last), last, terse(item)))
            else:
                first = places[kept[0]]
                self.splices.append(insert_first(_list_part(node, first), first, terse(item)))

    def _item(self, node: ListNode, slot: Slot, old: object, new: object) -> None:
        if not self._differs(slot, old, new):
            return
        if slot.how == "own" and self._inside(slot.node, old, new):
            return
        self._shake(slot)
        self.splices.append(replace_item(_list_part(node, slot), slot, terse(new)))

    def _insert(self, node: MapNode, name: str, new: object, order: list[str]) -> None:
        """Put a key in behind the one that comes before it in the given order."""
        holder, neighbour = before(node, name, order)
        self.splices.append(insert_field(holder, neighbour, name, terse(new)))


def before(node: MapNode, name: str, order: list[str]) -> tuple[MapNode, Slot]:
    """Find the field a new one is to stand behind: what comes before it in the order.

    In a joined map that is one of the first file's.

    Raises:
        Uncuttable: there is none.
    """
    part = node.parts[0] if node.parts else node
    own = {key: slot for key, slot in part.entries.items() if slot.how != "merge"}
    earlier = order[: order.index(name)] if name in order else order
    near = [key for key in earlier if key in own]
    if near:
        return part, own[near[-1]]
    if not own:
        raise Uncuttable
    return part, next(iter(own.values()))


def _names(items: tuple[object, ...]) -> list[str]:
    """Names of the items where each has one of its own, else their positions."""
    named = [entry_name(plain(item)) if isinstance(item, Value) else None for item in items]
    if None in named or len(set(named)) < len(named):
        return [str(index) for index in range(len(items))]
    return cast(list[str], named)


def _map_part(node: MapNode, slot: Slot) -> MapNode:
    """The part of a joined map that a slot of it is written in."""
    return next((part for part in node.parts if part.span.source is slot.at.source), node)


def _list_part(node: ListNode, slot: Slot) -> ListNode:
    """The part of a joined list that a slot of it is written in."""
    return next((part for part in node.parts if part.span.source is slot.at.source), node)


def _anchor(node: Node) -> Anchor:
    return node.span.source.path, node.span.start


def _holds_more(node: Node) -> bool:
    return not isinstance(node, ScalarNode)
