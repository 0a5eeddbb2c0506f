"""The daemons of an installation, in the order in which they are started."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from pathlib import Path

from tools.cluster import needs
from tools.cluster.conf import DATABASE_USER
from tools.cluster.daemons import Daemon
from tools.cluster.layout import SITES, Place


def of(place: Place, kind: str) -> Daemon:
    """Describe one daemon of a cluster: `munged`, `slurmctld`, `slurmd-a1` and so on.

    Raises:
        KeyError: the cluster has no such daemon.
    """
    return next(_matching(place, kind))


def _matching(place: Place, kind: str) -> Iterator[Daemon]:
    yield from (one for one in every(place) if one.name == f"{place.site.name}/{kind}")
    known = ", ".join(one.name.partition("/")[2] for one in every(place))
    raise KeyError(f"{place.site.name} has no {kind}; it has {known}")


def every(place: Place) -> tuple[Daemon, ...]:
    """Describe all daemons of a cluster, in the order in which they need each other."""
    nodes = (_slurmd(place, node) for node in place.site.node_names)
    return (_munged(place), _slurmdbd(place), _slurmctld(place), *nodes, _slurmrestd(place))


def _path(name: str) -> str:
    found = needs.program(name)
    if found is None:
        raise FileNotFoundError(needs.reason())
    return str(found)


def _daemon(place: Place, kind: str, *words: str | Path, **more: str) -> Daemon:
    return Daemon(
        name=f"{place.site.name}/{kind}",
        command=[str(word) for word in words],
        environment={"SLURM_CONF": str(place.conf), **more},
    )


def _munged(place: Place) -> Daemon:
    folder = place.folder / "munge"
    return _daemon(
        place,
        "munged",
        _path("munged"),
        "--foreground",
        "--force",  # as root, and below folders that others may write to
        f"--socket={place.munge_socket}",
        f"--key-file={place.munge_key}",
        f"--pid-file={folder}/pid",
        f"--log-file={folder}/log",
        f"--seed-file={folder}/seed",
    )


def _slurmdbd(place: Place) -> Daemon:
    return _daemon(place, "slurmdbd", _path("slurmdbd"), "-D")


def _slurmctld(place: Place) -> Daemon:
    return _daemon(place, "slurmctld", _path("slurmctld"), "-D", "-f", place.conf)


def _slurmd(place: Place, node: str) -> Daemon:
    words = (_path("slurmd"), "-D", "-f", place.conf, "-N", node)
    return _daemon(place, f"slurmd-{node}", *words)


def _slurmrestd(place: Place) -> Daemon:
    """It refuses to run as root or as SlurmUser, for good reasons that a loopback lacks."""
    words = [_path("slurmrestd"), "-f", str(place.conf), "-a", "rest_auth/jwt"]
    made = _daemon(
        place,
        "slurmrestd",
        *words,
        f"127.0.0.1:{place.rest_port}",
        SLURMRESTD_SECURITY="disable_user_check",
        SLURM_JWT="daemon",  # no token: it says that callers bring theirs
    )
    if os.geteuid() != 0:
        return made
    return Daemon(name=made.name, command=made.command, environment=made.environment, user="nobody")


def mariadb_user() -> str | None:
    """Who runs the database, where the caller is root and it must not."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "mysql" if "mysql" in names else "nobody"


def mariadb(root: Path, port: int) -> Daemon:
    """Describe the database below all clusters' accounting; `setup.sql` makes it fit."""
    folder = root / "mariadb"
    words = [
        _path("mariadbd"),
        "--no-defaults",
        f"--datadir={folder}/data",
        f"--socket={folder}/socket",
        f"--pid-file={folder}/pid",
        f"--init-file={folder}/setup.sql",
        f"--port={port}",
        "--bind-address=127.0.0.1",
        "--skip-name-resolve",
        "--innodb-buffer-pool-size=64M",
        "--innodb-lock-wait-timeout=900",
        "--innodb-flush-log-at-trx-commit=2",
        "--performance-schema=off",
    ]
    return Daemon(name="mariadb", command=words, environment={}, user=mariadb_user())


def setup_sql(password: str) -> str:
    """Say what the database needs before slurmdbd may use it; harmless when said again."""
    lines = [f"CREATE DATABASE IF NOT EXISTS acct_{site.name};" for site in SITES]
    who = f"'{DATABASE_USER}'@'127.0.0.1'"
    lines.append(f"CREATE USER IF NOT EXISTS {who};")
    lines.append(f"ALTER USER {who} IDENTIFIED BY '{password}';")
    lines += [f"GRANT ALL ON acct_{site.name}.* TO {who};" for site in SITES]
    return "\n".join(lines) + "\n"
