"""Solving: HiGHS on an assembled program, with a bound that is true and a gap that is reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import highspy
import numpy as np
import numpy.typing as npt

from offtake.errors import Exit, Fault, OfftakeError
from offtake.plan.program import Assembled
from offtake.policy.solving import THREADS

Floats = npt.NDArray[np.float64]

SMALL = 20_000
"""Columns below which everything is solved by simplex and branch and bound at once."""


@dataclass(frozen=True, slots=True)
class Solution:
    """An optimum of a program, as HiGHS gives it back; the objective is maximised."""

    status: str
    """`optimal`, `infeasible`, `unbounded` or `stopped` (time limit; may hold values)."""
    objective: float
    bound: float
    values: Floats
    row_dual: Floats
    """Gain in the objective from one more unit of a row's binding side."""
    column_dual: Floats


@dataclass(frozen=True, slots=True)
class How:
    """Options of a solve."""

    method: str = "choose"
    """`simplex`, `ipm` or `choose`."""
    gap: float = 1e-4
    """Relative gap branch and bound stops at."""
    seconds: float = np.inf
    crossover: bool = True


def version() -> str:
    """Name the solver and its version."""
    return f"HiGHS {_new().version()}"


def _new() -> highspy.Highs:
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.silent()
    return solver


def load(program: Assembled) -> highspy.Highs:
    """Pass a program to a new HiGHS.

    Raises:
        OfftakeError: the solver refuses the program (`OTK-P190`), which is a defect.
    """
    lp = highspy.HighsLp()
    rows, columns = program.matrix.shape
    lp.num_col_, lp.num_row_ = columns, rows
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = program.cost
    lp.col_lower_, lp.col_upper_ = program.column_lower, program.column_upper
    lp.row_lower_, lp.row_upper_ = program.row_lower, program.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = program.matrix.indptr.astype(np.int32)
    lp.a_matrix_.index_ = program.matrix.indices.astype(np.int32)
    lp.a_matrix_.value_ = program.matrix.data
    if program.integer.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(flag)] for flag in program.integer]
    solver = _new()
    solver.setOptionValue("threads", THREADS)
    if solver.passModel(lp) == highspy.HighsStatus.kError:
        raise OfftakeError(
            Fault(code="OTK-P190", what="the solver refused the program; this is a defect"),
            exit=Exit.FAILED,
        )
    return solver


def run(solver: highspy.Highs) -> None:
    """Let a solver run.

    Raises:
        OfftakeError: it refuses (`OTK-P190`), which is a defect: one thread of ours knows
            one number of solver threads only, for one.
    """
    if solver.run() == highspy.HighsStatus.kError:
        raise OfftakeError(
            Fault(code="OTK-P190", what="the solver refused to run; this is a defect"),
            exit=Exit.FAILED,
        )


def relaxed(program: Assembled) -> Assembled:
    """Give the program without its whole-number requirements."""
    return Assembled(
        cost=program.cost,
        matrix=program.matrix,
        row_lower=program.row_lower,
        row_upper=program.row_upper,
        column_lower=program.column_lower,
        column_upper=program.column_upper,
        integer=np.zeros_like(program.integer),
    )


def fixed(program: Assembled, values: Floats) -> Assembled:
    """Give the linear program with every integer held at its value, rounded."""
    whole = np.rint(values)
    lower = np.where(program.integer, whole, program.column_lower)
    upper = np.where(program.integer, whole, program.column_upper)
    held = relaxed(program)
    held.column_lower, held.column_upper = lower, upper
    return held


_STATUS = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kInfeasible: "infeasible",
    highspy.HighsModelStatus.kUnbounded: "unbounded",
    highspy.HighsModelStatus.kUnboundedOrInfeasible: "infeasible",
}


def solve(
    program: Assembled,
    how: How = How(),
    start: Floats | None = None,
    improved: Callable[[float, float], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Solution:
    """Maximise a program.

    Args:
        program: what is maximised.
        how: options.
        start: a feasible point branch and bound may begin with.
        improved: told (best, bound) when branch and bound finds better.
        stop: asked now and then whether branch and bound should stop with what it has.
    """
    solver = load(program)
    solver.setOptionValue("solver", how.method if how.method != "choose" else "choose")
    solver.setOptionValue("mip_rel_gap", how.gap)
    solver.setOptionValue("run_crossover", "on" if how.crossover else "off")
    if np.isfinite(how.seconds):
        solver.setOptionValue("time_limit", max(how.seconds, 0.1))
    if start is not None:
        point = highspy.HighsSolution()
        point.col_value = start
        solver.setSolution(point)
    if improved is not None:
        solver.cbMipImprovingSolution += lambda event: improved(
            event.data_out.objective_function_value, event.data_out.mip_dual_bound
        )
    if stop is not None:
        solver.cbMipInterrupt += lambda event: event.interrupt(stop())
    run(solver)
    return settled(solver, program)


def settled(solver: highspy.Highs, program: Assembled) -> Solution:
    """Read what a solver found."""
    info, found = solver.getInfo(), solver.getSolution()
    values = np.array(found.col_value)
    mixed = bool(program.integer.any())
    rows, columns = program.matrix.shape
    dual = np.array(found.row_dual) if found.dual_valid else np.zeros(rows)
    reduced = np.array(found.col_dual) if found.dual_valid else np.zeros(columns)
    status = _STATUS.get(solver.getModelStatus(), "stopped")
    objective = info.objective_function_value
    if status == "stopped" and not found.value_valid:
        objective = -np.inf
    bound = info.mip_dual_bound if mixed else (objective if status == "optimal" else np.inf)
    return Solution(status, objective, bound, values, dual, reduced)
