"""Putting a plan to the test: replications, and what they say together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import stdtrit

from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.model.bucket import Bucket
from offtake.model.derating import Derating
from offtake.model.history import BUCKETS
from offtake.simulate.derating import of_seconds
from offtake.simulate.stress.case import QUARTER_HOURS, Case, Floats
from offtake.simulate.stress.crew import answers
from offtake.simulate.stress.kept import Kept
from offtake.simulate.stress.replication import Lived, unit_of
from offtake.simulate.stress.there import EFFECTS

Progress = Callable[[int, int], None]
"""Told replications done, of at most how many."""

LEAST = 5
"""Replications before their spread is believed."""
_DOWN = [BUCKETS.index(Bucket.DOWN), BUCKETS.index(Bucket.DRAINED)]
_DONE = BUCKETS.index(Bucket.PRODUCTIVE)


@dataclass(frozen=True, slots=True)
class Spread:
    """How something is spread over replications."""

    mean: float
    half_width: float
    """Half the 95 % confidence interval of the mean, by Student's t; 0 of one replication."""
    p10: float
    p50: float
    p90: float


@dataclass(frozen=True, slots=True)
class Line:
    """One quarter, in accelerator-hours."""

    quarter: str
    planned_hours: float
    """What is there where everything comes on the day it is due."""
    delivered_hours: Spread
    """What is there and up."""
    productive_hours: Spread
    """What did steps that were kept."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One need over the horizon, in H100e-hours."""

    need: str
    kind: str
    asked_h100e_hours: Spread
    unserved_share: Spread


@dataclass(frozen=True, slots=True)
class Stressed:
    """What a plan's fleet really delivers."""

    name: str
    seed: int
    replications: int
    accelerators_per_node: int
    """Accelerators that were simulated as one node."""
    lines: tuple[Line, ...]
    effects: Mapping[str, Spread]
    """Accelerator-hours over the horizon that each thing took of what was planned: late,
    default, outage, down (failures and repair), idle (nothing to do, or nothing that fits),
    overhead (held, but not in steps that were kept); what is left is productive."""
    buckets: Mapping[Bucket, float]
    """Shares of all accelerator time that was there."""
    needs: tuple[Asked, ...]
    failures: Spread
    unclosed: float
    """Largest gap between a quarter's buckets and its capacity, as a share of what was planned:
    what rounding to whole nodes comes to."""
    derating: Derating


def stress(
    case: Case,
    *,
    replications: int = 20,
    processes: int = 1,
    ray: str | None = None,
    until_share: float | None = None,
    kept: Path | None = None,
    resume: bool = False,
    progress: Progress | None = None,
    stopped: Callable[[], bool] | None = None,
) -> Stressed:
    """Give what a plan's fleet delivers over its horizon, over replications.

    Replication n meets the same future, failures and demand however many there are and whoever
    computes it, so plans are compared under common random numbers.

    Args:
        case: what is put to the test.
        replications: how many; with `until_share` the most.
        processes: that share them.
        ray: address of a Ray cluster, `local` for this machine; instead of processes.
        until_share: end as soon as the interval of productive hours is so narrow: half of it
            over the mean.
        kept: folder each replication is left in.
        resume: take what is there already instead of beginning anew.
        progress: told after each.
        stopped: asked after each whether to end with what there is.

    Raises:
        OfftakeError: an option is out of range (`OTK-S088`), there is nothing to simulate
            (`OTK-S084`), or what is kept is of something else (`OTK-S086`, `OTK-S087`).
    """
    _refuse(case, replications, processes, until_share)
    store = Kept(kept, case.digest()) if kept is not None else None
    held = _held(store, replications) if store is not None and resume else {}
    if store is not None and not resume:
        store.clear()
    lacking = [number for number in range(replications) if number not in held]
    fresh = answers(case, lacking, processes, ray)
    rows: list[Lived] = []
    for number in range(replications):
        if number in held:
            rows.append(held[number])
        else:
            _, lived = next(fresh)
            rows.append(lived)
            if store is not None:
                store.save(number, lived)
        if progress is not None:
            progress(len(rows), replications)
        if _narrow(rows, until_share) or (stopped is not None and stopped()):
            break
    close = getattr(fresh, "close", None)
    if close is not None:
        close()
    return summed(case, rows)


def _held(store: Kept, replications: int) -> dict[int, Lived]:
    found = ((number, store.load(number)) for number in range(replications))
    return {number: lived for number, lived in found if lived is not None}


def _refuse(case: Case, replications: int, processes: int, until_share: float | None) -> None:
    faults = []
    wanted = [("replications", replications, 1, case.futures), ("processes", processes, 1, 4096)]
    for name, got, least, most in wanted:
        if not least <= got <= most:
            what = f"from {least} to {most} is wanted"
            faults.append(_fault("OTK-S088", what, f"--{name}", str(got)))
    if until_share is not None and not 0.0 < until_share < 1.0:
        what = "half of an interval over its mean, above 0 and below 1"
        faults.append(_fault("OTK-S088", what, "--until", f"{until_share:g}"))
    if not case.lots:
        what = "the plan holds no capacity: there is nothing to simulate"
        faults.append(_fault("OTK-S084", what, "PLAN", None))
    if faults:
        raise OfftakeError(faults, exit=Exit.USAGE)


def _fault(code: str, what: str, option: str, got: str | None) -> Fault:
    return Fault(code=code, what=what, where=Where(path=f"offtake simulate plan {option}"), got=got)


def _narrow(rows: list[Lived], until_share: float | None) -> bool:
    if until_share is None or len(rows) < LEAST:
        return False
    done = spread([float(row.seconds[:, :, _DONE].sum()) for row in rows])
    return done.mean > 0.0 and done.half_width <= until_share * done.mean


def spread(values: list[float]) -> Spread:
    """Give mean, 95 % interval and quantiles of what replications gave."""
    held = np.array(values, dtype=np.float64)
    half = 0.0
    if len(held) > 1:
        half = stdtrit(len(held) - 1, 0.975) * held.std(ddof=1) / np.sqrt(len(held))
    p10, p50, p90 = np.quantile(held, [0.1, 0.5, 0.9])
    return Spread(float(held.mean()), float(half), float(p10), float(p50), float(p90))


def summed(case: Case, rows: list[Lived]) -> Stressed:
    """Say what replications come to together."""
    seconds = np.sum([row.seconds for row in rows], axis=(0, 1))
    total = seconds.sum()
    places = {(p.accelerator, p.site): seconds[i] for i, p in enumerate(case.places)}
    by = dict(zip(BUCKETS, seconds.sum(axis=0), strict=True))
    words = f"simulation of {case.name}, {len(rows)} replications, seed {case.seed}"
    return Stressed(
        name=case.name,
        seed=case.seed,
        replications=len(rows),
        accelerators_per_node=unit_of(case),
        lines=tuple(_line(case, rows, quarter) for quarter in range(len(case.quarters))),
        effects=_effects(rows),
        buckets={bucket: float(spent / total) for bucket, spent in by.items()},
        needs=tuple(_asked(case, rows, number) for number in range(len(case.needs))),
        failures=spread([float(row.strikes.sum()) for row in rows]),
        unclosed=max(_gap(row) for row in rows),
        derating=of_seconds(
            places,
            len(rows) * len(case.quarters) * QUARTER_HOURS,
            source=words,
            measured=False,
        ),
    )


def _line(case: Case, rows: list[Lived], quarter: int) -> Line:
    up = [row.seconds[quarter].sum() - row.seconds[quarter][:, _DOWN].sum() for row in rows]
    done = [row.seconds[quarter][:, _DONE].sum() for row in rows]
    return Line(
        quarter=case.quarters[quarter],
        planned_hours=float(rows[0].hours[quarter, :, 0].sum()),
        delivered_hours=spread([float(value) / 3600.0 for value in up]),
        productive_hours=spread([float(value) / 3600.0 for value in done]),
    )


def _effects(rows: list[Lived]) -> dict[str, Spread]:
    hours: list[Floats] = [row.hours.sum(axis=(0, 1)) for row in rows]
    spent: list[Floats] = [row.seconds.sum(axis=(0, 1)) / 3600.0 for row in rows]
    idle = [BUCKETS.index(Bucket.IDLE), BUCKETS.index(Bucket.FRAGMENTATION)]
    made = {name: spread([float(h[i]) for h in hours]) for i, name in enumerate(EFFECTS)}
    del made["there"]
    made["down"] = spread([float(s[_DOWN].sum()) for s in spent])
    made["idle"] = spread([float(s[idle].sum()) for s in spent])
    rest = [s.sum() - s[_DOWN].sum() - s[idle].sum() - s[_DONE] for s in spent]
    made["overhead"] = spread([float(value) for value in rest])
    made["productive"] = spread([float(s[_DONE]) for s in spent])
    return made


def _asked(case: Case, rows: list[Lived], number: int) -> Asked:
    need = case.needs[number]
    asked, unserved = [], []
    for row in rows:
        served = float(row.served[:, number].sum())
        # What training takes along to the next quarter is asked for once.
        again = row.asked[:-1, number].sum() - row.served[:-1, number].sum()
        whole = float(row.asked[:, number].sum() - (again if need.carries else 0.0))
        asked.append(whole)
        unserved.append(1.0 - served / whole if whole > 0.0 else 0.0)
    kind = "training" if need.carries else "inference"
    return Asked(need.id, kind, spread(asked), spread(unserved))


def _gap(row: Lived) -> float:
    there = row.hours[:, :, EFFECTS.index("there")].sum(axis=1)
    planned = max(float(row.hours[:, :, 0].sum(axis=1).max()), 1.0)
    return float(np.abs(row.seconds.sum(axis=(1, 2)) / 3600.0 - there).max() / planned)
