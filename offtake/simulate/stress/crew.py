"""Who lives through replications: this process, several, or Ray. The numbers are the same."""

from __future__ import annotations

import importlib
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from typing import Any

from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.simulate.stress.case import Case
from offtake.simulate.stress.replication import Lived, live

Answers = Iterator[tuple[int, Lived]]
LOCAL = "local"


def answers(case: Case, numbers: Sequence[int], processes: int, ray: str | None) -> Answers:
    """Give replications in their order, each as soon as it and those before it are done.

    Raises:
        OfftakeError: Ray is not installed, or is not at that address (`OTK-S085`).
    """
    if ray is not None:
        return _by_ray(case, numbers, ray)
    if processes > 1 and len(numbers) > 1:
        return _by_processes(case, numbers, min(processes, len(numbers)))
    return ((number, live(case, number)) for number in numbers)


def _by_processes(case: Case, numbers: Sequence[int], processes: int) -> Answers:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        try:
            yield from _in_order(
                numbers, processes, lambda n: pool.submit(live, case, n), lambda f: f.result()
            )
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _by_ray(case: Case, numbers: Sequence[int], address: str) -> Answers:
    where = Where(path="offtake simulate plan --ray")
    try:
        ray = importlib.import_module("ray")
    except ImportError as error:
        hint = "pip install 'offtake[ray]'"
        fault = Fault(code="OTK-S085", what="Ray is not installed", where=where, hint=hint)
        raise OfftakeError(fault, exit=Exit.FAILED) from error
    if not ray.is_initialized():
        try:
            at = None if address == LOCAL else address
            ray.init(address=at, include_dashboard=False, log_to_driver=False)
        except (ConnectionError, ValueError, RuntimeError) as error:
            fault = Fault(code="OTK-S085", what="no Ray answers there", where=where, got=address)
            raise OfftakeError(fault, exit=Exit.FAILED) from error
    held, far = ray.put(case), ray.remote(live)
    width = max(1, int(ray.cluster_resources().get("CPU", 1)))
    yield from _in_order(numbers, width, lambda n: far.remote(held, n), ray.get)


def _in_order(
    numbers: Sequence[int],
    width: int,
    ask: Callable[[int], Any],
    take: Callable[[Any], Lived],
) -> Answers:
    """Keep twice as many on their way as there are workers, and take them in order."""
    rest = iter(numbers)
    on_way = [(number, ask(number)) for number in islice(rest, 2 * width)]
    while on_way:
        number, asked = on_way.pop(0)
        made = take(asked)
        on_way += [(after, ask(after)) for after in islice(rest, 1)]
        yield number, made
