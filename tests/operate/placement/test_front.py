"""Placement as the controller asks for it: what begins, what is told, what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from offtake.errors import OfftakeError
from offtake.model.fleet import Price, Tenant
from offtake.model.installation import ClusterSpec
from offtake.model.work import JobSpec
from offtake.operate.placement import Placement
from offtake.operate.placing import Placing, Start, Stop, Waiting
from offtake.policy.deciding import Action, Reason
from offtake.policy.rules import Policy


def cluster(name: str, count: int = 8, **others: Any) -> ClusterSpec:
    given = {"site": "oslo", "accelerator": "H100", **others}
    return ClusterSpec(id=name, accelerator_count=count, **given)


def job(name: str, count: int = 1, at: float = 0.0, **others: Any) -> Waiting:
    barred = others.pop("barred", frozenset())
    spec = JobSpec(name=name, run="true", accelerator_count=count, **others)
    return Waiting(id=name, spec=spec, submitted_at=at, barred=barred)


def test_the_compiler_is_not_imported_until_a_job_comes() -> None:
    code = "import sys, offtake.operate.placement; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_it_is_what_the_controller_asks_for() -> None:
    placing: Placing = Placement([cluster("a")])
    assert placing.decide(0.0) == []


def test_a_job_begins_where_it_is_cheapest_of_where_it_may() -> None:
    placement = Placement(
        [cluster("dear", price=Price(usd_per_gpu_hour=2.0)), cluster("cheap"), cluster("shut")]
    )
    placement.opened("shut", False)
    placement.add([job("a", 8), job("b", 8, 1.0), job("c", 1, 2.0)])
    assert placement.decide(3.0) == [Start("a", "cheap"), Start("b", "dear")]
    placement.opened("shut", True)
    assert placement.decide(4.0) == [Start("c", "shut")]


def test_a_cluster_that_refused_a_job_is_not_asked_again() -> None:
    placement = Placement([cluster("a"), cluster("b", price=Price(usd_per_gpu_hour=9.0))])
    placement.add([job("j", barred=frozenset({"a"}))])
    assert placement.decide(1.0) == [Start("j", "b")]


def test_a_plans_shadow_price_weighs_beside_the_price() -> None:
    placement = Placement([cluster("a"), cluster("b", site="bergen")])
    placement.shadow({"oslo/H100": 1.0})
    placement.add([job("j")])
    assert placement.decide(1.0) == [Start("j", "b")]


def test_what_was_lost_while_it_was_held_is_not_given_out() -> None:
    placement = Placement([cluster("a", 8, accelerators_per_pod_count=4)])
    placement.hold(job("r", 6), "a", 0.0)
    placement.usable("a", 4)
    placement.add([job("j", 3, 1.0)])
    assert placement.decide(2.0) == []
    placement.ended(["r"])
    assert placement.decide(3.0) == [Start("j", "a")]
    placement.add([job("k", 2, 3.0)])
    assert placement.decide(4.0) == []
    placement.usable("a", 8)
    assert placement.decide(5.0) == [Start("k", "a")]


def test_lower_priority_gives_way_and_stands_again_in_its_place() -> None:
    placement = Placement([cluster("a")], [Tenant(id="t", nominal_count=8)])
    placement.add([job("low", 8, 0.0, tenant="t", preemptible=True)])
    assert placement.decide(1.0) == [Start("low", "a")]
    placement.add([job("high", 8, 2.0, tenant="t", priority=1), job("next", 8, 3.0, tenant="t")])
    assert placement.decide(4.0) == [Stop("low", "high")]
    assert placement.decide(5.0) == []
    placement.requeue(job("low", 8, 0.0, tenant="t", preemptible=True))
    assert placement.decide(6.0) == [Start("high", "a")]
    placement.ended(["high"])
    assert placement.decide(7.0) == [Start("low", "a")]


def test_why_names_each_cluster_and_when_it_may_begin() -> None:
    placement = Placement([cluster("a"), cluster("x", accelerator="MI300X")])
    placement.hold(job("r", 8, limit_hours=1.0), "a", 0.0)
    placement.add([job("j", 4, 1.0, accelerator=("H100",))])
    told = placement.why("j", 2.0)
    assert told.action is Action.WAIT
    assert told.reason is Reason.ROOM
    assert [(o.cluster, o.reason) for o in told.options] == [
        ("a", Reason.ROOM),
        ("x", Reason.SPEED),
    ]
    assert told.starts_s == pytest.approx(4200.0)
    assert placement.decide(3.0) == []


def test_what_is_told_is_plain_data_and_says_that_it_is_modelled() -> None:
    placement = Placement([cluster("a")])
    placement.hold(job("r", 8, limit_hours=1.0), "a", 0.0)
    placement.add([job("j", 4, 1.0)])
    told = json.loads(json.dumps(placement.told("j", 2.0)))
    assert (told["action"], told["reason"]) == ("wait", "room")
    assert told["options"] == [{"cluster": "a", "reason": "room", "found": [4.0, 0.0]}]
    assert told["expected"]["modelled"] is True
    assert 0.0 < told["expected"]["p50_s"] <= 3600.0


def test_why_reaches_jobs_that_stand_far_back() -> None:
    placement = Placement([cluster("a")], policy=Policy(depth_count=1))
    placement.hold(job("r", 8), "a", 0.0)
    placement.add([job("first", 4), job("far", 4, 1.0)])
    told = placement.why("far", 2.0)
    assert told.reason is Reason.DEPTH
    assert told.starts_s is None
    assert [o.cluster for o in told.options] == ["a"]


def test_all_begin_that_can_however_few_a_pass_looks_at() -> None:
    placement = Placement([cluster("a")], policy=Policy(depth_count=1))
    placement.add([job(f"j{i}") for i in range(5)])
    assert [verdict.job for verdict in placement.decide(0.0)] == [f"j{i}" for i in range(5)]


def test_the_expected_start_lies_within_what_runs_before_it() -> None:
    placement = Placement([cluster("a")])
    placement.hold(job("r", 8, limit_hours=1.0), "a", 0.0)
    placement.add([job("first", 8, 1.0, limit_hours=1.0), job("second", 8, 2.0)])
    first = placement.expected("first", 0.0, seed=3, samples=50)
    second = placement.expected("second", 0.0, seed=3, samples=50)
    assert first == placement.expected("first", 0.0, seed=3, samples=50)
    assert first.unknown == second.unknown == 0
    assert 0.0 < first.p10_s < first.p50_s < first.p90_s <= 3600.0
    assert 1200.0 < first.p50_s < 2400.0
    assert first.p50_s < second.p50_s <= 7200.0
    never = placement.waiting()
    placement.add([job("huge", 9, 3.0)])
    assert never == 2
    assert placement.expected("huge", 0.0, samples=2).unknown == 2


def test_a_job_begins_only_with_the_money_for_it() -> None:
    price = Price(usd_per_gpu_hour=2.0)
    placement = Placement([cluster("a", price=price)], [Tenant(id="t", nominal_count=8)])
    placement.budget("t", 50.0, spent_usd=10.0)
    hour = {"tenant": "t", "limit_hours": 1.0}
    placement.add([job("one", 4, 0.0, limit_hours=3.0, tenant="t"), job("two", 4, 1.0, tenant="t")])
    assert placement.decide(2.0) == [Start("one", "a")]
    assert placement.why("two", 3.0).reason is Reason.BUDGET
    placement.add([job("small", 4, 3.0, **hour)])
    assert placement.decide(4.0) == [Start("small", "a")]
    placement.ended(["one", "small"])
    assert placement.decide(5.0) == []
    assert placement.waiting() == 1
    placement.budget("t", None)
    assert placement.decide(6.0) == [Start("two", "a")]


def test_a_jobs_own_budget_counts_and_paid_hours_cost_nothing() -> None:
    price = Price(usd_per_gpu_hour=2.0, paid_hours=10.0)
    placement = Placement([cluster("a", price=price)])
    placement.used("a", 9.0)
    placement.add([job("j", 2, limit_hours=1.0, budget_usd=1.0)])
    assert placement.decide(1.0) == []
    placement.withdraw(["j"])
    placement.used("a", 8.0)
    placement.add([job("j", 2, limit_hours=1.0, budget_usd=1.0)])
    assert placement.decide(2.0) == [Start("j", "a")]


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("OTK-E060", lambda p: p.add([job("there")])),
        ("OTK-E060", lambda p: p.add([job("new"), job("new")])),
        ("OTK-E061", lambda p: p.add([job("new", tenant="nobody")])),
        ("OTK-E062", lambda p: p.opened("nowhere", True)),
        ("OTK-E062", lambda p: p.hold(job("new"), "nowhere", 0.0)),
        ("OTK-E063", lambda p: p.usable("a", 9)),
        ("OTK-E064", lambda p: p.why("nobody", 0.0)),
        ("OTK-E064", lambda p: p.expected("nobody", 0.0)),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(code: str, wrong: Any) -> None:
    placement = Placement([cluster("a")])
    placement.add([job("there")])
    with pytest.raises(OfftakeError, match=code):
        wrong(placement)
    assert placement.decide(1.0) == [Start("there", "a")]
