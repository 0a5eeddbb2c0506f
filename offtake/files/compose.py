"""Text to a tree of nodes, with every fault's line and a bound on what aliases repeat.

ruamel.yaml cuts the text into events; the tree is put together here, because that is
where duplicate keys, tags, depth and repetition have to be seen with their place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from offtake.errors import Fault
from offtake.files.nodes import (
    Held,
    ListNode,
    MapNode,
    Node,
    ScalarNode,
    Slot,
    Source,
    Span,
    meaning,
)
from offtake.files.syntax import syntax_fault

MOST_LEVELS = 64
"""Levels of lists and maps inside each other; a portfolio needs fewer than ten."""
MOST_REPEATED = 100_000
"""Nodes that aliases and merge keys may bring in, all together."""

_HALVES = re.compile("[\ud800-\udfff]")
_TAG = "tag:yaml.org,2002:"
_KINDS: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "null": (type(None),),
}

Event = Any
Container = TypeVar("Container", ListNode, MapNode)


class _Stop(Exception):  # noqa: N818 - it ends the reading of one file, nothing more
    """The rest of the file cannot be understood."""


def compose(source: Source) -> tuple[Node | None, list[Fault]]:
    """Give the tree of a file and its faults; no tree where the text cannot be followed."""
    composer = _Composer(source)
    try:
        return composer.document(), composer.faults
    except _Stop:
        return None, composer.faults
    except MarkedYAMLError as error:
        return None, [*composer.faults, syntax_fault(source, error)]
    except (YAMLError, ValueError, OverflowError, AttributeError) as error:
        what = str(error).partition("\n")[0]
        fault = Fault(code="OTK-F008", what=f"not YAML: {what}", where=source.where(0))
        return None, [*composer.faults, fault]


@dataclass
class _Composer:
    source: Source
    faults: list[Fault] = field(default_factory=list)
    anchors: dict[str, Node | None] = field(default_factory=dict)
    repeated: int = 0

    def document(self) -> Node | None:
        """Give the one document of the file; None when there is none."""
        events = iter(YAML(typ="safe", pure=True).parse(self.source.text))
        root: Node | None = None
        for event in events:
            if not isinstance(event, DocumentStartEvent):
                continue
            self._version(event)
            if root is not None:
                self._fault("OTK-F014", "more than one document in a file", event)
                break
            root = self._node(next(events), events, 1)
        if root is None or (isinstance(root, ScalarNode) and root.held is None):
            self.faults.append(
                Fault(code="OTK-F007", what="the file is empty", where=self.source.where(0))
            )
            return None
        return root

    def _version(self, event: Event) -> None:
        if event.version is not None and tuple(event.version) != (1, 2):
            said = ".".join(map(str, event.version))
            hint = "remove the line `%YAML`; files are read as YAML 1.2"
            self._fault("OTK-F008", f"written for YAML {said}", event, hint)

    def _node(self, event: Event, events: Iterator[Event], level: int) -> Node:
        if level > MOST_LEVELS:
            self._fault("OTK-F009", f"nested deeper than {MOST_LEVELS} levels", event)
            raise _Stop
        match event:
            case AliasEvent():
                return self._alias(event, level)
            case ScalarEvent():
                node: Node = self._scalar(event)
            case SequenceStartEvent():
                self._container_tag(event, "seq")
                node = self._sequence(event, events, level)
            case _:
                self._container_tag(event, "map")
                node = self._mapping(event, events, level)
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def _alias(self, event: Event, level: int) -> Node:
        node = self.anchors.get(event.anchor)
        if node is None:
            inside = event.anchor in self.anchors
            what = "an alias inside its own anchor" if inside else "an alias without an anchor"
            self._fault("OTK-F012", what, event, got=f"*{event.anchor}")
            raise _Stop
        self.repeated += node.size
        if self.repeated > MOST_REPEATED:
            what = f"aliases repeat more than {MOST_REPEATED:,} values"
            self._fault("OTK-F012", what, event, got=f"*{event.anchor}")
            raise _Stop
        if level + node.depth > MOST_LEVELS:
            self._fault("OTK-F009", f"nested deeper than {MOST_LEVELS} levels", event)
            raise _Stop
        return node

    def _scalar(self, event: Event) -> ScalarNode:
        span = self._span(event)
        style = event.style or ""
        if style == '"' and _HALVES.search(event.value):
            self._fault("OTK-F006", "an escape that is half a character", event)
        held: Held = event.value if style else meaning(event.value)
        tag = event.tag
        if tag in ("!", f"{_TAG}str"):
            held = event.value
        elif tag is not None:
            held = self._tagged(tag, event)
        return ScalarNode(span, held, event.value, style, bool(event.anchor))

    def _tagged(self, tag: str, event: Event) -> Held:
        held = meaning(event.value)
        kinds = _KINDS.get(tag.removeprefix(_TAG), ())
        if type(held) not in kinds:
            self._unknown_tag(tag, event)
        return held

    def _container_tag(self, event: Event, kind: str) -> None:
        if event.anchor:
            self.anchors[event.anchor] = None  # known, but not yet complete
        if event.tag not in (None, "!", _TAG + kind):
            self._unknown_tag(event.tag, event)

    def _unknown_tag(self, tag: str, event: Event) -> None:
        short = "!!" + tag.removeprefix(_TAG) if tag.startswith(_TAG) else tag
        hint = "remove it, or put the text in quotes"
        self._fault("OTK-F011", "a tag that is not understood", event, hint, got=f"'{short}'")

    def _sequence(self, event: Event, events: Iterator[Event], level: int) -> ListNode:
        items: list[Slot] = []
        for inner in events:
            if isinstance(inner, SequenceEndEvent):
                span = self._container_span(event, inner, items)
                made = ListNode(span, items, bool(event.flow_style), anchored=bool(event.anchor))
                return _measured(made, items)
            at = self._span(inner)
            items.append(self._slot(at, self._node(inner, events, level + 1), inner))
        raise _Stop

    def _mapping(self, event: Event, events: Iterator[Event], level: int) -> MapNode:
        entries: dict[str, Slot] = {}
        merged: list[Slot] = []
        for inner in events:
            if isinstance(inner, MappingEndEvent):
                parts = [part for slot in merged for part in self._merge(slot, entries)]
                items = list(entries.values())
                span = self._container_span(event, inner, [*items, *merged])
                made = MapNode(span, entries, bool(event.flow_style), anchored=bool(event.anchor))
                made.merged = tuple(parts)
                return _measured(made, items)
            is_merge = isinstance(inner, ScalarEvent) and not inner.style and inner.value == "<<"
            key, at = self._key(inner, events, level + 1)
            following = next(events)
            node = self._node(following, events, level + 1)
            self._tuck(node, at)
            slot = self._slot(at, node, following)
            if is_merge:
                merged.append(slot)
            elif key is not None:
                self._enter(key, slot, entries)
        raise _Stop

    def _slot(self, at: Span, node: Node, event: Event) -> Slot:
        if isinstance(event, AliasEvent):
            return Slot(at, node, self._span(event), "alias")
        return Slot(at, node, node.span, "own")

    def _tuck(self, node: Node, key: Span) -> None:
        """Place an empty value right behind its colon, not where the next thing begins."""
        if isinstance(node, ScalarNode) and node.span.start == node.span.end:
            behind = self.source.text.find(":", key.end) + 1 or key.end
            node.span = Span(self.source, behind, behind)

    def _key(self, event: Event, events: Iterator[Event], level: int) -> tuple[str | None, Span]:
        at = self._span(event)
        node = self._node(event, events, level)
        if isinstance(node, ScalarNode) and node.text:
            return node.text, at
        what = "a key is empty" if isinstance(node, ScalarNode) else "a key is a list or map"
        self._fault("OTK-F013", what, event, "write the name of the field before the colon")
        return None, at

    def _enter(self, key: str, slot: Slot, entries: dict[str, Slot]) -> None:
        if key not in entries:
            entries[key] = slot
            return
        line = entries[key].at.where().line
        self.faults.append(
            Fault(
                code="OTK-F010",
                what="the key is given twice",
                where=slot.at.where(),
                got=f"'{key}'",
                hint=f"it is first on line {line}; keep one of the two",
            )
        )

    def _merge(self, slot: Slot, entries: dict[str, Slot]) -> Iterator[MapNode]:
        """Bring in what a merge key names, where the map does not say it itself."""
        node = slot.node
        for part in [item.node for item in node.items] if isinstance(node, ListNode) else [node]:
            if not isinstance(part, MapNode):
                what = "`<<` merges a map, or a list of maps"
                self.faults.append(Fault(code="OTK-F012", what=what, where=slot.at.where()))
                return
            for key, inner in part.entries.items():
                entries.setdefault(key, Slot(slot.at, inner.node, slot.span, "merge"))
            yield part

    def _container_span(self, start: Event, end: Event, items: list[Slot]) -> Span:
        if start.flow_style:
            return Span(self.source, start.start_mark.index, end.end_mark.index)
        # The end of a block is known only where the next thing begins: take its last child.
        first = start.start_mark.index
        last = max((max(slot.at.end, slot.span.end) for slot in items), default=first)
        return Span(self.source, first, last)

    def _span(self, event: Event) -> Span:
        start, end = event.start_mark.index, event.end_mark.index
        if getattr(event, "style", None) in ("|", ">"):  # ends where the next thing begins
            end = start + len(self.source.text[start:end].rstrip())
        return Span(self.source, start, end)

    def _fault(
        self, code: str, what: str, event: Event, hint: str | None = None, got: str | None = None
    ) -> None:
        where = self.source.where(event.start_mark.index)
        self.faults.append(Fault(code=code, what=what, where=where, hint=hint, got=got))


def _measured(made: Container, items: list[Slot]) -> Container:
    made.size = 1 + sum(slot.node.size for slot in items)
    made.depth = 1 + max((slot.node.depth for slot in items), default=0)
    return made
