"""The benchmarks' own laws: what they print, and that they compare like with like."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace

import pytest

from bench._figure import show
from bench.instances import Size, instance
from bench.plan import gap_share
from offtake.model import Portfolio, Tenure
from offtake.plan.formulate import Risk
from offtake.plan.solve import How, relaxed, solve


def test_a_figure_is_one_json_object_on_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    show("wall_s", 12.34567, "s", 60.0)
    show("rows", 3, "rows")
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["figure"], first["value"], first["unit"]) == ("wall_s", 12.35, "s")
    assert (first["anchor"], first["ratio"]) == (60.0, 0.2058)
    assert second["anchor"] is second["ratio"] is None


def test_the_gap_is_found_in_a_saved_plan() -> None:
    assert gap_share({"plan": {"gap_share": 0.25}}) == 0.25


def limited() -> Portfolio:
    """A drawn portfolio with every kind of limit the twin in linopy knows, and take-or-pay."""
    drawn = instance(Size(3, 3, 12))
    quarters = drawn.horizon.quarters
    offers = tuple(
        replace(o, price=replace(o.price, take_or_pay_share=0.7))
        if o.tenure is Tenure.LEASE and o.term_quarters == 4
        else o
        for o in drawn.offers
    )
    capital = replace(
        drawn.capital,
        spending_limit_usd=dict.fromkeys(quarters, 2e9),
        spending_to_revenue_ratio={quarters[-2]: 2.0, quarters[-1]: 1.5},
    )
    limits = replace(
        drawn.limits,
        any_seller_share=0.6,
        vendor_share={"maker-0": 0.8},
        shares_from=quarters[6],
    )
    return replace(drawn, offers=offers, capital=capital, limits=limits)


def test_linopy_writes_the_same_program() -> None:
    """Same rows, columns and nonzeros, and the same optimum of the relaxation."""
    from bench._labelled import instance as labelled
    from bench.linopy_model import assembled, shape, write

    one = labelled(limited(), 8, 7, Risk(0.2, 0.9))
    named = {"spending", "spending_to_revenue", "seller_share", "vendor_share", "carbon", "paid"}
    assert named < {name for name, rows in one.made.program.rows.items() if (rows.index >= 0).any()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        twin = assembled(write(one))
    assert shape(twin) == shape(one.assembled)
    best = [solve(p, How(method="simplex")) for p in (twin, relaxed(one.assembled))]
    assert [s.status for s in best] == ["optimal", "optimal"]
    assert best[0].objective == pytest.approx(best[1].objective, rel=1e-8)
