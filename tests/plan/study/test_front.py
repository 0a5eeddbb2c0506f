"""A study from end to end, and what all its parts have in common."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

import offtake
from offtake.errors import InfeasibleError, OfftakeError
from offtake.model.study import Study
from offtake.plan.study import PARTS, USUAL, study
from offtake.progress import Progress
from offtake.units import it_mw
from tests.plan.portfolios import drawn
from tests.plan.study.settings import newsvendor, own_or_lease


@pytest.fixture(scope="module")
def told() -> list[Progress]:
    return []


@pytest.fixture(scope="module")
def made(told: list[Progress]) -> Study:
    return study(
        drawn(1),
        risk=0.3,
        alpha=0.7,
        fresh=20,
        replications=2,
        weights=(0.0, 1.0),
        levers=("own-capex", "demand"),
        gap=1e-4,
        progress=told.append,
    )


def test_every_part_is_there(made: Study, told: list[Progress]) -> None:
    assert all(getattr(made, part) is not None for part in USUAL)
    assert {f.name for f in fields(Study)} >= set(PARTS)
    assert made.rolling is None
    assert any(p.stage == "study" for p in told)
    assert made.wall_s > 0


def test_all_parts_speak_of_one_plan(made: Study) -> None:
    assert made.value is not None
    assert made.tornado is not None
    assert made.strategies is not None
    assert made.frontier is not None
    assert made.out_of_sample is not None
    assert made.regret is not None
    assert made.value.rp_usd == made.tornado.base_usd == made.plan.objective_usd
    assert made.strategies.strategies[-1].plan == made.plan
    assert made.out_of_sample.in_sample == made.plan.npv
    assert made.out_of_sample.gap is not None
    own = next(p for p in made.frontier.points if p.risk_share == 0.3)
    assert own.plan.objective_usd >= made.plan.objective_usd - 1
    assert len(made.plan.npv_usd) == len(made.story) == len(made.probability_share) == 6
    named = {line.plan for line in made.regret.lines}
    assert {"build", "lease-first", "free"} <= named
    assert "plan" not in named


def test_only_what_is_asked_for_is_worked_out() -> None:
    made = study(newsvendor(), ("regret",), risk=0.0)
    assert made.regret is not None
    assert all(getattr(made, part) is None for part in PARTS if part != "regret")


def test_the_same_question_gives_the_same_study() -> None:
    def asked() -> Study:
        return study(drawn(0), ("strategies", "out_of_sample"), fresh=8, clock=lambda: 0.0)

    assert asked() == asked()


def test_the_front_door_has_it() -> None:
    assert offtake.study is study


def test_no_such_part_is_refused() -> None:
    with pytest.raises(OfftakeError, match="no such part; got vlaue; did you mean 'value'"):
        study(newsvendor(), ("vlaue",))


def test_a_portfolio_without_a_plan_is_refused_as_planning_does() -> None:
    portfolio = own_or_lease()
    asked = tuple(replace(i, least_served_share=1.0) for i in portfolio.demand.inference)
    small = tuple(replace(o, power_it_mw=it_mw(10)) for o in portfolio.offers)
    none = replace(portfolio, offers=small, demand=replace(portfolio.demand, inference=asked))
    with pytest.raises(InfeasibleError):
        study(none, ("value",))
