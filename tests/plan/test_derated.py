"""Deratings in plans: what they change, what they leave, what they are told by."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from offtake.errors import OfftakeError
from offtake.files import read
from offtake.files.plans import derating_text, read_derating
from offtake.model.bucket import Bucket
from offtake.model.contract import Tenure
from offtake.model.derating import Derated, Derating
from offtake.model.portfolio import Portfolio
from offtake.plan.derated import derated, uncovered
from offtake.plan.front import solved
from tests.plan.portfolios import offer, signed_mw, unit, wanted

WORLD = "worlds/three-sites"


def of(share: float, **changes: object) -> Derating:
    lines = tuple(
        Derated(
            accelerator=name,
            goodput_share=share,
            up_share=1.0,
            bucket_share={Bucket.PRODUCTIVE: share, Bucket.LOST: 1.0 - share},
            coverage_share=1.0,
        )
        for name in ("GB300", "VR200")
    )
    made = Derating(source="a test", measured=False, window_hours=100.0, lines=lines)
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def perfect() -> Portfolio:
    """Three sites whose accelerators do all that is expected of them."""
    plain = read(WORLD)
    return replace(
        plain,
        offers=tuple(replace(offer, goodput_ratio=1.0) for offer in plain.offers),
        contracts=tuple(replace(held, goodput_ratio=1.0) for held in plain.contracts),
    )


def test_a_derating_of_1_changes_nothing(perfect: Portfolio) -> None:
    plain = solved(perfect, scenarios=2).plan
    made = solved(derated(perfect, of(1.0)), scenarios=2).plan
    assert (made.npv, made.signed) == (plain.npv, plain.signed)


def test_a_derating_of_less_signs_more_and_costs_more() -> None:
    lease = offer("lease", Tenure.LEASE, 1.0, term_quarters=1)
    world = unit([lease], [wanted(100.0, penalty=50.0)])
    line = replace(of(0.9).lines[0], accelerator="unit")
    less = derated(world, of(0.9, lines=(line,)))
    assert signed_mw(world) == {"lease": pytest.approx(100.0)}
    assert signed_mw(less) == {"lease": pytest.approx(100.0 / 0.9)}
    cost = [solved(one).plan.cost.mean_usd for one in (world, less)]
    assert cost[1] == pytest.approx(cost[0] / 0.9)


def test_the_plan_names_the_derating(perfect: Portfolio) -> None:
    plan = solved(derated(perfect, of(0.9)), scenarios=2).plan
    told = [x for x in plan.assumptions if x.path.endswith("goodput_ratio")]
    assert told
    assert all(x.reason == "modelled: a test, 100 hours watched" for x in told)
    assert {x.shown for x in told} == {"0.9"}


def test_a_site_goes_before_a_type(perfect: Portfolio) -> None:
    site = perfect.offers[0].site
    here = replace(of(0.9).lines[0], accelerator=perfect.offers[0].accelerator, site=site)
    here = replace(here, goodput_share=0.5)
    made = derated(perfect, of(0.9, lines=(of(0.9).lines[0], here)))
    shares = {offer.goodput_ratio for offer in made.offers if offer.site == site}
    assert 0.5 in shares
    assert uncovered(perfect, of(0.9, lines=(here,)))


def test_lines_that_say_nothing_or_two_things_are_refused(perfect: Portfolio) -> None:
    line = of(0.9).lines[0]
    unknown = replace(line, accelerator="abacus")
    with pytest.raises(OfftakeError) as caught:
        derated(perfect, of(0.9, lines=(line, line, unknown)))
    assert {fault.code for fault in caught.value.faults} == {"OTK-S080", "OTK-S081"}


def test_it_is_written_and_read_the_same(tmp_path: Path) -> None:
    path = tmp_path / "derating.json"
    path.write_text(derating_text(of(0.9)), encoding="utf-8")
    assert read_derating(path) == of(0.9)
    path.write_text('{"schema": "offtake.plan/1"}', encoding="utf-8")
    with pytest.raises(OfftakeError, match="OTK-F050"):
        read_derating(path)
