"""A private PostgreSQL for tests and benchmarks: in a temporary folder, on a Unix socket.

Debian's `postgresql` package is what is meant. The server never runs as root: where the
caller is root, it runs as `postgres`, or else as `nobody`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

HOW = "install PostgreSQL (Debian: apt-get install postgresql) or set OFFTAKE_POSTGRES to its bin"
_DEBIAN = Path("/usr/lib/postgresql")
_SWIFT = ("fsync=off", "full_page_writes=off")
_SURE = ("fsync=on", "synchronous_commit=on")


def find_postgres() -> Path | None:
    """Give the folder of initdb and pg_ctl: OFFTAKE_POSTGRES, Debian's newest, or on PATH."""
    named = os.environ.get("OFFTAKE_POSTGRES")
    on_path = shutil.which("initdb")
    folders = [Path(named)] if named else sorted(_DEBIAN.glob("*/bin"), key=_release, reverse=True)
    if on_path and not named:
        folders.append(Path(on_path).resolve().parent)
    return next((f for f in folders if (f / "initdb").exists() and (f / "pg_ctl").exists()), None)


def _release(folder: Path) -> float:
    name = folder.parent.name
    return float(name) if name.replace(".", "", 1).isdigit() else 0.0


@contextmanager
def running(binaries: Path, *, durable: bool = False) -> Iterator[str]:
    """Run a server for the length of a `with` block and give the URL of its database.

    Args:
        binaries: the folder of initdb and pg_ctl.
        durable: let a commit reach the disk, as it must outside of tests.
    """
    with tempfile.TemporaryDirectory(prefix="offtake-pg-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        start(binaries, folder, durable=durable)
        try:
            yield url(folder)
        finally:
            stop(binaries, folder)


def url(folder: Path) -> str:
    """Give the URL of the database of a server that was started in a folder."""
    return f"postgresql://offtake@/postgres?host={folder}"


def start(
    binaries: Path,
    folder: Path,
    *,
    durable: bool = False,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Start a server in a folder that exists; what it holds from an earlier start is kept.

    Args:
        binaries: the folder of initdb and pg_ctl.
        folder: where its data and its socket lie.
        durable: let a commit reach the disk, as it must outside of tests.
        environment: what the server finds in its environment beside what is inherited.
    """
    user = _user()
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    data = folder / "data"
    if not (data / "PG_VERSION").exists():
        _call(user, binaries / "initdb", "-D", data, "-U", "offtake", "-A", "trust", "--no-sync")
    settings = [f"unix_socket_directories={folder}", "listen_addresses=", "max_connections=40"]
    settings += _SURE if durable else _SWIFT
    options = " ".join(f"-c {setting}" for setting in settings)
    words = ("-D", data, "-l", folder / "log", "-w", "-o", options, "start")
    _call(user, binaries / "pg_ctl", *words, environment=environment)


def stop(binaries: Path, folder: Path) -> None:
    """Stop the server that was started in a folder, at once."""
    _call(_user(), binaries / "pg_ctl", "-D", folder / "data", "-m", "immediate", "-w", "stop")


def _user() -> pwd.struct_passwd | None:
    """Who runs the server, where the caller is root and it must not."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _call(
    user: pwd.struct_passwd | None,
    program: Path,
    *words: str | Path,
    environment: Mapping[str, str] | None = None,
) -> None:
    command: Sequence[str] = [str(program), *map(str, words)]
    done = subprocess.run(
        command,
        env={**os.environ, "LC_ALL": "C.UTF-8", **(environment or {})},
        user=None if user is None else user.pw_uid,
        group=None if user is None else user.pw_gid,
        extra_groups=None if user is None else [],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{program.name} ended with {done.returncode}:\n{done.stdout}")
