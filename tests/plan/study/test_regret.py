"""Regret against the best in hindsight, by hand on the newsvendor.

Costs by scenario (600 … 1400 MW) of reserving 1000 and 1400 MW:

    1000:  1200  1200  1200  1800  2400        1400:  1680 in all
"""

from __future__ import annotations

import numpy as np
import pytest

from offtake.plan.study import frontier, regret, strategies
from offtake.plan.study.known import wait_and_see
from tests.plan.portfolios import drawn
from tests.plan.study.settings import CHANCES, MILLION, newsvendor, ready


def test_by_hand() -> None:
    setting = ready(newsvendor())
    _, placed = frontier(setting, (0.0, 1.0), fresh=0)
    made = regret(setting, {"calm": placed[0].held, "afraid": placed[1].held})
    calm = next(line for line in made.lines if line.plan == "calm")
    afraid = next(line for line in made.lines if line.plan == "afraid")
    assert calm.scenario_usd == pytest.approx([0, 0, 0, 120 * MILLION, 720 * MILLION], abs=10)
    assert afraid.scenario_usd == pytest.approx([480 * MILLION] * 3 + [0, 0], abs=10)
    assert calm.max_usd == pytest.approx(720 * MILLION)
    assert calm.worst_story == "s4"
    assert calm.mean_usd == pytest.approx((0.2 * 120 + 0.1 * 720) * MILLION)
    assert calm.best_share == pytest.approx(0.7)
    assert afraid.best_share == pytest.approx(0.3)
    assert afraid.story_usd == pytest.approx(
        {"s0": 480 * MILLION, "s1": 480 * MILLION, "s2": 480 * MILLION, "s3": 0, "s4": 0}, abs=10
    )
    assert made.minimax == "afraid"
    assert [line.plan for line in made.lines] == ["afraid", "calm"]
    assert "480 M USD" in made.says
    assert "On average calm" in made.says


def test_against_who_knows_the_future_everybody_regrets_more() -> None:
    setting = ready(newsvendor())
    known = wait_and_see(setting).npv
    made = regret(setting, {"plan": setting.base}, known)
    assert made.against == "wait-and-see"
    # Mean regret against perfect information is its value.
    assert made.lines[0].mean_usd == pytest.approx(240 * MILLION)
    assert made.lines[0].scenario_usd == pytest.approx(
        [480 * MILLION, 240 * MILLION, 0, 360 * MILLION, 720 * MILLION], abs=10
    )
    assert "who knew the future" in made.says
    assert sum(CHANCES) == pytest.approx(1)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_best_of_each_scenario_regrets_nothing(seed: int) -> None:
    setting = ready(drawn(seed))
    _, tried = strategies(setting)
    made = regret(setting, {t.rule.id: t.best for t in tried if t.best is not None})
    lost = np.array([line.scenario_usd for line in made.lines])
    assert lost.min(axis=0) == pytest.approx(0, abs=1e-3)
    assert (lost >= 0).all()
    largest = [line.max_usd for line in made.lines]
    assert largest == sorted(largest)
    assert made.minimax == made.lines[0].plan
    shares = sum(line.best_share for line in made.lines)
    assert shares >= 1 - 1e-9


def test_alone_there_is_nothing_to_regret() -> None:
    setting = ready(newsvendor())
    made = regret(setting, {"plan": setting.base})
    assert made.lines[0].max_usd == 0
    assert made.lines[0].best_share == pytest.approx(1)
    with pytest.raises(ValueError, match="at least one"):
        regret(setting, {})
