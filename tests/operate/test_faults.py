"""Faults at random, seeded: whatever happens in which order, what was promised is kept."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from offtake.errors import OfftakeError
from offtake.operate.engines.memory import MemoryYard
from offtake.operate.engines.port import Launch
from offtake.store.facts import records
from tests.operate.world import World


class Witness:
    """Stands beside the engines and counts bodies by itself."""

    def __init__(self) -> None:
        self.begun: Counter[str] = Counter()
        self.gpu_seconds: dict[str, int] = {}

    def duration(self, launch: Launch) -> tuple[float, int]:
        """Told of each body that begins, once each time."""
        self.begun[launch.token] += 1
        return World.duration(launch)

    def watch(self, world: World) -> None:
        """Have each end told too."""
        for engine in world.engines.values():
            engine.yard.end = self._told(engine.yard)  # type: ignore[method-assign]

    def _told(self, yard: MemoryYard) -> Callable[..., None]:
        end = yard.end

        def ended(token: str, now: float, code: int, **more: Any) -> None:
            assert token not in self.gpu_seconds
            held = yard.launches[token].accelerators
            self.gpu_seconds[token] = round((now - yard.begun[token]) * held)
            end(token, now, code, **more)

        return ended


def strike(world: World, rng: random.Random, jobs: list[str]) -> None:
    """Let one thing go wrong."""
    name = rng.choice(list(world.engines))
    engine = world.engines[name]
    match rng.randrange(8):
        case 0:
            engine.forget_last(rng.randrange(1, 4))
        case 1:
            engine.answers_lost = rng.randrange(1, 6)
        case 2:
            engine.unreachable = not engine.unreachable
        case 3:
            engine.unreachable = engine.yard.unreachable = not engine.yard.unreachable
        case 4:
            world.begin()  # as after `kill -9`
        case 5:
            with suppress(OfftakeError):  # it may be over
                world.desk.cancel(rng.choice(jobs))
        case 6:
            world.desk.say(name, "drained", stop=rng.random() < 0.5)
        case 7:
            world.desk.say(name, "resumed")


@pytest.mark.parametrize("seed", range(3))
def test_every_job_ends_and_no_token_begins_twice(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    witness = Witness()
    world = World(tmp_path / "work.db", duration=witness.duration)
    witness.watch(world)
    jobs: list[str] = []
    for turn in range(160):
        if turn < 80 and turn % 6 == 0:
            script = f"sleep {rng.choice((1, 2, 5, 9))} exit {rng.choice((0, 0, 0, 3))}"
            count = rng.choice((1, 2, 4, 8))
            jobs += world.submit(
                script, accelerator_count=count, restarts_count=1000, retries_count=1
            )
        if rng.random() < 0.12:
            strike(world, rng, jobs)
        world.step()
    for name, engine in world.engines.items():
        engine.unreachable = engine.yard.unreachable = False
        engine.answers_lost = 0
        world.desk.say(name, "resumed")
    world.run(160, 1.0)
    assert {world.state(job) for job in jobs} <= {"succeeded", "failed", "cancelled"}
    assert set(witness.begun.values()) == {1}
    found = [a for job in jobs for a in world.desk.job(job)["attempts"]]
    assert {a["token"] for a in found if a["state"] == "lost"}.isdisjoint(witness.begun)
    with world.store.reading() as connection:
        readings = records(connection).readings
    metered = dict(zip(map(str, readings.id), map(int, readings.amount), strict=True))
    assert len(metered) == len(readings)
    assert metered == witness.gpu_seconds
    world.close()
