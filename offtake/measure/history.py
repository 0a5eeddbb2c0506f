"""Metrics of a history, simulated or real: goodput in three parts, use and energy.

capacity ── scheduling ──> held ── runtime ──> kept ── program ──> ideal
  all      − idle, fragmentation  − checkpoint   − exposed, capped
           − drained, down          − lost, restart
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from offtake.errors import Fault, OfftakeError, Where
from offtake.measure.taking import Within, take
from offtake.model.bucket import Bucket
from offtake.model.history import BUCKETS, History
from offtake.model.metric import Absent, Boundary, Evidence, Metric, Subject

FREE = (Bucket.IDLE, Bucket.FRAGMENTATION, Bucket.DRAINED, Bucket.DOWN)
"""Where no job holds the accelerator."""
UNKEPT = (Bucket.CHECKPOINT, Bucket.LOST, Bucket.RESTART)
"""Where a job holds it, and nothing of it is kept."""
_MWH = 3.6e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What accelerators of a cluster could do at best."""

    peak_tflops: float | None = None
    """Peak of one, in the precision of the work."""
    ideal_mfu: float | None = None
    """MFU of steps that wait for nobody; with the peak it tells FLOPs from time."""
    it_kw: float | None = None
    """Power of one at the servers."""


def of_history(
    history: History,
    *,
    epoch: datetime = datetime(1970, 1, 1, tzinfo=UTC),
    source: str = "simulation",
    evidence: Evidence = Evidence.MODELLED,
    designs: dict[str, Design] | None = None,
) -> tuple[tuple[Metric, ...], tuple[Absent, ...]]:
    """Give the metrics of each cluster of a history, and what could not be given.

    Args:
        history: What happened.
        epoch: When it began.
        source: What recorded it.
        evidence: Whether it was measured or modelled.
        designs: By cluster, what its accelerators could do at best.

    Raises:
        OfftakeError: there is no capacity in it (`OTK-Q012`).
    """
    if not float(history.capacity.sum()) > 0.0:
        where = Where(path=source)
        raise OfftakeError(Fault(code="OTK-Q012", what="there is no capacity", where=where))
    made: list[Metric] = []
    lacking: list[Absent] = []
    for place, cluster in enumerate(history.clusters):
        of = Subject(site=cluster)
        within = Within(
            of=of,
            starts=epoch,
            ends=epoch + timedelta(seconds=history.duration_s),
            source=source,
            evidence=evidence,
        )
        capacity = float(history.capacity[place].sum())
        if not capacity > 0.0:
            reason = "the cluster had no capacity in the window"
            lacking += [Absent(id="goodput-ml", of=of, reason=reason)]
            continue
        spent = history.seconds[place].sum(axis=0)
        made += _shares(spent, capacity, within)
        made += _energy(history, place, within)
        ratio = _ettr(history, place, within)
        if isinstance(ratio, Metric):
            made.append(ratio)
        else:
            lacking.append(ratio)
        design = (designs or {}).get(cluster, Design())
        made += _against(history, place, capacity, spent, within, design)
        lacking += _lacking(of, design)
    return tuple(made), tuple(lacking)


def _sum(spent: npt.NDArray[np.float64], among: tuple[Bucket, ...]) -> float:
    return float(sum(spent[BUCKETS.index(bucket)] for bucket in among))


def _shares(spent: npt.NDArray[np.float64], capacity: float, within: Within) -> Iterator[Metric]:
    held = capacity - _sum(spent, FREE)
    kept = held - _sum(spent, UNKEPT)
    ideal = _sum(spent, (Bucket.PRODUCTIVE,))
    here = Boundary.ACCELERATOR
    yield take("utilisation-allocated", within, here, held, capacity)
    yield take("goodput-scheduling", within, here, held, capacity)
    if held > 0.0:
        yield take("goodput-runtime", within, here, kept, held)
    if kept > 0.0:
        yield take("goodput-program", within, here, ideal, kept)
    yield take("goodput-ml", within, here, ideal, capacity)


def _ettr(history: History, place: int, within: Within) -> Metric | Absent:
    """Give work over wall clock since submission, of jobs that ended, by their accelerators."""
    jobs, became = history.jobs, history.outcomes
    same = np.array([all(r == 1.0 for r in k.speed_ratio.values()) for k in jobs.kinds], np.bool_)
    ended = np.isfinite(became.ended_s) & (became.cluster == place) & same[jobs.kind]
    count = int(ended.sum())
    if not count:
        reason = "no job whose work is timed at this cluster's speed ended here"
        return Absent(id="ettr", of=within.of, reason=reason)
    size = jobs.accelerator_count[ended]
    work = float((size * jobs.work_s[ended]).sum())
    clock = float((size * (became.ended_s - jobs.submitted_s)[ended]).sum())
    told = within.but(note=f"{count:,} jobs that ended, by accelerators; waiting counts")
    return take("ettr", told, Boundary.ACCELERATOR, work, clock)


def _energy(history: History, place: int, within: Within) -> Iterator[Metric]:
    joules = float(history.joules[place].sum())
    yield take("it-energy", within, Boundary.IT, joules / _MWH)


def _against(
    history: History,
    place: int,
    capacity: float,
    spent: npt.NDArray[np.float64],
    within: Within,
    design: Design,
) -> Iterator[Metric]:
    joules = float(history.joules[place].sum())
    if design.it_kw:
        full = capacity * design.it_kw * 1000.0
        seconds = history.duration_s
        yield take("utilisation-power", within, Boundary.IT, joules / seconds, full / seconds)
    if design.peak_tflops and design.ideal_mfu:
        ideal = _sum(spent, (Bucket.PRODUCTIVE,))
        flop = ideal * design.peak_tflops * 1e12 * design.ideal_mfu
        assumed = within.but(
            evidence=Evidence.weakest(within.evidence, Evidence.ASSUMED),
            note=f"steps that wait for nobody reach {design.ideal_mfu:.1%} of "
            f"{design.peak_tflops:g} TFLOP/s",
        )
        yield take("mfu", assumed, Boundary.ACCELERATOR, flop, capacity * design.peak_tflops * 1e12)
        if joules > 0.0:
            yield take("flop-per-joule", assumed, Boundary.IT, flop, joules)


def _lacking(of: Subject, design: Design) -> Iterator[Absent]:
    if not (design.peak_tflops and design.ideal_mfu):
        reason = "a history counts time: peak and MFU of an undisturbed step turn it into FLOPs"
        yield Absent(id="mfu", of=of, reason=reason)
        yield Absent(id="flop-per-joule", of=of, reason=reason)
    reason = "a history counts no tokens"
    yield Absent(id="tokens-per-joule", of=of, reason=reason)


def time_to_train(history: History, job: int, within: Within) -> Metric | Absent:
    """Give the time to train of one job, from its first step to its end, or why not."""
    started, ended = history.outcomes.started_s[job], history.outcomes.ended_s[job]
    if not (np.isfinite(started) and np.isfinite(ended)):
        return Absent(id="time-to-train", of=within.of, reason="the job did not end in the window")
    hours = float(ended - started) / 3600.0
    return take("time-to-train", within, Boundary.ACCELERATOR, hours)


def lost_to(before: History, after: History, within: Within) -> Metric:
    """Give the goodput a cut of power cost: productive time without it, less that with it.

    Both are of the same fleet, jobs and failures, with and without the cut.

    Raises:
        OfftakeError: the fleet without the cut did less than with it (`OTK-Q004`).
    """
    less = before.total(Bucket.PRODUCTIVE) - after.total(Bucket.PRODUCTIVE)
    here = Boundary.ACCELERATOR
    return take("goodput-lost-to-response", within, here, less, float(before.capacity.sum()))
