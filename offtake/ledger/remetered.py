"""Meters of a what-if: what they would have shown, had capacity not been there.

    cut_power   readings of a month cut where service begins or ends
    used_from   use only from a moment on
    stopped     no use where capacity is down, no power where all of a site is
    less_used   a share of the use

Nothing says how what was read at once spreads over its time; a what-if takes it as even.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from offtake.ledger.facts import World, reach
from offtake.ledger.hosts import hosts
from offtake.ledger.known import known
from offtake.ledger.services import service, stands
from offtake.model.contract import Contract, Tranche
from offtake.model.month import Month
from offtake.model.reading import Meter
from offtake.model.records import METERS, Readings

_USE = tuple(METERS.index(meter) for meter in (Meter.GPU_TIME, Meter.TOKENS))
_POWER = tuple(
    METERS.index(meter) for meter in (Meter.IT_ENERGY, Meter.FACILITY_ENERGY, Meter.PEAK_POWER)
)


def cut_power(world: World, month: Month, as_of: datetime) -> World:
    """Cut readings of a site's power where service begins or ends, evenly over their time.

    A month read at once cannot be told apart otherwise where a what-if moves service.
    """
    facts, readings = known(world.records, as_of), world.records.readings
    edges: dict[str, set[int]] = {}
    for contract in world.contracts:
        now = stands(contract, facts, month)
        for tranche in now.tranches:
            pieces = service(tranche, now, facts).within(reach(world.contracts, month))
            edges.setdefault(tranche.site, set()).update(s for p in pieces for s in p.span)
    for site, moments in edges.items():
        for moment in sorted(moments):
            rows = (readings.site == readings.code(site)) & np.isin(readings.meter, _POWER)
            readings = _halved(readings, rows, moment)
    return with_readings(world, readings)


def _halved(readings: Readings, rows: npt.NDArray[np.bool_], moment: int) -> Readings:
    """Cut the readings of some rows at a moment; of a peak, both parts have all of it."""
    rows = rows & (readings.starts < moment) & (readings.ends > moment)
    if not rows.any():
        return readings
    both = readings.where(rows)
    peak = both.meter == METERS.index(Meter.PEAK_POWER)
    part = [
        int(amount) * (moment - int(start)) // (int(end) - int(start))
        for amount, start, end in zip(both.amount, both.starts, both.ends, strict=True)
    ]
    first = np.where(peak, both.amount, np.array(part, np.int64))
    ids = [np.array([f"{name}/{n}" for name in both.id], dtype=object) for n in (1, 2)]
    halves = (
        replace(both, id=ids[0], ends=np.full(len(both), moment), amount=first),
        replace(
            both,
            id=ids[1],
            starts=np.full(len(both), moment),
            amount=np.where(peak, both.amount, both.amount - first),
        ),
    )
    parts = (readings.where(~rows), *halves)
    columns = ("source", "meter", "site", "tranche", "node", "starts", "ends", "amount", "recorded")
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in columns}
    named = np.concatenate([part.id.astype(object) for part in parts])
    return Readings(names=readings.names, id=named, **joined)


def used_from(readings: Readings, path: str, moment: int) -> Readings:
    """Cut readings of a tranche's use to the time from a moment on, evenly over their time."""
    rows = (readings.tranche == readings.code(path)) & np.isin(readings.meter, _USE)
    starts = np.minimum(np.maximum(readings.starts, moment), readings.ends)
    left, whole = readings.ends - starts, readings.ends - readings.starts
    amount = readings.amount.copy()
    for row in np.flatnonzero(rows & (left < whole)).tolist():
        amount[row] = int(amount[row]) * int(left[row]) // int(whole[row])
    cut = replace(readings, starts=np.where(rows, starts, readings.starts), amount=amount)
    return cut.where(~rows | (left > 0))


def stopped(world: World, contract: Contract, down: Mapping[tuple[str, str], Tranche]) -> Readings:
    """Set use to nothing where capacity is down, and power where all of a site is."""
    readings = world.records.readings
    none = np.zeros(len(readings), bool)
    for path in down:
        none |= readings.tranche == readings.code(".".join(path))
    for tranche in down.values():
        if tranche.nodes is not None:
            nodes = [readings.code(node) for node in hosts(tranche.nodes)]
            none |= np.isin(readings.node, nodes) & (readings.site == readings.code(tranche.site))
    none &= np.isin(readings.meter, _USE)
    whole = {c.id for c in resting(contract, world.contracts)} | {contract.id}
    for site in sorted({tranche.site for tranche in down.values()}):
        others = [
            (c.id, t.id)
            for c in world.contracts
            for t in c.tranches
            if t.site == site and c.id in whole and c.id != contract.id
        ]
        if set(others) <= set(down):
            here = readings.site == readings.code(site)
            none |= here & np.isin(readings.meter, _POWER)
    return replace(readings, amount=np.where(none, 0, readings.amount))


def resting(contract: Contract, contracts: Sequence[Contract]) -> tuple[Contract, ...]:
    """Give every contract that rests on one, directly or through others."""
    names = {contract.id}
    found: dict[str, Contract] = {}
    for _ in contracts:
        new = [c for c in contracts if c.id not in found and names & set(c.upstream)]
        found |= {c.id: c for c in new}
        names |= {c.id for c in new}
    return tuple(found.values())


def less_used(world: World, tenths: int) -> World | None:
    """Give a world with so many tenths of its use; None where none is metered."""
    readings = world.records.readings
    rows = np.isin(readings.meter, _USE)
    if not rows.any():
        return None
    left = np.where(rows, readings.amount * tenths // 10, readings.amount)
    return with_readings(world, replace(readings, amount=left))


def with_readings(world: World, readings: Readings) -> World:
    """Give a world with other readings."""
    return replace(world, records=replace(world.records, readings=readings))
