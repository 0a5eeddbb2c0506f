"""A live service of the world two-clusters, and the command line that calls it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from offtake.files.jobs import read_installation
from offtake.model.installation import Installation
from tests.api.serving import serving
from tests.cli.calling import REPO

WORLD = REPO / "worlds" / "two-clusters"
HELLO = WORLD / "hello.yaml"


def two_clusters() -> Installation:
    """Read what the world drives."""
    return read_installation(WORLD / "installation.yaml")


@contextmanager
def live(folder: Path) -> Iterator[str]:
    """Serve it on a free port; gives the address."""
    with serving(folder, two_clusters()) as url:
        yield url
