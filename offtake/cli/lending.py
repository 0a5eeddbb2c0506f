"""The work of `offtake vehicle`: read a world, close the vehicle, run its cases, tell, write."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np

from offtake.capital.vehicle import closing, plain, scenarios
from offtake.capital.vehicle.cash import as_planned, of_case
from offtake.capital.vehicle.closing import Closing, Outcome
from offtake.capital.vehicle.consolidation import treated
from offtake.capital.vehicle.scenarios import Told
from offtake.cli import outputs, screen
from offtake.cli.settling import tabled
from offtake.cli.soundness import sound
from offtake.draw import lending as laid
from offtake.draw.tables import Table
from offtake.errors import Exit, Fault, OfftakeError, Where, did_you_mean
from offtake.files import Document
from offtake.model.party import Vehicle

SAVED, BOOK = "vehicle.json", "vehicle.xlsx"
FIGURES = ("cover", "debt", "distributions")
PLANNED = "planned"
RUNS = 1_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a vehicle."""

    world: str
    of: str | None
    scenario: tuple[str, ...]
    runs: int | None
    seed: int | None


@dataclass(frozen=True, slots=True)
class Made:
    """A vehicle with its cases and its random runs."""

    closing: Closing
    cases: dict[str, Outcome]
    random: Told | None


def vehicle(asked: Asked, out: Path | None, *, as_json: bool, quiet: bool, force: bool) -> None:
    """Close a vehicle, run it, print it, and write what is to be written.

    Raises:
        OfftakeError: the world has faults, its vehicle cannot be closed, or a file cannot be
            written.
    """
    files = _files(out, force=force)
    document = sound(asked.world, quiet)
    made = worked(_chosen(document, asked), asked, document)
    written = [outputs.fill(path, _content(path, made)) for path in files]
    if as_json:
        screen.say_json(plain.plain(made.closing, made.cases, made.random))
    else:
        _say(made)
    for path in written:
        screen.note(f"wrote {path}") if as_json else screen.say(f"wrote {path}")


def worked(vehicle: Vehicle, asked: Asked, document: Document | None = None) -> Made:
    """Close a vehicle and run it as planned, in its cases, and at random.

    Raises:
        OfftakeError: it cannot be closed, it has no such case (`OTK-C028`), or runs are
            fewer than none (`OTK-U004`).
    """
    try:
        closed = closing.close(vehicle)
        made = {PLANNED: closing.run(closed, as_planned(closed.finance))}
        for case in closed.finance.cases:
            if not asked.scenario or case.id in asked.scenario:
                made[case.id] = closing.run(closed, of_case(closed.finance, case))
        _known(closed, asked.scenario)
        treated(made[PLANNED])
        return Made(closed, made, _random(closed, asked))
    except OfftakeError as error:
        if document is None:
            raise
        raise OfftakeError([document.place(f) for f in error.faults], exit=error.exit) from None


def _random(closed: Closing, asked: Asked) -> Told | None:
    runs = RUNS if asked.runs is None else asked.runs
    seed = 0 if asked.seed is None else asked.seed
    if runs < 0 or seed < 0:
        where = Where(path="offtake vehicle " + ("--runs" if runs < 0 else "--seed"))
        what = "a whole number of at least 0 is wanted"
        fault = Fault(code="OTK-U004", what=what, where=where, got=str(min(runs, seed)))
        raise OfftakeError(fault, exit=Exit.USAGE)
    if not runs:
        return None
    shocks = scenarios.sampled(closed.finance, runs, np.random.default_rng(seed))
    return scenarios.told(closing.run(closed, shocks))


def _known(closed: Closing, names: tuple[str, ...]) -> None:
    known = [case.id for case in closed.finance.cases]
    faults = [
        Fault(
            code="OTK-C028",
            what="the vehicle has no case of this name",
            where=Where(path=f"{closed.path}.finance.cases"),
            got=name,
            hint=did_you_mean(name, known),
        )
        for name in names
        if name not in known
    ]
    if faults:
        raise OfftakeError(faults)


def _chosen(document: Document, asked: Asked) -> Vehicle:
    """Give the vehicle that is asked for, or the only one that says how it is financed."""
    held = {v.party: v for v in document.portfolio.capital.vehicles}
    financed = [v for v in held.values() if v.finance is not None]
    if asked.of is None and len(financed) == 1:
        return financed[0]
    if asked.of in held:
        return held[asked.of]
    got = asked.of or (f"{len(financed)} vehicles with `finance`" if held else "no vehicle")
    hint = did_you_mean(asked.of or "", held) if held else "describe one under `capital.vehicles`"
    what = (
        "a vehicle that says how it is financed is wanted"
        if asked.of is None
        else ("there is no vehicle of this name")
    )
    where = Where(path="capital.vehicles")
    fault = Fault(code="OTK-C028", what=what, where=where, got=got, hint=hint)
    raise OfftakeError(document.place(fault))


def _files(out: Path | None, *, force: bool) -> tuple[Path, ...]:
    if out is None:
        return ()
    names = [SAVED]
    for module, those in (
        ("xlsxwriter", (BOOK,)),
        ("altair", tuple(f"{name}.svg" for name in FIGURES)),
    ):
        try:
            import_module(module)
            names += those
        except ModuleNotFoundError:
            screen.note(f"{', '.join(those)} will not be written: {module} is not installed")
    files = tuple(out / name for name in names)
    outputs.claim(files, force=force)
    return files


def _content(path: Path, made: Made) -> str | bytes:
    if path.name == SAVED:
        data = plain.plain(made.closing, made.cases, made.random)
        return json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    if path.name == BOOK:
        shown: bytes = import_module("offtake.files.lending").workbook(made.cases)
        return shown
    return _figure(path.stem, made)


def _figure(key: str, made: Made) -> str:
    drawn = import_module("offtake.draw.lending_figures")
    layout, svg = import_module("offtake.draw.layout"), import_module("offtake.draw.svg")
    for figure in drawn.figures(made.cases[PLANNED], layout.FULL):
        if figure.key == key:
            text: str = svg.to_svg(
                figure.chart,
                ident=f"vehicle-{key}",
                described=f"offtake: {figure.title}. {figure.kind}",
                alone=True,
            )
            return text
    return _empty(key)


def _empty(key: str) -> str:
    """A vehicle without debt has no figure of it; the file says so."""
    said = f"offtake: no {key}, for the vehicle borrows nothing"
    return f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{said}"/>\n'


def _say(made: Made) -> None:
    screen.say(f"{laid.title(made.closing)}.")
    screen.say("")
    for title, table in _tables(made):
        tabled(title, table)


def _tables(made: Made) -> Iterator[tuple[str, Table]]:
    planned = made.cases[PLANNED]
    yield "Sources and uses", laid.sources_and_uses(made.closing)
    if made.closing.loan_usd:
        yield "What limits the loan", laid.limits(made.closing)
        yield "Covenants", laid.covenants(made.closing)
        yield "Debt", laid.debt(planned)
    yield "Waterfall, as planned", laid.waterfall(planned)
    yield "In the lab's books", laid.books(treated(planned))
    yield "Cases", laid.cases(made.cases)
    if made.random is not None:
        yield "Random runs", laid.random(made.random)
