"""What a month teaches the next plan: what was accepted, and how much of what ran was kept.

tranches   accepted as they were            fact
goodput    the contract's, times kept / ran  modelled, where bodies were simulated
horizon    from the quarter after the month
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from offtake.cycle.month import Ran
from offtake.cycle.scripting import Scene
from offtake.model.contract import Contract
from offtake.model.installation import Installation
from offtake.model.period import Quarter
from offtake.model.portfolio import Horizon, Portfolio


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What was learnt of one contract."""

    contract: str
    """The contract."""
    ran_hours: float
    """GPU-hours its attempts ran."""
    kept_share: float
    """Share of them whose work was kept."""
    goodput_before: float
    """What was expected of it."""
    goodput_after: float
    """What is expected of it now."""


def learned(
    scene: Scene, installation: Installation, ran: Ran
) -> tuple[Portfolio, tuple[Lesson, ...]]:
    """Give the world as it is known after a month, and what changed of what is expected."""
    lessons = {one.contract: one for one in _lessons(scene.world, installation, ran)}
    day = (scene.month + 1).first_day
    first = max(scene.world.horizon.first, Quarter.of(day))
    contracts = tuple(_after(c, lessons) for c in scene.world.contracts)
    world = replace(
        scene.world,
        as_of=max(scene.world.as_of, day),
        horizon=Horizon(first=first, last=scene.world.horizon.last),
        contracts=contracts,
    )
    return world, tuple(lessons.values())


def _lessons(world: Portfolio, installation: Installation, ran: Ran) -> Iterator[Lesson]:
    for contract in world.contracts:
        clusters = [c.id for c in installation.clusters if c.contract == contract.id]
        metered = sum(ran.metered_s[name] for name in clusters)
        if metered > 0:
            kept = sum(ran.useful_s[name] for name in clusters) / metered
            before = float(contract.goodput_ratio)
            yield Lesson(
                contract=contract.id,
                ran_hours=metered / 3600.0,
                kept_share=kept,
                goodput_before=before,
                goodput_after=before * kept,
            )


def _after(contract: Contract, lessons: Mapping[str, Lesson]) -> Contract:
    if contract.id not in lessons:
        return contract
    return replace(contract, goodput_ratio=lessons[contract.id].goodput_after)
