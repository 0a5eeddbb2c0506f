"""Contracts, tranches and phases as they stood on an earlier day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from datetime import date
from typing import Any

from offtake.model.contract import Contract, Tranche
from offtake.model.portfolio import Portfolio
from offtake.model.site import Phase, Site, Status
from offtake.plan.backtest.dating import Days, only_from
from offtake.plan.backtest.ledger import Ledger
from offtake.plan.backtest.linked import Key, Published, fact_of, first_printed

Place = tuple[str, str]
"""A site and a phase of it."""


def not_public(
    portfolio: Portfolio, print_: Mapping[Key, Published], ledger: Ledger
) -> frozenset[Place]:
    """Name the phases nobody had told of by the day.

    A phase was public where it was announced by then, where a source of that day is named,
    or where a tranche stood that had been signed and was accepted, or in print, by then.
    """
    stood = _stood(portfolio, print_, ledger)
    found = set()
    for site in portfolio.sites:
        for phase in site.phases:
            days = ledger.days(phase.provenance)
            since = phase.announced or (days.first if days else None)
            if since is not None and since > ledger.day and (site.id, phase.id) not in stood:
                found.add((site.id, phase.id))
                path = f"sites.{site.id}.phases.{phase.id}"
                ledger.leave_out(path, f"made public on {since}", since)
    return frozenset(found)


def _stood(
    portfolio: Portfolio, print_: Mapping[Key, Published], ledger: Ledger
) -> frozenset[Place]:
    found = set()
    for contract in portfolio.contracts:
        if contract.signed is None or contract.signed > ledger.day:
            continue
        for tranche in contract.tranches:
            accepted = tranche.accepted is not None and tranche.accepted <= ledger.day
            if tranche.phase is not None and (accepted or fact_of(tranche) in print_):
                found.add((tranche.site, tranche.phase))
    return frozenset(found)


def contracts(
    portfolio: Portfolio,
    print_: Mapping[Key, Published],
    absent: frozenset[Place],
    ledger: Ledger,
) -> tuple[Contract, ...]:
    """Give the contracts that were signed by the day, with what was known of their tranches."""
    kept = [
        made
        for contract in portfolio.contracts
        if (made := _contract(contract, print_, absent, ledger)) is not None
    ]
    names = {contract.id for contract in kept}
    return tuple(
        replace(contract, upstream=tuple(name for name in contract.upstream if name in names))
        for contract in kept
    )


def _contract(
    contract: Contract,
    print_: Mapping[Key, Published],
    absent: frozenset[Place],
    ledger: Ledger,
) -> Contract | None:
    path, day = f"contracts.{contract.id}", ledger.day
    days = ledger.days(contract.provenance)
    signed = contract.signed or (days.first if days else None)
    if signed is not None and signed > day:
        ledger.leave_out(path, f"signed on {signed}", signed)
        return None
    terms = days is not None and days.last > day
    later = only_from(contract.provenance, "tranches", "due")
    tranches = []
    for tranche in contract.tranches:
        made = _tranche(f"{path}.tranches.{tranche.id}", tranche, print_, absent, ledger, later)
        if made is not None:
            tranches.append(made)
            if terms and days is not None and fact_of(tranche) is None:
                _hold_date(f"{path}.tranches.{tranche.id}", made, days, ledger)
    if contract.tranches and not tranches:
        ledger.leave_out(path, "no part of it had a date in print")
        return None
    if signed is None:
        ledger.undated(path, "names no day of signing and no source with a day")
    elif terms and days is not None:
        ledger.hold(
            f"{path} (terms)", "signed by then; its terms rest on younger sources", days.last
        )
    else:
        ledger.keep()
    return _pruned(replace(contract, tranches=tuple(tranches)), len(contract.tranches))


def _pruned(contract: Contract, before: int) -> Contract:
    """Take tranches that are gone out of the clauses that name them, and clauses left with none.

    A clause that names no tranche holds for all of them.
    """
    if len(contract.tranches) == before:
        return contract
    left = {tranche.id for tranche in contract.tranches}
    changed: dict[str, Any] = {}
    for field in fields(contract):
        held = getattr(contract, field.name)
        if isinstance(held, tuple) and any(getattr(item, "tranches", ()) for item in held):
            kept = (_clause(item, left) for item in held)
            changed[field.name] = tuple(item for item in kept if item is not None)
    return replace(contract, **changed)


def _clause(clause: Any, left: set[str]) -> Any:
    named = getattr(clause, "tranches", ())
    if not named:
        return clause
    still = tuple(name for name in named if name in left)
    return replace(clause, tranches=still) if still else None


def _hold_date(path: str, tranche: Tranche, days: Days, ledger: Ledger) -> None:
    if tranche.accepted is None:
        why = f"due {tranche.due}: signed by then, and no earlier date is on record"
        ledger.hold(f"{path}.due", why, days.last)


def _tranche(
    path: str,
    tranche: Tranche,
    print_: Mapping[Key, Published],
    absent: frozenset[Place],
    ledger: Ledger,
    later: date | None,
) -> Tranche | None:
    day = ledger.day
    if tranche.phase is not None and (tranche.site, tranche.phase) in absent:
        ledger.leave_out(path, f"its phase '{tranche.phase}' was not public")
        return None
    accepted = tranche.accepted if tranche.accepted and tranche.accepted <= day else None
    key = fact_of(tranche)
    if key is None:
        if accepted is None and later is not None and later > day:
            ledger.leave_out(path, f"its date is known only from {later}", later)
            return None
        return _not_accepted(path, tranche, accepted, ledger)
    seen = print_.get(key)
    if seen is None:
        since = first_printed(key)
        ledger.leave_out(path, f"first dated in print on {since}", since)
        return None
    return _as_printed(path, tranche, seen, accepted, ledger)


def _not_accepted(path: str, tranche: Tranche, accepted: date | None, ledger: Ledger) -> Tranche:
    if accepted != tranche.accepted:
        ledger.replace(f"{path}.accepted", "not accepted by then", tranche.accepted)
    return replace(tranche, accepted=accepted)


def _as_printed(
    path: str, tranche: Tranche, seen: Published, accepted: date | None, ledger: Ledger
) -> Tranche:
    """Give a tranche with the dates in print on the day; what was accepted by then stays so."""
    since, due = seen.milestone.known_from, seen.due
    if accepted is None and seen.reached is not None:
        accepted = due = seen.reached
        why = f"recorded as reached on {accepted}, by the vintage of {since}"
        ledger.replace(f"{path}.accepted", why, since)
    elif accepted != tranche.accepted:
        ledger.replace(f"{path}.accepted", "not accepted by then", tranche.accepted)
    due = due or tranche.due
    if due != tranche.due:
        why = f"{tranche.due} was {due} by the vintage of {since}"
        ledger.replace(f"{path}.due", why, since)
    return replace(tranche, due=due, accepted=accepted)


def sites(
    portfolio: Portfolio,
    kept: tuple[Contract, ...],
    absent: frozenset[Place],
    ledger: Ledger,
) -> tuple[Site, ...]:
    """Give the sites with the phases that were public, their dates and status as then known."""
    held: dict[Place, list[Tranche]] = {}
    for contract in kept:
        for tranche in contract.tranches:
            if tranche.phase is not None:
                held.setdefault((tranche.site, tranche.phase), []).append(tranche)
    return tuple(
        replace(site, phases=tuple(_phases(site, held, absent, ledger))) for site in portfolio.sites
    )


def _phases(
    site: Site,
    held: Mapping[Place, list[Tranche]],
    absent: frozenset[Place],
    ledger: Ledger,
) -> Iterator[Phase]:
    for phase in site.phases:
        if (site.id, phase.id) not in absent:
            yield _phase(f"sites.{site.id}.phases.{phase.id}", site.id, phase, held, ledger)


def _phase(
    path: str, site: str, phase: Phase, held: Mapping[Place, list[Tranche]], ledger: Ledger
) -> Phase:
    days = ledger.days(phase.provenance)
    if days is not None and days.last <= ledger.day:
        ledger.keep()
        return phase
    since = days.last if days is not None else None
    status = _status(phase, held.get((site, phase.id), []))
    dated = phase.first_power is not None or phase.full_power is not None
    said = ["dates taken out"] if dated else []
    if status is not phase.status:
        said.append(f"status '{phase.status}' set to '{status}'")
    if said:
        ledger.replace(path, ", ".join(said), since)
    elif since is not None:
        ledger.hold(path, "its size rests on younger sources", since)
    else:
        ledger.undated(path, "a phase of the portfolio's own: names no day")
    return replace(phase, first_power=None, full_power=None, status=status)


def _status(phase: Phase, tranches: list[Tranche]) -> Status:
    if tranches and all(tranche.accepted is not None for tranche in tranches):
        return Status.OPERATING
    if tranches:
        return Status.CONSTRUCTION
    return Status.PLANNED if phase.status is not Status.LETTER_OF_INTENT else phase.status
