"""Two plans compared, in words and money, and whether that may be done."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from offtake.model.plan import Plan
from offtake.report import compare
from offtake.report.compare import Change, Comparison
from offtake.units import it_mw
from tests.report.plans import a_hostile_plan, a_plan

PLAN = a_plan()


def with_offer(plan: Plan, offer: str, *, power: float = 0.0, quarters: int = 0) -> Plan:
    """Change the power, or the quarter, one offer is signed with."""
    signed = tuple(
        replace(s, power_it_mw=it_mw(s.power_it_mw + power), period=s.period + quarters)
        if s.offer == offer
        else s
        for s in plan.signed
    )
    return replace(plan, signed=signed)


def without(plan: Plan, offer: str) -> Plan:
    return replace(plan, signed=tuple(s for s in plan.signed if s.offer != offer))


def changes(comparison: Comparison) -> dict[str, tuple[Change, ...]]:
    return {change.offer: change.changes for change in comparison.signings}


def test_a_plan_is_like_itself() -> None:
    same = compare(PLAN, PLAN)
    assert same.alike
    assert same.warnings == ()
    assert same.signings == ()
    assert all(m.difference_amount == 0 for m in same.measures)
    assert "Both sign the same." in same.text()


def test_what_only_one_signs() -> None:
    found = compare(PLAN, without(PLAN, "lordstown"))
    assert changes(found) == {"lordstown": (Change.DROPPED,)}
    assert found.signings[0].words == (
        "Lordstown (own): 206 MW IT in 2027Q1, only in the first plan; cost −2.97 B USD."
    )
    back = compare(without(PLAN, "lordstown"), PLAN)
    assert changes(back) == {"lordstown": (Change.ADDED,)}


def test_what_moves_in_time_and_size() -> None:
    found = compare(PLAN, with_offer(PLAN, "narvik-b", power=66, quarters=2))
    assert changes(found) == {"narvik-b": (Change.LATER, Change.MORE)}
    assert found.signings[0].words.startswith(
        "Narvik B (lease): 2 quarters later (2026Q4, now 2027Q2) "
        "and 66 MW IT more (134, now 200 MW IT)"
    )
    back = compare(with_offer(PLAN, "narvik-b", power=66, quarters=2), PLAN)
    assert changes(back) == {"narvik-b": (Change.EARLIER, Change.LESS)}


def test_an_offer_signed_in_parts_is_one() -> None:
    half = next(s for s in PLAN.signed if s.offer == "narvik-b")
    parts = (
        replace(half, power_it_mw=it_mw(half.power_it_mw / 2)),
        replace(half, power_it_mw=it_mw(half.power_it_mw / 2), period=half.period + 1),
    )
    split = replace(without(PLAN, "narvik-b"), signed=(*without(PLAN, "narvik-b").signed, *parts))
    assert changes(compare(PLAN, split)) == {}


def test_the_largest_difference_comes_first() -> None:
    found = compare(PLAN, without(without(PLAN, "spot"), "port-washington"))
    assert [change.offer for change in found.signings] == ["port-washington", "spot"]


def test_money_and_shares() -> None:
    other = replace(
        PLAN, cost=replace(PLAN.cost, mean_usd=79.9e9), unserved_share=PLAN.unserved_share + 0.012
    )
    told = {m.measure: m.words for m in compare(PLAN, other).measures}
    assert told["cost, mean"] == "81.2 B USD, now 79.9 B USD (−1.30 B USD)"
    assert told["demand not served"] == "3.1 %, now 4.3 % (+1.2 percentage points)"
    assert told["carbon"] == "27.1 Mt CO2 in both"


def test_unlike_questions_are_told() -> None:
    other = replace(a_plan(8), scenarios=20, risk_share=0.5)
    found = compare(PLAN, other)
    assert not found.alike
    said = "\n".join(found.warnings)
    for part in ("inputs", "scenarios 50 and 20", "seed 7 and 8", "risk weight λ 0.2 and 0.5"):
        assert f"Not like with like: {part}" in said


def test_a_difference_below_the_gap_proves_nothing() -> None:
    close = replace(PLAN, objective_usd=PLAN.objective_usd + 0.1e9)
    found = compare(PLAN, close)
    assert found.alike
    assert found.warnings == (
        "The objectives differ by 100 M USD, less than the 520 M USD both gaps leave open: "
        "neither plan is shown to be better.",
    )
    far = replace(PLAN, objective_usd=PLAN.objective_usd - 9e9, bound_usd=PLAN.bound_usd - 9e9)
    assert compare(PLAN, far).warnings == ()


def test_it_is_json() -> None:
    found = compare(PLAN, without(PLAN, "lordstown"))
    data = json.loads(json.dumps(found.as_data(), allow_nan=False))
    assert data["signings"][0]["offer"] == "lordstown"
    assert data["signings"][0]["a"]["power_it_mw"] == 206.0
    assert data["signings"][0]["b"]["first"] is None


def test_names_cannot_drive_a_terminal() -> None:
    assert "\x1b" not in compare(PLAN, a_hostile_plan()).text()


@given(st.floats(-100, 100), st.integers(-3, 3))
def test_the_way_back_is_the_opposite(power: float, quarters: int) -> None:
    other = with_offer(PLAN, "narvik-b", power=power, quarters=quarters)
    there, back = compare(PLAN, other), compare(other, PLAN)
    opposite = {
        Change.EARLIER: Change.LATER,
        Change.LATER: Change.EARLIER,
        Change.MORE: Change.LESS,
        Change.LESS: Change.MORE,
    }
    assert [opposite[c] for s in there.signings for c in s.changes] == [
        c for s in back.signings for c in s.changes
    ]
    for one, two in zip(there.measures, back.measures, strict=True):
        assert one.difference_amount == -two.difference_amount
