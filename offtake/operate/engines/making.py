"""From what an installation says to engines and yards; each kind is loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from offtake.model.installation import ClusterSpec, EngineKind
from offtake.operate.engines.port import Engine, Yard

Made = tuple[Engine, Yard]
Maker = Callable[[ClusterSpec, Path, Callable[[], float]], Made]

_MAKERS = {
    EngineKind.LOCAL: "offtake.operate.engines.local",
    EngineKind.SLURM: "offtake.operate.engines.slurm",
    EngineKind.RAY: "offtake.operate.engines.ray",
    EngineKind.KUBERNETES: "offtake.operate.engines.kubernetes",
    EngineKind.SIMULATED: "offtake.operate.engines.simulated",
    EngineKind.AGENT: "offtake.operate.engines.agent",
}


def make(cluster: ClusterSpec, folder: Path, clock: Callable[[], float]) -> Made:
    """Make the engine and the yard of a cluster.

    Args:
        cluster: what it is and how it is reached.
        folder: where its yard is made if it names none.
        clock: gives seconds since 1970 UTC.

    Raises:
        EngineError: what the engine needs is not there, or its yard cannot be used.
    """
    maker: Maker = import_module(_MAKERS[cluster.engine.kind]).made
    yard = folder / cluster.id if cluster.engine.yard is None else Path(cluster.engine.yard)
    return maker(cluster, yard, clock)
