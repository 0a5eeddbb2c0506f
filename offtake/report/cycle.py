"""The report of a cycle: one self-contained page, Markdown, and all of it as plain data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from offtake.cycle.differences import PARTS, Difference, total
from offtake.cycle.story import Cycle
from offtake.draw import theme, words
from offtake.draw.tables import Table
from offtake.ledger.stated import statement_plain
from offtake.report import cycle_parts
from offtake.report.cycle_parts import Part
from offtake.report.page import environment
from offtake.version import VERSION

SCHEMA = "offtake.cycle/1"
"""Name and version of the form a cycle is written in."""


def cycle_html(made: Cycle) -> str:
    """Write the report of a cycle as one HTML page."""
    whole = total(made.differences)
    widest = max((abs(amount) for _, amount in cycle_parts.bars(made)), default=Decimal(0))
    bars = [
        {
            "name": name,
            "shown": cycle_parts.millions(amount, sign=True),
            "share": round(float(50 * abs(amount) / widest), 2) if widest else 0.0,
            "more": amount >= 0,
        }
        for name, amount in cycle_parts.bars(made)
    ]
    return (
        environment()
        .get_template("cycle.html.j2")
        .render(
            title=cycle_parts.title(made),
            answer=cycle_parts.answer(made),
            parts=cycle_parts.parts(made),
            bars=bars,
            total=cycle_parts.millions(whole.total, sign=True),
            asof=words.day(made.again.as_of),
            version=VERSION,
            light=Markup(theme.css(dark=False)),
            dark=Markup(theme.css(dark=True)),
            font=Markup(theme.FONT),
            record=Markup(_safe(cycle_plain(made))),
        )
    )


def cycle_markdown(made: Cycle) -> str:
    """Write the report of a cycle as Markdown."""
    lines = [f"# {cycle_parts.title(made)}", "", cycle_parts.answer(made), ""]
    for part in cycle_parts.parts(made):
        lines += _markdown(part)
    return "\n".join(lines).rstrip() + "\n"


def cycle_plain(made: Cycle) -> dict[str, Any]:
    """Give a cycle as plain data."""
    ran, here = made.ran, made.here
    return {
        "schema": SCHEMA,
        "world": made.world.name,
        "month": str(made.scene.month),
        "plan": made.plan.inputs_sha256,
        "next_plan": made.again.inputs_sha256,
        "contracts": [one.id for one in made.proposal.adoption.contracts],
        "lost_site": made.scene.lost,
        "jobs": dict(ran.states),
        "attempts": ran.attempts,
        "begun_again": ran.again,
        "ran_hours": {name: seconds / 3600 for name, seconds in ran.metered_s.items()},
        "kept_hours": {name: seconds / 3600 for name, seconds in ran.useful_s.items()},
        "here": {
            "evidence": "measured",
            "lost": here.lost,
            "wall_s": here.wall_s,
            "jobs": [
                {
                    "name": one.name,
                    "state": one.state,
                    "clusters": list(one.clusters),
                    "seconds": one.seconds,
                    "right": one.right,
                }
                for one in here.jobs
            ],
        },
        "differences": [_difference(one) for one in made.differences],
        "total": _difference(total(made.differences)),
        "lessons": [
            {
                "contract": one.contract,
                "kept_share": one.kept_share,
                "goodput_before": one.goodput_before,
                "goodput_after": one.goodput_after,
            }
            for one in made.lessons
        ],
        "steps": [{"name": one.name, "wall_s": one.wall_s} for one in made.steps],
        "statement": statement_plain(made.statement),
    }


def _difference(one: Difference) -> dict[str, str]:
    amounts = {name: str(getattr(one, name)) for name in ("planned", "actual", "total", *PARTS)}
    return {"contract": one.contract, **amounts}


def _safe(data: object) -> str:
    """Write plain data as JSON that may stand inside a `script` element."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _markdown(part: Part) -> Iterator[str]:
    yield from (f"## {part.title}", "")
    if part.says:
        yield from (f"- {sentence}" for sentence in part.says)
        yield ""
    for table in part.tables:
        if table.rows:
            yield from _grid(table)
    if part.note:
        yield from (part.note, "")


def _grid(table: Table) -> Iterator[str]:
    yield from (f"**{table.caption}**", "")
    yield _line(table.head)
    yield (
        "|" + "|".join("---" if at in table.texts else "--:" for at in range(len(table.head))) + "|"
    )
    yield from map(_line, table.rows)
    yield ""


def _line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
