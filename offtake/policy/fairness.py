"""How much of each type of accelerator a job is due: FIFO and fairness (Gavel, OSDI 2020).

An allocation x says which share of the time a job runs on each type; jobs come in order of
arrival. A job that takes n accelerators takes all of them at once.

- **FIFO**: whole types, first come first, and kept to the end; the first type that has room
  for the job, and nobody passes one that finds none.
- **max-min**: every job is due the same accelerator time, whatever the type, until it has
  all it can use; of each type in proportion to how many there are.
- **max-min by speed**: maximise over x the smallest of

      n_i · speed_i(x) / speed_i(equal share),   Σ_i n_i x_ij ≤ accelerators_j,  Σ_j x_ij ≤ 1

  a linear program, solved by HiGHS. Its interior point is taken, not a vertex: where many
  allocations are best, the one in their middle.
"""

from __future__ import annotations

import highspy
import numpy as np
import numpy.typing as npt

from offtake.errors import Exit, Fault, OfftakeError
from offtake.policy.compiled import compiled
from offtake.policy.solving import THREADS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@compiled
def fifo(speed: Floats, gpus: Ints, capacity: Ints, held: Floats) -> Floats:
    """Give whole types to jobs in their order, to each the first type that has room.

    Args:
        speed: steps a second of each job on each type; 0 cannot run there.
        gpus: accelerators each job takes.
        capacity: accelerators of each type, the preferred type first.
        held: what jobs hold already, and keep: 1 on their type.
    """
    given = held.copy()
    room = capacity.copy()
    for job in range(len(gpus)):
        for kind in range(len(room)):
            if held[job, kind] > 0.0:
                room[kind] -= gpus[job]
    for job in range(len(gpus)):
        if held[job].sum() > 0.0:
            continue
        best = -1
        for kind in range(len(room)):
            if best < 0 and room[kind] >= gpus[job] and speed[job, kind] > 0.0:
                best = kind
        if best < 0:
            break
        given[job, best] = 1.0
        room[best] -= gpus[job]
    return given


def max_min(gpus: Ints, capacity: Ints) -> Floats:
    """Give each job the same accelerator time, blind to speed, until it has all it can use.

    The level t fills what there is: Σ min(n_i, t) = Σ accelerators, so a job's share is
    min(1, t / n_i), split over types by how many there are.
    """
    total = float(capacity.sum())
    ordered = np.sort(gpus).astype(np.float64)
    below = np.concatenate(([0.0], np.cumsum(ordered)))
    level = np.inf
    for met in range(len(ordered)):
        tried = (total - below[met]) / (len(ordered) - met)
        if tried <= ordered[met]:
            level = tried
            break
    share = np.minimum(1.0, level / gpus)
    return share[:, None] * (capacity / total)[None, :]


def max_min_by_speed(speed: Floats, gpus: Ints, capacity: Ints) -> Floats:
    """Give the allocation whose worst-off job gains most over its equal share, by speed.

    Raises:
        OfftakeError: a job runs on no type (`OTK-S345`), or the solver gives no optimum
            (`OTK-S346`), a defect.
    """
    equal = (speed * max_min(gpus, capacity)).sum(axis=1)
    if not (equal > 0.0).all():
        bad = int(np.argmin(equal))
        raise OfftakeError(
            Fault(
                code="OTK-S345",
                what=f"job {bad} of those alive runs on no type of accelerator there is",
                hint="leave it out, or give its speed",
            )
        )
    jobs, kinds = speed.shape
    worth = speed * (gpus / equal)[:, None]
    values = np.empty((jobs, kinds, 3))
    values[:, :, 0] = worth
    values[:, :, 1] = 1.0
    values[:, :, 2] = gpus[:, None]
    rows = np.empty((jobs, kinds, 3), np.int32)
    rows[:, :, 0] = np.arange(jobs)[:, None]
    rows[:, :, 1] = jobs + np.arange(jobs)[:, None]
    rows[:, :, 2] = 2 * jobs + np.arange(kinds)[None, :]
    lp = highspy.HighsLp()
    count = jobs * kinds
    lp.num_col_, lp.num_row_ = count + 1, 2 * jobs + kinds
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = np.append(np.zeros(count), 1.0)
    lp.col_lower_ = np.zeros(count + 1)
    lp.col_upper_ = np.full(count + 1, highspy.kHighsInf)
    lp.row_lower_ = np.concatenate((np.zeros(jobs), np.full(jobs + kinds, -highspy.kHighsInf)))
    lp.row_upper_ = np.concatenate((np.full(jobs, highspy.kHighsInf), np.ones(jobs), capacity))
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.append(np.arange(count + 1) * 3, 3 * count + jobs).astype(np.int32)
    lp.a_matrix_.index_ = np.concatenate((rows.ravel(), np.arange(jobs, dtype=np.int32)))
    lp.a_matrix_.value_ = np.concatenate((values.ravel(), np.full(jobs, -1.0)))
    return np.clip(_solved(lp)[:count].reshape(jobs, kinds), 0.0, 1.0)


def _solved(lp: highspy.HighsLp) -> Floats:
    """Give the interior point of a program, and a vertex only where that is not found."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.silent()
    solver.setOptionValue("threads", THREADS)
    solver.passModel(lp)
    for method in ("ipm", "simplex"):
        solver.setOptionValue("solver", method)
        solver.setOptionValue("run_crossover", "off" if method == "ipm" else "on")
        solver.run()
        if solver.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            return np.array(solver.getSolution().col_value)
        solver.clearSolver()
    raise OfftakeError(
        Fault(
            code="OTK-S346",
            what="the solver found no optimum of a fair allocation; this is a defect",
            got=str(solver.getModelStatus()),
        ),
        exit=Exit.FAILED,
    )
