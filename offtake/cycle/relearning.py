"""What a month teaches the next plan: what was accepted and when, and how much of it was kept.

    tranches   accepted as they were              fact
    delays     acceptance against the day due     as `offtake learn` has it
    goodput    the contract's, times what was kept of what ran, as `offtake learn` counts it
    horizon    from the quarter after the month

The bodies of the month were simulated: they lose nothing inside. So what was kept is taken off
what the contract expected, and does not take its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from offtake.cycle.scripting import Scene
from offtake.measure.learning import learn, with_delays
from offtake.model.contract import Contract
from offtake.model.installation import Installation
from offtake.model.learned import Learned
from offtake.model.period import Quarter
from offtake.model.portfolio import Horizon, Portfolio
from offtake.store.facts import records
from offtake.store.opening import Store
from offtake.store.watching import watched


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What was learnt of one contract."""

    contract: str
    """The contract."""
    kept_share: float
    """Share of what ran at its site whose work was kept."""
    goodput_before: float
    """What was expected of it."""
    goodput_after: float
    """What is expected of it now."""


def learned(
    scene: Scene, installation: Installation, store: Store
) -> tuple[Portfolio, tuple[Lesson, ...], Learned]:
    """Give the world as it is known after a month, what changed of it, and what was seen.

    Raises:
        OfftakeError: as `learn`.
    """
    ends = scene.script.ends
    with store.reading() as connection:
        seen = watched(connection, until=ends.timestamp())
        events = records(connection).events
    found = learn(seen, scene.world.contracts, events, starts=scene.script.starts, ends=ends)
    lessons = {one.contract: one for one in _lessons(scene.world, installation, found)}
    day = (scene.month + 1).first_day
    first = max(scene.world.horizon.first, Quarter.of(day))
    world = replace(
        scene.world,
        as_of=max(scene.world.as_of, day),
        horizon=Horizon(first=first, last=scene.world.horizon.last),
        contracts=tuple(_after(contract, lessons) for contract in scene.world.contracts),
    )
    return with_delays(world, found), tuple(lessons.values()), found


def _lessons(world: Portfolio, installation: Installation, found: Learned) -> Iterator[Lesson]:
    for contract in world.contracts:
        cluster = next((c for c in installation.clusters if c.contract == contract.id), None)
        if cluster is None:
            continue
        line = found.derating.of(cluster.accelerator, cluster.site)
        if line is not None:
            before = float(contract.goodput_ratio)
            yield Lesson(
                contract=contract.id,
                kept_share=line.goodput_share,
                goodput_before=before,
                goodput_after=before * line.goodput_share,
            )


def _after(contract: Contract, lessons: Mapping[str, Lesson]) -> Contract:
    if contract.id not in lessons:
        return contract
    return replace(contract, goodput_ratio=lessons[contract.id].goodput_after)
