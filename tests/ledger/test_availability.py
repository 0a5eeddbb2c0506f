"""How long what a service level looks at was up: by scope, clock, cause and maintenance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import numpy as np

from offtake.ledger.availability import Fared, fared
from offtake.ledger.case import Case
from offtake.model.clause import Clock, CreditTier, Scope, ServiceLevel
from offtake.model.contract import Contract
from offtake.model.event import Event, EventKind
from tests.ledger.cases import case_of, down, exact, june
from tests.ledger.june import CONTRACT_A, CONTRACT_B, EVENTS, records

ACCEPTED = tuple(e for e in EVENTS if e.kind is EventKind.ACCEPTED)
TIER = (CreditTier(below_share=exact("0.995"), credit_share=exact("0.1")),)
HOURS = 720


def level(scope: Scope = Scope.NODE, **terms: Any) -> ServiceLevel:
    return ServiceLevel(id="level", scope=scope, credits=TIER, **terms)


def how(
    terms: ServiceLevel, *events: Event, contract: Contract = CONTRACT_A, tranche: int = 0
) -> tuple[Fared, Case]:
    """How a tranche of the worked month fared with these events alone."""
    case = case_of(contract, records((*ACCEPTED, *events)))
    found = fared(case, terms, case.contract.tranches[tranche], case.window)
    assert not case.faults, case.faults
    return found, case


def down_hours(terms: ServiceLevel, *events: Event, node: str = "n001") -> Fraction:
    found, _ = how(terms, *events)
    return (1 - found.of(node)) * HOURS


def maintenance(name: str, nodes: str | None, starts: datetime, ends: datetime) -> Event:
    return down(name, nodes, starts, ends, kind=EventKind.MAINTENANCE, scope=None, cause="")


def test_the_worked_month_of_nodes() -> None:
    case = case_of(CONTRACT_A)
    t1, t2 = (
        fared(case, CONTRACT_A.service_levels[0], t, case.window) for t in CONTRACT_A.tranches
    )
    assert t1.of("n001") == Fraction(59, 60)  # 12 h united: 98.333333 %, 13 h 35 min added
    assert t1.of("n002") == Fraction(8537, 8640)  # 98.807870 %
    assert t1.of("n003") == t1.of("n512") == Fraction(8597, 8640)  # 99.502315 %
    assert t2.of("n600") == Fraction(3, 4)  # of 240 h in service; of the month it would be 11/12
    assert t2.of("n601") == 1
    assert [int(n) for n in t1.units.many] == [1, 1, 510]


def test_the_worked_month_of_clusters() -> None:
    case = case_of(CONTRACT_B)
    t1, t2 = (
        fared(case, CONTRACT_B.service_levels[0], t, case.window) for t in CONTRACT_B.tranches
    )
    assert t1.of("T1") == Fraction(8597, 8640)
    assert t2.of("T2") == 1  # one of 256 nodes is less than 2 %


def test_maintenance_as_down_is_another_figure() -> None:
    case = case_of(CONTRACT_A)
    terms = replace(CONTRACT_A.service_levels[0], maintenance_counts_as_up=False)
    found = fared(case, terms, CONTRACT_A.tranches[0], case.window)
    assert found.of("n003") == 1 - Fraction(575, 43_200)  # 3 h 35 min and 6 h


def test_an_allowance_of_maintenance_is_used_up_first() -> None:
    six = maintenance("m", "n001", june(3), june(3, 6))
    more = maintenance("n", "n001", june(4), june(4, 2))
    terms = level(maintenance_allowance_hours=4)
    assert down_hours(terms, six) == 2
    assert down_hours(terms, six, more) == 4
    assert down_hours(terms, six, node="n002") == 0
    assert down_hours(level(maintenance_allowance_hours=4.0001), six) == Fraction("1.9999")
    assert down_hours(level(), six, more) == 0
    assert down_hours(level(maintenance_counts_as_up=False), six, more) == 8


def test_an_outage_in_maintenance_counts_once() -> None:
    work = maintenance("m", "n001", june(3), june(3, 6))
    outage = down("x", "n001", june(3, 4), june(3, 8))
    assert down_hours(level(), work, outage) == 4
    assert down_hours(level(maintenance_counts_as_up=False), work, outage) == 8
    assert down_hours(level(maintenance_allowance_hours=1), work, outage) == 4 + 3


def test_excluded_causes_do_not_count() -> None:
    outage = down("x", "n001", june(3), june(3, 5), cause="force-majeure")
    assert down_hours(level(), outage) == 5
    assert down_hours(level(excluded_causes=("force-majeure",)), outage) == 0


def test_short_outages_do_not_count_but_united_ones_do() -> None:
    first = down("x", "n001", june(3), june(3, 0, 6))
    second = down("y", "n001", june(3, 0, 4), june(3, 0, 12))
    apart = down("z", "n001", june(3, 1), june(3, 1, 9))
    terms = level(shortest_outage_minutes=10)
    assert down_hours(terms, first) == 0
    assert down_hours(terms, first, second, apart) == Fraction(12, 60)


def test_an_outage_is_short_or_long_before_a_month_cuts_it() -> None:
    over = down("x", "n001", datetime(2027, 5, 31, 23, 55, tzinfo=UTC), june(1, 0, 6))
    assert down_hours(level(shortest_outage_minutes=10), over) == Fraction(6, 60)
    part = down("y", "n001", datetime(2027, 5, 31, 23, 50, tzinfo=UTC), june(1))
    joined = down("z", "n001", june(1), june(1, 0, 4))
    assert down_hours(level(shortest_outage_minutes=12), part, joined) == Fraction(4, 60)


def test_the_clock_can_start_with_notice() -> None:
    told = down("x", "n001", june(3), june(3, 5), noticed=june(3, 2))
    assert down_hours(level(clock=Clock.NOTICE), told) == 3
    late = down("y", "n001", june(4), june(4, 5), noticed=june(5))
    assert down_hours(level(clock=Clock.NOTICE), told, late) == 3
    never = down("z", "n001", june(6), june(6, 5))
    found, case = how(level(clock=Clock.NOTICE), told, never)
    assert (1 - found.of("n001")) * HOURS == 3
    assert "outage z was never noticed to the seller" in case.notes[0]
    work = maintenance("m", "n001", june(8), june(8, 1))
    assert down_hours(level(clock=Clock.NOTICE, maintenance_counts_as_up=False), work) == 1


def test_a_scope_looks_at_its_own_failures_and_larger_ones() -> None:
    events = (
        down("g", "n001", june(2), june(2, 1), scope=Scope.GPU, gpu_count=1),
        down("n", "n001", june(3), june(3, 2), scope=Scope.NODE),
        down("r", "n[001-018]", june(4), june(4, 4), scope=Scope.RACK),
        down("c", "n[001-512]", june(5), june(5, 8), scope=Scope.CLUSTER),
        down("f", "n[001-512]", june(6), june(6, 16), scope=Scope.FABRIC),
    )
    assert down_hours(level(Scope.GPU), *events) == 1 + 2 + 4 + 8 + 16
    assert down_hours(level(Scope.NODE), *events) == 2 + 4 + 8 + 16
    assert down_hours(level(Scope.RACK), *events) == 4 + 8 + 16
    assert down_hours(level(Scope.RACK), *events, node="n019") == 8 + 16
    assert down_hours(level(Scope.CLUSTER), *events, node="T1") == 2 + 4 + 8 + 16
    assert down_hours(level(Scope.CLUSTER, up_share=exact("0.5")), *events, node="T1") == 8 + 16
    assert down_hours(level(Scope.FABRIC), *events, node="T1") == 16


def test_accelerators_are_looked_at_one_by_one() -> None:
    two = down("x", "n001", june(2), june(2, 4), scope=Scope.GPU, gpu_count=2)
    three = down("y", "n001", june(2, 2), june(2, 6), scope=Scope.GPU, gpu_count=3)
    found, _ = how(level(Scope.GPU), two, three)
    units = np.flatnonzero(found.units.node == 0).tolist()
    away = [(1 - found.availability(unit)) * HOURS for unit in units]
    assert away == [6, 6, 4, 0, 0, 0, 0, 0]
    assert int(found.units.many.sum()) == 4096


def test_a_cluster_is_up_at_exactly_its_share() -> None:
    # 98 % of 512 is 501.76: with 10 nodes down 502 are up, with 11 too few.
    ten = down("x", "n[001-010]", june(2), june(2, 4))
    one = down("y", "n011", june(2, 1), june(2, 3))
    terms = level(Scope.CLUSTER, up_share=exact("0.98"))
    assert down_hours(terms, ten, node="T1") == 0
    assert down_hours(terms, ten, one, node="T1") == 2
    half = level(Scope.CLUSTER, up_share=exact("0.5"))
    exactly_half = down("z", "n[001-256]", june(2), june(2, 1))
    assert down_hours(half, exactly_half, node="T1") == 0


def test_a_cluster_counts_the_nodes_that_are_in_service() -> None:
    part = Event(
        id="part", kind=EventKind.ACCEPTED, starts=june(1), recorded=june(1), tranches=("A.T1",),
        nodes="n[001-100]", node_count=100,
    )  # fmt: skip
    rest = replace(part, id="rest", starts=june(11), nodes="n[101-512]", node_count=412)
    alone = replace(CONTRACT_A, tranches=CONTRACT_A.tranches[:1])
    outage = down("x", "n[001-003]", june(5), june(20))
    case = case_of(alone, records((part, rest, outage)))
    terms = level(Scope.CLUSTER, up_share=exact("0.98"))
    found = fared(case, terms, alone.tranches[0], case.window)
    assert (1 - found.of("T1")) * 30 == 6  # 3 of 100 are too many, 3 of 512 are not


def test_maintenance_of_a_cluster_counts_beyond_its_allowance() -> None:
    work = maintenance("m", "n[001-020]", june(2), june(2, 6))
    outage = down("x", "n001", june(3), june(3, 1))
    terms = level(Scope.CLUSTER, up_share=exact("0.98"), maintenance_allowance_hours=4)
    assert down_hours(terms, work, outage, node="T1") == 2


def test_the_order_of_events_and_where_they_are_split_change_nothing() -> None:
    whole = [down("x", "n001", june(3), june(4)), down("y", "n[001-512]", june(3, 6), june(3, 7))]
    split = [
        down("x1", "n001", june(3), june(3, 11)),
        down("x2", "n001", june(3, 11), june(4)),
        down("y1", "n[200-512]", june(3, 6), june(3, 7)),
        down("y2", "n[001-199]", june(3, 6), june(3, 7)),
    ]

    def all_of(events: Sequence[Event]) -> list[Fraction]:
        found, _ = how(level(), *events)
        return [found.of(name) for name in ("n001", "n002", "n512")]

    assert all_of(whole) == all_of(whole[::-1]) == all_of(split) == all_of([*split, *whole])
