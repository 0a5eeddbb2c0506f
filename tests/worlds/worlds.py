"""What the tests of the worlds share: reading them, and walking through their entries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from typing import cast

from offtake import files
from offtake.model import Portfolio
from offtake.model.contract import Contract
from offtake.model.value import Value
from tests.conftest import REPO

WORLDS = REPO / "worlds"
NAMES = ("three-sites", "stargate", "norway-chain", "june-chain", "ring-fence")


@cache
def world(name: str) -> Portfolio:
    return files.read(WORLDS / name)


def entries(held: object, path: str = "") -> Iterator[tuple[str, Value]]:
    """Every value of a portfolio with its dotted path."""
    if isinstance(held, tuple):
        for item in held:
            name = getattr(item, "id", None) or getattr(item, "kind", "")
            yield from entries(item, f"{path}.{name}" if name else path)
    elif is_dataclass(held):
        yield path.lstrip("."), cast(Value, held)
        for part in fields(held):
            yield from entries(getattr(held, part.name), f"{path}.{part.name}")


def contract(name: str, ident: str) -> Contract:
    return next(c for c in world(name).contracts if c.id == ident)
