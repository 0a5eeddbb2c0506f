"""The milestone of the catalogue that reports on a tranche, named as its `fact`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from offtake.catalogue import Milestone, milestones
from offtake.errors import Fault, OfftakeError, Where, did_you_mean
from offtake.model.contract import Contract, Tranche
from offtake.model.portfolio import Portfolio

TABLE = "milestones"
"""The table a tranche's `fact` names a row of."""
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """What was in print of a milestone on a day."""

    milestone: Milestone

    @property
    def due(self) -> date | None:
        """The day it was expected on; None where it was recorded as reached."""
        return self.milestone.expected.last if self.milestone.is_forecast else None

    @property
    def reached(self) -> date | None:
        """The day it was recorded as reached."""
        return None if self.milestone.is_forecast else self.milestone.expected.last


def fact_of(tranche: Tranche) -> Key | None:
    """Give the key of the milestone a tranche names; None where it names none."""
    named = tranche.provenance.fact if tranche.provenance is not None else ""
    table, _, key = named.partition("/")
    return tuple(key.split("/")) if table == TABLE else None


def links(portfolio: Portfolio) -> dict[str, Key]:
    """Name the milestone of every tranche that has one, by `contract/tranche`.

    Raises:
        OfftakeError: none has one (`OTK-B104`), or it is not in the catalogue (`OTK-B105`).
    """
    known = {row.key for row in milestones()}
    found: dict[str, Key] = {}
    faults = []
    for contract, tranche in _tranches(portfolio):
        key = fact_of(tranche)
        if key is None:
            continue
        found[f"{contract.id}/{tranche.id}"] = key
        if key not in known:
            faults.append(_unknown(contract, tranche, key, known))
    if faults:
        raise OfftakeError(faults)
    if not found:
        raise OfftakeError(
            Fault(
                code="OTK-B104",
                what="no tranche says which milestone of the catalogue reports on it, "
                "so nothing that was delivered can be told",
                where=Where(path="contracts"),
                hint="give a tranche `provenance: {fact: milestones/SITE/MILESTONE}`; "
                "`offtake catalogue milestones` lists them",
            )
        )
    return found


def published(day: date) -> Mapping[Key, Published]:
    """Give what was in print of every milestone on a day."""
    return {row.key: Published(row) for row in milestones(day)}


def first_printed(key: Key) -> date | None:
    """Give the day a milestone was first in print."""
    days = [row.known_from for row in milestones(history=True) if row.key == key]
    return min(days, default=None)


def _tranches(portfolio: Portfolio) -> Iterator[tuple[Contract, Tranche]]:
    for contract in portfolio.contracts:
        for tranche in contract.tranches:
            yield contract, tranche


def _unknown(contract: Contract, tranche: Tranche, key: Key, known: set[Key]) -> Fault:
    name = "/".join(key)
    return Fault(
        code="OTK-B105",
        what="the catalogue has no such milestone",
        where=Where(path=f"contracts.{contract.id}.tranches.{tranche.id}.provenance.fact"),
        got=f"'{TABLE}/{name}'",
        hint=did_you_mean(name, ["/".join(row) for row in known]),
    )
