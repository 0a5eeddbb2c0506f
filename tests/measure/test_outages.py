"""What a control plane saw fail, as outages: counted once, ended, and of the right tranches."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from offtake.measure.outages import lacks, outages
from offtake.measure.watched import Happening
from offtake.model.clause import Scope
from offtake.model.contract import Contract, Tranche
from offtake.model.event import Event
from offtake.model.installation import ClusterSpec

CLUSTER = ClusterSpec(
    id="north", site="narvik", accelerator="H100", accelerator_count=32, contract="B", tranche="t1"
)
T1 = Tranche(
    id="t1", site="narvik", accelerator_count=32, node_count=4, due=date(2027, 1, 1), term_months=12
)
ABOVE = Contract(id="A", seller="site", buyer="op", tranches=(replace(T1, id="u"),))
BELOW = Contract(id="B", seller="op", buyer="lab", tranches=(T1,), upstream=("A",))


def story(*told: tuple[float, str, dict[str, Any]]) -> list[Happening]:
    return [
        Happening(seq=seq, cluster="north", at=at, kind=kind, body=body)
        for seq, (at, kind, body) in enumerate(told, start=1)
    ]


def spans(happenings: list[Happening]) -> list[tuple[float, float | None, int, str]]:
    return [(x.starts, x.ends, x.accelerators, x.cause) for x in lacks(CLUSTER, happenings)]


def moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def test_each_stretch_has_what_it_lacked() -> None:
    told = story(
        (10.5, "usable", {"usable": 24, "was": 32, "down": ["n1"]}),
        (20.5, "outage", {"why": "out of reach", "since": 15.2}),
        (30.5, "degraded", {}),
        (40.5, "ok", {}),
        (50.5, "usable", {"usable": 32, "was": 24, "down": []}),
    )
    found = [(10.5, 15.2, 8, ""), (15.2, 40.5, 32, ""), (40.5, 50.5, 8, "")]
    assert spans(told) == found


def test_said_twice_is_one_outage_and_what_has_not_ended_has_no_end() -> None:
    told = story((10, "lost", {}), (10, "outage", {"why": "said"}), (12, "drained", {}))
    assert spans(told) == [(10, None, 32, "")]
    assert spans([*told, *story((99, "found", {}))]) == [(10, 99, 32, "")]


def test_what_was_not_delivered_is_no_outage() -> None:
    told = story((0, "delivered", {"usable": 16}), (5, "usable", {"usable": 8, "down": []}))
    assert spans(told) == [(5, None, 8, "")]
    assert spans(story((0, "delivered", {"usable": 0}), (5, "outage", {}))) == []


def test_a_curtailment_has_its_cause_until_something_else_is_worse() -> None:
    told = story(
        (0, "curtailed", {"usable": 16}),
        (5, "usable", {"usable": 8, "down": ["n1", "n2", "n3"]}),
        (9, "usable", {"usable": 16, "down": []}),
        (12, "curtailed", {"usable": 32}),
    )
    found = [(0, 5, 16, "curtailment"), (5, 9, 24, ""), (9, 12, 16, "curtailment")]
    assert spans(told) == found


def test_events_are_of_the_tranche_and_of_those_above_it() -> None:
    told = story((10, "outage", {"why": "gone"}), (20, "ok", {}), (21, "usable", {"usable": 20}))
    events = outages([CLUSTER], told, [ABOVE, BELOW])
    first, second = events
    assert first.tranches == ("B.t1", "A.u")
    assert (first.id, first.site, first.scope) == ("offtake:north/1", "narvik", Scope.CLUSTER)
    assert (first.starts, first.ends, first.recorded) == (moment(10), moment(20), moment(20))
    assert (first.node_count, first.accelerator_count) == (4, 32)
    assert (second.scope, second.node_count, second.accelerator_count) == (Scope.NODE, 2, 12)
    assert second.ends is None
    assert outages([replace(CLUSTER, contract=None)], told, [ABOVE, BELOW]) == ()
    assert outages([CLUSTER], told, [ABOVE]) == ()


def test_nodes_are_named_where_every_link_names_them() -> None:
    named = replace(BELOW, tranches=(replace(T1, nodes="n[1-4]"),), upstream=())
    told = story((10, "usable", {"usable": 16, "down": ["n1", "n2"]}))

    def event(*contracts: Contract) -> Event:
        return outages([CLUSTER], told, contracts)[0]

    assert (event(named).nodes, event(named).node_count) == ("n[1-2]", None)
    assert (event(BELOW).nodes, event(BELOW).node_count) == (None, 2)
    odd = replace(named, tranches=(replace(T1, nodes="m[1-4]"),))
    assert event(odd).nodes is None
    few = story((10, "usable", {"usable": 8, "down": ["n1", "n2"]}))  # three are down
    assert outages([CLUSTER], few, [named])[0].node_count == 3


def test_less_than_a_second_is_no_outage() -> None:
    assert outages([CLUSTER], story((10.1, "lost", {}), (10.9, "found", {})), [BELOW]) == ()
