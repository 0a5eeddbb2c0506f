"""Whole numbers: blocks are taken whole, a training run stands at one site, gaps are true."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from offtake.model import Portfolio, Region, Tenure
from offtake.plan.decision import decision_of
from offtake.plan.formulate import Risk
from offtake.plan.front import plan, solved
from offtake.plan.solve import fixed, solve
from offtake.units import it_mw
from tests.plan.portfolios import (
    SITE,
    at_once,
    built,
    drawn,
    futures,
    in_parts,
    job,
    offer,
    signed_mw,
    unit,
    wanted,
)

MEAN = Risk(0.0, 0.9)


def whole(power: float, block: float, demand: float, penalty: float = 3.0) -> Portfolio:
    """One offer in blocks at 1.0 M USD a MW-quarter, beside nothing else."""
    made = offer("block", Tenure.RESERVE, 1.0, power, block_it_mw=it_mw(block))
    return unit([made], [wanted(demand, penalty=penalty)])


@pytest.mark.parametrize(
    ("demand", "mw"),
    # The next block of 10 pays where it serves more than 10·1.0/3.0 = 3.33 MW.
    [(3.0, 0.0), (4.0, 10.0), (13.0, 10.0), (14.0, 20.0), (90.0, 30.0)],
)
def test_blocks_are_taken_whole(demand: float, mw: float) -> None:
    """Three blocks of 10 fit into 35 MW, never three and a half."""
    assert signed_mw(whole(35, 10, demand), risk=0.0).get("block", 0.0) == pytest.approx(mw)


def test_a_block_larger_than_the_offer_is_never_taken() -> None:
    found = signed_mw(whole(5, 5.0, 90), risk=0.0)
    assert found == pytest.approx({"block": 5.0})
    made = solved(whole(35, 10, 90), risk=0.0).plan
    assert [s.block_count for s in made.signed] == [3]


# ------------------------------------------------------------------ enumeration


def enumerated(portfolio: Portfolio, most: int = 6) -> float:
    """Best objective of all choices of whole blocks, each a linear program of its own."""
    _, program = built(portfolio, MEAN)
    integer = np.flatnonzero(program.integer)
    best = -np.inf
    for counts in product(range(most), repeat=len(integer)):
        if np.any(np.array(counts) > program.column_upper[integer]):
            continue
        point = np.zeros(len(program.cost))
        point[integer] = counts
        answer = solve(fixed(program, point))
        if answer.status == "optimal":
            best = max(best, answer.objective)
    assert np.isfinite(best)
    return best


def _two_of_blocks() -> Portfolio:
    return unit(
        [
            offer("big", Tenure.RESERVE, 1.0, 21, block_it_mw=it_mw(7)),
            offer("small", Tenure.RESERVE, 1.15, 16, block_it_mw=it_mw(4)),
            offer("rent", Tenure.RENT, 2.4, 6),
        ],
        [wanted(20.0, penalty=5.0)],
        uncertainty=futures((0.7, 1.0, 1.5), (0.3, 0.4, 0.3)),
    )


def test_branch_and_bound_finds_what_enumeration_finds() -> None:
    """4 · 5 choices of blocks: the plan is the best of them, and its bound lies above it."""
    best = enumerated(_two_of_blocks())
    made, program = built(_two_of_blocks(), MEAN)
    for found in (at_once(made, program), in_parts(made, program)):
        assert found.solution.objective == pytest.approx(best, abs=1e-5)
        assert found.bound >= best - 1e-6


@pytest.mark.parametrize("gap", [0.05, 0.005])
@pytest.mark.parametrize("seed", [4, 5])
def test_a_reported_gap_is_true(seed: int, gap: float) -> None:
    """Bound ≥ best ≥ objective, and the gap told is their distance over the cost."""
    portfolio = drawn(seed, blocks=True)
    made, program = built(portfolio, MEAN)
    best = at_once(made, program).solution.objective
    found = in_parts(made, program, gap)
    assert found.solution.objective <= best + 1e-5 <= found.bound + 2e-5
    told = plan(portfolio, risk=0.0, gap=gap)
    assert told.gap_share <= gap
    assert told.bound_usd >= best * 1e6 - 10


# ------------------------------------------------------------------ training


def _two_sites(first: float, second: float, **fields: float) -> Portfolio:
    """A run of 20 MW-quarters within two quarters; so much may be reserved at each site."""
    there = replace(SITE, id="there", name="There", region="there")
    return unit(
        [
            offer("here", Tenure.RESERVE, 1.0, first, term_quarters=2),
            offer("there", Tenure.RESERVE, 1.2, second, site="there", term_quarters=2),
        ],
        quarters=2,
        training=[job(20.0, 1, block_it_mw=it_mw(fields.get("block", 1.0)))],
        sites=(SITE, there),
        regions=(Region(id="here"), Region(id="there")),
    )


def test_a_run_stands_at_one_site() -> None:
    """6 + 6 MW could do 24 MW-quarters together; at one site only 12 are done."""
    answer = solved(_two_sites(6, 6), risk=0.0)
    assert len(decision_of(answer).hosts) == 1
    work = answer.outcome.use_training.sum(axis=2).mean(axis=1)
    assert sorted(work.tolist()) == pytest.approx([0.0, 12.0])
    assert answer.plan.unserved_share == pytest.approx(8 / 20)


def test_the_larger_site_wins_though_it_is_dearer() -> None:
    """Cheap room for 12 MW-quarters against dear room for all 20."""
    assert signed_mw(_two_sites(6, 10), risk=0.0) == pytest.approx({"there": 10.0})


def test_a_run_needs_its_block_of_planned_power() -> None:
    """10 MW at once would do; a block of 11 keeps it out, unless 11 are signed."""
    assert signed_mw(_two_sites(10, 0, block=10.0), risk=0.0) == pytest.approx({"here": 10.0})
    assert signed_mw(_two_sites(10, 0, block=11.0), risk=0.0) == {}
    assert signed_mw(_two_sites(15, 0, block=11.0), risk=0.0) == pytest.approx({"here": 11.0})


def test_what_a_block_costs_is_told() -> None:
    """10 MW would do; the block asks for 11. One less saves two quarters at 1.0 M USD."""
    run = job(10.0, 0, block_it_mw=it_mw(11))
    offers = [offer("here", Tenure.RESERVE, 1.0, 15, term_quarters=2)]
    made = plan(unit(offers, quarters=2, training=[run]), risk=0.0)
    limit = next(b for b in made.limits if b.path == "demand.training.run.block_it_mw")
    assert limit.worth_usd_per_unit == pytest.approx(2e6)
    assert limit.allowed_amount == 11.0
