"""Near-optimal ranges: held against the extensive form with the loss allowed as a row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from offtake.plan.near import Near
from offtake.plan.program import ABSENT, Assembled
from offtake.plan.question import Part
from offtake.plan.solve import relaxed, solve
from offtake.plan.study.alternatives import alternatives
from offtake.plan.study.setting import prepare
from tests.plan.portfolios import WEIGHED, at_once, built, drawn, question_of

LOSS = 0.02


def with_target(program: Assembled, target: float) -> Assembled:
    """The same program among plans worth at least the target."""
    worth = sparse.csr_array(program.cost[None, :])
    return replace(
        relaxed(program),
        matrix=sparse.csc_array(sparse.vstack([program.matrix, worth])),
        row_lower=np.append(program.row_lower, target),
        row_upper=np.append(program.row_upper, np.inf),
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("sense", [1.0, -1.0])
def test_an_end_lies_where_the_extensive_form_says(seed: int, sense: float) -> None:
    """sure ≤ exact ≤ possible, and the two are close."""
    made, program = built(drawn(seed), WEIGHED)
    best = at_once(made, program).solution
    part = Part(made, program, np.arange(made.facts.shape[0]))
    point = best.values[part.first]
    near = Near(question_of(made), point, np.empty(0))
    assert near.value == pytest.approx(best.objective, abs=1e-5)
    loss = LOSS * abs(best.objective)
    columns = made.x[0][made.x[0] != ABSENT]
    direction = np.zeros(len(part.first))
    direction[np.searchsorted(part.first, columns)] = sense
    end = near.end(direction, loss)
    near.close()
    asked = with_target(program, best.objective - loss)
    asked.cost = np.zeros_like(program.cost)
    asked.cost[columns] = sense
    exact = solve(asked).objective
    slack = 1e-6 * (1 + abs(exact))
    assert end.sure <= exact + slack
    assert end.possible >= exact - slack
    assert float(direction @ end.point) == pytest.approx(end.sure)


@pytest.mark.parametrize("seed", [0, 3])
def test_ranges_hold_the_plan_and_widen_with_the_loss(seed: int) -> None:
    setting = prepare(drawn(seed), risk=0.3)
    found = alternatives(setting, (0.01, 0.1))
    groups = {(r.kind, r.group) for r in found.ranges}
    assert groups
    for kind, group in groups:
        tight, wide = sorted(
            (r for r in found.ranges if (r.kind, r.group) == (kind, group)),
            key=lambda r: r.tolerance_share,
        )
        for one in (tight, wide):
            assert one.least_it_mw <= one.plan_it_mw + 1e-6
            assert one.plan_it_mw <= one.most_it_mw + 1e-6
            assert one.says
        # Ends are approached from inside, so a wider one may fall short by what is left.
        assert wide.most_it_mw >= 0.9 * tight.most_it_mw - 1e-6
    for plan in found.plans:
        assert plan.loss_share <= 0.1 + 1e-6
        assert plan.changed
