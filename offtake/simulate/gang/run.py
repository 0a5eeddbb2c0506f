"""Replications of a gang job: in this process or several, told as they come, stopped when asked.

Every replication has its own streams of luck from the seed and its number, so results do
not depend on how many processes share them, and two policies with one seed can be compared
replication by replication.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Generator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from offtake.errors import Fault, OfftakeError, Where
from offtake.model.bucket import Bucket
from offtake.simulate.gang.draws import streams
from offtake.simulate.gang.job import Gang, Mean, Outcome
from offtake.simulate.gang.kernel import (
    R_BORROWED,
    R_CAPACITY,
    R_CHECKPOINT,
    R_DONE,
    R_DOWN,
    R_FAILURES,
    R_FRAGMENT,
    R_IDLE,
    R_LOST,
    R_RESTART,
    R_SAVED,
    R_SELECTIONS,
    R_STEP,
    R_WALL,
    RESULTS,
    blank,
    replicate,
)
from offtake.simulate.gang.packed import pack
from offtake.simulate.parameters import Cause, Parameters
from offtake.simulate.speed import Step, step

Results = NDArray[np.float64]
Progress = Callable[[int, int], None]
"""Told how many replications of how many are done."""

CHUNK = 50
"""Replications between two looks at progress and interruption."""
_PLAIN = {
    Bucket.LOST: R_LOST,
    Bucket.CHECKPOINT: R_CHECKPOINT,
    Bucket.RESTART: R_RESTART,
    Bucket.FRAGMENTATION: R_FRAGMENT,
    Bucket.IDLE: R_IDLE,
    Bucket.DOWN: R_DOWN,
}
_FOLDED = 0.1


def simulate_gang(
    parameters: Parameters,
    gang: Gang,
    *,
    replications: int = 100,
    seed: int = 1,
    processes: int = 1,
    progress: Progress | None = None,
    stopped: Callable[[], bool] | None = None,
) -> Outcome:
    """Simulate a gang job many times, and give the means.

    Where it is `stopped`, what is done by then counts; with nothing done yet one chunk is.

    Raises:
        OfftakeError: parameters do not go together (`OTK-S003` … `OTK-S005`, `OTK-S009`), or
            replications, seed or processes are out of range (`OTK-S008`).
    """
    refuse_options(replications, seed, processes)
    shares = step(parameters, gang.accelerators_count)
    causes = pack(parameters, gang)[1]
    rows: list[Results] = []
    done = 0
    parts = _parts(parameters, gang, replications, seed, processes)
    for part in parts:
        rows.append(part)
        done += len(part)
        if progress is not None:
            progress(done, replications)
        if stopped is not None and stopped():
            parts.close()
            break
    return summed(np.vstack(rows), gang, seed, causes, shares)


def refuse_options(replications: int, seed: int, processes: int) -> None:
    """Refuse numbers of replications, seeds or processes that cannot be.

    Raises:
        OfftakeError: one is out of range (`OTK-S008`).
    """
    wrong = [
        ("replications", replications, 1),
        ("seed", seed, 0),
        ("processes", processes, 1),
    ]
    faults = [
        Fault(
            code="OTK-S008",
            what=f"at least {least} is wanted",
            where=Where(path=name),
            got=f"{got}",
        )
        for name, got, least in wrong
        if got < least
    ]
    if faults:
        raise OfftakeError(faults)


def part(parameters: Parameters, gang: Gang, seed: int, first: int, count: int) -> Results:
    """Run replications first, first + 1, …: one row each."""
    facts, causes = pack(parameters, gang)
    results = np.zeros((count, RESULTS + max(len(causes), 1)))
    replicate(facts, blank(facts, len(causes)), streams(seed, first, count), results)
    return results


def _parts(
    parameters: Parameters, gang: Gang, replications: int, seed: int, processes: int
) -> Generator[Results, None, None]:
    spans = [(at, min(CHUNK, replications - at)) for at in range(0, replications, CHUNK)]
    if processes == 1 or len(spans) == 1:
        for first, count in spans:
            yield part(parameters, gang, seed, first, count)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(processes, len(spans)), mp_context=context) as pool:
        asked: dict[Future[Results], int] = {
            pool.submit(part, parameters, gang, seed, *span): span[0] for span in spans
        }
        try:
            for future in as_completed(asked):
                yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def summed(
    rows: Results, gang: Gang, seed: int, causes: tuple[Cause, ...], shares: Step
) -> Outcome:
    """Give means over replications, and the ledger they add up to."""
    capacity = rows[:, R_CAPACITY]
    kept = rows[:, R_STEP]
    ledger = {
        Bucket.PRODUCTIVE: kept * shares.productive_share,
        Bucket.EXPOSED: kept * shares.exposed_share,
        Bucket.CAPPED: kept * shares.capped_share,
        **{bucket: rows[:, place] for bucket, place in _PLAIN.items()},
        Bucket.DRAINED: np.zeros(len(rows)),
    }
    gaps = np.abs(sum(ledger.values()) - capacity) / capacity
    total = capacity.sum()
    counted: dict[Cause, Results] = {}
    for place, cause in enumerate(causes):
        column = rows[:, RESULTS + place]
        counted[cause] = counted[cause] + column if cause in counted else column
    return Outcome(
        gang=gang,
        seed=seed,
        replications=len(rows),
        done=int(rows[:, R_DONE].sum()),
        wall=mean_of(rows[:, R_WALL]),
        kept=mean_of(rows[:, R_SAVED]),
        ettr=mean_of(rows[:, R_SAVED] / rows[:, R_WALL]),
        failures=mean_of(rows[:, R_FAILURES]),
        selections=mean_of(rows[:, R_SELECTIONS]),
        borrowed=mean_of(rows[:, R_BORROWED]),
        shares={bucket: float(ledger[bucket].sum() / total) for bucket in Bucket},
        causes={cause: mean_of(column) for cause, column in counted.items()},
        unclosed=float(gaps.max()),
    )


def mean_of(values: Results) -> Mean:
    """Give the mean of a sample, its 95 % interval and its spread."""
    count = len(values)
    half = 0.0
    if count > 1:
        half = float(stdtrit(count - 1, 0.975) * values.std(ddof=1) / np.sqrt(count))
    low, high = np.quantile(values, [_FOLDED, 1.0 - _FOLDED])
    return Mean(mean=float(values.mean()), half_width=half, low=float(low), high=float(high))
