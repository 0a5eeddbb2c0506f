"""The layer: index arrays in, one sparse program out."""

from __future__ import annotations

import numpy as np
import pytest

from offtake.plan.program import ABSENT, Program
from offtake.plan.solve import solve


def dense(program: Program) -> np.ndarray:
    made: np.ndarray = program.assemble().matrix.toarray()
    return made


def test_axes_beyond_the_rows_are_summed() -> None:
    program = Program()
    use = program.add("use", (2, 3))
    program.con("total", (2,), [(1.0, use)], upper=1.0)
    assert dense(program).tolist() == [[1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]]


def test_coefficients_and_indices_broadcast() -> None:
    program = Program()
    x = program.add("x", (2,))
    program.con("rows", (3, 2), [(np.array([[1.0], [2.0], [3.0]]), x)])
    assert dense(program).tolist() == [[1, 0], [0, 1], [2, 0], [0, 2], [3, 0], [0, 3]]


def test_what_does_not_exist_falls_out() -> None:
    """Columns and rows that are masked out have index −1 and no entry anywhere."""
    program = Program()
    x = program.add("x", (3,), where=np.array([True, False, True]))
    assert x.tolist() == [0, ABSENT, 1]
    rows = program.con("rows", (3,), [(1.0, x)], where=np.array([True, True, False]))
    assert rows.index.tolist() == [0, 1, ABSENT]
    assert dense(program).tolist() == [[1, 0], [0, 0]]
    program.gain([(5.0, x)])
    assert program.assemble().cost.tolist() == [5.0, 5.0]


def test_entries_that_meet_are_added_up() -> None:
    program = Program()
    x = program.add("x", (1,), cost=1.0)
    rows = program.con("rows", (1,), [(1.0, x), (2.0, x)])
    program.put(rows.index, 4.0, x)
    program.gain([(3.0, x)])
    assert dense(program).tolist() == [[7.0]]
    assert program.assemble().cost.tolist() == [4.0]


def test_a_name_stands_for_one_block() -> None:
    program = Program()
    x = program.add("x", (1,))
    program.con("rows", (1,), [(1.0, x)])
    with pytest.raises(ValueError, match="'x'"):
        program.add("x", (1,))
    with pytest.raises(ValueError, match="'rows'"):
        program.con("rows", (1,), [(1.0, x)])


def test_violation_is_measured_without_the_solver() -> None:
    """x + y ≤ 10 broken by 2, over 1 + its largest term 8; bounds over 1 + the value."""
    program = Program()
    x = program.add("x", (2,), upper=100.0)
    program.con("sum", (1,), [(1.0, x)], upper=10.0)
    made = program.assemble()
    assert made.violation(np.array([8.0, 4.0])) == pytest.approx(2 / 9)
    assert made.violation(np.array([-1.0, 4.0])) == pytest.approx(0.5)
    assert made.violation(np.array([6.0, 4.0])) == 0.0


def test_a_small_program_by_hand() -> None:
    """Max 3x + 2y, x + y ≤ 4, x + 3y ≤ 6, x ≤ 3: (3, 1) = 11; duals 2, 0 and reduced 1."""
    program = Program()
    v = program.add("v", (2,), upper=np.array([3.0, np.inf]), cost=np.array([3.0, 2.0]))
    program.con("rows", (2,), [(np.array([[1.0, 1.0], [1.0, 3.0]]), v)], upper=np.array([4.0, 6.0]))
    # Both rows meet y = 1 at x = 3: any split of the price of y is a dual of the optimum.
    answer = solve(program.assemble())
    assert answer.status == "optimal"
    assert answer.objective == answer.bound == pytest.approx(11.0)
    assert answer.values == pytest.approx([3.0, 1.0])
    priced = answer.row_dual @ np.array([4.0, 6.0]) + answer.column_dual[0] * 3.0
    assert priced == pytest.approx(11.0), "strong duality"


def test_a_program_without_a_solution_says_so() -> None:
    program = Program()
    x = program.add("x", (1,), upper=1.0)
    program.con("rows", (1,), [(1.0, x)], lower=2.0)
    assert solve(program.assemble()).status == "infeasible"


def test_whole_numbers_are_whole() -> None:
    program = Program()
    x = program.add("x", (2,), cost=1.0, integer=np.array([True, False]))
    program.con("rows", (2,), [(1.0, x)], upper=2.5)
    answer = solve(program.assemble())
    assert answer.values == pytest.approx([2.0, 2.5])
    assert answer.bound >= answer.objective - 1e-9
