"""Saved plans: a plan as JSON, exactly, and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from offtake.errors import Fault, OfftakeError, Where
from offtake.files.compose import compose
from offtake.files.document import in_order
from offtake.files.emit import escaped
from offtake.files.nodes import ListNode, MapNode, Node, ScalarNode, Slot, Source, Span
from offtake.files.reading import validate
from offtake.files.source import Reader
from offtake.files.writing import write_text
from offtake.model.canonical import plain
from offtake.model.plan import SCHEMA, Plan

KEY = "schema"
"""The first key of a saved plan: what form it has."""


def write_plan(plan: Plan, path: str | Path) -> Path:
    """Save a plan as JSON and give the path; `read_plan` gives back an equal plan.

    Raises:
        OfftakeError: it cannot be written (`OTK-F041`).
    """
    path = Path(path)
    try:
        text = plan_text(plan)
    except ValueError as error:
        what = f"the plan holds a number no file can say: {error}"
        raise OfftakeError(Fault(code="OTK-F041", what=what, where=Where(file=str(path)))) from None
    write_text(path, text)
    return path


def plan_text(plan: Plan) -> str:
    """Give a plan as JSON text, its form first and every field in the order of its class.

    Raises:
        ValueError: a number is not finite.
    """
    data = plain(plan)
    assert isinstance(data, dict)
    text = json.dumps({KEY: SCHEMA, **data}, indent=1, ensure_ascii=False, allow_nan=False)
    return escaped(text) + "\n"


def read_plan(path: str | Path) -> Plan:
    """Read a saved plan.

    Raises:
        OfftakeError: the file cannot be read or is no JSON (`OTK-F0xx`), is no plan or one
            of another version (`OTK-F050`), or does not hold what a plan must (`OTK-F1xx`).
    """
    source = Reader().read(Path(path), str(path))
    data = _parsed(source)
    _refuse_other_forms(data, source)
    plan, faults = validate(_without_form(_node(data, Span(source, 0, 0))), Plan)
    if plan is None:
        # JSON is YAML: read once more, slowly, so that every fault has its line.
        tree, _ = compose(source)
        if isinstance(tree, MapNode):
            _, faults = validate(_without_form(tree), Plan)
        raise OfftakeError(in_order(faults, [source.path]))
    return plan


def _node(data: Any, span: Span) -> Node:
    """Give parsed JSON as a tree, all of it at one place."""
    match data:
        case dict():
            entries = {key: Slot(span, _node(held, span), span) for key, held in data.items()}
            return MapNode(span, entries)
        case list():
            return ListNode(span, [Slot(span, _node(held, span), span) for held in data])
        case _:
            return ScalarNode(span, data, str(data), "'" if isinstance(data, str) else "")


def _without_form(node: Node) -> MapNode:
    assert isinstance(node, MapNode)
    entries = {key: slot for key, slot in node.entries.items() if key != KEY}
    return MapNode(node.span, entries)


def _parsed(source: Source) -> Any:
    try:
        return json.loads(source.text)
    except json.JSONDecodeError as error:
        fault = _no_json(source, error.pos, error.msg.lower())
    except (RecursionError, ValueError):
        fault = _no_json(source, 0, "nested too deep, or a number too long")
    raise OfftakeError(fault)


def _no_json(source: Source, index: int, what: str) -> Fault:
    return Fault(
        code="OTK-F008",
        what=f"not JSON: {what}",
        where=source.where(index),
        hint="a saved plan is what `offtake plan` writes as plan.json",
    )


def _refuse_other_forms(data: Any, source: Source) -> None:
    form = data.get(KEY) if isinstance(data, dict) else None
    if form == SCHEMA:
        return
    where = source.where(0, KEY)
    name, _, version = str(form).partition("/")
    if name == SCHEMA.partition("/")[0] and version:
        what = "a plan of a version this offtake does not read"
        hint = f"this one reads {SCHEMA}; plan again, or use the offtake that wrote it"
        fault = Fault(code="OTK-F050", what=what, where=where, got=f"'{form}'", hint=hint)
    else:
        got = f"'{form}'" if isinstance(form, str) else None
        hint = f'a plan begins with "{KEY}": "{SCHEMA}"'
        fault = Fault(code="OTK-F050", what="not a saved plan", where=where, got=got, hint=hint)
    raise OfftakeError(fault)
