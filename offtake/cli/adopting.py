"""The work of `offtake adopt`: read, compare, tell, and let it take effect."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from offtake.cli import saved, screen, tables
from offtake.cli.soundness import sound
from offtake.cycle.adopted import Change, Proposal, propose, take_effect
from offtake.cycle.adopting import name_of
from offtake.cycle.driving import FORM, Engines, delivered_count
from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.files.valued import read_value
from offtake.model.contract import Contract
from offtake.model.period import Quarter
from offtake.model.plan import Plan
from offtake.store import MEMORY, Store, open_store

SCHEMA = "offtake.adoption/1"
"""Name and version of the form of what is printed as JSON."""
FOLDER = "adopted"
"""Folder beside the plan that is written where none is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be adopted, and where to."""

    plan: Path
    world: str | None
    store: str
    out: Path | None
    through: str | None
    engines: Path | None
    replace: bool
    dry_run: bool


def adopt(asked: Asked, *, as_json: bool, quiet: bool) -> None:
    """Adopt a plan and tell what that changes.

    Raises:
        OfftakeError: the plan, its world or the map of engines has faults; the plan is of
            another world; or something else is adopted and --replace is not given.
    """
    plan = _plan(asked.plan)
    portfolio = sound(asked.world or plan.portfolio, quiet).portfolio
    through = None if asked.through is None else _quarter(asked.through)
    engines = None if asked.engines is None else read_value(asked.engines, Engines, FORM)
    folder = asked.out or _beside(asked.plan)
    store = _store(asked)
    try:
        made = propose(plan, portfolio, store, folder, through=through, engines=engines)
        if not as_json:
            _tell(made)
        if not asked.dry_run:
            take_effect(made, store, folder, now=time.time(), replace=asked.replace)
    finally:
        store.close()
    if as_json:
        screen.say_json({**plainly(made), "dry_run": asked.dry_run, "folder": str(folder)})
    else:
        _tell_end(made, asked, folder)


def plainly(made: Proposal) -> dict[str, Any]:
    """Give a proposal as plain data."""
    adoption = made.adoption
    return {
        "schema": SCHEMA,
        "plan": adoption.plan.inputs_sha256,
        "world": adoption.world.name,
        "through": str(adoption.through),
        "contracts": [one.id for one in adoption.contracts],
        "clusters": [one.id for one in made.installation.clusters],
        "later": [name_of(one) for one in adoption.later],
        "changes": [_plain(one) for one in made.changes],
        "replaces": made.replaces,
        "remarks": list(adoption.remarks),
    }


def _plain(change: Change) -> dict[str, Any]:
    told = {"kind": change.kind, "id": change.id, "change": change.change}
    return {**told, "fields": list(change.fields)}


def _plan(path: Path) -> Plan:
    held = saved.read(path)
    if isinstance(held, Plan):
        return held
    hint = "name what `offtake plan --out` wrote"
    fault = Fault(
        code="OTK-E118", what="a study is no plan", where=Where(file=str(path)), hint=hint
    )
    raise OfftakeError(fault, exit=Exit.USAGE)


def _quarter(text: str) -> Quarter:
    try:
        return Quarter.parse(text)
    except ValueError as error:
        where = Where(path="offtake adopt --through")
        fault = Fault(code="OTK-E113", what=str(error), where=where, got=repr(text))
        raise OfftakeError(fault, exit=Exit.USAGE) from None


def _beside(plan: Path) -> Path:
    return (plan if plan.is_dir() else plan.parent) / FOLDER


def _store(asked: Asked) -> Store:
    """Open the store; a trial makes none where there is none."""
    if not asked.dry_run:
        return open_store(asked.store, upgrade=True)
    try:
        return open_store(asked.store, make=False)
    except OfftakeError as error:
        if [fault.code for fault in error.faults] != ["OTK-B007"]:
            raise
        return open_store(MEMORY)


def _tell(made: Proposal) -> None:
    adoption = made.adoption
    signed = f"{adoption.world.name}: signed through {adoption.through}"
    screen.say(f"{signed}, {len(adoption.contracts)} new contracts")
    if adoption.contracts:
        heads = ("contract", "tenure", "site", "accelerator", "count", "due", "price")
        tables.say(heads, [_line(one) for one in adoption.contracts], (4, 6))
    if adoption.later:
        names = ", ".join(name_of(one) for one in adoption.later)
        screen.say(f"Left to the next plan: {names}")
    for said in adoption.remarks:
        screen.say(f"- {said}")
    screen.say("")
    if not made.changes:
        screen.say("All of it is adopted already: nothing changes.")
        return
    rows = [(one.kind, one.id, one.change, ", ".join(one.fields)) for one in made.changes]
    tables.say(("kind", "name", "change", "fields"), rows)
    closed = [
        one.id
        for one in made.installation.clusters
        if delivered_count(one, adoption.world) < one.accelerator_count
    ]
    if closed:
        screen.say(f"Closed until their tranches are accepted: {', '.join(closed)}")


def _line(contract: Contract) -> tuple[str, ...]:
    tranche = contract.tranches[0]
    rate = contract.rates[0] if contract.rates else None
    return (
        contract.id,
        contract.tenure.value,
        tranche.site,
        tranche.accelerator or "",
        f"{tranche.accelerator_count or 0:,}",
        str(tranche.due),
        "" if rate is None else f"{rate.price} USD a {rate.basis.value}",
    )


def _tell_end(made: Proposal, asked: Asked, folder: Path) -> None:
    if asked.dry_run:
        screen.note("nothing was kept")
        return
    if not made.changes:
        return
    screen.say(f"Kept in {asked.store}; world and installation in {folder}")
    screen.say(f"  offtake serve {folder / 'installation.yaml'} --store {asked.store}")
