"""What the installation needs from the machine, and what of it is missing."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tools.postgres import find_postgres

_SBIN = ("/usr/sbin", "/sbin", "/usr/local/sbin")
_PACKAGES = {
    "munged": "munge",
    "slurmctld": "slurmctld",
    "slurmd": "slurmd",
    "slurmrestd": "slurmrestd",
    "slurmdbd": "slurmdbd",
    "mariadbd": "mariadb-server",
    "mariadb-install-db": "mariadb-server",
    "mariadb": "mariadb-client",
    "sbatch": "slurm-client",
    "scontrol": "slurm-client",
    "sacctmgr": "slurm-client",
}
_PLUGINS = {
    "auth_munge.so": "slurm-wlm-basic-plugins",
    "auth_jwt.so": "slurm-wlm-jwt-plugin",
    "rest_auth_jwt.so": "slurm-wlm-jwt-plugin",
    "accounting_storage_mysql.so": "slurm-wlm-mysql-plugin",
}
PACKAGES = (*dict.fromkeys([*_PACKAGES.values(), *_PLUGINS.values()]), "postgresql")
"""Debian's packages that bring all of it."""


def program(name: str) -> Path | None:
    """Find a program on PATH or where Debian keeps daemons."""
    found = shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), *_SBIN)))
    return Path(found) if found else None


def missing() -> list[str]:
    """Name Debian's packages that would bring what this machine lacks; none where all is here."""
    lacks = {package for name, package in _PACKAGES.items() if program(name) is None}
    lacks |= {package for name, package in _PLUGINS.items() if not _plugin(name)}
    if find_postgres() is None:
        lacks.add("postgresql")
    return sorted(lacks)


def _plugin(name: str) -> bool:
    folders = [Path("/usr/lib"), Path("/usr/lib64"), Path("/usr/local/lib")]
    patterns = (f"*/slurm*/{name}", f"slurm*/{name}")
    return any(True for folder in folders for one in patterns for _ in folder.glob(one))


def reason() -> str | None:
    """Say why no installation can be started here, or None where one can."""
    lacks = missing()
    if not lacks:
        return None
    return f"no Slurm to start (Debian, as root: apt-get install {' '.join(lacks)})"


def slurm() -> Path | None:
    """Give the path of slurmctld where an installation can be started, else None."""
    return None if missing() else program("slurmctld")
