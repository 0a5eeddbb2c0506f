"""Records in YAML: `records/*.yaml`, read with the care of a portfolio's files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from offtake.errors import OfftakeError, Where
from offtake.files.document import place
from offtake.files.gather import HEADER, composed, header_faults, joined
from offtake.files.nodes import ListNode, MapNode
from offtake.files.places import names_in
from offtake.files.reading import validate
from offtake.files.records.form import FORMAT, KINDS, RecordFile
from offtake.files.records.parts import Found, Metered, Place
from offtake.files.source import Reader
from offtake.model.records import Readings


def read_trees(paths: Iterable[Path], found: Found) -> None:
    """Add what YAML files say, and every fault of them."""
    reader = Reader()
    trees: list[MapNode] = []
    for path in paths:
        try:
            tree = composed(reader.read(path, str(path)), found.faults, FORMAT)
        except OfftakeError as error:
            found.faults.extend(error.faults)
            continue
        if tree is not None:
            wrong = list(header_faults(tree, required=True, form=FORMAT))
            found.faults.extend(wrong)
            if not wrong:
                trees.append(tree)
    if trees:
        _take(joined(trees, found.faults, (HEADER,)), found)


def _take(root: MapNode, found: Found) -> None:
    said, faults = validate(root, RecordFile)
    found.faults.extend(faults)
    if said is None:
        return
    for kind in KINDS:
        if kind != "readings":
            found.take(kind, getattr(said, kind), _places(root, kind))
    if said.readings:
        found.readings.append(Metered(Readings.of(said.readings), _places(root, "readings")))


def _places(root: MapNode, kind: str) -> Place:
    slot = root.entries.get(kind)
    names = names_in(slot.node) if slot is not None and isinstance(slot.node, ListNode) else []

    def where(row: int, field: str) -> Where:
        below = f".{field}" if field else ""
        found = place(f"{kind}.{row}{below}", root)
        return replace(found, path=f"{kind}.{names[row]}{below}")

    return where
