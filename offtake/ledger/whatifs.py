"""What-ifs: a standard set of misfortunes added to a month, to see who would bear them.

    fabric-4h    the fabric of the largest cluster is down for 4 hours
    late-30      the largest cluster was due on the 1st and comes 30 days later
    index-30     an index that prices follow stands 30 % lower
    use-30       30 % fewer hours and tokens are used
    unpaid       the buyer at a chain's end pays nothing
    undelivered  the seller above delivers nothing

Each gives two worlds, settled alike: the month as it was, and with the misfortune. What
was metered stays as it was, save where the what-if says otherwise. Credits that must be
claimed are taken as claimed in both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from offtake.ledger.facts import Late, World, accepted_at, reach
from offtake.ledger.hosts import hosts
from offtake.ledger.known import known
from offtake.ledger.remetered import (
    cut_power,
    less_used,
    resting,
    stopped,
    used_from,
    with_readings,
)
from offtake.ledger.services import service, stands
from offtake.ledger.spans import Span, intersect, union
from offtake.ledger.twins import same_place, twin_tranches
from offtake.model.clause import Scope
from offtake.model.contract import Contract, Tranche
from offtake.model.event import Event, EventKind
from offtake.model.month import Month, epoch, midnight

OUTAGE_SECONDS = 4 * 3600
"""Length of the outage."""
LATE_DAYS = 30
"""Days the late tranche is late."""
DROP = Decimal("0.7")
"""What is left of an index after the drop."""

Place = tuple[Contract, Tranche]
"""A tranche and its contract."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """A misfortune: two worlds to be settled, and who does not pay in the second."""

    id: str
    """Name: `fabric-4h/B.T1`."""
    says: str
    """It in words."""
    base: World
    """The world without it."""
    then: World
    """The world with it."""
    unpaid: frozenset[str] = frozenset()
    """Contracts whose buyer pays nothing in it."""
    void: frozenset[str] = frozenset()
    """Contracts under which nothing is owed in it, either way."""


def standard(
    world: World, month: Month, *, as_of: datetime
) -> tuple[tuple[WhatIf, ...], tuple[str, ...]]:
    """Give the standard what-ifs of a month, and notes on those that make no sense in it.

    Raises:
        OfftakeError: a time zone or host list that cannot be read (`OTK-L002`, `OTK-L010`).
    """
    world = claimed(world, month, as_of=as_of)
    found: list[WhatIf] = []
    notes: list[str] = []
    for chain in components(world.contracts):
        largest = _largest(chain)
        if largest is not None:
            for made in (
                _fabric(world, chain, largest, month, as_of),
                _late(world, chain, largest, month, as_of),
            ):
                if isinstance(made, str):
                    notes.append(made)
                else:
                    found.append(made)
    found += _indices(world)
    found += _less_used(world)
    for contract in world.contracts:
        found += _undelivered(world, contract, month, as_of)
        found += _unpaid(world, contract)
    return tuple(found), tuple(notes)


def claimed(world: World, month: Month, *, as_of: datetime) -> World:
    """Give a world in which every credit of a month that asks for a claim is claimed."""
    made = []
    for contract in world.contracts:
        for level in contract.service_levels:
            if level.claim_deadline_days is None:
                continue
            ends = midnight((month + 1).first_day, contract.time_zone)
            moment = min(datetime.fromtimestamp(ends, UTC), as_of)
            made.append(
                Event(
                    id=f"thought:claim/{contract.id}.{level.id}",
                    kind=EventKind.CLAIMED,
                    starts=moment,
                    recorded=moment,
                    contract=contract.id,
                    service_level=level.id,
                    month=month,
                )
            )
    return _with_events(world, made)


def components(contracts: Sequence[Contract]) -> tuple[tuple[Contract, ...], ...]:
    """Part contracts into chains: those that rest on each other, or on the same, together."""
    chains: list[list[Contract]] = []
    for contract in contracts:
        near = {contract.id, *contract.upstream}
        joined = [
            chain
            for chain in chains
            if any(each.id in near or contract.id in each.upstream for each in chain)
        ]
        joined += [
            chain
            for chain in chains
            if chain not in joined and any(near & set(each.upstream) for each in chain)
        ]
        chains = [chain for chain in chains if chain not in joined]
        chains.append([*(each for chain in joined for each in chain), contract])
    return tuple(tuple(chain) for chain in chains)


def places(chain: Iterable[Contract], tranche: Tranche) -> tuple[Place, ...]:
    """Give every tranche of a chain that is said to stand where one of them stands."""
    return tuple(
        (contract, each)
        for contract in chain
        for each in contract.tranches
        if each is tranche or same_place(each, tranche)
    )


def _largest(chain: Sequence[Contract]) -> Place | None:
    """Give the cluster with the most accelerators at the ends of a chain."""
    above = {name for contract in chain for name in contract.upstream}
    held = [
        (contract, tranche)
        for contract in chain
        if contract.id not in above
        for tranche in contract.tranches
        if tranche.accelerator_count
    ]
    if not held:
        return None
    return min(held, key=lambda one: (-(one[1].accelerator_count or 0), one[0].id, one[1].id))


def _fabric(
    world: World, chain: Sequence[Contract], largest: Place, month: Month, as_of: datetime
) -> WhatIf | str:
    contract, tranche = largest
    name = f"fabric-4h/{contract.id}.{tranche.id}"
    span = _quiet(world, places(chain, tranche), month, as_of)
    if span is None:
        return f"{name}: not priced, for no 4 hours of {month} are in service and without outage"
    starts, ends = (datetime.fromtimestamp(second, UTC) for second in span)
    outage = _outage(name, tranche, starts, ends, Scope.FABRIC, as_of)
    says = (
        f"the fabric of {contract.id}.{tranche.id} ({tranche.accelerator_count:,} accelerators) "
        f"is down for 4 h, from {starts:%Y-%m-%d %H:%M} UTC"
    )
    return WhatIf(id=name, says=says, base=world, then=_with_events(world, [outage]))


def _outage(
    name: str, tranche: Tranche, starts: datetime, ends: datetime, scope: Scope, as_of: datetime
) -> Event:
    return Event(
        id=f"thought:{name}",
        kind=EventKind.OUTAGE,
        starts=starts,
        ends=ends,
        recorded=min(ends, as_of),
        noticed=starts,
        site=tranche.site,
        nodes=tranche.nodes,
        scope=scope,
        cause="what-if",
    )


def _quiet(world: World, held: Sequence[Place], month: Month, as_of: datetime) -> Span | None:
    """Give the last 4 hours of a month, on the hour, in full service and without outages."""
    facts = known(world.records, as_of)
    within = reach(world.contracts, month)
    free: tuple[Span, ...] = ((within[0], min(within[1], epoch(as_of))),)
    nodes: set[str] = set()
    for contract, tranche in held:
        nodes |= set(hosts(tranche.nodes)) if tranche.nodes else set()
        now = stands(contract, facts, month)
        serving = [service(t, now, facts) for t in now.tranches if t.id == tranche.id]
        full = [p.span for s in serving for p in s.within(within) if p.share == 1]
        free = intersect(free, union(full))
    for kind in (EventKind.OUTAGE, EventKind.MAINTENANCE):
        for event in facts.of(kind):
            if event.site == held[0][1].site and (
                not event.nodes or not nodes.isdisjoint(hosts(event.nodes))
            ):
                ends = epoch(event.ends) if event.ends else within[1]
                free = _less(free, (epoch(event.starts), ends))
    for start, end in reversed(free):
        first = (end - OUTAGE_SECONDS) // 3600 * 3600
        if first >= start:
            return first, first + OUTAGE_SECONDS
    return None


def _less(free: tuple[Span, ...], gone: Span) -> tuple[Span, ...]:
    cut = ((start, min(end, gone[0])) for start, end in free)
    rest = ((max(start, gone[1]), end) for start, end in free)
    return union((*cut, *rest))


def _late(
    world: World, chain: Sequence[Contract], largest: Place, month: Month, as_of: datetime
) -> WhatIf | str:
    """Let the largest cluster be due on the month's first day, on time or 30 days late."""
    contract, tranche = largest
    held: dict[Late, str] = {(c.id, t.id): c.time_zone for c, t in places(chain, tranche)}
    name = f"late-30/{contract.id}.{tranche.id}"
    if month.first_day < min(c.signed or month.first_day for c in chain):
        return f"{name}: not priced, for {month} begins before all contracts are signed"
    contracts = tuple(
        replace(
            c,
            tranches=tuple(
                replace(t, due=month.first_day, accepted=None) if (c.id, t.id) in held else t
                for t in c.tranches
            ),
        )
        for c in world.contracts
    )
    moved = World(contracts=contracts, records=world.records)
    due = {
        late: datetime.fromtimestamp(midnight(month.first_day, zone), UTC)
        for late, zone in held.items()
    }
    came = {late: moment + timedelta(days=LATE_DAYS) for late, moment in due.items()}
    base, late = accepted_at(moved, due), accepted_at(moved, came)
    readings = late.records.readings
    for (owner, tranche_id), moment in came.items():
        readings = used_from(readings, f"{owner}.{tranche_id}", epoch(moment))
    return WhatIf(
        id=name,
        says=f"{', '.join('.'.join(one) for one in held)}: due on {month.first_day}, and "
        f"{LATE_DAYS} days late, against on time; as far as {month} goes",
        base=cut_power(base, month, as_of),
        then=cut_power(with_readings(late, readings), month, as_of),
    )


def _indices(world: World) -> Iterator[WhatIf]:
    """Let each index that a price follows stand 30 % lower."""
    followed = {
        rate.index.index for c in world.contracts for rate in c.rates if rate.index is not None
    }
    for series in sorted(followed):
        fixings = tuple(
            replace(f, value_amount=f.value_amount * DROP) if f.series == series else f
            for f in world.records.fixings
        )
        yield WhatIf(
            id=f"index-30/{series}",
            says=f"{series} stands 30 % lower",
            base=world,
            then=replace(world, records=replace(world.records, fixings=fixings)),
        )


def _less_used(world: World) -> Iterator[WhatIf]:
    """Let 30 % fewer hours and tokens be used."""
    then = less_used(world, 7)
    if then is not None:
        says = "30 % fewer hours and tokens are used"
        yield WhatIf(id="use-30", says=says, base=world, then=then)


def _unpaid(world: World, contract: Contract) -> Iterator[WhatIf]:
    """Let the buyer at the end of a chain pay nothing, where its seller buys above."""
    rested_on = {name for each in world.contracts for name in each.upstream}
    if contract.upstream and contract.id not in rested_on:
        yield WhatIf(
            id=f"unpaid/{contract.id}",
            says=f"{contract.buyer} pays nothing under {contract.id}",
            base=world,
            then=world,
            unpaid=frozenset({contract.id}),
        )


def _undelivered(
    world: World, contract: Contract, month: Month, as_of: datetime
) -> Iterator[WhatIf]:
    """Let a seller deliver nothing for a month, where its buyer sells on.

    Everything that stands in its contract is down all month and nothing is used there;
    under the contract itself nothing is owed either way.
    """
    below = [each for each in world.contracts if contract.id in each.upstream]
    if not below:
        return
    down = {
        (each.id, lower.id): lower
        for each in resting(contract, world.contracts)
        for first in (contract.tranches)
        for lower in each.tranches
        if any(second is lower for one, second in twin_tranches(contract, each) if one is first)
    }
    span = reach(world.contracts, month)
    starts, ends = (datetime.fromtimestamp(second, UTC) for second in span)
    name = f"undelivered/{contract.id}"
    events = [
        replace(
            _outage(f"{name}/{'.'.join(path)}", tranche, starts, ends, Scope.CLUSTER, as_of),
            cause="default",
        )
        for path, tranche in down.items()
    ]
    quiet = with_readings(world, stopped(world, contract, down))
    yield WhatIf(
        id=name,
        says=f"{contract.seller} delivers nothing under {contract.id} all {month}",
        base=world,
        then=_with_events(quiet, events),
        void=frozenset({contract.id}),
    )


def _with_events(world: World, events: Sequence[Event]) -> World:
    held = (*world.records.events, *events)
    return replace(world, records=replace(world.records, events=held))
