"""The work of `offtake cost`: fill the question in, compare, tell, write."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

from offtake.capital import ladder
from offtake.capital.compare import Answer, compare
from offtake.capital.ladder import Given, Rung
from offtake.cli import outputs, screen
from offtake.cli.settling import tabled
from offtake.errors import Exit, OfftakeError

SCHEMA = "offtake.cost/1"
SAVED = "cost.json"
FIGURES = ("use", "tornado", "ladder")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: an accelerator, what is said of it, and whose knowledge counts."""

    accelerator: str
    given: Given
    changes: Mapping[str, float]
    as_of: date | None


@dataclass(frozen=True, slots=True)
class Made:
    """The answer, with the prices beside it."""

    answer: Answer
    rungs: tuple[Rung, ...]
    published: Mapping[int, tuple[float, str, date]]


def cost(asked: Asked, out: Path | None, *, as_json: bool, force: bool) -> None:
    """Compare, print, and write what is to be written.

    Raises:
        OfftakeError: the catalogue does not know the accelerator, a number cannot be, or a
            file cannot be written.
    """
    files = _files(out, asked, force=force)
    made = worked(asked)
    written = [outputs.fill(path, _content(path, made)) for path in files]
    if as_json:
        screen.say_json(plain(made))
    else:
        _say(made)
    for path in written:
        screen.note(f"wrote {path}") if as_json else screen.say(f"wrote {path}")


def worked(asked: Asked) -> Made:
    """Fill the question in and answer it.

    Raises:
        OfftakeError: the catalogue does not know something, or a number cannot be.
    """
    try:
        question = ladder.question(asked.accelerator, asked.given, asked.as_of)
        changes: dict[str, Any] = dict(asked.changes)
        answer = compare(replace(question, **changes))
    except OfftakeError as error:
        raise OfftakeError(error.faults, exit=Exit.USAGE) from None
    rungs = ladder.rungs(asked.accelerator, asked.as_of)
    return Made(answer, rungs, ladder.published(asked.as_of))


def plain(made: Made) -> dict[str, Any]:
    """Give the answer as the data of `offtake.cost/1`."""
    answer = made.answer
    return {
        "schema": SCHEMA,
        "question": asdict(answer.question),
        "sides": [asdict(side) for side in answer.sides],
        "owning_instead_of": [asdict(worth) for worth in answer.worths],
        "lives": [asdict(life) for life in answer.lives],
        "published": [
            {
                "life_years": years,
                "gw_usd_per_year": value,
                "source": source,
                "known_from": known.isoformat(),
            }
            for years, (value, source, known) in made.published.items()
        ],
        "tornado": [asdict(swing) for swing in answer.swings],
        "ladder": [asdict(r) | {"known_from": r.known_from.isoformat()} for r in made.rungs],
    }


def _files(out: Path | None, asked: Asked, *, force: bool) -> tuple[Path, ...]:
    if out is None:
        return ()
    names = [SAVED]
    try:
        import_module("altair")
        some = ladder.rungs(asked.accelerator, asked.as_of)
        names += [f"{name}.svg" for name in FIGURES if some or name != "ladder"]
    except ModuleNotFoundError:
        screen.note("figures will not be written: altair is not installed")
    files = tuple(out / name for name in names)
    outputs.claim(files, force=force)
    return files


def _content(path: Path, made: Made) -> str:
    if path.name == SAVED:
        return json.dumps(plain(made), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    drawn, layout = import_module("offtake.draw.costing"), import_module("offtake.draw.layout")
    figures = {f.key: f for f in drawn.figures(made.answer, made.rungs, layout.FULL)}
    figure = figures[path.stem]
    text: str = import_module("offtake.draw.svg").to_svg(
        figure.chart,
        ident=f"cost-{figure.key}",
        described=f"offtake: {figure.title}. {figure.kind}",
        alone=True,
    )
    return text


def _say(made: Made) -> None:
    laid = import_module("offtake.draw.cost_tables")
    answer = made.answer
    tabled("Own, lease or rent", laid.sides(answer))
    tabled("What owning is worth", laid.worths(answer))
    tabled("How long servers are used", laid.lives(answer, made.published))
    tabled("What the cost of owning hangs on", laid.swings(answer))
    tabled("The ladder of prices", laid.ladder(made.rungs))
    asked = answer.question
    for name, price in (
        ("lease", asked.lease_usd_per_gpu_hour),
        ("rent", asked.rent_usd_per_gpu_hour),
    ):
        if price is None:
            screen.note(f"no price to {name} it is known; --{name} says one")
