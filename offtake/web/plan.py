"""Plan: what to sign and when, what it brings and risks, and what a study found about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from fastapi import FastAPI, Request, Response

from offtake.draw import holdings as held
from offtake.draw import map as sitemap
from offtake.draw import power_told, vehicle, waiting, words
from offtake.draw import tables as laid
from offtake.draw.figure import Figure, figures
from offtake.draw.numbers import NOTHING
from offtake.draw.study import tables as studied
from offtake.draw.study.figures import figures as study_figures
from offtake.draw.tables import Table
from offtake.files.plans import plan_text
from offtake.model.contract import Tenure
from offtake.model.plan import Plan
from offtake.model.study import Study
from offtake.report import content
from offtake.report.study import content as found
from offtake.web import data, frame, pictures
from offtake.web.sources import (
    Everything,
    Shown,
    TheSources,
    TheWorld,
    adoption,
    sources_of,
    world_of,
)

router = frame.router()
ADDRESS = "/plan/data/{key}.{form}"
STUDY_ADDRESS = "/plan/study/{key}.{form}"
_MOST_LIMITS = 12
_COMPARED = ("frontier", "strategies")
"""Parts of a study this page says are missing where they are."""


@router.get("/plan")
def plan(request: Request, _who: Everything, sources: TheSources, world: TheWorld) -> Response:
    """Show a saved plan, and what a study found about it."""
    it, study = sources.plan(), sources.study()
    if it is None and study is None:
        return frame.page(request, "plan-none.html", title="Plan")
    if it is None:
        assert study is not None
        return _studied(request, study)
    shown, mapped = _drawn(request.app, it), _map(request.app, it, world)
    adopted = adoption(request.app)
    return frame.page(
        request,
        "plan.html",
        title="Plan",
        it=it,
        content=content,
        words=words,
        adopted=adopted if adopted is not None and adopted.plan == it.inputs_sha256 else None,
        drawn={each.figure.key: each for each in shown},
        mapped=mapped,
        held=_tenures(it),
        limits=content.limits(it)[:_MOST_LIMITS],
        more=max(len(content.limits(it)) - _MOST_LIMITS, 0),
        tables=_tables(it),
        compared=_of_study(request.app, study),
        study=study,
        missing=_missing(study),
        waits=waiting.says(it) if it.stages is not None else "",
        address=ADDRESS,
        links=pictures.links,
    )


def _studied(request: Request, study: Study) -> Response:
    return frame.page(
        request,
        "study.html",
        title="Plan",
        study=study,
        content=found,
        words=words,
        compared=_of_study(request.app, study),
        tables=_study_tables(study),
        missing=_missing(study),
        address=ADDRESS,
        links=pictures.links,
    )


def prepare(app: FastAPI) -> Iterator[None]:
    """Read the plan and the study, and draw them, so that whoever asks first need not wait.

    Raises:
        OfftakeError: the plan, the study or the world cannot be read, or has faults.
    """
    sources = sources_of(app)
    it, study = sources.plan(), sources.study()
    if it is not None:
        for figure in figures(it):
            pictures.shown(app, _key(it), it, [figure], ADDRESS)
            yield
        _map(app, it, world_of(app))
        yield
    if study is not None:
        for each in study_figures(study):
            pictures.shown(app, _study_key(study), study, [each], STUDY_ADDRESS)
            yield


def _key(it: Plan) -> str:
    return f"plan:{it.inputs_sha256}:{it.seed}:{it.version}"


def _drawn(app: FastAPI, it: Plan) -> list[pictures.Picture]:
    return pictures.shown(app, _key(it), it, figures(it), ADDRESS)


def _of_study(app: FastAPI, study: Study | None) -> list[pictures.Picture]:
    if study is None:
        return []
    return pictures.shown(app, _study_key(study), study, study_figures(study), STUDY_ADDRESS)


def _study_key(study: Study) -> str:
    return f"study:{study.inputs_sha256}:{study.seed}:{study.version}"


def _map(app: FastAPI, it: Plan, world: Shown | None) -> list[pictures.Picture]:
    """Draw the map of the plan, where the world that is shown knows its sites."""
    if world is None or world.document.portfolio.name != it.portfolio:
        return []
    holdings = held.of_plan(it, world.document.portfolio.sites)
    figure = sitemap.figure(holdings)
    return pictures.shown(app, f"{_key(it)}:{world.key}", holdings, [figure], ADDRESS)


def _tenures(it: Plan) -> list[str]:
    found = {signing.tenure for signing in it.signed} | {d.tenure for d in it.deliveries}
    return [tenure.value for tenure in Tenure if tenure in found]


def _missing(study: Study | None) -> tuple[str, ...]:
    """Name what a study would add."""
    return tuple(
        found.PARTS[part] for part in _COMPARED if study is None or getattr(study, part) is None
    )


def _tables(it: Plan) -> Mapping[str, Table]:
    made = {
        "signings": _signings(it),
        "years": laid.years(it),
        "assumptions": _assumptions(it),
    }
    if it.stages is not None:
        made |= {"later": waiting.later(it), "states": waiting.states(it)}
    if it.power:
        made["power-options"] = power_told.choices(it)
    if vehicle.building(it):
        made["vehicles"] = vehicle.money(it)
    return {key: table for key, table in made.items() if table.rows}


def _study_tables(study: Study) -> Mapping[str, Table]:
    made = {"lots": studied.lots(study)}
    if study.conditions:
        made["conditions"] = studied.conditions(study)
    if study.alternatives is not None:
        made["alternatives"] = studied.alternatives(study)
    return {key: table for key, table in made.items() if table.rows}


def _signings(it: Plan) -> Table:
    unit = content.cost_unit(it).unit
    rows = tuple(
        (
            *(r.when, r.name, r.site, r.tenure, r.power, r.count, r.accelerator),
            *(r.service, r.cost, r.why),
        )
        for r in content.signings(it)
    )
    return Table(
        caption=f"What to sign; cost in {unit}: mean, discounted, inside the horizon, energy "
        "included, residual value taken off",
        head=(
            *("When", "Offer", "Site", "Held", "MW IT", "Accelerators", "Accelerator"),
            *("In service", f"Cost, {unit}", "Why"),
        ),
        rows=rows,
        texts=frozenset({0, 1, 2, 3, 6, 7, 9}),
    )


def _assumptions(it: Plan) -> Table:
    rows = tuple(
        (
            f"{part}: {each.field}" if each.field else part,
            each.shown,
            each.reason,
            ", ".join(each.entries) + (f" and {each.more} more" if each.more else "") or NOTHING,
        )
        for part, members in content.assumptions(it).items()
        for each in members
    )
    return Table(
        caption="Numbers the plan rests on that nobody outside can check",
        head=("Field", "Value", "Why", "Where"),
        rows=rows,
        texts=frozenset(range(4)),
    )


@router.get("/plan/data/{key}.{form}")
def plan_data(
    key: str, form: str, _who: Everything, sources: TheSources, world: TheWorld
) -> Response:
    """Give the numbers of a figure or a table; of a study, where it stands alone."""
    it, study = sources.plan(), sources.study()
    if it is None and study is not None:
        made = dict(_study_tables(study))
    elif it is not None:
        made = {**_by_key(figures(it)), **_tables(it)}
        if world is not None:
            made["map"] = held.table(held.of_plan(it, world.document.portfolio.sites))
    else:
        raise pictures.nothing("/plan")
    return data.as_file(pictures.chosen(made, key, "/plan"), form, f"plan-{key}")


@router.get("/plan/study/{key}.{form}")
def study_data(key: str, form: str, _who: Everything, sources: TheSources) -> Response:
    """Give the numbers of one of the figures of the study."""
    study = sources.study()
    if study is None:
        raise pictures.nothing("/plan")
    made = _by_key(study_figures(study))
    return data.as_file(pictures.chosen(made, key, "/plan"), form, f"study-{key}")


@router.get("/plan/assumptions")
def assumptions(request: Request, _who: Everything, sources: TheSources) -> Response:
    """Show the numbers a plan rests on that nobody outside can check."""
    it = sources.plan()
    if it is None:
        raise pictures.nothing("/plan/assumptions")
    return frame.page(
        request,
        "table.html",
        title="Assumptions",
        above=("/plan", "Plan"),
        table=_assumptions(it),
        data=pictures.links(ADDRESS, "assumptions"),
    )


@router.get("/plan.json")
def whole(_who: Everything, sources: TheSources) -> Response:
    """Give the plan as it was saved: exact, with everything in it."""
    it = sources.plan()
    if it is None:
        raise pictures.nothing("/plan")
    headers = {"Content-Disposition": 'attachment; filename="plan.json"'}
    return Response(plan_text(it), media_type="application/json", headers=headers)


def _by_key(of: Sequence[Figure[Plan]] | Sequence[Figure[Study]]) -> dict[str, Table]:
    return {figure.key: figure.table for figure in of}
