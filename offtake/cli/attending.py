"""The work of `offtake agent`: an engine, and turns with each replica of the service."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from offtake.cli import screen, tables
from offtake.cli.calling import PREFIX, USUAL
from offtake.cli.serving import read
from offtake.errors import Exit, Fault, OfftakeError, Where, did_you_mean
from offtake.model.installation import ClusterSpec, EngineKind, Installation
from offtake.operate.engines.agent.near import Near, identity
from offtake.operate.engines.agent.turns import Service, Turns
from offtake.operate.engines.making import make
from offtake.operate.engines.port import Engine, Yard

SCHEMA = "offtake.agent/1"
ENDING_S = 0.2
"""How long a turn that is open is waited for at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be driven, and for whom."""

    installation: Path
    cluster: str
    urls: tuple[str, ...]
    token_file: Path | None
    folder: Path


def attend(asked: Asked, *, check: bool, as_json: bool, ends: threading.Event | None = None) -> int:
    """Drive a cluster for a service until somebody says that it is enough.

    Raises:
        OfftakeError: the installation has faults or does not name the cluster (`OTK-E027`), the
            engine lacks what it needs, an address is none, or the service turns it away.
    """
    cluster = _cluster(asked)
    urls = asked.urls or (os.environ.get("OFFTAKE_URL") or USUAL,)
    services = [Service(url, cluster.id, _token(asked.token_file)) for url in urls]
    engine, yard = make(cluster, asked.folder, time.time)
    try:
        _tell(cluster, engine, yard, urls, check=check, as_json=as_json)
        if not check:
            screen.flush()
            with _until_ended(ends) as event:
                _serve(services, Near(engine, yard), identity(yard), event)
            screen.note("the agent has ended; what runs goes on, and the next one finds it")
    finally:
        engine.close()
        for service in services:
            service.close()
    return Exit.OK


def _cluster(asked: Asked) -> ClusterSpec:
    cluster = named(read(asked.installation), asked.installation, asked.cluster)
    if cluster.engine.kind is EngineKind.AGENT:
        where = Where(file=str(asked.installation))
        what = "this is the agent: the installation here names the engine it drives"
        hint = "give the cluster the kind of its engine: local, slurm, ray, kubernetes"
        raise OfftakeError(Fault(code="OTK-E152", what=what, where=where, hint=hint))
    return cluster


def named(installation: Installation, file: Path, cluster: str) -> ClusterSpec:
    """Give the cluster of a name.

    Raises:
        OfftakeError: the installation has none of that name (`OTK-E027`).
    """
    clusters = {one.id: one for one in installation.clusters}
    if cluster in clusters:
        return clusters[cluster]
    what, hint = "there is no such cluster", did_you_mean(cluster, clusters)
    where = Where(file=str(file))
    fault = Fault(code="OTK-E027", what=what, where=where, got=repr(cluster), hint=hint)
    raise OfftakeError(fault, exit=Exit.USAGE)


def _token(path: Path | None) -> str | None:
    """Give the token of a file or of the environment; inside a job the same name is none."""
    if path is None:
        held = os.environ.get("OFFTAKE_TOKEN", "")
        return held if held.startswith(PREFIX) else None
    try:
        return path.read_text().strip()
    except OSError as error:
        what = f"the token cannot be read: {error.strerror}"
        where = Where(file=str(path))
        raise OfftakeError(Fault(code="OTK-H003", what=what, where=where)) from None


def _serve(services: list[Service], near: Near, yard: str, ends: threading.Event) -> None:
    """Take turns with each service in a thread of its own; one that is turned away ends all."""
    refused: list[OfftakeError] = []
    broken: list[str] = []
    shared = threading.Lock()

    def run(service: Service) -> None:
        def said(what: str) -> None:
            screen.note(f"{service.url}: {what}")

        broken.append(service.url)
        try:
            Turns(near, yard, service, turns_at=shared).run(ends, said)
            broken.remove(service.url)
        except OfftakeError as error:
            broken.remove(service.url)
            refused.append(error)
        finally:
            ends.set()  # none goes on alone

    threads = [
        threading.Thread(target=run, args=(service,), name=service.url, daemon=True)
        for service in services
    ]
    for thread in threads:
        thread.start()
    ends.wait()
    with shared:  # the call under way is the last
        pass
    if refused:
        raise refused[0]
    for thread in threads:
        thread.join(ENDING_S)
    if any(thread.name in broken and not thread.is_alive() for thread in threads):
        raise RuntimeError(f"turns with {', '.join(broken)} broke off")


@contextmanager
def _until_ended(ends: threading.Event | None) -> Iterator[threading.Event]:
    """Give what is set by Ctrl-C and TERM, unless the caller has its own."""
    if ends is not None:
        yield ends
        return
    event = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        event.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield event
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell(
    cluster: ClusterSpec,
    engine: Engine,
    yard: Yard,
    urls: tuple[str, ...],
    *,
    check: bool,
    as_json: bool,
) -> None:
    nodes = engine.nodes() if check else ()
    known = identity(yard)
    if as_json:
        found = [
            {"name": n.name, "accelerators": n.accelerators, "state": n.state.value} for n in nodes
        ]
        screen.say_json(
            {
                "schema": SCHEMA,
                "cluster": cluster.id,
                "engine": cluster.engine.kind.value,
                "yard": known,
                "urls": list(urls),
                "nodes": found if check else None,
            }
        )
        return
    screen.say(f"{cluster.id}: {cluster.engine.kind.value}, for {', '.join(urls)}")
    if check:
        rows = [(n.name, f"{n.accelerators:,}", n.state.value, n.reason) for n in nodes]
        tables.say(("node", "accelerators", "state", "reason"), rows, (1,))
        screen.note("nothing was asked for")
