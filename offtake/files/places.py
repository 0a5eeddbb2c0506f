"""From a place in the data to its place in the files, by index or by name.

('offers', 3, 'power_it_mw')      as a validator counts
offers.narvik-b.power_it_mw       as people and checks say it
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from offtake.files.nodes import ListNode, MapNode, Node, ScalarNode, Slot, Span
from offtake.files.shape import Shape, fields_of
from offtake.model.value import Value

Loc = tuple[str | int, ...]
NAMES = ("id", "party")
"""The fields an entry of a list goes by; see `offtake.model.canonical.entry_name`."""


@dataclass(frozen=True, slots=True)
class Trail:
    """A place that was followed as far as the files go.

    `node` is None when nothing is written there; `at` is then the nearest thing above.
    `shape` is what the model wants there, None where it knows no such place, and `owner`
    the class whose field it is, or is in.
    """

    path: str
    at: Span
    node: Node | None
    shape: Shape | None
    owner: type[Value] | None


def follow(root: MapNode, shape: Shape, loc: Loc) -> Trail:
    """Follow a validator's place through the tree and the model."""
    node: Node | None = root
    at, want, owner = root.span, shape, None
    words: list[str] = []
    known: Shape | None = want
    for step in loc:
        slot, word = _step(node, step)
        words.append(word)
        if slot is not None:
            at = slot.at
        node = slot.node if slot is not None else None
        if known is not None and known.kind == "entry":
            owner = known.entry
        known = below(known, str(step))
    return Trail(".".join(words), at, node, known, owner)


def _step(node: Node | None, step: str | int) -> tuple[Slot | None, str]:
    match node, step:
        case MapNode(), _:
            return node.entries.get(str(step)), str(step)
        case ListNode(), int() if step < len(node.items):
            return node.items[step], names_in(node)[step]
        case _:
            return None, str(step)


def below(shape: Shape | None, step: str) -> Shape | None:
    """Give what the model wants one step below a shape; None where it knows no such place."""
    match shape:
        case Shape(kind="entry", made=made) if made is not None:
            field = fields_of(made).get(step)
            return field.shape if field is not None else None
        case Shape(kind="list" | "map", item=item):
            return item
        case _:
            return None


def name_of(node: Node) -> str | None:
    """Give the name an entry goes by; None when it has none."""
    if isinstance(node, MapNode):
        for key in NAMES:
            slot = node.entries.get(key)
            if slot is not None and isinstance(slot.node, ScalarNode) and slot.node.text:
                return slot.node.text
    return None


def names_in(node: ListNode) -> list[str]:
    """Name every item of a list: by its own name, or by its index where that is no name.

    An item without a name, and all but the first of those that share one, go by index.
    """
    made: list[str] = []
    seen: set[str] = set()
    for index, slot in enumerate(node.items):
        name = name_of(slot.node)
        made.append(str(index) if name is None or name in seen else name)
        seen.add(made[-1])
    return made


def reach(root: Node, path: str) -> tuple[list[Slot], str]:
    """Follow a dotted path of names or indexes as far as it goes.

    Names may hold dots themselves: the longest name that fits is taken. Gives back the
    slots that were passed, outermost first, and what of the path is left.
    """
    passed: list[Slot] = []
    node, left = root, path
    while left:
        found = next(_fitting(node, left), None)
        if found is None:
            break
        slot, left = found
        passed.append(slot)
        node = slot.node
    return passed, left


def _fitting(node: Node, path: str) -> Iterator[tuple[Slot, str]]:
    """The slots whose name begins the path, the longest name first."""
    named: list[tuple[str, Slot]] = []
    if isinstance(node, MapNode):
        named += node.entries.items()
    elif isinstance(node, ListNode):
        named += zip(names_in(node), node.items, strict=True)
        named += ((str(index), slot) for index, slot in enumerate(node.items))
    for name, slot in sorted(named, key=lambda pair: -len(pair[0])):
        if path == name or path.startswith(f"{name}."):
            yield slot, path[len(name) + 1 :]
