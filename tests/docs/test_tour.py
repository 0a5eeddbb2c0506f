"""The tour: its cells fit together as a notebook wants it, and what they compute is so.

marimo itself is not among what tests install (180 MB); a cell is a function whose arguments
other cells give back, so they are run here as they stand, each after those it needs. Cells
that take `mo` hold prose and are left out.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.laws.sources import REPO

TOUR = REPO / "docs" / "tour.py"
TREE = ast.parse(TOUR.read_text(encoding="utf-8"))
CELLS = [node for node in TREE.body if isinstance(node, ast.FunctionDef)]


def wants(cell: ast.FunctionDef) -> set[str]:
    return {argument.arg for argument in cell.args.args}


def gives(cell: ast.FunctionDef) -> tuple[str, ...]:
    last = cell.body[-1]
    assert isinstance(last, ast.Return)
    named = last.value
    assert named is None or isinstance(named, ast.Tuple)
    return tuple(each.id for each in (named.elts if named else ()) if isinstance(each, ast.Name))


def in_order() -> Iterator[ast.FunctionDef]:
    """Give the cells that compute, each after those whose names it wants."""
    left = [cell for cell in CELLS if "mo" not in {*wants(cell), *gives(cell)}]
    known: set[str] = set()
    while left:
        ready = [cell for cell in left if wants(cell) <= known]
        assert ready, "cells wait for each other, or for a name no cell gives"
        yield ready[0]
        left.remove(ready[0])
        known |= set(gives(ready[0]))


def run(cell: ast.FunctionDef, names: dict[str, Any]) -> None:
    plain = ast.FunctionDef(**{**vars(cell), "decorator_list": []})
    space: dict[str, Any] = {}
    exec(compile(ast.Module([plain], []), str(TOUR), "exec"), space)
    made = space[cell.name](**{name: names[name] for name in wants(cell)})
    names.update(zip(gives(cell), made or (), strict=True))


def test_each_name_is_given_by_one_cell() -> None:
    many = Counter(name for cell in CELLS for name in gives(cell))
    assert [name for name, count in many.items() if count > 1] == []
    assert all(ast.unparse(each.decorator_list[0]).startswith("app.cell") for each in CELLS)


def test_what_the_tour_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPO)
    names: dict[str, Any] = {}
    for cell in in_order():
        run(cell, names)
    assert names["plan"].signed
    assert all(names["reasons"].values())
    assert names["quarters"].num_rows == len(names["plan"].by_period)
    assert names["gain_usd"] > 0
    assert any("fjell-lease" in change.offer for change in names["compared"].signings)
    nets = {invoice.contract: invoice.net for invoice in names["statement"].invoices}
    assert nets["A"] == Decimal("6643634.41")
    assert names["lines"].num_rows == len(names["statement"].charges)
