"""Alibaba's cluster of 2023: nodes, and tasks that ask for fractions of accelerators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from offtake.files.traces.columns import Columns, Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Nodes:
    """Nodes with accelerators, one entry a node in each column."""

    id: tuple[str, ...]
    cpu_milli: Ints
    memory_mib: Ints
    accelerators_count: Ints
    model: tuple[str, ...]
    left_out: Mapping[str, int]
    """Nodes not taken, by reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tasks:
    """Tasks in order of the file, one entry a task in each column."""

    id: tuple[str, ...]
    cpu_milli: Ints
    memory_mib: Ints
    accelerators_count: Ints
    share_milli: Ints
    """Thousandths of each accelerator."""
    wants: tuple[str, ...]
    """Models a task insists on, parted by `|`; empty is any."""


def read_nodes(path: Path) -> Nodes:
    """Read nodes: `sn, cpu_milli, memory_mib, gpu, model`; those without accelerators are left out.

    Raises:
        OfftakeError: the file lacks columns or rows (`OTK-S300`, `OTK-S307`), or a row is
            wrong (`OTK-S301`, `OTK-S302`, `OTK-S304`).
    """
    told = Columns(path, ("sn", "cpu_milli", "memory_mib", "gpu", "model"))
    ids = told.unique("sn")
    cpu, memory = told.counts("cpu_milli"), told.counts("memory_mib")
    counts = told.counts("gpu")
    told.raise_faults()
    models = told.text("model")
    kept = np.flatnonzero(counts > 0)
    return Nodes(
        id=tuple(ids[row] for row in kept),
        cpu_milli=cpu[kept],
        memory_mib=memory[kept],
        accelerators_count=counts[kept],
        model=tuple(models[row] for row in kept),
        left_out={"nodes without an accelerator": len(told) - len(kept)},
    )


def read_tasks(path: Path) -> Tasks:
    """Read tasks: `name, cpu_milli, memory_mib, num_gpu, gpu_milli`, and `gpu_spec` if there.

    Tasks without an accelerator are kept: they take processors from nodes that have some.

    Raises:
        OfftakeError: the file lacks columns or rows (`OTK-S300`, `OTK-S307`), or a row is
            wrong (`OTK-S301`, `OTK-S302`, `OTK-S304`).
    """
    told = Columns(path, ("name", "cpu_milli", "memory_mib", "num_gpu", "gpu_milli"))
    ids = told.unique("name")
    columns = [told.counts(n) for n in ("cpu_milli", "memory_mib", "num_gpu", "gpu_milli")]
    told.raise_faults()
    return Tasks(
        id=ids,
        cpu_milli=columns[0],
        memory_mib=columns[1],
        accelerators_count=columns[2],
        share_milli=columns[3],
        wants=told.text("gpu_spec") if told.has("gpu_spec") else ("",) * len(told),
    )
