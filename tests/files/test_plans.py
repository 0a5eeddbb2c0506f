"""Saved plans."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from offtake import files
from offtake.errors import OfftakeError
from offtake.model import Horizon, Plan, Quarter
from offtake.model.plan import SCHEMA, Effort, Spread
from tests.strategies import plans


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(plan=plans())
def test_a_plan_reads_back_equal(tmp_path: Path, plan: Plan) -> None:
    path = tmp_path / "plan.json"
    assert files.write_plan(plan, path) == path
    assert files.read_plan(path) == plan
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f'{{\n "schema": "{SCHEMA}",\n "portfolio": ')
    assert list(json.loads(text))[1:] == list(Plan.__dataclass_fields__)


NOTHING = Spread(mean_usd=-1.5, p10_usd=0, p50_usd=0, p90_usd=0, cvar_usd=0)
PLAN = Plan(
    portfolio="small",
    as_of=date(2026, 5, 23),
    inputs_sha256="0" * 64,
    version="0.1.0",
    horizon=Horizon(first=Quarter(2026, 3), last=Quarter(2028, 4)),
    scenarios=1,
    seed=0,
    risk_share=0,
    cvar_alpha_share=0.9,
    objective_usd=0,
    bound_usd=0,
    gap_share=0,
    npv=NOTHING,
    cost=NOTHING,
    unserved_share=0,
    unserved_p90_share=0,
    energy_mwh=0,
    carbon_t_co2=0,
    clean_share=0,
    signed=(),
    deliveries=(),
    by_period=(),
    limits=(),
    effort=Effort(
        solver="none",
        columns_count=0,
        rows_count=0,
        nonzeros_count=0,
        integers_count=0,
        wall_s=0,
        residual_amount=0,
    ),
)


def told(path: Path, text: str | bytes) -> list[str]:
    path = path / "plan.json"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(OfftakeError) as caught:
        files.read_plan(path)
    return [str(fault).replace(str(path), "…") for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "OTK-F008 …:1:1: not JSON: expecting value"),
        ('{"schema": \n]', "OTK-F008 …:2:1: not JSON: expecting value"),
        ("[" * 100_000, "OTK-F008 …:1:1: not JSON: nested too deep, or a number too long"),
        ("[1]", "OTK-F050 …:1:1 schema: not a saved plan"),
        ("{}", "OTK-F050 …:1:1 schema: not a saved plan"),
        ('{"schema": "other/1"}', "OTK-F050 …:1:1 schema: not a saved plan; got 'other/1'"),
        (
            '{"schema": "offtake.plan/2"}',
            "OTK-F050 …:1:1 schema: a plan of a version this offtake does not read; "
            "got 'offtake.plan/2'",
        ),
        (b"\xff", "OTK-F005 …:1:1: not UTF-8 text; got byte 0xff"),
    ],
)
def test_what_is_no_plan(tmp_path: Path, text: str | bytes, said: str) -> None:
    (found,) = told(tmp_path, text)
    assert found.startswith(said)


def test_every_fault_of_a_plan_has_its_line(tmp_path: Path) -> None:
    text = files.plan_text(PLAN)
    lines = text.splitlines()
    number = next(n for n, line in enumerate(lines, 1) if '"gap_share"' in line)
    lines[number - 1] = ' "gap_share": "none", "gapshare": 1,'
    del lines[next(n for n, line in enumerate(lines) if '"seed"' in line)]
    found = told(tmp_path, "\n".join(lines))
    assert found == [
        "OTK-F102 …:1:1 seed: the field is missing; `seed` is: Seed of their draw",
        f"OTK-F104 …:{number - 1}:2 gap_share: a number in share is wanted; got 'none'",
        f"OTK-F101 …:{number - 1}:23 gapshare: unknown field; got 'gapshare'; did you mean "
        "'gap_share' or 'clean_share'?",
    ]


def test_a_number_no_file_can_say(tmp_path: Path) -> None:
    endless = replace(PLAN, npv=replace(NOTHING, mean_usd=float("inf")))
    with pytest.raises(OfftakeError, match="OTK-F041"):
        files.write_plan(endless, tmp_path / "plan.json")
    assert list(tmp_path.iterdir()) == []


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(OfftakeError, match="OTK-F001"):
        files.read_plan(tmp_path / "plan.json")
