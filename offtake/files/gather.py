"""The files of one portfolio, read and joined into one tree.

    portfolio.yaml ──include──> sites.yaml, offers.yaml, …

Lists of one name are joined, maps of one name are merged, and a single value may be said
once. An included file stands inside the portfolio's folder and may include others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from offtake.errors import Fault, OfftakeError
from offtake.files.compose import compose
from offtake.files.nodes import ListNode, MapNode, Node, ScalarNode, Slot, Source, Span, shown
from offtake.files.source import Reader, missing

HEADER = "offtake"
"""The key that says what a file is."""
FORMAT = "portfolio/1"
"""Name and version of the form of a portfolio's files."""
INCLUDE = "include"
_OURS = (HEADER, INCLUDE)


@dataclass
class Gathered:
    """What was found: the joined tree, each file's own tree, and what is wrong."""

    root: MapNode
    faults: list[Fault] = field(default_factory=list)
    files: dict[Path, MapNode] = field(default_factory=dict)
    """The tree of each file that could be read, the first file first."""
    order: list[Path] = field(default_factory=list)
    """Every file that was to be read, in the order of reading."""
    complete: bool = True
    """Whether every file could be read, so that what is not there is not anywhere."""
    newer: bool = False
    """Whether a file is of a form this release does not know."""


def gather(
    first: Path,
    instead: Mapping[Path, str] | None = None,
    known: Mapping[Path, MapNode] | None = None,
) -> Gathered:
    """Read a portfolio's first file and all it includes, and join them.

    `instead` holds texts to take in place of files on disk; `known` trees to take again
    where the text has not changed. Nothing is raised: every fault is in `faults`.
    """
    source = Source(str(first), first, "")
    gathered = Gathered(root=MapNode(Span(source, 0, 0)))
    gatherer = _Gatherer(gathered, Reader(instead), first.parent, known or {})
    gatherer.file(first, str(first), ())
    trees = list(gathered.files.values())
    if trees:
        gathered.root = joined(trees, gathered.faults)
    return gathered


@dataclass
class _Gatherer:
    gathered: Gathered
    reader: Reader
    folder: Path
    known: Mapping[Path, MapNode]

    def file(self, path: Path, name: str, above: tuple[Path, ...]) -> None:
        self.gathered.order.append(path)
        tree = self._tree(path, name)
        if tree is None:
            self.gathered.complete = False
            return
        self.gathered.files[path] = tree
        for fault in header_faults(tree, required=not above):
            self.gathered.faults.append(fault)
            self.gathered.newer |= fault.code == "OTK-F031"
        for slot in self._included(tree):
            self._include(slot, path, (*above, path))

    def _tree(self, path: Path, name: str) -> MapNode | None:
        try:
            source = self.reader.read(path, name)
        except OfftakeError as error:
            self.gathered.faults.extend(error.faults)
            return None
        known = self.known.get(path)
        if known is not None and known.span.source.text == source.text:
            return known
        return composed(source, self.gathered.faults)

    def _included(self, tree: MapNode) -> list[Slot]:
        slot = tree.entries.get(INCLUDE)
        if slot is None:
            return []
        if isinstance(slot.node, ListNode):
            return slot.node.items
        if not (isinstance(slot.node, ScalarNode) and slot.node.held is None):
            self._refuse("OTK-F020", "a list of files is wanted", slot, f"write [{_said(slot)}]")
        return []

    def _include(self, slot: Slot, including: Path, above: tuple[Path, ...]) -> None:
        if not (isinstance(slot.node, ScalarNode) and isinstance(slot.node.held, str)):
            self._refuse("OTK-F020", "the name of a file is wanted", slot)
            return
        name = slot.node.held
        path = including.parent / name
        if not _inside(path, self.folder):
            hint = f"only files below {self.folder} can be included, named relative to this file"
            self._refuse("OTK-F020", "a file outside the portfolio's folder", slot, hint)
        elif any(_same(path, seen) for seen in (*above, *self.gathered.files)):
            what = "includes itself" if any(_same(path, up) for up in above) else "included twice"
            self._refuse("OTK-F022", what, slot, "remove one of the lines")
        elif not path.is_file() and path not in self.reader.instead:
            self.gathered.complete = False
            self.gathered.faults.append(missing(path, slot.at.where(INCLUDE), "OTK-F021"))
        else:
            self.file(path, str(path), above)

    def _refuse(self, code: str, what: str, slot: Slot, hint: str | None = None) -> None:
        self.gathered.complete = False
        where = slot.at.where(INCLUDE)
        self.gathered.faults.append(
            Fault(code=code, what=what, where=where, got=shown(slot.node), hint=hint)
        )


def composed(source: Source, faults: list[Fault], form: str = FORMAT) -> MapNode | None:
    """Give the tree of a file that is a map of fields; None, and why, where it is not."""
    node, found = compose(source)
    faults.extend(found)
    if isinstance(node, MapNode):
        return node
    if node is not None:
        faults.append(
            Fault(
                code="OTK-F015",
                what="a file is a map of fields",
                where=node.span.where(),
                got=shown(node),
                hint=f"begin with `{HEADER}: {form}`",
            )
        )
    return None


def _said(slot: Slot) -> str:
    return slot.node.text if isinstance(slot.node, ScalarNode) else "sites.yaml, offers.yaml"


def _inside(path: Path, folder: Path) -> bool:
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):  # a name no file can have, links in a ring
        return False


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def header_faults(tree: MapNode, *, required: bool, form: str = FORMAT) -> Iterator[Fault]:
    """Give what is wrong with the line that says what a file is."""
    slot = tree.entries.get(HEADER)
    if slot is None:
        if required:
            yield Fault(
                code="OTK-F030",
                what="the file does not say what it is",
                where=tree.span.source.where(0),
                hint=f"begin it with `{HEADER}: {form}`",
            )
        return
    said = slot.node.held if isinstance(slot.node, ScalarNode) else None
    if said == form:
        return
    where = slot.at.where(HEADER)
    wanted = form.partition("/")[0]
    found, _, version = str(said).partition("/")
    if found == wanted and version.isdecimal() and int(version[:9]) > 1:
        what, hint = "written for a newer offtake", f"this one reads {form}; upgrade offtake"
    else:
        article = "a " if wanted == "portfolio" else ""
        what, hint = f"not the header of {article}{wanted}", f"write `{HEADER}: {form}`"
    yield Fault(code="OTK-F031", what=what, where=where, got=shown(slot.node), hint=hint)


def joined(trees: list[MapNode], faults: list[Fault], ours: Collection[str] = _OURS) -> MapNode:
    """Join the trees of several files into one; keys of `ours` are left out."""
    made = MapNode(trees[0].span, parts=tuple(trees))
    for tree in trees:
        for key, slot in tree.entries.items():
            if key not in ours:
                _enter(made, key, slot, faults, key)
    return made


def _enter(made: MapNode, key: str, slot: Slot, faults: list[Fault], path: str) -> None:
    present = made.entries.get(key)
    if present is None or _is_empty(present.node):
        made.entries[key] = Slot(slot.at, _copied(slot.node), slot.span, slot.how)
    elif isinstance(present.node, ListNode) and isinstance(slot.node, ListNode):
        present.node.items.extend(slot.node.items)
        present.node.parts = (*present.node.parts, slot.node)
    elif isinstance(present.node, MapNode) and isinstance(slot.node, MapNode):
        present.node.parts = (*present.node.parts, slot.node)
        for inner, item in slot.node.entries.items():
            _enter(present.node, inner, item, faults, f"{path}.{inner}")
    elif not _is_empty(slot.node):
        first = present.at.where()
        faults.append(
            Fault(
                code="OTK-F023",
                what="said in two files",
                where=slot.at.where(path),
                got=shown(slot.node),
                hint=f"{first.file}:{first.line} says {shown(present.node)}; keep one of the two",
            )
        )


def _copied(node: Node) -> Node:
    """A container of the joined tree's own, so that joining leaves each file's tree alone."""
    match node:
        case ListNode():
            made = ListNode(node.span, list(node.items), node.flow, anchored=node.anchored)
            made.parts = (node,)
            return made
        case MapNode():
            entries = {
                key: Slot(slot.at, _copied(slot.node), slot.span, slot.how)
                for key, slot in node.entries.items()
            }
            copy = MapNode(node.span, entries, node.flow, anchored=node.anchored)
            copy.parts, copy.merged = (node,), node.merged
            return copy
        case ScalarNode():
            return node


def _is_empty(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.held is None
