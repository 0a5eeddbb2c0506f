"""Where users' requests go: as many as can be served, then as near as can be.

    users ──20 ms── near cluster, until it is full
       └────95 ms── the next within reach             what finds no room is unserved

A fluid: tokens a second, not requests. Over regions r and clusters c, at each time alone,

    maximise Σ (worth − trip[r,c]) · flow[r,c],   Σ_c flow ≤ demand[r],  Σ_r flow ≤ room[c]

with a worth so large that no trip is too long to serve one more token, if the region reaches
the cluster at all. A linear program, solved by HiGHS; all times in one.
"""

from __future__ import annotations

import highspy
import numpy as np
import numpy.typing as npt

from offtake.errors import Exit, Fault, OfftakeError
from offtake.policy.solving import THREADS

Floats = npt.NDArray[np.float64]
_NOTHING = 1e-9
"""Flows below this share of the largest are rounding of the solver."""


def route(demand: Floats, room: Floats, trip_ms: Floats) -> Floats:
    """Give what flows from each region to each cluster, at each time.

    Args:
        demand: tokens a second, by time and region.
        room: tokens a second that can be served, by time and cluster; may be infinite.
        trip_ms: round trip from region to cluster; infinite is out of reach.

    Raises:
        OfftakeError: the solver gives no optimum (`OTK-Y040`), a defect.
    """
    times, regions = demand.shape
    clusters = room.shape[1]
    flow = np.zeros((times, regions, clusters))
    within = np.isfinite(trip_ms)
    scale = float(demand.max(initial=0.0))
    if scale <= 0.0 or not within.any():
        return flow
    wanted = demand / scale
    held = np.minimum(room / scale, wanted.sum(axis=1, keepdims=True))
    r, c = np.nonzero(within)
    solved = _solved(_program(wanted, held, r, c, trip_ms[r, c]))
    flow[:, r, c] = np.where(solved > _NOTHING, solved, 0.0).reshape(times, len(r))
    return _within(flow, wanted, held) * scale


def _within(flow: Floats, wanted: Floats, held: Floats) -> Floats:
    """Take the solver's tolerance out: nobody gets more than asked, no cluster serves more."""
    sent = flow.sum(axis=2)
    flow = flow * np.minimum(1.0, wanted / np.where(sent > 0.0, sent, 1.0))[:, :, None]
    taken = flow.sum(axis=1)
    return flow * np.minimum(1.0, held / np.where(taken > 0.0, taken, 1.0))[:, None, :]


def _program(
    wanted: Floats, held: Floats, r: npt.NDArray[np.intp], c: npt.NDArray[np.intp], trip: Floats
) -> highspy.HighsLp:
    times, regions = wanted.shape
    clusters = held.shape[1]
    links = len(r)
    # One more token served may push at most so many others on to farther clusters.
    worth = (2 * min(regions, clusters) + 1) * float(trip.max()) + 1.0
    first = np.arange(times)[:, None] * (regions + clusters)
    rows = np.empty((times, links, 2), np.int32)
    rows[:, :, 0] = first + r
    rows[:, :, 1] = first + regions + c
    lp = highspy.HighsLp()
    count = times * links
    lp.num_col_, lp.num_row_ = count, times * (regions + clusters)
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = np.tile(1.0 - trip / worth, times)
    lp.col_lower_ = np.zeros(count)
    lp.col_upper_ = np.full(count, highspy.kHighsInf)
    lp.row_lower_ = np.full(lp.num_row_, -highspy.kHighsInf)
    lp.row_upper_ = np.concatenate((wanted, held), axis=1).ravel()
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = (np.arange(count + 1) * 2).astype(np.int32)
    lp.a_matrix_.index_ = rows.ravel()
    lp.a_matrix_.value_ = np.ones(2 * count)
    return lp


def _solved(lp: highspy.HighsLp) -> Floats:
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.silent()
    solver.setOptionValue("threads", THREADS)
    solver.passModel(lp)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise OfftakeError(
            Fault(
                code="OTK-Y040",
                what="the solver found no optimum of a routing; this is a defect",
                got=str(solver.getModelStatus()),
            ),
            exit=Exit.FAILED,
        )
    return np.array(solver.getSolution().col_value)
