"""The stage: two real Slurm clusters, a cluster of local processes, a database, a service."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from offtake.cli.calling import Caller
from offtake.errors import OfftakeError
from offtake.model.installation import ClusterSpec, EngineKind, EngineSpec
from tools import postgres
from tools.cluster.conf import user
from tools.cluster.daemons import MARK
from tools.cluster.installation import Installation, temporary
from tools.cluster.layout import Place

REPO = Path(__file__).resolve().parents[2]
START_S = 90.0
"""Longest a service may take until it answers."""
LOCAL_COUNT = 8
"""Accelerators the local cluster says it has: slots of this machine."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@dataclass
class Stage:
    """Everything that runs, and how to end each of it at once."""

    slurm: Installation
    folder: Path
    store: str
    port: int = field(default_factory=_free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where the service answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def witness(self) -> Path:
        """Where bodies write that they began, and that they ended."""
        return self.folder / "witness"

    def begin(self) -> None:
        """Start the service, and wait until it answers.

        Raises:
            RuntimeError: it ended, or does not answer.
        """
        command = [sys.executable, "-m", "offtake", "serve", str(self.folder / "installation.yaml")]
        command += ["--store", self.store, "--folder", str(self.folder / "yards")]
        command += ["--port", str(self.port), "--log", str(self.folder / "serve.log")]
        with (self.folder / "serve.out").open("ab") as out:
            self.process = subprocess.Popen(
                command,
                cwd=REPO,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        until = time.monotonic() + START_S
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > until:
                said = (self.folder / "serve.out").read_text(errors="replace")
                raise RuntimeError(f"the service does not answer; it said:\n{said[-3000:]}")
            time.sleep(0.1)

    def answers(self) -> bool:
        """Tell whether the service answers."""
        try:
            with Caller(self.url) as caller:
                caller.get("/v1/counts")
        except OfftakeError:
            return False
        return True

    def kill(self) -> None:
        """End the service as a power cut would."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def database(self) -> None:
        """Stop the database at once, as a crash does, and start it again."""
        binaries = postgres.find_postgres()
        folder = self.slurm.root / "postgres"
        if binaries is None:
            raise RuntimeError(postgres.HOW)
        postgres.stop(binaries, folder)
        environment = {MARK: str(self.slurm.root)}
        postgres.start(binaries, folder, durable=True, environment=environment)


@contextmanager
def raised(*, sqlite: bool) -> Iterator[Stage]:
    """Raise the stage for the length of a `with` block; nothing of it is left afterwards.

    Args:
        sqlite: keep work in a file of SQLite, which has no server to be restarted.
    """
    with temporary() as slurm:
        folder = slurm.root / "chaos"
        (folder / "witness").mkdir(parents=True)
        (folder / "witness").chmod(0o777)
        store = str(folder / "work.db") if sqlite else postgres.url(slurm.root / "postgres")
        stage = Stage(slurm, folder, store)
        (folder / "installation.yaml").write_text(_installation(slurm))
        stage.begin()
        try:
            yield stage
        finally:
            stage.kill()


def clusters(slurm: Installation) -> tuple[ClusterSpec, ...]:
    """Give the clusters of Slurm as an installation has them."""
    return tuple(
        ClusterSpec(
            id=place.site.name,
            site=place.site.name,
            accelerator=place.site.accelerator,
            accelerator_count=place.site.nodes * place.site.accelerators_a_node,
            accelerators_per_node_count=place.site.accelerators_a_node,
            engine=_engine(place),
        )
        for place in slurm.places
    )


def _engine(place: Place) -> EngineSpec:
    return EngineSpec(
        kind=EngineKind.SLURM,
        url=f"http://127.0.0.1:{place.rest_port}",
        user=user(),
        token_file=str(place.token),
        config=str(place.conf),
        partition="train",
        yard=str(place.spool / "yard"),
    )


def _installation(slurm: Installation) -> str:
    lines = ["offtake: installation/1", "clusters:"]
    for one in clusters(slurm):
        engine = one.engine
        lines.append(
            f"  - {{id: {one.id}, site: {one.site}, accelerator: {one.accelerator},"
            f" accelerator_count: {one.accelerator_count}, accelerators_per_node_count: 8,"
            f" engine: {{kind: slurm, url: '{engine.url}', user: {engine.user},"
            f" token_file: '{engine.token_file}', config: '{engine.config}',"
            f" partition: {engine.partition}, yard: '{engine.yard}'}}}}"
        )
    lines.append(
        f"  - {{id: local, site: here, accelerator: cpu, accelerator_count: {LOCAL_COUNT},"
        f" accelerators_per_node_count: {LOCAL_COUNT}}}"
    )
    return "\n".join([*lines, "lost_after_s: 900", ""])


def here() -> str:
    """Say on what this ran: processors, and Python's own words."""
    return f"{os.cpu_count()} cores, Python {sys.version.split()[0]}"
