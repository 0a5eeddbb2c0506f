"""The catalogue's own files, and what of them was known on a given day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from importlib import resources
from importlib.resources.abc import Traversable
from typing import TypeVar, cast

from offtake.catalogue.facts import Fact, as_known
from offtake.catalogue.read import read_facts
from offtake.errors import Fault, OfftakeError, Where

F = TypeVar("F", bound=Fact)


def data_file(name: str) -> Traversable:
    """Find a file of the shipped data.

    Raises:
        OfftakeError: there is none of that name (`OTK-K106`).
    """
    found = resources.files("offtake.catalogue") / "data"
    for part in name.split("/"):
        found = found / part
    if not found.is_file():
        raise OfftakeError(
            Fault(
                code="OTK-K106",
                what="the data file is missing",
                where=Where(file=name),
                hint="install offtake again",
            )
        )
    return found


_SHIPPED: dict[type[Fact], tuple[Fact, ...]] = {}
"""Each table as it was read, once in a process."""


def shipped(kind: type[F]) -> tuple[F, ...]:
    """Give every row of a table's file, all vintages, in the order of the file.

    Raises:
        OfftakeError: the file is missing or faulty (`OTK-K101` to `OTK-K106`).
    """
    if kind not in _SHIPPED:
        name = f"{kind.TABLE}.csv"
        text = data_file(name).read_text(encoding="utf-8")
        _SHIPPED[kind] = read_facts(kind, text, name)
    return cast(tuple[F, ...], _SHIPPED[kind])


def known(kind: type[F], as_of: date | None) -> tuple[F, ...]:
    """Give every vintage of a table that was known at the end of a day (None: today's)."""
    rows = shipped(kind)
    if as_of is None:
        return rows
    day = as_of.date() if isinstance(as_of, datetime) else as_of
    return tuple(fact for row in rows if (fact := as_known(row, day)) is not None)


def newest(facts: Iterable[F]) -> tuple[F, ...]:
    """Keep of every key the row that became known last, in the order the keys appear."""
    held: dict[tuple[str, ...], F] = {}
    for fact in facts:
        before = held.get(fact.key)
        if before is None or fact.known_from > before.known_from:
            held[fact.key] = fact
    return tuple(held.values())
