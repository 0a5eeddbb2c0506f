"""Stochastic server location: whole numbers before and after the future is known.

Open servers at a cost; then each client that turns up is assigned to one, which earns what
it takes there; what exceeds a server's capacity costs 1,000 a unit. Optima by SIPLIB, as
costs: −121.60 for SSLP_5_25_50 and −262.40 for SSLP_15_45_5 (`tests.plan.siplib`).
"""

from __future__ import annotations

import numpy as np
import pytest

from offtake.plan.program import Assembled, Ints, Program
from offtake.plan.solve import How, solve
from tests.plan.siplib import Servers, large, small

OVERFLOW = 1_000.0


def located(servers: Servers) -> tuple[Assembled, Ints]:
    program, present = Program(), servers.present
    (count, clients), places = present.shape, len(servers.cost)
    opened = program.add("open", (places,), upper=1.0, integer=True, cost=-servers.cost)
    shape = (count, clients, places)
    taken = program.add(
        "taken",
        shape,
        upper=1.0,
        integer=True,
        cost=servers.demand / count,
        where=np.broadcast_to(present[..., None], shape),
    )
    over = program.add("over", (count, places), cost=-OVERFLOW / count)
    load = (servers.demand.T, taken.transpose(0, 2, 1))
    rows = program.con("capacity", (count, places), [load], upper=0.0).index
    program.put(rows, -servers.capacity, np.broadcast_to(opened, rows.shape))
    program.put(rows, -1.0, over)
    program.con("one", (count, clients), [(1.0, taken)], lower=1.0, upper=1.0, where=present)
    return program.assemble(), opened


@pytest.mark.slow
@pytest.mark.parametrize(
    ("servers", "profit", "at"),
    [(small(), 121.60, [0, 2]), (large(), 262.40, [0, 3, 7, 10])],
    ids=["SSLP_5_25_50", "SSLP_15_45_5"],
)
def test_the_optimum_is_siplibs(servers: Servers, profit: float, at: list[int]) -> None:
    """Profits are multiples of 1/50 and 1/5, so a smaller gap proves the optimum."""
    program, opened = located(servers)
    step = 1.0 / len(servers.present)
    answer = solve(program, How(gap=0.5 * step / profit, seconds=240))
    assert answer.status == "optimal"
    assert answer.objective == pytest.approx(profit, abs=1e-6)
    assert answer.bound < profit + step - 1e-6
    assert np.flatnonzero(answer.values[opened] > 0.5).tolist() == at
