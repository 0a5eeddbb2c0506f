"""The work of `offtake serve`: read, check, listen, go round, end.

    installation.yaml ──> Service ──> application of the API [+ pages] ──> uvicorn

Faces never import each other, so the application is named by its import path.
"""

from __future__ import annotations

import os
import signal
import socket
import ssl
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn

from offtake.cli import logging_lines, saved, screen, spans, tables, worlds
from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.files import open_document
from offtake.files.jobs import read_installation
from offtake.model.installation import ClusterSpec, Installation
from offtake.operate.access import Gate
from offtake.operate.desk import sound
from offtake.operate.service import Service

APPLICATION = ("offtake.api.app", "make_app")
"""What makes the application of the HTTP API."""
PAGES = ("offtake.web.serving", "mount")
"""What adds pages to it, where there are any."""
SCHEMA = "offtake.serving/1"
TURN_S = 0.0005
"""How long a thread may compute while others wait: whoever hands in is not to wait for a round."""
GRACE_S = 2
"""Longest that requests under way are waited for at the end."""
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be served, and where."""

    installation: Path | None
    store: str
    folder: Path
    host: str
    port: int
    cert: Path | None
    key: Path | None
    log: Path | None
    world: str | None = None
    plan: Path | None = None


def serve(asked: Asked, *, check: bool, as_json: bool) -> int:
    """Serve until somebody says that it is enough.

    Raises:
        OfftakeError: the installation has faults, the store cannot be opened, an engine lacks
            what it needs, or it would listen where it must not (`OTK-H005`, `OTK-H016`).
    """
    installation = read(asked.installation)
    world = _shown(asked)
    _fit_to_listen(asked)
    if check:
        _tell(installation, None, asked, as_json=as_json)
        screen.note("nothing was begun")
        return Exit.OK
    with logging_lines.written(asked.log), _listening(asked) as sockets:
        service = Service(asked.store, installation, asked.folder)
        try:
            application = make(service, asked, world)
        except BaseException:
            service.close()
            raise
        _tell(installation, address(asked, sockets[0]), asked, as_json=as_json)
        screen.flush()
        _go_round(application, asked, sockets)
    screen.note("the service has ended; jobs go on, and the next service on this store finds them")
    return Exit.OK


def read(path: Path | None) -> Installation:
    """Read an installation; without a file, give the processors of this machine.

    Raises:
        OfftakeError: the file has faults (`OTK-F…`), or names stand twice (`OTK-E029`).
    """
    if path is None:
        count = os.cpu_count() or 1
        here = ClusterSpec(
            id="local",
            site="here",
            accelerator="cpu",
            accelerator_count=count,
            accelerators_per_node_count=count,
        )
        return Installation(clusters=(here,))
    made = read_installation(worlds.within(path, "installation.yaml"))
    sound(made)
    return made


def _shown(asked: Asked) -> Path | None:
    """See that the world and the plan to be shown can be read; give the world's path.

    Raises:
        OfftakeError: they cannot be read, or have faults.
    """
    if asked.plan is not None:
        saved.read(asked.plan)
    if asked.world is None:
        return None
    found = worlds.find(asked.world)
    open_document(found)
    return found


def make(service: Service, asked: Asked, world: Path | None = None) -> Any:
    """Make the application: the API, pages where there are any, spans where they are wanted.

    Raises:
        OfftakeError: it would listen beyond this machine without tokens (`OTK-H005`).
    """
    if not _is_near(asked.host) and not Gate(service.store, clock=time.time).guarded():
        raise _refused(asked, "beyond this machine it listens only where tokens are made")
    application = getattr(import_module(APPLICATION[0]), APPLICATION[1])(service, clock=time.time)
    if find_spec(PAGES[0].rpartition(".")[0]) is not None and find_spec(PAGES[0]) is not None:
        mount = getattr(import_module(PAGES[0]), PAGES[1])
        mount(application, service, world=world, plan=asked.plan)
    spans.begin(application, service)
    return application


def address(asked: Asked, listening: socket.socket) -> str:
    """Give the URL a service answers at."""
    host = f"[{asked.host}]" if ":" in asked.host else asked.host
    kind = "https" if asked.cert else "http"
    return f"{kind}://{host}:{listening.getsockname()[1]}"


def _is_near(host: str) -> bool:
    return host in _LOOPBACK


def _fit_to_listen(asked: Asked) -> None:
    """Refuse to listen wider without TLS, and with half of it."""
    if (asked.cert is None) != (asked.key is None):
        what, where = "--cert and --key go together", Where(path="offtake serve")
        raise OfftakeError(Fault(code="OTK-H019", what=what, where=where), exit=Exit.USAGE)
    if asked.cert is not None and asked.key is not None:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(asked.cert, asked.key)
        except (OSError, ssl.SSLError) as error:
            what, where = "the certificate and its key cannot be used", Where(file=str(asked.cert))
            raise OfftakeError(
                Fault(code="OTK-H016", what=what, where=where, got=str(error)), exit=Exit.USAGE
            ) from None
    elif not _is_near(asked.host):
        raise _refused(asked, "beyond this machine it listens only with TLS")


def _refused(asked: Asked, what: str) -> OfftakeError:
    hint = "give --cert and --key, and make a token with `offtake token make`; or leave --host out"
    where = Where(path="offtake serve --host")
    fault = Fault(code="OTK-H005", what=what, where=where, got=asked.host, hint=hint)
    return OfftakeError(fault, exit=Exit.USAGE)


@contextmanager
def _listening(asked: Asked) -> Iterator[list[socket.socket]]:
    """Listen, before anything is begun: a port that is taken is told at once."""
    family = socket.AF_INET6 if ":" in asked.host else socket.AF_INET
    # The protocol is named: asyncio sends at once (TCP_NODELAY) only where it is.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((asked.host, asked.port))
        listening.listen(2048)
    except (OSError, OverflowError) as error:
        listening.close()
        what = "it cannot listen there"
        hint = "another service may run; name another port with --port"
        got = f"{asked.host}:{asked.port}: {error}"
        where = Where(path="offtake serve")
        fault = Fault(code="OTK-H016", what=what, where=where, got=got, hint=hint)
        raise OfftakeError(fault, exit=Exit.FAILED) from None
    try:
        yield [listening]
    finally:
        listening.close()


def _go_round(application: Any, asked: Asked, sockets: list[socket.socket]) -> None:
    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        ws="none",
        ssl_certfile=asked.cert,
        ssl_keyfile=asked.key,
        timeout_graceful_shutdown=GRACE_S,
    )
    before, turn = signal.signal(signal.SIGTERM, _end), sys.getswitchinterval()
    sys.setswitchinterval(TURN_S)
    try:
        _Server(config, application).run(sockets=sockets)
    except KeyboardInterrupt:
        return  # the server ended in order, and says again why
    finally:
        sys.setswitchinterval(turn)
        signal.signal(signal.SIGTERM, before)


class _Server(uvicorn.Server):
    """A server that lets those who follow events go when it is to end."""

    def __init__(self, config: uvicorn.Config, application: Any) -> None:
        super().__init__(config)
        self._application = application

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._application.state.ending = True
        super().handle_exit(sig, frame)


def _end(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _tell(installation: Installation, url: str | None, asked: Asked, *, as_json: bool) -> None:
    """Say where it listens and what it drives."""
    if as_json:
        driven = [
            {
                "id": one.id,
                "site": one.site,
                "engine": one.engine.kind.value,
                "accelerator": one.accelerator,
                "accelerator_count": one.accelerator_count,
            }
            for one in installation.clusters
        ]
        screen.say_json({"schema": SCHEMA, "url": url, "store": asked.store, "clusters": driven})
        return
    rows = [
        (one.id, one.site, one.engine.kind.value, one.accelerator, f"{one.accelerator_count:,}")
        for one in installation.clusters
    ]
    tables.say(("cluster", "site", "engine", "accelerator", "count"), rows, (4,))
    if url is not None:
        screen.say(f"offtake listens on {url}")
