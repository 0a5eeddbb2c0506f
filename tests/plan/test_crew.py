"""Crews: whoever solves the scenarios, wherever their blocks lie, the answer is the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from offtake.errors import OfftakeError
from offtake.model import Capital, Limits
from offtake.plan.checkpoint import NAME, Checkpoint
from offtake.plan.crew import (
    MOST_DEATHS,
    Apart,
    Crew,
    Here,
    OnRay,
    WorkerDiedError,
    hiring,
)
from offtake.plan.decision import decision_of
from offtake.plan.formulate import Risk
from offtake.plan.front import solved
from offtake.plan.program import Floats
from offtake.plan.question import Question, ask
from offtake.plan.scenarios import draw
from offtake.plan.supply import compile_supply
from offtake.plan.worker import Task, Worker
from offtake.progress import Progress
from offtake.units import it_mw
from tests.plan.portfolios import drawn


def question(count: int = 7, seed: int = 1) -> Question:
    portfolio = drawn(seed, blocks=True)
    scenarios = draw(portfolio, compile_supply(portfolio), count, seed)
    return ask(portfolio, scenarios, Risk(0.3, 0.7))


def points(asked: Question) -> list[Floats]:
    """Three first stages: nothing, a little and more of everything."""
    part = asked.part(np.arange(1))
    rng = np.random.default_rng(0)
    size = len(part.first)
    return [np.zeros(size), rng.random(size), 3 * rng.random(size)]


def answers(asked: Question, crew: Crew) -> list[tuple[float, Floats, Floats]]:
    limits = len(asked.part(np.arange(1)).means)
    allowance = np.full((limits, asked.scenarios.count), 1e8)
    found = []
    for point in points(asked):
        answer = crew.ask(point, allowance)
        found.append((answer.value.sum(), answer.slope.sum(axis=0), crew.taken()))
    crew.close()
    return found


def same(one: list[tuple[float, Floats, Floats]], two: list[tuple[float, Floats, Floats]]) -> None:
    for (value, _, taken), (other, _, also) in zip(one, two, strict=True):
        assert value == pytest.approx(other, rel=1e-7)
        assert taken.shape == also.shape


# ------------------------------------------------------------------ the same answer


@pytest.mark.parametrize("chunk", [1, 2, 3, 7])
def test_chunks_make_no_difference(chunk: int) -> None:
    asked = question()
    same(answers(asked, Crew(asked)), answers(asked, Crew(asked, chunk=chunk)))


def test_blocks_on_disk_answer_alike() -> None:
    """Nothing stays in memory: each chunk is read, warmed by its basis, asked and put back."""
    asked = question()
    same(answers(asked, Crew(asked)), answers(asked, Crew(asked, chunk=2, most_columns=0)))


def test_processes_answer_alike() -> None:
    asked = question()
    same(answers(asked, Crew(asked)), answers(asked, Crew(asked, "2")))


def test_pieces_come_with_the_scenarios_they_are_of() -> None:
    asked = question()
    crew = Crew(asked, chunk=2)
    crew.ask(points(asked)[1], np.full((len(asked.part(np.arange(1)).means), 7), 1e8))
    numbers = np.concatenate([piece.which for piece in crew.pieces()])
    crew.close()
    assert sorted(numbers.tolist()) == list(range(7))


@pytest.mark.parametrize("workers", ["2"])
def test_a_plan_does_not_depend_on_who_solves_it(
    workers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("offtake.plan.search.SMALL", 0)
    portfolio = drawn(2, blocks=True)
    one = solved(portfolio, risk=0.3, gap=1e-6)
    other = solved(portfolio, risk=0.3, gap=1e-6, workers=workers)
    volume = one.plan.cost.mean_usd
    assert one.plan.objective_usd == pytest.approx(other.plan.objective_usd, abs=2e-6 * volume)
    assert decision_of(one).hosts == decision_of(other).hosts


def test_ray_answers_alike() -> None:
    """Two actors on a local cluster of Ray; then one of them is killed."""
    ray = pytest.importorskip("ray")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        asked = question()
        here = answers(asked, Crew(asked))
        crew = Crew(asked, "ray?2")
        same(here, answers(asked, crew))
        crew = Crew(asked, "ray?2")
        handle = crew.posts[1].handle
        assert isinstance(handle, OnRay)
        ray.kill(handle.actor)
        same(here, answers(asked, crew))
        assert crew.deaths == 1
    finally:
        ray.shutdown()


# ------------------------------------------------------------------ death


def test_a_worker_that_dies_is_replaced() -> None:
    """Its process is killed between two questions: the answers are those of the living."""
    asked = question()
    here = answers(asked, Crew(asked))
    crew = Crew(asked, "2")
    allowance = np.full((here[0][2].shape[0], 7), 1e8)
    crew.ask(points(asked)[2], allowance)
    handle = crew.posts[0].handle
    assert isinstance(handle, Apart)
    handle.process.kill()
    handle.process.join()
    assert crew.taken() == pytest.approx(here[2][2])
    same(here, answers(asked, crew))
    assert crew.deaths == 1


class Frail(Here):
    """A worker that dies at every question."""

    def finish(self) -> None:
        raise WorkerDiedError


def test_a_crew_gives_up_when_all_die() -> None:
    asked = question(3)
    crew = Crew(asked, hire=Frail)
    with pytest.raises(OfftakeError, match="OTK-P192"):
        answers(asked, crew)
    crew.close()
    assert MOST_DEATHS >= 3


def test_prices_survive_a_death() -> None:
    """The worker made anew is told the price of before."""
    asked = question(4, seed=3)
    limits = len(asked.part(np.arange(1)).means)
    allowance = np.full((limits, 4), 1e8)

    def priced(make: Callable[[Task], Here | Apart]) -> Crew:
        crew = Crew(asked, "2", hire=make)
        crew.reprice(np.full(limits, 2.0))
        return crew

    calm, struck = priced(Here), priced(Apart)
    handle = struck.posts[1].handle
    assert isinstance(handle, Apart)
    handle.process.kill()
    point = points(asked)[1]
    assert struck.ask(point, allowance).value == pytest.approx(calm.ask(point, allowance).value)
    struck.close()
    calm.close()


@pytest.mark.parametrize("workers", ["none", "0", "-2", "ray?x"])
def test_who_cannot_be_hired_is_refused(workers: str) -> None:
    with pytest.raises(OfftakeError, match="OTK-P193"):
        hiring(workers)


# ------------------------------------------------------------------ memory


def test_only_what_may_stay_in_memory_does() -> None:
    asked = question(6)
    size = asked.part(np.arange(1)).assembled.matrix.shape[1]
    worker = Worker(Task(asked, np.zeros(6, np.int64), 1, chunk=1, most_columns=3 * size))
    assert 1 <= worker.in_memory() <= 3
    worker.close()


# ------------------------------------------------------------------ planning again


@pytest.mark.parametrize("limits", [False, True])
def test_an_edited_portfolio_begins_where_the_last_plan_was(
    limits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit on signing changes no scenario: cuts are used again, and the answer is the same."""
    monkeypatch.setattr("offtake.plan.search.SMALL", 0)
    portfolio = drawn(2, blocks=True)
    if limits:
        portfolio = replace(portfolio, limits=Limits(carbon_t_co2={"2027": 1e5}))
    first = solved(portfolio, risk=0.3, gap=1e-6)
    assert first.found.kept is not None
    wider = tuple(
        o if o.tenure.is_hourly else replace(o, power_it_mw=it_mw(1.2 * o.power_it_mw))
        for o in portfolio.offers
    )
    edited = replace(portfolio, offers=wider)
    heard: list[Progress] = []
    again = solved(edited, risk=0.3, gap=1e-6, earlier=first, progress=heard.append)
    anew = solved(edited, risk=0.3, gap=1e-6)
    volume = anew.plan.cost.mean_usd
    assert again.plan.bound_usd >= anew.plan.objective_usd - 1e-6 * volume
    assert anew.plan.bound_usd >= again.plan.objective_usd - 1e-6 * volume
    if not limits:  # else both end with the gap that prices leave
        assert again.plan.objective_usd == pytest.approx(anew.plan.objective_usd, abs=2e-6 * volume)
    assert any("cuts of the last plan" in p.words for p in heard)


def test_what_changes_scenarios_uses_no_old_cuts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offtake.plan.search.SMALL", 0)
    portfolio = drawn(2, blocks=True)
    first = solved(portfolio, risk=0.3, gap=1e-6)
    heard: list[Progress] = []
    dearer = replace(portfolio, capital=Capital(discount_share_per_year=0.12))
    again = solved(dearer, risk=0.3, gap=1e-6, earlier=first, progress=heard.append)
    assert not any("cuts of the last plan" in p.words for p in heard)
    anew = solved(dearer, risk=0.3, gap=1e-6)
    volume = anew.plan.cost.mean_usd
    assert again.plan.objective_usd == pytest.approx(anew.plan.objective_usd, abs=2e-6 * volume)


# ------------------------------------------------------------------ stopping and going on


def test_a_search_that_is_stopped_leaves_its_best_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped before its first exchange it still gives a plan, a true gap and a remark."""
    monkeypatch.setattr("offtake.plan.search.SMALL", 0)
    portfolio = drawn(2, blocks=True)
    full = solved(portfolio, risk=0.3, gap=1e-6).plan
    cut = solved(portfolio, risk=0.3, gap=1e-6, stop=lambda: True).plan
    assert cut.objective_usd <= full.objective_usd + 1
    assert cut.bound_usd >= full.objective_usd - 1
    assert any("stopped early" in remark for remark in cut.remarks)


def test_a_search_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offtake.plan.search.SMALL", 0)
    portfolio = drawn(2, blocks=True)
    asked = 0

    def soon() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    solved(portfolio, risk=0.3, gap=1e-6, stop=soon, resume=tmp_path)
    assert (tmp_path / NAME).exists()
    heard: list[Progress] = []
    again = solved(portfolio, risk=0.3, gap=1e-6, resume=tmp_path, progress=heard.append)
    assert any("cuts from before" in p.words for p in heard)
    anew = solved(portfolio, risk=0.3, gap=1e-6)
    volume = anew.plan.cost.mean_usd
    assert again.plan.objective_usd == pytest.approx(anew.plan.objective_usd, abs=2e-6 * volume)
    assert not (tmp_path / NAME).exists(), "a search that is done leaves nothing"


def test_a_checkpoint_of_another_question_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("offtake.plan.search.SMALL", 0)
    solved(drawn(2), risk=0.3, stop=lambda: True, resume=tmp_path)
    with pytest.raises(OfftakeError, match="OTK-P194"):
        solved(drawn(2), risk=0.4, resume=tmp_path)


def test_a_broken_checkpoint_is_refused(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"no archive")
    with pytest.raises(OfftakeError, match="OTK-P195"):
        Checkpoint(tmp_path, "x").load()
