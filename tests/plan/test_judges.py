"""Outside judges: the same program solved by others, and the same question asked by others."""

from __future__ import annotations

from pathlib import Path

import highspy
import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from offtake.model import Portfolio, Tenure, Uncertainty
from offtake.model.uncertainty import DemandProcess, PriceProcess
from offtake.plan.formulate import Risk
from offtake.plan.program import Assembled
from offtake.plan.scenarios import draw
from offtake.plan.solve import load
from offtake.plan.supply import compile_supply
from tests.plan.portfolios import at_once, built, drawn, offer, unit, wanted

RISK = Risk(0.3, 0.7)


def by_scipy(program: Assembled) -> float:
    """Minimise −cost·v over A·v ≤ b, rows split by hand into ≤, ≥ and =."""
    matrix = program.matrix.toarray()
    equal = program.row_lower == program.row_upper
    above = np.isfinite(program.row_upper) & ~equal
    below = np.isfinite(program.row_lower) & ~equal
    answer = linprog(
        -program.cost,
        A_ub=np.vstack([matrix[above], -matrix[below]]),
        b_ub=np.concatenate([program.row_upper[above], -program.row_lower[below]]),
        A_eq=matrix[equal],
        b_eq=program.row_upper[equal],
        bounds=list(zip(program.column_lower.tolist(), program.column_upper.tolist(), strict=True)),
        method="highs",
    )
    assert answer.status == 0, answer.message
    return -float(answer.fun or 0.0)


def test_scipy_finds_the_same_optimum() -> None:
    made, program = built(drawn(7, training=False), RISK)
    own = at_once(made, program).solution.objective
    assert by_scipy(program) == pytest.approx(own, rel=1e-7)


def test_scipy_finds_the_same_blocks() -> None:
    made, program = built(drawn(8, blocks=True), RISK)
    own = at_once(made, program).solution.objective
    answer = milp(
        -program.cost,
        constraints=LinearConstraint(program.matrix, program.row_lower, program.row_upper),
        bounds=Bounds(program.column_lower, program.column_upper),
        integrality=program.integer.astype(int),
        options={"mip_rel_gap": 1e-7},
    )
    assert answer.fun is not None
    assert -float(answer.fun) == pytest.approx(own, rel=1e-6)


def test_it_can_be_written_as_mps_and_read_by_anyone(tmp_path: Path) -> None:
    """MPS knows nothing of our blocks and names: what is written is the whole program."""
    made, program = built(drawn(9), RISK)
    path = str(tmp_path / "plan.mps")
    load(program).writeModel(path)
    reader = highspy.Highs()  # type: ignore[no-untyped-call]
    reader.silent()
    reader.readModel(path)
    assert reader.getNumCol() == len(program.cost)
    assert reader.getNumRow() == len(program.row_upper)
    reader.setOptionValue("mip_rel_gap", 1e-7)
    reader.run()
    own = at_once(made, program).solution.objective
    assert abs(reader.getInfo().objective_function_value) == pytest.approx(abs(own), rel=1e-6)


# ------------------------------------------------------------------ asked by others


def reserve_or_rent() -> Portfolio:
    """Reserve for two quarters at 1.2, rent at 3.0 times a price that swings."""
    return unit(
        [
            offer("reserve", Tenure.RESERVE, 1.2, 1_500, term_quarters=2),
            offer("rent", Tenure.RENT, 3.0, 400),
        ],
        [wanted(1000.0, 3, penalty=5.0)],
        3,
        uncertainty=Uncertainty(
            scenario_count=12,
            demand=DemandProcess(inference_per_root_year=0.5),
            rental_price=PriceProcess(per_root_year=0.6),
        ),
    )


def test_linopy_asked_the_same_question_gives_the_same_answer() -> None:
    """Written from the question alone, in another library: only the draws are shared."""
    import linopy
    import pandas as pd
    import xarray

    portfolio = reserve_or_rent()
    futures = draw(portfolio, compile_supply(portfolio), 12, 0)
    demand, price = futures.inference[0] * 1e3, futures.rental_price
    model = linopy.Model()
    quarter, scenario = pd.RangeIndex(3, name="t"), pd.RangeIndex(12, name="w")
    begun = pd.RangeIndex(3, name="s")
    signed = model.add_variables(lower=0, coords=[begun], name="signed")
    rent = model.add_variables(lower=0, upper=400, coords=[scenario, quarter], name="rent")
    lost = model.add_variables(lower=0, coords=[scenario, quarter], name="lost")
    # Signed in s, it serves in s and s + 1.
    serves = xarray.DataArray(np.eye(3) + np.eye(3, k=1), coords=[begun, quarter])
    have = (serves * signed).sum("s")
    model.add_constraints(signed.sum() <= 1_500)
    wish = xarray.DataArray(demand, coords=[scenario, quarter])
    model.add_constraints(rent + lost + have >= wish)
    hourly = xarray.DataArray(3.0 * price / 12, coords=[scenario, quarter])
    model.add_objective(1.2 * have.sum() + (hourly * rent).sum() + (5.0 / 12 * lost).sum())
    model.solve(solver_name="highs", output_flag=False)
    own = at_once(*built(portfolio, Risk(0.0, 0.9))).solution.objective
    assert model.objective.value == pytest.approx(-own, rel=1e-7)
