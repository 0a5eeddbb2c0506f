"""The second witness: what the engine's accounting says of attempts that are over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from offtake.measure.used import used
from offtake.model.installation import EngineKind
from offtake.operate.engines.port import EngineError, Usage
from offtake.store.watching import watched
from tests.operate.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "work.db", clusters=("abilene",), kind=EngineKind.SLURM)
    yield made
    made.close()


def compared(world: World) -> tuple[int, int, float | None]:
    with world.store.reading() as connection:
        (found,) = used(watched(connection))
    return found.attempts, found.accounted, found.difference_s


def test_ended_attempts_are_compared(world: World) -> None:
    world.submit("sleep 3", count=4, accelerator_count=2)
    world.run(20.0)
    attempts, accounted, difference = compared(world)
    assert (attempts, accounted) == (4, 4)
    assert difference == pytest.approx(0.0, abs=4.0)


def test_an_accounting_that_fails_keeps_nothing_from_being_handed_in(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = world.engines["abilene"]
    known = engine.usage
    asked: list[float] = []

    def down(tokens: Sequence[str]) -> Mapping[str, Usage]:
        asked.append(world.now)
        raise EngineError("abilene", "its accounting does not answer")

    monkeypatch.setattr(engine, "usage", down)
    world.submit("sleep 1", count=2)
    world.run(30.0)
    late = world.submit("sleep 1", count=2)
    world.run(30.0)
    assert {world.state(job) for job in late} == {"succeeded"}
    assert world.desk.clusters()[0]["health"] == "ok"
    assert compared(world)[:2] == (4, 0)
    assert len(asked) <= 2
    monkeypatch.setattr(engine, "usage", known)
    world.run(90.0, step=1.0)
    assert compared(world)[:2] == (4, 4)


def test_one_whose_accounting_is_late_is_asked_for_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = world.engines["abilene"]
    known: Any = engine.usage
    ready = world.now + 25.0

    def late(tokens: Sequence[str]) -> Mapping[str, Usage]:
        found: Mapping[str, Usage] = known(tokens)
        return found if world.now >= ready else {}

    monkeypatch.setattr(engine, "usage", late)
    world.submit("sleep 1", count=3)
    world.run(20.0)
    assert compared(world)[:2] == (3, 0)
    world.run(15.0)
    assert compared(world)[:2] == (3, 3)
