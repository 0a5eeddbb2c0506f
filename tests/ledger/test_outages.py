"""What was down when: united, within service, and never guessed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

import pytest

from offtake.ledger.outages import downtime
from offtake.ledger.spans import seconds
from offtake.model.contract import Contract
from offtake.model.event import Event, EventKind
from tests.ledger.cases import case_of, codes, down, june
from tests.ledger.june import CONTRACT_A, EVENTS, records

T1, T2 = CONTRACT_A.tranches


def lost_hours(*events: Event, contract: Contract = CONTRACT_A, tranche: int = 0) -> Fraction:
    """GPU-hours that events alone take from a tranche in the worked month."""
    accepted = [e for e in EVENTS if e.kind is EventKind.ACCEPTED]
    case = case_of(contract, records((*accepted, *events)))
    found = downtime(case, case.contract.tranches[tranche])
    assert not case.faults, case.faults
    return Fraction(found.gpu_seconds, 3600)


def test_the_worked_month_has_what_section_3_says_available() -> None:
    case = case_of(CONTRACT_A)
    held = sum(
        case.services[t.id].share_seconds(case.window) * (t.accelerator_count or 0)
        for t in (T1, T2)
    )
    lost = sum(downtime(case, t).gpu_seconds for t in (T1, T2))
    assert (held - lost) / 3600 == Fraction(10_275_982, 3)


def test_overlapping_outages_are_united() -> None:
    found = downtime(case_of(CONTRACT_A), T1)
    assert seconds(found.spans("n001")) == 12 * 3600  # added they would be 13 h 35 min
    assert seconds(found.spans("n002")) == 8 * 3600 + 35 * 60
    assert seconds(found.spans("n003")) == 9 * 3600 + 35 * 60  # with its maintenance
    assert seconds(found.spans("n004")) == 3 * 3600 + 35 * 60
    assert found.sources == (
        "event:fabric-t1",
        "event:node-001",
        "event:node-002",
        "event:maint-003",
    )


def test_an_outage_counts_only_in_service() -> None:
    # T2 is in service from the 21st: one outage runs into that, the other is before it.
    outage = down("x", "n513", june(20, 12), june(21, 6))
    before = down("y", "n514", june(2), june(3))
    assert lost_hours(outage, before, tranche=1) == 6 * 8


def test_an_outage_of_another_site_or_of_other_nodes_takes_nothing() -> None:
    elsewhere = replace(down("x", "n001", june(3), june(4)), site="elsewhere")
    assert lost_hours(elsewhere, down("y", "m001", june(3), june(4))) == 0


def test_an_outage_without_nodes_is_of_the_whole_site() -> None:
    assert lost_hours(down("x", None, june(3), june(3, 1), scope="fabric")) == 4096


def test_naming_every_node_is_naming_all() -> None:
    every = down("x", "n[001-512]", june(3), june(3, 1))
    split = [
        down("a", "n[001-100]", june(3), june(3, 1)),
        down("b", "n[101-512]", june(3), june(3, 1)),
    ]
    assert lost_hours(every) == lost_hours(*split) == 4096


def test_what_the_buyer_caused_stays_available() -> None:
    assert lost_hours(down("x", "n001", june(3), june(4), cause="buyer")) == 0


def test_accelerators_of_a_node_are_lost_alone_and_united() -> None:
    two = down("x", "n001", june(3), june(3, 4), scope="gpu", gpu_count=2)
    three = down("y", "n001", june(3, 2), june(3, 6), scope="gpu", gpu_count=3)
    assert lost_hours(two) == 2 * 4
    assert lost_hours(two, three) == 2 * 6 + 4
    assert lost_hours(two, down("z", "n001", june(3), june(3, 8))) == 8 * 8
    assert lost_hours(down("x", "n001", june(3), june(3, 4), scope="gpu", gpu_count=8)) == 8 * 4
    assert lost_hours(down("x", None, june(3), june(3, 1), scope="gpu", gpu_count=1)) == 512


@pytest.mark.parametrize("count", [None, 0, 9])
def test_a_number_of_accelerators_a_node_does_not_have_is_a_fault(count: int | None) -> None:
    outage = down("x", "n001", june(3), june(4), scope="gpu", gpu_count=count)
    case = case_of(CONTRACT_A, records((*EVENTS, outage)))
    downtime(case, T1)
    assert codes(case.faults) == ["OTK-L102"]
    assert "contracts.A.tranches.T1 (2027-06)" in str(case.faults[0])


def test_an_open_outage_runs_to_the_end_of_the_month_and_is_noted() -> None:
    outage = down("x", "n001", june(30), None)
    case = case_of(CONTRACT_A, records((*EVENTS, outage)))
    assert seconds(downtime(case, T1).spans("n001")) == 36 * 3600
    assert case.notes == ["outage x has not ended: it is counted up to the end of the month"]


def test_an_open_outage_runs_no_further_than_is_known() -> None:
    outage = down("x", "n002", june(10), None)
    case = case_of(CONTRACT_A, records((*EVENTS, outage)), as_of=june(10, 7))
    found = downtime(case, T1)
    assert found.spans("n002")[-1] == (int(june(10).timestamp()), int(june(10, 7).timestamp()))
    assert "counted up to 2027-06-10T07:00:00+00:00" in case.notes[0]


def test_nodes_nobody_can_tell_are_a_fault() -> None:
    unnamed = replace(CONTRACT_A, tranches=(replace(T1, nodes=None),))
    case = case_of(unnamed)
    downtime(case, unnamed.tranches[0])
    assert set(codes(case.faults)) == {"OTK-L101"}


def test_a_list_of_another_length_is_a_fault() -> None:
    short = replace(CONTRACT_A, tranches=(replace(T1, nodes="n[001-511]"),))
    case = case_of(short)
    downtime(case, short.tranches[0])
    assert "OTK-L100" in codes(case.faults)


def test_accelerators_that_do_not_spread_evenly_are_a_fault() -> None:
    odd = replace(CONTRACT_A, tranches=(replace(T1, accelerator_count=4095),))
    case = case_of(odd)
    downtime(case, odd.tranches[0])
    assert "OTK-L103" in codes(case.faults)


def accepted(name: str, when: datetime, nodes: str | None, count: int | None) -> Event:
    return Event(
        id=name, kind=EventKind.ACCEPTED, starts=when, recorded=when, tranches=("A.T1",),
        nodes=nodes, node_count=count,
    )  # fmt: skip


def test_of_a_part_in_service_only_its_nodes_count() -> None:
    alone = replace(CONTRACT_A, tranches=(T1,))
    parts = (
        accepted("first", june(1), "n[001-128]", 128),
        accepted("rest", june(11), "n[129-512]", 384),
    )
    outages = (down("x", "n001", june(5), june(6)), down("y", "n200", june(5), june(6)))
    case = case_of(alone, records((*parts, *outages)))
    assert downtime(case, T1).gpu_seconds == 24 * 3600 * 8
    assert not case.faults


def test_of_a_part_without_names_an_outage_of_some_nodes_is_a_fault() -> None:
    alone = replace(CONTRACT_A, tranches=(T1,))
    parts = (accepted("first", june(1), None, 128), accepted("rest", june(11), None, 384))
    fabric = down("x", "n[001-512]", june(5), june(5, 1), scope="fabric")
    case = case_of(alone, records((*parts, fabric)))
    assert downtime(case, T1).gpu_seconds == 128 * 8 * 3600
    assert not case.faults
    case = case_of(alone, records((*parts, down("y", "n001", june(5), june(6)))))
    downtime(case, T1)
    assert codes(case.faults) == ["OTK-L105"]
    later = down("y", "n001", june(12), june(13))
    case = case_of(alone, records((*parts, later)))
    assert downtime(case, T1).gpu_seconds == 24 * 3600 * 8
    assert not case.faults


def test_withdrawn_nodes_leave_service() -> None:
    alone = replace(CONTRACT_A, tranches=(T1,))
    taken = Event(
        id="gone", kind=EventKind.WITHDRAWN, starts=june(11), recorded=june(11),
        tranches=("A.T1",), nodes="n[001-002]", node_count=2,
    )  # fmt: skip
    first = accepted("all", datetime(2025, 6, 1, tzinfo=UTC), None, None)
    outages = (down("x", "n001", june(10), june(12)), down("y", "n003", june(12), june(13)))
    case = case_of(alone, records((first, taken, *outages)))
    assert downtime(case, T1).gpu_seconds == 2 * 24 * 3600 * 8
    assert not case.faults


def test_facts_of_one_site_are_looked_up_once() -> None:
    case = case_of(CONTRACT_A)
    first = downtime(case, T1)
    assert [key[0] for key in case.known.memo] == ["fleet", "apart", "outages"]
    again = downtime(case, T1)
    assert (first.gpu_seconds, first.sources) == (again.gpu_seconds, again.sources)


def test_very_many_events_are_cited_by_their_number() -> None:
    many = [down(f"x{i}", "n001", june(2, 0, i % 60), june(2, 1, i % 60)) for i in range(1001)]
    case = case_of(CONTRACT_A, records((*EVENTS[:4], *many)))
    assert downtime(case, T1).sources == ("events:1001 of fjord",)


def test_an_outage_of_a_tranche_takes_nothing_from_others_at_its_site() -> None:
    other = down("x", None, june(3), june(3, 1), tranches=("A.T2", "0.T2"), scope="cluster")
    assert lost_hours(other) == 0
    assert lost_hours(replace(other, tranches=("A.T1",))) == 4096


def test_nodes_nobody_named_are_the_first_of_the_tranche() -> None:
    two = down("x", None, june(3), june(3, 2), tranches=("A.T1",), node_count=2)
    assert lost_hours(two) == 2 * 2 * 8
    more = down("y", None, june(3, 1), june(3, 3), tranches=("A.T1",), node_count=3)
    assert lost_hours(two, more) == (2 + 3 + 3) * 8  # hour by hour
    every = down("x", None, june(3), june(3, 1), tranches=("A.T1",), node_count=9999)
    assert lost_hours(every) == 4096


def test_a_tranche_that_does_not_count_in_nodes_loses_accelerators() -> None:
    bare = replace(T1, nodes=None, node_count=None)
    contract = replace(CONTRACT_A, tranches=(bare, T2), service_levels=())
    accepted = [
        replace(e, nodes=None, node_count=None) for e in EVENTS if e.kind is EventKind.ACCEPTED
    ]

    def case_with(outage: Event) -> tuple[Fraction, list[str]]:
        case = case_of(contract, records((*accepted, outage)))
        found = downtime(case, case.contract.tranches[0])
        return Fraction(found.gpu_seconds, 3600), codes(case.faults)

    two = down("x", None, june(3), june(3, 2), tranches=("A.T1",), node_count=2)
    assert case_with(replace(two, accelerator_count=12)) == (Fraction(24), [])
    assert case_with(replace(two, accelerator_count=4096)) == (Fraction(8192), [])
    assert case_with(two)[1] == ["OTK-L106"]
