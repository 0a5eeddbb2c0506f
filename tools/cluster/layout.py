"""What an installation consists of: its clusters, their ports, and where files lie."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FIRST_PORT = 17_100
LAST_PORT = 28_000
"""Below the ports that connections are given by themselves."""
BLOCK = 50


@dataclass(frozen=True, kw_only=True)
class Site:
    """One Slurm cluster of the installation: a name, an accelerator, nodes."""

    name: str
    accelerator: str
    node_prefix: str
    nodes: int = 4
    accelerators_a_node: int = 8
    cpus_a_node: int = 32
    offset: int = 0
    """Where its ports begin within the installation's block."""

    @property
    def node_names(self) -> tuple[str, ...]:
        """The names of its nodes, counted from 1."""
        return tuple(f"{self.node_prefix}{n}" for n in range(1, self.nodes + 1))


SITES = (
    Site(name="abilene", accelerator="h100", node_prefix="a", offset=0),
    Site(name="narvik", accelerator="mi300x", node_prefix="n", offset=20),
)
MARIADB_OFFSET = 42


@dataclass(frozen=True, kw_only=True)
class Place:
    """One cluster in a folder, at ports of its own."""

    root: Path
    """The folder of the installation."""
    site: Site
    port: int
    """The first port of the installation's block."""

    @property
    def folder(self) -> Path:
        """Where everything of this cluster lies."""
        return self.root / self.site.name

    @property
    def conf(self) -> Path:
        """The slurm.conf, which SLURM_CONF names."""
        return self.folder / "etc" / "slurm.conf"

    @property
    def munge_socket(self) -> Path:
        """Where this cluster's own munged listens."""
        return self.folder / "munge" / "socket"

    @property
    def munge_key(self) -> Path:
        """The key that only this cluster has."""
        return self.folder / "munge" / "key"

    @property
    def jwt_key(self) -> Path:
        """The key its tokens are signed with."""
        return self.folder / "state" / "jwt.key"

    @property
    def token(self) -> Path:
        """The file that holds a token for its REST interface."""
        return self.folder / "rest.token"

    @property
    def spool(self) -> Path:
        """The file system that all its nodes share: fences and completions."""
        return self.folder / "spool"

    @property
    def ctld_port(self) -> int:
        """Where slurmctld listens."""
        return self.port + self.site.offset

    @property
    def rest_port(self) -> int:
        """Where slurmrestd listens."""
        return self.ctld_port + 1

    @property
    def dbd_port(self) -> int:
        """Where slurmdbd listens."""
        return self.ctld_port + 2

    def node_port(self, node: str) -> int:
        """Where the slurmd of a node listens."""
        return self.ctld_port + 5 + self.site.node_names.index(node)

    @property
    def mariadb_port(self) -> int:
        """Where the database of all clusters' accounting listens."""
        return self.port + MARIADB_OFFSET


@dataclass(frozen=True, kw_only=True)
class Host:
    """This machine as Slurm's daemons see it: they bind what its own name resolves to."""

    name: str
    address: str
    own_address_only: bool
    """Whether daemons can be told to bind that address alone; else they bind all there are."""

    @property
    def private(self) -> bool:
        """Whether nobody but this machine can reach the daemons."""
        return self.own_address_only and self.address.startswith("127.")


def host() -> Host:
    """Look up this machine's name; one that does not resolve leaves daemons no address to bind."""
    name = socket.gethostname().partition(".")[0]
    try:
        address = socket.gethostbyname(socket.gethostname())
    except OSError:
        return Host(name=name, address="127.0.0.1", own_address_only=False)
    return Host(name=name, address=address, own_address_only=True)


def free_block() -> int:
    """Give the first port of a block in which nobody listens.

    Raises:
        RuntimeError: every block is taken.
    """
    for first in range(FIRST_PORT, LAST_PORT, BLOCK):
        if all(_free(port) for port in _used(first)):
            return first
    raise RuntimeError(f"no {BLOCK} free ports between {FIRST_PORT} and {LAST_PORT}")


def _used(first: int) -> Iterator[int]:
    yield first + MARIADB_OFFSET
    for site in SITES:
        yield from range(first + site.offset, first + site.offset + 5 + site.nodes)


def _free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
