"""Daemons of an installation: started apart from us, found again by a mark, ended by their id.

Every daemon carries the folder of its installation in its environment (`MARK`). So a later
call finds what an earlier one left, also where that one was killed before it could write
down whom it started.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MARK = "OFFTAKE_CLUSTER"
_LAUNCH = 'setsid "$@" </dev/null 2>&1 & echo $! >&2'
_SPARED = {"SLURM_JWT", "SLURM_CONF"}


@dataclass(frozen=True, kw_only=True)
class Daemon:
    """One process of an installation that goes on without us."""

    name: str
    """Its cluster and its kind, such as `abilene/slurmctld` or `abilene/slurmd-a1`."""
    command: Sequence[str]
    environment: Mapping[str, str]
    """Beside what is inherited."""
    user: str | None = None
    """Who runs it, where that is not the caller."""


def launch(folder: Path, daemon: Daemon) -> int:
    """Start a daemon of the installation in `folder`, and give its process id."""
    log = folder / "log" / (daemon.name.replace("/", "-") + ".out")
    log.parent.mkdir(parents=True, exist_ok=True)
    inherited = {k: v for k, v in os.environ.items() if k not in _SPARED}
    who = None if daemon.user is None else pwd.getpwnam(daemon.user)
    with log.open("ab") as out:
        done = subprocess.run(
            ["/bin/sh", "-c", _LAUNCH, "sh", *daemon.command],
            env={**inherited, **daemon.environment, MARK: str(folder)},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            check=True,
            user=None if who is None else who.pw_uid,
            group=None if who is None else who.pw_gid,
            extra_groups=None if who is None else [],
        )
    pid = int(done.stderr)
    note = _note(folder, daemon.name)
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(f"{pid} {_born(pid)}\n")
    return pid


def pid_of(folder: Path, name: str) -> int | None:
    """Give the id of a daemon that runs, or None where it does not."""
    try:
        pid, born = map(int, _note(folder, name).read_text().split())
    except (OSError, ValueError):
        return None
    return pid if alive(pid) and _born(pid) == born else None


def alive(pid: int) -> bool:
    """Tell whether a process runs; one that ended and was not waited for does not."""
    return _stat(pid)[:1] not in ([], ["Z"], ["X"])


def end(pids: Iterable[int], *, grace_s: float = 10.0) -> None:
    """End processes by their id: ask, wait for at most `grace_s`, then kill."""
    left = _signalled(pids, signal.SIGTERM)
    until = time.monotonic() + grace_s
    while left and time.monotonic() < until:
        time.sleep(0.05)
        left = [pid for pid in left if alive(pid)]
    left = _signalled(left, signal.SIGKILL)
    while any(map(alive, left)):
        time.sleep(0.02)


def _signalled(pids: Iterable[int], what: signal.Signals) -> list[int]:
    reached = []
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, what)
            reached.append(pid)
    return reached


def marked(folder: Path) -> list[int]:
    """Give every process of the installation in `folder`, and what these started, oldest first."""
    wanted = f"{MARK}={folder}".encode()
    parents: dict[int, int] = {}
    found: set[int] = set()
    for pid in _processes():
        stat = _stat(pid)
        if stat[:1] in ([], ["Z"]):
            continue
        parents[pid] = int(stat[1])
        if wanted in _environment(pid):
            found.add(pid)
    grown = True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        found |= more
        grown = bool(more)
    found -= {os.getpid(), os.getppid()}
    return sorted(found, key=_born)


def folders() -> set[Path]:
    """Give the folder of every installation of which some process runs."""
    start = f"{MARK}=".encode()
    seen = set()
    for pid in _processes():
        for entry in _environment(pid):
            if entry.startswith(start):
                seen.add(Path(os.fsdecode(entry[len(start) :])))
    return seen


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _environment(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _stat(pid: int) -> list[str]:
    """Give the fields of /proc/PID/stat from the state on; none where there is no process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _born(pid: int) -> int:
    """When a process began, in ticks since the machine started; 0 where there is none."""
    stat = _stat(pid)
    return int(stat[19]) if len(stat) > 19 else 0


def _note(folder: Path, name: str) -> Path:
    return folder / "run" / (name.replace("/", "-") + ".pid")
