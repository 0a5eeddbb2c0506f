"""What all tests share: seeded examples, what a machine may lack, and the shared data.

A laptop need not have everything. A test that needs a browser asks `require("browser")`
(or takes the `browser` fixture): where it is missing the test is skipped with the reason,
unless OFFTAKE_REQUIRE names it (`OFFTAKE_REQUIRE=browser make test`); then it fails.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser

from tools.browser import HOW, find_chromium, launched
from tools.cluster import needs
from tools.cluster.installation import Installation, temporary
from tools.postgres import HOW as POSTGRES_HOW
from tools.postgres import find_postgres, running
from tools.prometheus import HOW as PROMETHEUS_HOW
from tools.prometheus import find_prometheus

REPO = Path(__file__).resolve().parent.parent
SHARED = REPO.parent / "shared"

# The same examples on every machine and in every run. HYPOTHESIS_PROFILE=explore looks
# for new ones; one it finds belongs in the test as an @example.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

Require = Callable[[str], Path]


def _browser() -> Path | str:
    return find_chromium() or f"no Chromium: {HOW}"


def _shared() -> Path | str:
    return SHARED if SHARED.is_dir() else "the folder ../shared is not beside this checkout"


def _libreoffice() -> Path | str:
    found = shutil.which("soffice") or shutil.which("libreoffice")
    return Path(found) if found else "no LibreOffice (Debian: apt-get install libreoffice-calc)"


def _postgres() -> Path | str:
    return find_postgres() or f"no PostgreSQL: {POSTGRES_HOW}"


def _prometheus() -> Path | str:
    return find_prometheus() or f"no Prometheus: {PROMETHEUS_HOW}"


def _slurm() -> Path | str:
    return needs.slurm() or str(needs.reason())


def _focus() -> Path | str:
    judges = Path(sys.prefix) / "focus-gate"
    made = (judges / ".made").exists()
    return judges if made else "no judges of FOCUS: `make focus-gate` makes their environment"


PROBES: dict[str, Callable[[], Path | str]] = {
    "browser": _browser,
    "focus": _focus,
    "libreoffice": _libreoffice,
    "postgres": _postgres,
    "prometheus": _prometheus,
    "shared": _shared,
    "slurm": _slurm,
}
"""For each thing a machine may lack: its path, or the reason it is not there."""


def required() -> frozenset[str]:
    """Give the names in OFFTAKE_REQUIRE, separated by commas or spaces."""
    return frozenset(os.environ.get("OFFTAKE_REQUIRE", "").replace(",", " ").split())


def pytest_configure() -> None:
    unknown = sorted(required() - set(PROBES))
    if unknown:
        raise pytest.UsageError(
            f"OFFTAKE_REQUIRE names {', '.join(unknown)}; known: {', '.join(sorted(PROBES))}"
        )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


@pytest.fixture(scope="session")
def require() -> Require:
    """Give `require(name)`: the path of what is named, or the end of the test."""

    def _require(name: str) -> Path:
        found = PROBES[name]()
        if isinstance(found, Path):
            return found
        if name in required():
            pytest.fail(f"OFFTAKE_REQUIRE names '{name}', but {found}", pytrace=False)
        pytest.skip(found)

    return _require


@pytest.fixture(scope="session")
def browser(require: Require) -> Iterator[Browser]:
    """A headless Chromium, one for all tests of a worker."""
    with launched(require("browser")) as running:
        yield running


@pytest.fixture(scope="session")
def postgres(require: Require) -> Iterator[str]:
    """The URL of a private PostgreSQL, one for all tests of a worker."""
    with running(require("postgres")) as url:
        yield url


@pytest.fixture(scope="session")
def slurm(require: Require) -> Iterator[Installation]:
    """Two real Slurm clusters with their accounting, one installation for a worker's tests.

    A test that kills a daemon starts it again (`Installation.revive`) before it ends.
    """
    require("slurm")
    with temporary() as installation:
        yield installation


@pytest.fixture(scope="session")
def shared(require: Require) -> Path:
    """The folder of reference data beside the checkout."""
    return require("shared")
