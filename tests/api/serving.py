"""A service over HTTP in this process: simulated engines, placement for tests, a free port."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from offtake.api.app import make_app
from offtake.model.installation import ClusterSpec, EngineKind, EngineSpec, Installation
from offtake.operate.engines.port import EngineError
from offtake.operate.lanes import Pace
from offtake.operate.service import Service
from tests.operate.world import FirstFit

INSTALLATION = Installation(
    clusters=(
        ClusterSpec(
            id="here",
            site="oslo",
            accelerator="cpu",
            accelerator_count=8,
        ),
        ClusterSpec(
            id="abilene",
            site="abilene",
            accelerator="H100",
            accelerator_count=64,
            engine=EngineSpec(kind=EngineKind.SIMULATED),
        ),
    )
)
"""One cluster of local processes, one that is simulated."""


def first_fit(installation: Installation) -> FirstFit:
    """Give placement that needs no compiler."""
    return FirstFit({cluster.id: cluster for cluster in installation.clusters})


def service_in(folder: Path, installation: Installation = INSTALLATION) -> Service:
    """Make a service with a store and yards of its own."""
    pace = Pace(reports_s=0.02, listing_s=0.5)
    return Service(folder / "work.db", installation, folder / "yards", pace=pace, placing=first_fit)


def nothing(_app: FastAPI, _service: Service) -> None:
    """Add nothing to an application."""


@contextmanager
def serving(
    folder: Path,
    installation: Installation = INSTALLATION,
    adding: Callable[[FastAPI, Service], None] = nothing,
) -> Iterator[str]:
    """Serve on a free port of this machine, with what is added; gives the address."""
    service = service_in(folder, installation)
    app = make_app(service, clock=time.time)
    adding(app, service)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10.0)
        # Jobs go on when a service ends; those of a test do not.
        for lane in service.lanes.values():
            with suppress(EngineError):  # an agent may have ended
                lane.engine.stop(list(lane.engine.sightings()))
