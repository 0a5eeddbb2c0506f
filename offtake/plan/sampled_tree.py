"""The tree in a table of samples: read from its columns `node` and `parent`, and checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from offtake.errors import Fault, Where
from offtake.model.samples import SampleTable

Ints = npt.NDArray[np.int64]
CODE = "OTK-P147"


def nodes(table: SampleTable, names: Mapping[str, int], quarters: Sequence[str]) -> Ints | None:
    """Give the information structure of a sound table, [W, T]; None where it has none."""
    if not any(table.node):
        return None
    known = _labels(table)
    count = 0
    node = np.empty((len(names), len(quarters)), np.int64)
    for t, quarter in enumerate(quarters):
        found: dict[str, int] = {}
        for name, row in names.items():
            label = known[name, quarter][0]
            node[row, t] = found.setdefault(label, count + len(found))
        count += len(found)
    return node


def node_faults(
    table: SampleTable, names: Mapping[str, int], quarters: Sequence[str]
) -> list[Fault]:
    """Give every fault of a table's tree; none where it has no tree.

    A scenario has one node a quarter, a node one parent that comes right before it in each
    of its scenarios, and all begin at one root.
    """
    if not any(table.node):
        return []
    known = _labels(table)
    return [
        *_two_nodes(table, known),
        *_gaps(table, names, quarters, known),
        *_two_parents(table),
        *_orphans(table),
        *_steps(table, names, quarters, known),
    ]


Known = Mapping[tuple[str, str], tuple[str, int]]
"""Node of each scenario and quarter, and the row that says so first."""


def _labels(table: SampleTable) -> dict[tuple[str, str], tuple[str, int]]:
    known: dict[tuple[str, str], tuple[str, int]] = {}
    for row, label in enumerate(table.node):
        if label:
            place = table.scenario[row], table.quarter[row].replace("-", "")
            known.setdefault(place, (label, row))
    return known


def _parents(table: SampleTable) -> dict[str, tuple[str, int]]:
    """Parent of each node as it is first said, and the row that says so."""
    parents: dict[str, tuple[str, int]] = {}
    for row, label in enumerate(table.node):
        if label:
            parents.setdefault(label, (table.parent[row], row))
    return parents


def _wrong(table: SampleTable, row: int | None, what: str, hint: str | None = None) -> Fault:
    line = None if row is None else table.line[row]
    return Fault(code=CODE, what=what, where=Where(file=table.file, line=line), hint=hint)


def _two_nodes(table: SampleTable, known: Known) -> Iterator[Fault]:
    for row, label in enumerate(table.node):
        if not label:
            continue
        name, quarter = table.scenario[row], table.quarter[row].replace("-", "")
        if not quarter:
            yield _wrong(table, row, "a row without a quarter has no node")
        elif known[name, quarter][0] != label:
            what = f"scenario '{name}' is at two nodes in {quarter}"
            yield _wrong(table, row, f"{what}: '{known[name, quarter][0]}' and '{label}'")


def _gaps(
    table: SampleTable, names: Mapping[str, int], quarters: Sequence[str], known: Known
) -> Iterator[Fault]:
    for name in names:
        missing = [q for q in quarters if (name, q) not in known]
        if missing:
            lacks = ", ".join(missing[:4]) + (" …" if len(missing) > 4 else "")
            what = f"scenario '{name}' has no node in {lacks}"
            row = list(table.scenario).index(name)
            yield _wrong(table, row, what, "a tree has a node in every quarter")


def _two_parents(table: SampleTable) -> Iterator[Fault]:
    parents = _parents(table)
    for row, label in enumerate(table.node):
        if label and table.parent[row] != parents[label][0]:
            both = (parents[label][0], table.parent[row])
            shown = " and ".join(f"'{p}'" if p else "none" for p in both)
            yield _wrong(table, row, f"node '{label}' has two parents: {shown}")


def _orphans(table: SampleTable) -> Iterator[Fault]:
    parents = _parents(table)
    for label, (parent, row) in parents.items():
        if parent and parent not in parents:
            yield _wrong(table, row, f"the parent of node '{label}', '{parent}', is not there")
    roots = [label for label, (parent, _) in parents.items() if not parent]
    if len(roots) > 1:
        shown = ", ".join(f"'{root}'" for root in roots[:4]) + (" …" if len(roots) > 4 else "")
        row = parents[roots[1]][1]
        hint = "in the first quarter nothing is known yet: all scenarios share one node"
        yield _wrong(table, row, f"a tree has one root, not {len(roots)}: {shown}", hint)


def _steps(
    table: SampleTable, names: Mapping[str, int], quarters: Sequence[str], known: Known
) -> Iterator[Fault]:
    """Each scenario begins at a root, and comes to a node from that node's parent."""
    parents = _parents(table)
    for name in names:
        before = ""
        for quarter in quarters:
            label, row = known.get((name, quarter), ("", -1))
            if label and label != before and parents[label][0] != before:
                came = f"comes to it from '{before}'" if before else "begins there"
                parent = parents[label][0]
                has = f"whose parent is '{parent}'" if parent else "which has no parent"
                what = f"there is a gap before node '{label}', {has}: scenario '{name}' {came}"
                yield _wrong(table, row, what)
            before = label or before
