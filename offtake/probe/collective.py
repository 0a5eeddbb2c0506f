"""One rank of an all-reduce through torch.distributed: NCCL on accelerators, else gloo."""

from __future__ import annotations

from datetime import timedelta
from time import perf_counter

import torch
from torch import distributed

from offtake.probe.ring import WAIT_S, Spec


def seconds(spec: Spec) -> list[float]:
    """Reduce again and again, and give how long each time took.

    Raises:
        ArithmeticError: a sum came out wrong.
    """
    place = torch.device("cuda", spec.local) if spec.backend == "nccl" else torch.device("cpu")
    if place.type == "cuda":
        torch.cuda.set_device(place)
    count = len(spec.hosts)
    distributed.init_process_group(
        spec.backend,
        init_method=f"tcp://{spec.hosts[0]}",
        rank=spec.rank,
        world_size=count,
        timeout=timedelta(seconds=WAIT_S),
    )
    try:
        return _taken(spec, place, count)
    finally:
        distributed.destroy_process_group()


def _taken(spec: Spec, place: torch.device, count: int) -> list[float]:
    taken: list[float] = []
    for _ in range(spec.warmups + spec.repetitions):
        held = torch.full((spec.megabytes * 250_000,), float(spec.rank + 1), device=place)
        _wait(place)
        distributed.barrier()
        begun = perf_counter()
        distributed.all_reduce(held)
        _wait(place)
        taken.append(perf_counter() - begun)
        if not bool((held == count * (count + 1) / 2).all()):
            raise ArithmeticError("an all-reduce gave a wrong sum")
    return taken[spec.warmups :]


def _wait(place: torch.device) -> None:
    if place.type == "cuda":
        torch.cuda.synchronize(place)
