"""Local processes: an engine with nothing to install, on this machine alone.

Each attempt is a process of its own session, which goes on when the control plane is killed; a
control plane that begins again finds it by the token in its command line. Devices are given out
by number, so that two jobs on one machine do not share an accelerator.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from offtake.model.installation import ClusterSpec
from offtake.operate.engines.port import (
    Answer,
    EngineError,
    Launch,
    Node,
    Refused,
    Seen,
    Sighting,
    Submitted,
    Usage,
)
from offtake.operate.engines.yard import FolderYard

VISIBLE = ("CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES")
"""Variables that tell frameworks which devices are theirs."""
LEAVING_TURNS, LEAVING_S = 50, 0.01
"""How often, and how long each time, to wait for processes that are ending."""
_PROC = Path("/proc")


class LocalEngine:
    """An engine that runs each attempt as a process of this machine.

    Raises:
        EngineError: this machine has no /proc to find processes by (`OTK-E010`).
    """

    settle_s = 2.0

    def __init__(
        self,
        cluster: str,
        *,
        yard: Path,
        accelerator: str = "cpu",
        accelerators: int = 1,
    ) -> None:
        """Offer so many accelerators of a type: GPUs, or slots where there are none.

        Args:
            cluster: what the cluster is called.
            yard: folder of its yard; wrappers of other yards on this machine are not its own.
            accelerator: type it offers.
            accelerators: how many.
        """
        if not (_PROC / "self" / "cmdline").exists():
            what = "local processes are found through /proc, and there is none"
            raise EngineError(cluster, what, code="OTK-E010", hint="run it on Linux")
        self.cluster = cluster
        self._yard = str(yard.resolve())
        self._accelerator = accelerator
        self._count = accelerators
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = threading.Lock()

    def submit(self, launches: Sequence[Launch]) -> Sequence[Answer]:
        """Start a process for each attempt; one that runs already is not started again.

        Raises:
            EngineError: this machine starts no more processes (`OTK-E011`).
        """
        with self._lock:
            there = dict(self._there())
            return [self._start(launch, there) for launch in launches]

    def sightings(self) -> Mapping[str, Sighting]:
        """List attempts whose wrapper is a process of this machine."""
        with self._lock:
            there = dict(self._there())
            for token, child in list(self._children.items()):
                if child.poll() is not None:
                    del self._children[token]
        return {
            token: Sighting(token=token, engine_id=str(pid), seen=Seen.RUNNING, nodes=(_node(),))
            for token, pid in there.items()
        }

    def stop(self, tokens: Sequence[str]) -> None:
        """Send TERM to wrappers; they end their bodies, in peace or after the grace."""
        wanted = set(tokens)
        with self._lock:
            for token, pid in self._there():
                if token in wanted:
                    _signal(pid)

    def nodes(self) -> tuple[Node, ...]:
        """Give this machine, with what it was said to offer."""
        node = Node(name=_node(), accelerator=self._accelerator, accelerators=self._count)
        return (node,)

    def usage(self, tokens: Sequence[str]) -> Mapping[str, Usage]:
        """Give nothing: processes leave no accounting but what their wrapper wrote."""
        del tokens
        return {}

    def heal(self) -> tuple[str, ...]:
        """Do nothing: processes have no illness an engine could mend."""
        return ()

    def close(self) -> None:
        """Let processes go on, and stop watching them."""
        with self._lock:
            for child in self._children.values():
                child.poll()
                # Whoever begins again finds it by its token; nobody waits for it here.
                child.returncode = child.returncode or 0
            self._children.clear()

    def _start(self, launch: Launch, there: dict[str, int]) -> Answer:
        if launch.accelerators > self._count:
            return Refused(f"this machine offers {self._count} accelerators", lasting=True)
        if launch.token in there:
            return Submitted(str(there[launch.token]))
        devices = self._devices(launch.accelerators, there)
        for _ in range(LEAVING_TURNS):
            if devices is not None:
                break
            # Who just ended may still be on its way out.
            time.sleep(LEAVING_S)
            there = dict(self._there())
            devices = self._devices(launch.accelerators, there)
        if devices is None:
            return Refused("all accelerators of this machine are in use")
        env = dict(os.environ)
        env.update(dict.fromkeys(VISIBLE, devices), OFFTAKE_DEVICES=devices)
        try:
            with Path(launch.log).open("ab") as log:
                child = subprocess.Popen(
                    launch.command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=env,
                    start_new_session=True,
                )
        except OSError as error:
            what = f"no process could be started: {error}"
            raise EngineError(self.cluster, what, code="OTK-E011") from error
        self._children[launch.token] = child
        there[launch.token] = child.pid
        return Submitted(str(child.pid))

    def _devices(self, wanted: int, there: Mapping[str, int]) -> str | None:
        """Give numbers of devices nobody has; None where there are too few."""
        taken = {number for pid in there.values() for number in _devices_of(pid)}
        free = [str(number) for number in range(self._count) if str(number) not in taken]
        return ",".join(free[:wanted]) if len(free) >= wanted else None

    def _there(self) -> Iterator[tuple[str, int]]:
        for child in self._children.values():
            child.poll()  # one that ended is no process any more
        for entry in _PROC.iterdir():
            if entry.name.isdigit():
                words = _words(entry / "cmdline")
                # /bin/sh YARD/wrapper.sh YARD TOKEN, and no subshell of it
                wrapper = [f"{self._yard}/wrapper.sh", self._yard]
                if len(words) == 4 and words[1:3] == wrapper and _leads(entry.name):
                    yield words[3], int(entry.name)


def _words(path: Path) -> list[str]:
    try:
        return path.read_bytes().decode(errors="replace").rstrip("\0").split("\0")
    except OSError:
        return []


def _leads(pid: str) -> bool:
    """Tell whether a process leads its session, as a wrapper does and its subshells do not."""
    try:
        return os.getsid(int(pid)) == int(pid)
    except OSError:
        return False


def _devices_of(pid: int) -> list[str]:
    for line in _words(_PROC / str(pid) / "environ"):
        name, _, value = line.partition("=")
        if name == "OFFTAKE_DEVICES":
            return value.split(",")
    return []


def _signal(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return


def _node() -> str:
    return os.uname().nodename


def made(
    cluster: ClusterSpec, folder: Path, clock: Callable[[], float]
) -> tuple[LocalEngine, FolderYard]:
    """Make the engine of a cluster of local processes, and its yard."""
    del clock
    yard = FolderYard(folder, cluster.id)
    engine = LocalEngine(
        cluster.id,
        yard=yard.folder,
        accelerator=cluster.accelerator,
        accelerators=cluster.accelerator_count,
    )
    return engine, yard
