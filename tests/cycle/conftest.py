"""A small plan of a small world, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from offtake.files import read
from offtake.model.plan import Plan
from offtake.model.portfolio import Portfolio
from offtake.plan import plan as planned

THREE_SITES = Path(__file__).resolve().parents[2] / "worlds" / "three-sites"


@pytest.fixture(scope="session")
def world() -> Portfolio:
    return read(THREE_SITES)


@pytest.fixture(scope="session")
def plan(world: Portfolio) -> Plan:
    return planned(world, scenarios=4)
