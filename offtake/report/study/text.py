"""A study in a terminal: each part in a sentence, then its table; narrow drops columns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from rich.console import Group, RenderableType
from rich.text import Text

from offtake.draw import words
from offtake.draw.study import reading, tables
from offtake.draw.tables import Table
from offtake.model.study import Study
from offtake.report.study import content
from offtake.report.text import Column, grid, headed, wrapped

_MADE: Mapping[str, Callable[[Study], Table]] = {
    "strategies": tables.strategies,
    "frontier": tables.frontier,
    "value": tables.value,
    "out_of_sample": lambda study: tables.intervals(study, of_plan=True),
    "regret": tables.losses,
    "tornado": tables.tornado,
    "alternatives": lambda study: tables.ranges(study, reading.ranges(study)),
    "rolling": lambda study: tables.intervals(study, of_plan=False),
}
_RANKS: Mapping[str, int] = {
    "Ground of the range": 9,
    "Peak cash": 8,
    "Cost": 7,
    "Not served": 6,
    "Swing anew": 8,
    "Swing held": 6,
    "Planned anew": 7,
    "Anew": 7,
    "P10": 5,
    "P90": 5,
    "Objective": 3,
    "Against the one before": 8,
    "Best in": 2,
    "Kind": 2,
    "Loses at most": 1,
    "Where": 2,
}
"""How dear a column is when room is short: the highest goes first, 0 stays."""
_STAYS: Mapping[str, Collection[str]] = {"value": ("Objective",)}
"""Columns that stay in a part all the same."""
_WRAPPED: Mapping[str, int] = {"Against the one before": 40, "Ground of the range": 40}
_MOST = 12
"""Things signed that are listed; the report has all."""


def terminal(study: Study, width: int = 80) -> Group:
    """Give the study as a renderable for `rich.console.Console.print`, `width` columns wide."""
    return Group(*_parts(study, width))


def _parts(study: Study, width: int) -> Iterator[RenderableType]:
    yield Text(content.title(study), style="bold")
    yield Text(f"as of {words.day(study.as_of)}, {content.modelled(study)}", style="dim")
    yield Text()
    yield wrapped(content.answer(study), width, indent=0)
    if study.plan.lots:
        yield from headed("What the plan signs ahead", _lots(study, width))
    told = {finding.part: finding.says for finding in content.findings(study)}
    for part, title in content.PARTS.items():
        if getattr(study, part) is None:
            continue
        body: list[RenderableType] = []
        if told.get(part):
            body.append(wrapped(told[part], width))
        if part in _MADE:
            body.append(_table(_MADE[part](study), width, _STAYS.get(part, ())))
        if part == "strategies" and (rules := _rules(study)):
            body.append(wrapped(rules, width))
        yield from headed(title, Group(*body))
    yield from headed("How sure this is", wrapped(_sure(study), width))


def _lots(study: Study, width: int) -> RenderableType:
    table = tables.lots(study)
    more = len(table.rows) - _MOST
    short = Table(table.caption, table.head, table.rows[:_MOST], table.texts)
    if more <= 0:
        return _table(short, width)
    rest = wrapped([f"and {words.counted(more, 'signing')} more, in the report"], width)
    return Group(_table(short, width), rest)


def _table(table: Table, width: int, stays: Collection[str] = ()) -> RenderableType:
    """Set a table under its caption, which says the unit and where the numbers come from."""
    columns = [
        Column(
            head,
            rank=0 if head in stays else _RANKS.get(head, 1 if head.endswith("MW IT") else 0),
            text=place in table.texts,
            least=_WRAPPED.get(head, 0),
        )
        for place, head in enumerate(table.head)
    ]
    caption = wrapped([table.caption], width)
    caption.stylize("dim")
    return Group(caption, grid(columns, table.rows, width))


def _rules(study: Study) -> list[str]:
    """Tell what each strategy may sign where that is not plain from its name: why one failed."""
    assert study.strategies is not None, "asked only of a study that has the part"
    without = {words.plain(s.name) for s in study.strategies.strategies if s.plan is None}
    return [f"{name}: {rule}" for name, rule in content.rules(study) if name in without]


def _sure(study: Study) -> list[str]:
    return [
        f"{words.counted(study.scenarios, 'scenario').capitalize()}, seed {study.seed}, "
        f"λ {study.risk_share:g}, α {study.cvar_alpha_share:g}; all modelled, nothing measured.",
        *content.left_out(study),
        *content.remarks(study),
    ]
