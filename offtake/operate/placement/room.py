"""Room of clusters, pod by pod: of what there is, what is out of use and what is held.

    free of a pod = size − out − held      never below 0

Nodes are accelerators here. What goes out of use while it is held stays held until its job ends;
so that no pod offers meanwhile what another lacks, what is out moves to the pods that have room.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import numpy as np
import numpy.typing as npt

from offtake.model.installation import ClusterSpec

Ints = npt.NDArray[np.int64]
Taken = tuple[tuple[int, int], ...]
"""Pods, and accelerators held in each."""


def sizes_of(cluster: ClusterSpec) -> list[int]:
    """Give the accelerators of a cluster's pods: all full, but for the last."""
    each, all_of = cluster.accelerators_per_pod_count, cluster.accelerator_count
    return [min(each, all_of - first) for first in range(0, all_of, each)]


class Room:
    """What is free where."""

    def __init__(self, clusters: Sequence[ClusterSpec]) -> None:
        """Begin with everything usable and nothing held."""
        sizes = [sizes_of(cluster) for cluster in clusters]
        counts = [len(each) for each in sizes]
        self.first: list[int] = [sum(counts[:i]) for i in range(len(counts) + 1)]
        """First pod of each cluster, and one behind the last."""
        self.size: Ints = np.array([size for each in sizes for size in each], np.int64)
        self.out: Ints = np.zeros_like(self.size)
        """Of each pod, what is out of use."""
        self.held: Ints = np.zeros_like(self.size)
        """Of each pod, what jobs hold."""

    def copy(self) -> Room:
        """Give the same that may be changed without changing this."""
        made = copy(self)
        made.out, made.held = self.out.copy(), self.held.copy()
        return made

    def pods(self, at: int) -> slice:
        """Give the pods of a cluster."""
        return slice(self.first[at], self.first[at + 1])

    def free(self, at: int) -> Ints:
        """Give what is free in each pod of a cluster."""
        mine = self.pods(at)
        free: Ints = np.maximum(0, self.size[mine] - self.out[mine] - self.held[mine])
        return free

    def usable(self, at: int, accelerators: int) -> None:
        """Set how many accelerators of a cluster can be used; those that are free go first."""
        mine = self.pods(at)
        size, out = self.size[mine], self.out[mine]
        change = int(size.sum()) - accelerators - int(out.sum())
        for limit in (self.free(at), size - out) if change > 0 else (out,):
            order = range(len(out) - 1, -1, -1) if change > 0 else range(len(out))
            for pod in order:
                step = min(abs(change), int(limit[pod]))
                out[pod] += step if change > 0 else -step
                change -= step if change > 0 else -step
            if change > 0:
                continue
        self.settle(at)

    def settle(self, at: int) -> None:
        """Let what is out of use in pods that are held be out where there is room instead."""
        mine = self.pods(at)
        over = np.minimum(self.out[mine], self.held[mine] + self.out[mine] - self.size[mine])
        if over.max() <= 0:
            return
        free, out = self.free(at), self.out[mine]
        for pod in np.flatnonzero(over > 0):
            for other in np.flatnonzero(free > 0):
                step = min(int(over[pod]), int(free[other]))
                out[pod] -= step
                out[other] += step
                over[pod] -= step
                free[other] -= step

    def take(self, at: int, accelerators: int) -> Taken:
        """Hold accelerators of a cluster for a job that has them already, wherever they are.

        The fullest pod that has room, else the emptiest ones; what nobody has free, as the
        cluster lost some while the job ran, is held beyond what is usable.
        """
        taken: dict[int, int] = {}
        left = accelerators
        while left > 0:
            free = self.free(at)
            most = int(free.max())
            if most <= 0:
                break
            fitting = np.flatnonzero(free >= left)
            pod = int(fitting[np.argmin(free[fitting])] if len(fitting) else np.argmax(free))
            step = min(left, int(free[pod]))
            self.held[self.first[at] + pod] += step
            taken[self.first[at] + pod] = taken.get(self.first[at] + pod, 0) + step
            left -= step
        for pod in range(self.first[at], self.first[at + 1]):
            last = pod + 1 == self.first[at + 1]
            step = left if last else min(left, max(0, int(self.size[pod] - self.held[pod])))
            if step:
                self.held[pod] += step
                taken[pod] = taken.get(pod, 0) + step
                left -= step
        return tuple(taken.items())

    def add(self, taken: Taken) -> None:
        """Count what a job was given."""
        for pod, count in taken:
            self.held[pod] += count

    def give_back(self, taken: Taken) -> None:
        """Count what a job held as held no longer."""
        for pod, count in taken:
            self.held[pod] -= count
