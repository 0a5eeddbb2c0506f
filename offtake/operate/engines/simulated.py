"""Simulated bodies behind the port: the control plane at full size without anything that runs.

A script says how long its body takes: `simulate SECONDS [STATUS]` on a line of its own; one that
does not say takes a second. What runs is in memory: a control plane that begins again finds an
empty engine, takes what ran there for vanished, and begins it again.
"""

from __future__ import annotations

from pathlib import Path

from offtake.model.installation import ClusterSpec
from offtake.operate.engines.memory import Clock, MemoryEngine, MemoryYard
from offtake.operate.engines.port import Launch

USUAL_S = 1.0
"""How long a body takes whose script does not say."""


def said(launch: Launch) -> tuple[float, int]:
    """Read how long a body takes, and its exit status."""
    for line in launch.script.splitlines():
        words = line.split()
        if len(words) >= 2 and words[0] == "simulate":
            try:
                return float(words[1]), int(words[2]) if len(words) > 2 else 0
            except ValueError:
                return USUAL_S, 64
    return USUAL_S, 0


def simulated(
    cluster: str,
    *,
    clock: Clock,
    accelerator: str,
    accelerators: int,
    accelerators_per_node: int = 8,
    rate_ratio: float = 1.0,
) -> MemoryEngine:
    """Make an engine whose bodies take the time they say, over the rate."""

    def duration(launch: Launch) -> tuple[float, int]:
        seconds, code = said(launch)
        return seconds / rate_ratio, code

    return MemoryEngine(
        cluster,
        clock=clock,
        nodes=max(1, accelerators // accelerators_per_node),
        accelerators_per_node=min(accelerators, accelerators_per_node),
        accelerator=accelerator,
        duration=duration,
        settle_s=2.0,
    )


def made(cluster: ClusterSpec, folder: Path, clock: Clock) -> tuple[MemoryEngine, MemoryYard]:
    """Make the engine of a simulated cluster, and its yard in memory."""
    del folder
    engine = simulated(
        cluster.id,
        clock=clock,
        accelerator=cluster.accelerator,
        accelerators=cluster.accelerator_count,
        accelerators_per_node=cluster.accelerators_per_node_count,
        rate_ratio=cluster.engine.rate_ratio,
    )
    return engine, engine.yard
