"""Start, find again and stop an installation: everything in one folder, all of it private."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools import postgres
from tools.cluster import conf, daemons, needs, processes
from tools.cluster.layout import MARIADB_OFFSET, SITES, Place, free_block, host

DAY_S = 86_400
TEMPORARY = "offtake-slurm-"


class ClusterError(RuntimeError):
    """An installation that cannot be started, or a part of it that does not answer."""


@dataclass(frozen=True, kw_only=True)
class Installation:
    """The clusters, the databases and the daemons below one folder."""

    root: Path
    port: int
    """The first port of its block."""

    @property
    def places(self) -> tuple[Place, ...]:
        """Its clusters."""
        return tuple(Place(root=self.root, site=site, port=self.port) for site in SITES)

    def place(self, cluster: str) -> Place:
        """Give a cluster by its name.

        Raises:
            ClusterError: there is none of this name.
        """
        for place in self.places:
            if place.site.name == cluster:
                return place
        raise ClusterError(f"no cluster '{cluster}'; there are {', '.join(s.name for s in SITES)}")

    def pids(self) -> dict[str, int | None]:
        """Give the process id of every daemon, None for one that does not run."""
        names = ["mariadb"] + [d.name for place in self.places for d in processes.every(place)]
        found = {name: daemons.pid_of(self.root, name) for name in names}
        found["postgres"] = _postgres_pid(self.root / "postgres")
        return found

    def kill(self, cluster: str, kind: str) -> None:
        """End one daemon as a power cut would: no time to save anything.

        Raises:
            ClusterError: it does not run.
        """
        name = processes.of(self.place(cluster), kind).name
        pid = daemons.pid_of(self.root, name)
        if pid is None:
            raise ClusterError(f"{name} does not run")
        daemons.end([pid], grace_s=0.0)

    def revive(self, cluster: str, kind: str) -> None:
        """Start a daemon that was killed, and wait until it answers.

        Raises:
            ClusterError: it runs already, or it does not come up.
        """
        place = self.place(cluster)
        daemon = processes.of(place, kind)
        if daemons.pid_of(self.root, daemon.name) is not None:
            raise ClusterError(f"{daemon.name} runs already")
        self._launch(daemon, lambda: self._answers(place, kind))

    def call(self, cluster: str, *words: str, timeout_s: float = 30.0) -> str:
        """Run one of Slurm's commands against a cluster and give what it prints.

        Raises:
            ClusterError: it failed.
        """
        return _output(words, {"SLURM_CONF": str(self.place(cluster).conf)}, timeout_s)

    def nodes(self, cluster: str) -> dict[str, str]:
        """Give the state of every node, in Slurm's words."""
        lines = self.call(cluster, "sinfo", "-h", "-N", "-p", "train", "-o", "%N %T").splitlines()
        pairs = (line.split() for line in lines)
        return {name: state for name, state in pairs}  # noqa: C416

    def description(self) -> dict[str, object]:
        """Give what `cluster.json` says."""
        return {
            "folder": str(self.root),
            "postgres": postgres.url(self.root / "postgres"),
            "clusters": [
                {
                    "name": place.site.name,
                    "accelerator": place.site.accelerator,
                    "accelerators_a_node": place.site.accelerators_a_node,
                    "nodes": list(place.site.node_names),
                    "partitions": ["train", "spot"],
                    "slurm_conf": str(place.conf),
                    "rest_url": f"http://127.0.0.1:{place.rest_port}",
                    "rest_user": conf.user(),
                    "token_file": str(place.token),
                    "spool": str(place.spool),
                    "log": str(place.folder / "log"),
                    "accounting": "slurmdbd",
                }
                for place in self.places
            ],
        }

    # ------------------------------------------------------------- starting
    def _launch(self, daemon: daemons.Daemon, answers: Callable[[], bool]) -> None:
        pid = daemons.launch(self.root, daemon)
        until = time.monotonic() + 60.0
        while not answers():
            log = self.root / "log" / (daemon.name.replace("/", "-") + ".out")
            if not daemons.alive(pid):
                raise ClusterError(f"{daemon.name} ended at once; {log} says:\n{_tail(log)}")
            if time.monotonic() > until:
                raise ClusterError(f"{daemon.name} does not answer; {log} says:\n{_tail(log)}")
            time.sleep(0.05)

    def _answers(self, place: Place, kind: str) -> bool:
        if kind == "munged":
            return _connects(place.munge_socket)
        if kind == "slurmdbd":
            return _connects(place.dbd_port, host().address)
        if kind == "slurmrestd":
            return _connects(place.rest_port)
        if kind.startswith("slurmd-"):
            return _connects(place.node_port(kind.partition("-")[2]), host().address)
        with contextlib.suppress(ClusterError):
            return "UP" in self.call(place.site.name, "scontrol", "ping")
        return False

    def bring_up(self) -> None:
        """Start everything, from nothing or from what an earlier run left in the folder."""
        self._mariadb()
        for place in self.places:
            self._cluster(place)
        _postgres(self.root / "postgres", {daemons.MARK: str(self.root)})
        self._wait_for_nodes()
        _write(self.root / "cluster.json", json.dumps(self.description(), indent=2) + "\n")

    def _mariadb(self) -> None:
        folder = self.root / "mariadb"
        folder.mkdir(exist_ok=True)
        secret = self.root / "mariadb.password"
        if not secret.exists():
            _write(secret, secrets.token_hex(16))
        password = secret.read_text()
        _write(folder / "setup.sql", processes.setup_sql(password))
        who = processes.mariadb_user()
        if who is not None:
            shutil.chown(folder, who)
            shutil.chown(folder / "setup.sql", who)
        if not (folder / "data" / "mysql").exists():
            shutil.rmtree(folder / "data", ignore_errors=True)
            words = [str(needs.program("mariadb-install-db")), "--no-defaults", "--skip-test-db"]
            words += [f"--datadir={folder}/data", "--auth-root-authentication-method=socket"]
            _output([*words, *([] if who is None else [f"--user={who}"])], {}, 120.0)
        port = self.port + MARIADB_OFFSET
        self._launch(processes.mariadb(self.root, port), lambda: _connects(port))
        for place in self.places:
            conf.write(place, password)

    def _cluster(self, place: Place) -> None:
        name = place.site.name
        for daemon in processes.every(place):
            kind = daemon.name.partition("/")[2]
            self._launch(daemon, lambda kind=kind: self._answers(place, kind))  # type: ignore[misc]
            if kind == "slurmdbd":
                listed = self.call(
                    name, "sacctmgr", "-n", "-P", "show", "cluster", "format=cluster"
                )
                if name not in listed.split():
                    self.call(name, "sacctmgr", "-i", "add", "cluster", name)
        words = ("scontrol", "token", f"username={conf.user()}", f"lifespan={30 * DAY_S}")
        _write(place.token, self.call(name, *words).strip().partition("=")[2] + "\n")

    def _wait_for_nodes(self) -> None:
        until = time.monotonic() + 60.0
        for place in self.places:
            while (states := self.nodes(place.site.name)) and set(states.values()) - {"idle"}:
                if time.monotonic() > until:
                    raise ClusterError(f"nodes of {place.site.name} are not idle: {states}")
                time.sleep(0.1)


def start(root: Path) -> Installation:
    """Start an installation in `root`; where it runs already, give it as it is.

    What a killed run left there is ended first; jobs and accounts in the folder are kept.

    Raises:
        ClusterError: something is missing on this machine, or does not come up.
    """
    reason = needs.reason()
    if reason:
        raise ClusterError(reason)
    root = root.absolute()
    root.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time():
        found = find(root)
        if found and all(found.pids().values()):
            return found
        _end_all(root)
        made = Installation(root=root, port=free_block())
        _write(root / "port", f"{made.port}\n")
        try:
            made.bring_up()
        except BaseException:
            _end_all(root)
            raise
    return made


def find(root: Path) -> Installation | None:
    """Give the installation that was started in a folder, whether it runs or not."""
    port = root.absolute() / "port"
    if not port.exists():
        return None
    return Installation(root=root.absolute(), port=int(port.read_text()))


def stop(root: Path) -> int:
    """End every process of an installation and of its jobs; give how many there were."""
    with _one_at_a_time():
        return _end_all(root.absolute())


def _end_all(root: Path) -> int:
    """End postgres by its own rules, then the rest; nodes go last of all but munged's users."""
    before = daemons.marked(root)
    binaries = postgres.find_postgres()
    if binaries is not None and _postgres_pid(root / "postgres"):
        postgres.stop(binaries, root / "postgres")
    daemons.end(daemons.marked(root))
    daemons.end(daemons.marked(root))  # what a daemon started while it went down
    return len(before)


@contextmanager
def temporary() -> Iterator[Installation]:
    """Run an installation for the length of a `with` block, in a folder that goes with it.

    Raises:
        ClusterError: something is missing on this machine, or does not come up.
    """
    sweep()
    root = Path(tempfile.mkdtemp(prefix=TEMPORARY))
    root.chmod(0o755)
    (root / "owner").write_text(f"{os.getpid()}\n")
    try:
        yield start(root)
    finally:
        stop(root)
        shutil.rmtree(root, ignore_errors=True)


def sweep() -> None:
    """End and remove temporary installations whose owner is gone."""
    here = Path(tempfile.gettempdir())
    for root in sorted({*here.glob(f"{TEMPORARY}*"), *daemons.folders()}):
        if not root.name.startswith(TEMPORARY):
            continue
        with contextlib.suppress(OSError, ValueError):
            if daemons.alive(int((root / "owner").read_text())):
                continue
            stop(root)
            shutil.rmtree(root, ignore_errors=True)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Let one caller of this machine choose ports and use them before the next one does."""
    path = Path(tempfile.gettempdir()) / f"offtake-cluster-{os.geteuid()}.lock"
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _postgres(folder: Path, environment: dict[str, str]) -> None:
    binaries = postgres.find_postgres()
    if binaries is None:
        raise ClusterError(f"no PostgreSQL: {postgres.HOW}")
    folder.mkdir(exist_ok=True)
    postgres.start(binaries, folder, durable=True, environment=environment)


def _postgres_pid(folder: Path) -> int | None:
    try:
        pid = int((folder / "data" / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None
    return pid if daemons.alive(pid) and pid in daemons.marked(folder.parent) else None


def _connects(to: int | Path, address: str = "127.0.0.1") -> bool:
    family = socket.AF_UNIX if isinstance(to, Path) else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(2.0)
        try:
            probe.connect(str(to) if isinstance(to, Path) else (address, to))
        except OSError:
            return False
    return True


def _output(words: Sequence[str], environment: dict[str, str], timeout_s: float) -> str:
    clean = {k: v for k, v in os.environ.items() if k != "SLURM_JWT"}
    done = subprocess.run(
        list(words),
        env={**clean, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout_s,
    )
    if done.returncode:
        raise ClusterError(f"{' '.join(words)} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def _tail(path: Path, lines: int = 15) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


def _write(path: Path, text: str) -> None:
    """Write a file that only its owner may read."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text)
