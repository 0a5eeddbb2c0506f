"""What users ask for and nodes give, and everything that is wrong with a scene of services."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from offtake.errors import OfftakeError
from offtake.model.fleet import Budget, Delivery
from offtake.model.service import Load, Service
from offtake.simulate.parameters import Age, Lemons, Power
from offtake.simulate.scene import Scene
from offtake.simulate.services.asked import (
    demand,
    faults,
    luck_of,
    node_rate,
    steps_in,
    trips,
    user_rate,
)
from tests.simulate.scenes import calm, cluster, curve, service, small, with_services


def test_a_node_gives_what_the_curve_says_at_the_speed_that_is_promised() -> None:
    assert node_rate(service(), "H100") == 1000.0
    assert node_rate(service(user_tokens_per_s=15.0), "H100") == 1500.0
    assert node_rate(service(), "B200") == 0.0


def test_a_node_that_is_not_full_is_faster_up_to_the_fastest_point() -> None:
    told = service()
    speeds = [user_rate(told, "H100", output) for output in (1000.0, 700.0, 400.0, 1.0)]
    assert speeds == pytest.approx([20.0, 30.0, 40.0, 40.0])


def test_a_day_has_its_mean_and_its_peak() -> None:
    load = Load(region="home", mean_tokens_per_s=100.0, swing_share=0.5, peak_hours=14.0)
    day = demand(service(loads=(load,)), 288, luck_of(1, 0))[:, 0]
    assert day.mean() == pytest.approx(100.0)
    assert day.max() == pytest.approx(150.0, rel=1e-3)
    assert abs(int(day.argmax()) - 14 * 12) <= 1


def test_chance_changes_the_spread_and_not_the_mean() -> None:
    load = Load(region="home", mean_tokens_per_s=100.0, noise_share=0.3)
    year = demand(service(loads=(load,)), 105_120, luck_of(1, 0))[:, 0]
    assert year.mean() == pytest.approx(100.0, rel=0.02)
    assert year.std() == pytest.approx(30.0, rel=0.05)
    assert year.min() > 0.0
    later = np.corrcoef(year[:-12], year[12:])[0, 1]
    assert later == pytest.approx(np.exp(-1.0), abs=0.05)


def test_a_series_is_taken_as_it_is() -> None:
    load = Load(region="home", tokens_per_s=(1.0, 2.0, 3.0))
    assert demand(service(loads=(load,)), 2, luck_of(1, 0)).tolist() == [[1.0], [2.0]]


def test_only_clusters_that_can_run_it_are_within_reach() -> None:
    other = replace(cluster("b", 4, home=5.0), accelerator="B200")
    there = (cluster("a", 4, home=50.0), other, cluster("c", 4, away=1.0))
    assert trips(service(), there).tolist() == [[50.0, np.inf, np.inf]]
    assert trips(service(latency_ms=20.0), there).tolist() == [[np.inf] * 3]


def test_minutes_are_rounded_up_to_steps() -> None:
    assert [steps_in(m) for m in (0.0, 0.1, 5.0, 5.1, 30.0)] == [0, 1, 1, 2, 6]


def codes(scene: Scene) -> list[str]:
    return [fault.code for fault in faults(scene, 288)]


def test_the_shipped_scene_is_sound() -> None:
    assert codes(small()) == []


def load(**others: Any) -> tuple[Load, ...]:
    return (Load(**{"region": "home", "mean_tokens_per_s": 1.0, **others}),)


WRONG: dict[str, tuple[Service, str]] = {
    "an unknown region": (service(loads=load(region="mars")), "OTK-S040"),
    "a rising curve": (service(curves=(curve((10.0, 1.0), (30.0, 2.0)),)), "OTK-S041"),
    "a flat curve": (service(curves=(curve((10.0, 2.0), (30.0, 2.0)),)), "OTK-S041"),
    "points out of order": (service(curves=(curve((30.0, 2.0), (10.0, 1.0)),)), "OTK-S041"),
    "a node that gives nothing": (service(curves=(curve((10.0, 2.0), (30.0, 0.0)),)), "OTK-S041"),
    "no points": (service(curves=(curve(),)), "OTK-S041"),
    "no load": (service(loads=load(mean_tokens_per_s=None)), "OTK-S042"),
    "two loads": (service(loads=load(tokens_per_s=(1.0,) * 288)), "OTK-S042"),
    "a short series": (
        service(loads=load(mean_tokens_per_s=None, tokens_per_s=(1.0,))),
        "OTK-S042",
    ),
    "no users": (service(loads=()), "OTK-S042"),
    "too far": (service(latency_ms=1.0), "OTK-S043"),
    "no curve for what there is": (
        service(curves=(curve((10.0, 2.0), (30.0, 1.0), accelerator="B200"),)),
        "OTK-S043",
    ),
    "a promise beyond the curve": (service(user_tokens_per_s=50.0), "OTK-S044"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_service_that_cannot_be_is_told_of(kind: str) -> None:
    wrong, code = WRONG[kind]
    assert codes(with_services(calm(), wrong)) == [code]


def test_no_service_and_two_of_one_id_are_told_of() -> None:
    assert codes(calm()) == ["OTK-S053"]
    assert codes(with_services(calm(), service(), service())) == ["OTK-S053"]


@pytest.mark.parametrize(
    "changed",
    [
        {"lemons": Lemons(lemon_share=0.1)},
        {"age": Age(infant_ratio=2.0)},
        {"power": Power(cap_share=0.8)},
    ],
)
def test_parameters_that_do_not_go_with_services_are_told_of(changed: dict[str, Any]) -> None:
    scene = with_services(calm(), service())
    assert codes(replace(scene, parameters=replace(scene.parameters, **changed))) == ["OTK-S048"]


def test_limits_and_odd_times_of_delivery_are_told_of() -> None:
    limited = replace(cluster("here", 4), budgets=(Budget(from_hours=0.0),))
    odd = replace(cluster("here", 4), deliveries=(Delivery(node_count=4, arrives_hours=0.01),))
    for there in (limited, odd):
        assert codes(with_services(calm(clusters=(there,)), service())) == ["OTK-S048"]


def test_negative_demand_is_refused() -> None:
    with pytest.raises(OfftakeError, match="OTK-F120"):
        Load(region="home", mean_tokens_per_s=-1.0)
    with pytest.raises(OfftakeError, match="OTK-F120"):
        Load(region="home", tokens_per_s=(1.0, -2.0))
