"""Sharing: contracts that hand on electricity of one site, and what says how they share it.

          ┌─B1─> Lab          B1 and B2 stand side by side at the site: each hands on its own
    0 ─A──┤                   part, by readings that name its tranches or its nodes.
          └─B2─> Guest        A and B1 stand in one chain: A's electricity is B1's, and more.

One contract alone cannot know of its neighbours, so this is looked at for all at once:
without such readings each of them would hand on the whole bill.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from offtake.errors import Fault, Where
from offtake.ledger.case import Case
from offtake.ledger.energy import nodes, paths
from offtake.ledger.known import Known
from offtake.ledger.metered import Sought, picked
from offtake.ledger.power import sites
from offtake.ledger.settle import case_of
from offtake.model.clause import CostOf
from offtake.model.contract import Contract
from offtake.model.month import Month
from offtake.model.reading import Meter


@dataclass(frozen=True, slots=True)
class _Link:
    """A contract that hands on electricity, where, and what it rests on."""

    case: Case
    sites: frozenset[str]
    above: frozenset[str]

    @property
    def name(self) -> str:
        return self.case.contract.id

    @property
    def by_meter(self) -> bool:
        clause = self.case.contract.pass_through
        return clause is not None and clause.cost_of is CostOf.METER


def unshared(contracts: Mapping[str, Contract], facts: Known, month: Month) -> tuple[Fault, ...]:
    """Give a fault for each contract whose part of a site's electricity nothing tells.

    The code of all is `OTK-L132`.

    Raises:
        OfftakeError: as `case_of`.
    """
    handing = [c for c in contracts.values() if c.pass_through is not None]
    if len(handing) < 2:
        return ()
    links = []
    for contract in handing:
        case = case_of(contract, facts, month)
        above = frozenset(_above(contract, contracts))
        links.append(_Link(case, frozenset(sites(case)), above))
    return tuple(_faults(links))


def _faults(links: list[_Link]) -> Iterator[Fault]:
    for one in links:
        for site in sorted(one.sites):
            beside = [other.name for other in links if _beside(one, other, site)]
            if beside and not _told(one, site):
                yield _fault(one, site, beside)


def _above(contract: Contract, contracts: Mapping[str, Contract]) -> Iterable[str]:
    """Name every contract a contract rests on, directly or not."""
    found: set[str] = set()
    left = list(contract.upstream)
    while left:
        name = left.pop()
        if name in contracts and name not in found:
            found.add(name)
            left += contracts[name].upstream
    return found


def _beside(one: _Link, other: _Link, site: str) -> bool:
    """Tell whether another contract's part is to be told from one's own.

    By meter, from any at the site that is not in the same chain; as charged above, from any
    that directly rests on the same contract.
    """
    if one is other or site not in other.sites:
        return False
    if one.name in other.above or other.name in one.above:
        return False
    if one.by_meter:
        return True
    return bool({*one.case.contract.upstream} & {*other.case.contract.upstream})


def _told(one: _Link, site: str) -> bool:
    """Tell whether readings of the month say what a contract drew at a site."""
    own = paths(one.case, site)
    sought = [Sought(meter=Meter.IT_ENERGY, site=site, tranches=own)]
    if one.by_meter:
        sought.append(Sought(meter=Meter.FACILITY_ENERGY, site=site, tranches=own))
        named = nodes(one.case, site)
        sought += [Sought(meter=Meter.IT_ENERGY, site=site, nodes=named)] if named else []
    readings, (start, end) = one.case.known.readings, one.case.window
    inside = (readings.starts < end) & (readings.ends > start)
    return any(bool(np.any(picked(readings, each) & inside)) for each in sought)


def _fault(one: _Link, site: str, beside: list[str]) -> Fault:
    path = f"contracts.{one.name}.pass_through ({one.case.month})"
    return Fault(
        code="OTK-L132",
        what=f"electricity at {site} is handed on under {', '.join([one.name, *beside])}, "
        f"and nothing says which part is {one.name}'s",
        where=Where(path=path),
        got="no reading names its tranches" + (" or its nodes" if one.by_meter else ""),
        hint=f"record readings of {Meter.IT_ENERGY} that name its tranches, CONTRACT.TRANCHE",
    )
