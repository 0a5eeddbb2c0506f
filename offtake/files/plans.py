"""Saved plans, studies and backtests: each as JSON, exactly, and back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from offtake.errors import Fault, OfftakeError, Where
from offtake.files.compose import compose
from offtake.files.document import in_order
from offtake.files.emit import escaped
from offtake.files.nodes import ListNode, MapNode, Node, ScalarNode, Slot, Source, Span
from offtake.files.reading import validate
from offtake.files.source import Reader
from offtake.files.writing import write_text
from offtake.model import backtest as backtests
from offtake.model import derating as deratings
from offtake.model import learned as lessons
from offtake.model import plan as plans
from offtake.model import study as studies
from offtake.model.backtest import Backtest
from offtake.model.canonical import plain
from offtake.model.derating import Derating
from offtake.model.learned import Learned
from offtake.model.plan import Plan
from offtake.model.study import Study
from offtake.model.value import Value

KEY = "schema"
"""The first key of what is saved: what form it has."""

Saved = TypeVar("Saved", bound=Value)


@dataclass(frozen=True, slots=True)
class _Form(Generic[Saved]):
    """A form of saved file."""

    schema: str
    made: type[Saved]
    noun: str


_PLAN = _Form(plans.SCHEMA, Plan, "plan")
_STUDY = _Form(studies.SCHEMA, Study, "study")
_BACKTEST = _Form(backtests.SCHEMA, Backtest, "backtest")
_DERATING = _Form(deratings.SCHEMA, Derating, "derating")
_LEARNED = _Form(lessons.SCHEMA, Learned, "lesson")


def write_plan(plan: Plan, path: str | Path) -> Path:
    """Save a plan as JSON and give the path; `read_plan` gives back an equal plan.

    Raises:
        OfftakeError: it cannot be written (`OTK-F041`).
    """
    return _write(plan, _PLAN, Path(path))


def write_study(study: Study, path: str | Path) -> Path:
    """Save a study as JSON and give the path; `read_study` gives back an equal study.

    Raises:
        OfftakeError: it cannot be written (`OTK-F041`).
    """
    return _write(study, _STUDY, Path(path))


def write_backtest(backtest: Backtest, path: str | Path) -> Path:
    """Save a backtest as JSON and give the path; `read_backtest` gives back an equal one.

    Raises:
        OfftakeError: it cannot be written (`OTK-F041`).
    """
    return _write(backtest, _BACKTEST, Path(path))


def plan_text(plan: Plan) -> str:
    """Give a plan as JSON text, its form first and every field in the order of its class.

    Raises:
        ValueError: a number is not finite.
    """
    return _text(plan, _PLAN)


def study_text(study: Study) -> str:
    """Give a study as JSON text, as `plan_text`.

    Raises:
        ValueError: a number is not finite.
    """
    return _text(study, _STUDY)


def backtest_text(backtest: Backtest) -> str:
    """Give a backtest as JSON text, as `plan_text`.

    Raises:
        ValueError: a number is not finite.
    """
    return _text(backtest, _BACKTEST)


def derating_text(derating: Derating) -> str:
    """Give a derating as JSON text, as `plan_text`.

    Raises:
        ValueError: a number is not finite.
    """
    return _text(derating, _DERATING)


def learned_text(learned: Learned) -> str:
    """Give what was learned as JSON text, as `plan_text`.

    Raises:
        ValueError: a number is not finite.
    """
    return _text(learned, _LEARNED)


def read_learned(path: str | Path) -> Learned:
    """Read what was learned.

    Raises:
        OfftakeError: as `read_plan`.
    """
    return _read(path, _LEARNED)


def read_derating(path: str | Path) -> Derating:
    """Read a derating.

    Raises:
        OfftakeError: as `read_plan`.
    """
    return _read(path, _DERATING)


def read_plan(path: str | Path) -> Plan:
    """Read a saved plan.

    Raises:
        OfftakeError: the file cannot be read or is no JSON (`OTK-F0xx`), is no plan or one
            of another version (`OTK-F050`), or does not hold what a plan must (`OTK-F1xx`).
    """
    return _read(path, _PLAN)


def read_study(path: str | Path) -> Study:
    """Read a saved study.

    Raises:
        OfftakeError: as `read_plan`.
    """
    return _read(path, _STUDY)


def read_backtest(path: str | Path) -> Backtest:
    """Read a saved backtest.

    Raises:
        OfftakeError: as `read_plan`.
    """
    return _read(path, _BACKTEST)


def read_saved(path: str | Path) -> Plan | Study:
    """Read what was saved, whether it is a plan or a study.

    Raises:
        OfftakeError: as `read_plan`.
    """
    source = Reader().read(Path(path), str(path))
    data = _parsed(source)
    form = data.get(KEY) if isinstance(data, dict) else None
    if str(form).partition("/")[0] == _STUDY.schema.partition("/")[0]:
        return _validated(data, source, _STUDY)
    return _validated(data, source, _PLAN)


def _write(held: Value, form: _Form[Any], path: Path) -> Path:
    try:
        text = _text(held, form)
    except ValueError as error:
        what = f"the {form.noun} holds a number no file can say: {error}"
        raise OfftakeError(Fault(code="OTK-F041", what=what, where=Where(file=str(path)))) from None
    write_text(path, text)
    return path


def _text(held: Value, form: _Form[Any]) -> str:
    data = plain(held)
    assert isinstance(data, dict)
    text = json.dumps({KEY: form.schema, **data}, indent=1, ensure_ascii=False, allow_nan=False)
    return escaped(text) + "\n"


def _read(path: str | Path, form: _Form[Saved]) -> Saved:
    source = Reader().read(Path(path), str(path))
    return _validated(_parsed(source), source, form)


def _validated(data: Any, source: Source, form: _Form[Saved]) -> Saved:
    _refuse_other_forms(data, source, form)
    held, faults = validate(_without_form(_node(data, Span(source, 0, 0))), form.made)
    if held is None:
        # JSON is YAML: read once more, slowly, so that every fault has its line.
        tree, _ = compose(source)
        if isinstance(tree, MapNode):
            _, faults = validate(_without_form(tree), form.made)
        raise OfftakeError(in_order(faults, [source.path]))
    return held


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


def _refuse_other_forms(data: Any, source: Source, wanted: _Form[Any]) -> None:
    form = data.get(KEY) if isinstance(data, dict) else None
    if form == wanted.schema:
        return
    where = source.where(0, KEY)
    noun = wanted.noun
    name, _, version = str(form).partition("/")
    if name == wanted.schema.partition("/")[0] and version:
        what = f"a {noun} of a version this offtake does not read"
        hint = f"this one reads {wanted.schema}; make it again, or use the offtake that wrote it"
        fault = Fault(code="OTK-F050", what=what, where=where, got=f"'{form}'", hint=hint)
    else:
        got = f"'{form}'" if isinstance(form, str) else None
        hint = f'a {noun} begins with "{KEY}": "{wanted.schema}"'
        fault = Fault(code="OTK-F050", what=f"not a saved {noun}", where=where, got=got, hint=hint)
    raise OfftakeError(fault)
