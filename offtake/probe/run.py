"""One run of the probe on a node: warm up, repeat, take the middle, say what stayed unknown.

    sensors ─┐                                            ┌─ sensors: what counters rose by
             └ products of each precision · memory · all-reduce · load with sensors ┘

A repetition runs its work so often that it takes `repetition_s`; so clocks settle and the
queue's own time does not count. A node's figure is the work of all its parts over the time
of the slowest, since a job waits for it.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait as waited
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil

from offtake.model.clause import Scope
from offtake.model.evidence import COPY, MATMUL, REDUCE, TRIAD, Evidence, Measured
from offtake.probe import reducing
from offtake.probe.port import PRECISIONS, Device, Kernel, Precision, Sample, Sensors, UnableError
from offtake.probe.sensors import ERRORS
from offtake.version import VERSION

_MOST_LOOPS = 1_000_000
_DIGITS = 6
"""Digits of an amount: what is beyond them is noise."""
_EVERY_S = 0.1
"""Seconds between two looks at the sensors under load."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large and how often."""

    matrix: int
    """Rows of the matrices that are multiplied."""
    memory_mb: int
    """Size of each array that is moved."""
    reduce_mb: int
    """Size of the array that is reduced."""
    repetitions: int = 10
    warmups: int = 3
    repetition_s: float = 0.2
    load_s: float = 10.0
    """How long power and clocks are watched under load."""


@dataclass(frozen=True, slots=True)
class Others:
    """Nodes that reduce together with this one."""

    node: int
    """Which of them this one is, from 0."""
    nodes: tuple[str, ...]
    """HOST:PORT of each."""


def sizes_for(accelerated: bool) -> Sizes:
    """Give sizes that fill a device: much larger than caches, much smaller than its memory."""
    if accelerated:
        return Sizes(matrix=8192, memory_mb=4000, reduce_mb=1000)
    return Sizes(matrix=2048, memory_mb=400, reduce_mb=64, load_s=5.0)


def probe(
    node: str,
    device: Device,
    sensors: Sensors,
    sizes: Sizes,
    clock: Callable[[], datetime],
    *,
    seed: int = 1,
    others: Others | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Evidence:
    """Measure a node, and give the evidence.

    Args:
        node: its name, as the contract's host list calls it.
        device: what is tried.
        sensors: what tells power, clocks and errors.
        sizes: how large and how often.
        clock: tells the moment, for when the run began and ended.
        seed: fixes the numbers that are multiplied.
        others: nodes that reduce together with this one.
        progress: is told what is measured next.
    """
    starts = clock().replace(microsecond=0)
    before = sensors.sample()
    measured: list[Measured] = []
    busiest: Kernel | None = None
    for precision in PRECISIONS:
        progress(f"{MATMUL} {precision}")
        found, kernel = _product(device, precision, sizes, seed)
        measured += found
        busiest = kernel or busiest
    for name, make, passes in ((COPY, device.copy, 2), (TRIAD, device.triad, 3)):
        progress(name)
        work = passes * 1e6 * sizes.memory_mb
        measured += _tried(name, "GB/s", device, sizes, work / 1e9, make, sizes.memory_mb)[0]
    progress(REDUCE)
    measured += _reduced(device, sizes, others)
    progress("load")
    under = list(_loaded(busiest, sensors, sizes.load_s)) if busiest else []
    measured += _sensed(before, under, sensors.sample())
    ends = clock()
    ends = ends.replace(microsecond=0) + timedelta(seconds=1)
    return Evidence(
        node=node,
        starts=starts,
        ends=ends,
        device=device.name,
        part_count=len(device.parts),
        software=f"{device.software}, offtake {VERSION}",
        seed=seed,
        measured=tuple(measured),
    )


# ------------------------------------------------------- arithmetic and memory


def _product(
    device: Device, precision: Precision, sizes: Sizes, seed: int
) -> tuple[list[Measured], Kernel | None]:
    work = 2.0 * sizes.matrix**3 / 1e12

    def make(size: int) -> Kernel:
        return device.matmul(precision, size, seed)

    return _tried(f"{MATMUL} {precision}", "TFLOP/s", device, sizes, work, make, sizes.matrix)


def _tried(
    name: str,
    metric: str,
    device: Device,
    sizes: Sizes,
    work: float,
    make: Callable[[int], Kernel],
    size: int,
) -> tuple[list[Measured], Kernel | None]:
    """Measure one kernel: the node, and each accelerator of it."""
    try:
        kernel = make(size)
    except UnableError as error:
        return [_unknown(name, metric, Scope.NODE, str(error))], None
    once = max(kernel(1))
    for _ in range(sizes.warmups):
        once = max(kernel(1))
    loops = min(_MOST_LOOPS, max(1, ceil(sizes.repetition_s / once)))
    taken = [kernel(loops) for _ in range(sizes.repetitions)]
    done = loops * work
    node = [len(device.parts) * done / max(seconds) for seconds in taken]
    made = [_known(name, metric, Scope.NODE, "", node)]
    if device.accelerated:
        for place, part in enumerate(device.parts):
            alone = [done / seconds[place] for seconds in taken]
            made.append(_known(name, metric, Scope.GPU, part, alone))
    return made, kernel


# ------------------------------------------------------------------ all-reduce


def _reduced(device: Device, sizes: Sizes, others: Others | None) -> Iterator[Measured]:
    try:
        backend, ranks = device.reduces()
    except UnableError as error:
        yield _unknown(REDUCE, "GB/s", Scope.NODE, str(error))
        return
    size = {
        "megabytes": sizes.reduce_mb,
        "warmups": sizes.warmups,
        "repetitions": sizes.repetitions,
    }
    yield _bandwidth(
        Scope.NODE, sizes.reduce_mb, ranks, lambda: reducing.within(backend, ranks, **size)
    )
    if others is not None:
        node, nodes = others.node, others.nodes
        yield _bandwidth(
            Scope.CLUSTER,
            sizes.reduce_mb,
            ranks * len(nodes),
            lambda: reducing.between(backend, node, nodes, ranks, **size),
        )


def _bandwidth(
    scope: Scope, megabytes: int, ranks: int, run: Callable[[], Sequence[float]]
) -> Measured:
    try:
        taken = run()
    except UnableError as error:
        return _unknown(REDUCE, "GB/s", scope, str(error))
    work = megabytes / 1000 * 2 * (ranks - 1) / ranks
    return _known(REDUCE, "GB/s", scope, "", [work / seconds for seconds in taken])


# --------------------------------------------------------------------- sensors


def _loaded(kernel: Kernel, sensors: Sensors, load_s: float) -> Iterator[tuple[Sample, ...]]:
    """Sample while the device is under load, for at least so many of its own seconds."""
    loops = max(1, ceil(1.0 / max(*kernel(1), 1e-6)))
    spent = 0.0
    with ThreadPoolExecutor(1) as pool:
        while spent < load_s:
            running = pool.submit(kernel, loops)
            while True:
                waited([running], timeout=_EVERY_S)
                yield sensors.sample()
                if running.done():
                    break
            spent += max(running.result())


def _sensed(
    before: tuple[Sample, ...], under: Sequence[tuple[Sample, ...]], after: tuple[Sample, ...]
) -> Iterator[Measured]:
    """Give gauges as they were under load, and counters as what they rose by."""
    first = {(one.name, one.part): one for one in before}
    held: dict[tuple[str, str], list[Sample]] = defaultdict(list)
    for one in (sample for samples in under for sample in samples):
        held[one.name, one.part].append(one)
    for last in after:
        scope = Scope.GPU if last.part else Scope.NODE
        name = (last.name, last.part)
        if last.name in ERRORS:
            yield _risen(first.get(name), last, scope)
            continue
        known = [one.amount for one in held[name] if one.amount is not None]
        why = next((one.unknown for one in reversed(held[name])), "nothing ran under load")
        yield (
            _known(last.name, last.metric, scope, last.part, known)
            if known
            else _unknown(last.name, last.metric, scope, why, last.part)
        )


def _risen(first: Sample | None, last: Sample, scope: Scope) -> Measured:
    start = first.amount if first is not None else None
    if last.amount is None or start is None:
        why = last.unknown or (first.unknown if first is not None else "") or "not told at first"
        return _unknown(last.name, last.metric, scope, why, last.part)
    if last.amount < start:
        return _unknown(last.name, last.metric, scope, "the counter began anew", last.part)
    return _known(last.name, last.metric, scope, last.part, [last.amount - start])


# --------------------------------------------------------------------- amounts


def _known(name: str, metric: str, scope: Scope, part: str, amounts: Iterable[float]) -> Measured:
    found = sorted(amounts)
    return Measured(
        name=name,
        metric=metric,
        scope=scope,
        part=part,
        median_amount=_exact(statistics.median(found)),
        least_amount=_exact(found[0]),
        most_amount=_exact(found[-1]),
        repetition_count=len(found),
    )


def _unknown(name: str, metric: str, scope: Scope, why: str, part: str = "") -> Measured:
    return Measured(name=name, metric=metric, scope=scope, part=part, unknown=why)


def _exact(amount: float) -> Decimal:
    return Decimal(f"{amount:.{_DIGITS}g}")
