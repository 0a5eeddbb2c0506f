"""Values of the model as tables: nothing is lost, everything says its unit."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings

from offtake import units
from offtake.files.frames import Frame, Standing, frames, listed
from offtake.files.shape import fields_of
from offtake.files.tables import STANDINGS, tables
from offtake.model import Plan, Tenure
from offtake.model.plan import Signing
from offtake.model.study import Study
from offtake.model.value import Value
from offtake.units import Unit, unit_of
from tests.report.plans import a_plan
from tests.strategies import plans, values

calmly = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])


def test_a_plan_has_its_tables() -> None:
    made = tables(a_plan())
    many = {name: len(frame) for name, frame in made.items()}
    assert many == many | {
        "plan": 1,
        "spread": 2,
        "signings": 14,
        "deliveries": 20,
        "by_period": 18,
        "by_period_tenure": sum(len(p.power_it_mw) for p in a_plan().by_period),
        "limits": 12,
        "assumptions": 5,
        "sources": 3,
        "remarks": 2,
    }
    assert all(made[name].name == name for name in made)


def test_the_cells_are_the_plan_s() -> None:
    plan = a_plan()
    made = tables(plan)
    assert made["signings"]["power_it_mw"].cells == tuple(s.power_it_mw for s in plan.signed)
    assert made["signings"]["tenure"].cells[0] == "own"
    assert made["signings"]["chain"].cells[2] == "Aker–Nscale; Nscale; Microsoft; OpenLab"
    assert made["signings"]["block_count"].cells[2] is None
    assert made["by_period"]["capacity_p10_h100e"].cells == tuple(
        p.capacity.p10_h100e for p in plan.by_period
    )
    spread = dict(
        zip(made["spread"]["measure"].cells, made["spread"]["cvar_usd"].cells, strict=True)
    )
    assert spread == {"net present value": plan.npv.cvar_usd, "cost": plan.cost.cvar_usd}
    split = {(q, t): (mw, work) for q, t, mw, work in made["by_period_tenure"].rows}
    line = plan.by_period[3]
    assert split[str(line.period), "lease"] == (
        line.power_it_mw[Tenure.LEASE],
        line.capacity_h100e[Tenure.LEASE],
    )


def test_the_long_table_says_what_the_wide_ones_say() -> None:
    made = tables(a_plan())
    long = {(q, t, m): (unit, amount) for q, t, m, unit, _, amount in made["by_period_long"].rows}
    assert len(long) == len(made["by_period_long"])
    for name in ("revenue_cash_usd", "capacity_p90_h100e", "used_share"):
        column = made["by_period"][name]
        for period, amount in zip(made["by_period"]["period"].cells, column.cells, strict=True):
            assert long[period, None, name] == (column.unit, amount)
    for period, tenure, power, _ in made["by_period_tenure"].rows:
        assert long[period, tenure, "power_it_mw"] == ("MW IT", power)


UNITS = {unit.label: unit for unit in map(unit_of, vars(units).values()) if unit}


@pytest.mark.parametrize("made", [tables(a_plan())], ids=["plan"])
def test_every_column_says_its_unit_in_its_name(made: dict[str, Frame]) -> None:
    for frame in made.values():
        names = [column.name for column in frame.columns]
        assert len(names) == len(set(names))
        for column in frame.columns:
            assert column.about, f"{frame.name}.{column.name}"
            if column.unit:
                unit: Unit = UNITS[column.unit]
                assert column.name.endswith(unit.suffixes), f"{frame.name}.{column.name}"
            if column.kind in ("number", "whole"):
                assert column.standing is not None or column.name == "place"


def test_where_numbers_come_from() -> None:
    made = tables(a_plan())
    assert made["signings"]["power_it_mw"].standing is Standing.DECIDED
    assert made["signings"]["lifetime_cost_usd"].standing is Standing.MODELLED
    assert made["limits"]["allowed_amount"].standing is Standing.WRITTEN
    assert made["assumptions"]["shown"].standing is Standing.ASSUMED
    assert made["plan"]["effort_wall_s"].standing is Standing.MEASURED
    assert made["signings"]["name"].standing is None


def test_every_standing_is_of_a_field_that_is() -> None:
    assert [
        f"{made.__name__}.{name}" for made, name in STANDINGS if name not in fields_of(made)
    ] == []


@calmly
@given(plan=plans())
def test_any_plan_has_tables(plan: Plan) -> None:
    made = tables(plan)
    assert len(made["signings"]) == len(plan.signed)
    assert len(made["deliveries"]) == len(plan.deliveries)
    assert {len(c.cells) for f in made.values() for c in f.columns[:1]} >= {1}
    for frame in made.values():
        assert {len(column.cells) for column in frame.columns} == {len(frame)}


@calmly
@given(study=values(Study))
def test_any_study_has_tables(study: Study) -> None:
    study = replace(study, probability_share=(), story=(), plan=replace(study.plan, npv_usd=()))
    made = tables(study)
    for name in ("value", "out_of_sample", "rolling"):
        assert (name in made) is (getattr(study, name) is not None)
    if study.frontier is not None:
        points = study.frontier.points
        assert made["frontier"]["risk_share"].cells == tuple(p.risk_share for p in points)
        lots = [lot for point in points for lot in point.plan.lots]
        assert len(made["frontier_plan_lots"]) == len(lots)
        keys = made["frontier_plan_lots"]["risk_share"].cells
        assert keys == tuple(p.risk_share for p in points for _ in p.plan.lots)
    if study.regret is not None:
        told = [s for line in study.regret.lines for s in line.story_usd]
        assert list(made["regret_story"]["story"].cells) == told
    for frame in made.values():
        assert {len(column.cells) for column in frame.columns} == {len(frame)}
        names = [column.name for column in frame.columns]
        assert len(names) == len(set(names)), frame.name


def test_an_empty_list_has_its_columns() -> None:
    (frame,) = listed("signings", Signing, [], {}).values()
    assert len(frame) == 0
    assert [column.name for column in frame.columns] == list(Signing.__dataclass_fields__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nested(Value):
    """Holds lists in a list."""

    lines: tuple[tuple[str, ...], ...]
    """Words by line."""


def test_what_no_table_holds_is_refused() -> None:
    with pytest.raises(TypeError, match="no table holds Nested.lines"):
        frames("nested", Nested(lines=()), {})
