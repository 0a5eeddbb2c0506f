"""Tasks packed on nodes until nothing more fits: FGD's experiment (USENIX ATC 2023).

Tasks of a trace come in random order, then more of them, drawn with replacement, until what
was asked for is so much above what there is. None leaves, and one that fits nowhere is lost.

    allocated(a) = accelerators given when a share a of capacity had been asked for
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offtake.errors import Fault, OfftakeError
from offtake.policy.packing import DEVICES, MEMORY, SHARE, WHOLE, Rule, pack

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

POPULAR = 0.95
"""Share of tasks whose kinds, the most frequent first, are those one expects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machines:
    """Nodes: processor in thousandths, memory, accelerators."""

    cpu_milli: Ints
    memory_mib: Ints
    accelerators_count: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """What had been asked for, and given, after each task; shares of all accelerators."""

    arrived_share: Floats
    allocated_share: Floats
    lost_count: int
    """Tasks that fitted nowhere."""

    def at(self, arrived: float) -> float:
        """Give the allocated share when so much had first been asked for."""
        row = int(np.searchsorted(self.arrived_share, arrived))
        return float(self.allocated_share[min(row, len(self.allocated_share) - 1)])


def expected(tasks: Ints, popular: float = POPULAR) -> tuple[Ints, Floats]:
    """Give the kinds of tasks one expects, memory aside, and the weight of each."""
    blind = tasks.copy()
    blind[:, MEMORY] = 0
    kinds, counts = np.unique(blind, axis=0, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    enough = int(np.searchsorted(np.cumsum(counts[order]), popular * len(tasks))) + 1
    kept = order[:enough]
    return kinds[kept], counts[kept] / counts[kept].sum()


def replay_packing(
    tasks: Ints, machines: Machines, rule: Rule, *, seed: int, arrivals: float = 1.3
) -> Packed:
    """Pack tasks (`offtake.policy.packing` names the columns) until so much has arrived.

    Raises:
        OfftakeError: no task asks for an accelerator, or no node has one (`OTK-S341`).
    """
    capacity = WHOLE * int(machines.accelerators_count.sum())
    size = tasks[:, DEVICES] * tasks[:, SHARE]
    if not size.sum() or not capacity:
        what = "no task asks for an accelerator, or no node has one"
        raise OfftakeError(Fault(code="OTK-S341", what=what))
    rng = np.random.default_rng(seed)
    order = _order(size, arrivals * capacity, rng)
    come = tasks[order]
    kinds, weight = expected(tasks)
    devices = machines.accelerators_count
    widest = np.arange(int(devices.max()))
    placed = pack(
        rule.value,
        come,
        np.unique(come, axis=0, return_inverse=True)[1].ravel(),
        np.stack((machines.cpu_milli, machines.memory_mib), axis=1),
        np.where(widest[None, :] < devices[:, None], WHOLE, 0),
        devices,
        kinds,
        weight,
        rng.random((len(come), 2)),
    )
    asked = size[order]
    return Packed(
        arrived_share=np.cumsum(asked) / capacity,
        allocated_share=np.cumsum(asked * (placed >= 0)) / capacity,
        lost_count=int((placed < 0).sum()),
    )


def _order(size: Ints, wanted: float, rng: np.random.Generator) -> Ints:
    """Give all tasks in random order, then more until so much has been asked for."""
    order = [rng.permutation(len(size))]
    total = float(size.sum())
    while total < wanted:
        more = rng.integers(len(size), size=256)
        order.append(more)
        total += float(size[more].sum())
    return np.concatenate(order)
