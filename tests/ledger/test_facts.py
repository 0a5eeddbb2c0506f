"""Facts of a month, and the month without them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from offtake.ledger.facts import World, accepted_at, effective, facts, without
from offtake.model.event import EventKind
from tests.ledger.june import AS_OF, CONTRACTS, EVENTS, FIRST, JUNE, RECORDS, june

WORLD = World(contracts=CONTRACTS, records=RECORDS)


def test_the_facts_of_the_worked_month_in_order() -> None:
    found = facts(WORLD, JUNE, as_of=AS_OF)
    assert [fact.id for fact in found] == [
        "late:B.T2",
        "fabric-t1",
        "node-001",
        "node-002",
        "reserve-1",
        "maint-003",
        "node-600",
    ]
    assert set(found[0].late) == {("0", "phase-2"), ("A", "T2"), ("B", "T2")}
    assert found[1].says == "fabric outage, n[001-512] at fjord, 2027-06-08 02:00 to 05:35 UTC"
    assert found[1].weight == 512 * (3 * 3600 + 35 * 60)
    assert found[-1].says == "node outage, n600 at fjord, 2027-06-25 00:00 to 2027-06-27 12:00 UTC"


def test_small_facts_are_taken_as_one() -> None:
    found = facts(WORLD, JUNE, as_of=AS_OF, most=2)
    assert [fact.id for fact in found] == ["late:B.T2", "fabric-t1", "reserve-1", "others"]
    assert found[-1].says == "4 smaller facts, as one"
    assert found[-1].events == {"node-001", "node-002", "maint-003", "node-600"}


def test_a_fact_not_known_yet_or_of_another_month_is_none() -> None:
    assert "node-600" not in {f.id for f in facts(WORLD, JUNE, as_of=june(20))}
    later = facts(WORLD, JUNE + 1, as_of=AS_OF)
    assert later == ()


def test_without_facts_events_are_gone_and_tranches_on_time() -> None:
    found = facts(WORLD, JUNE, as_of=AS_OF)
    calm = without(WORLD, found, as_of=AS_OF)
    kinds = {event.kind for event in calm.records.events}
    assert kinds == {EventKind.ACCEPTED}
    accepted = {
        path: event.starts for event in effective(calm.records, AS_OF) for path in event.tranches
    }
    assert accepted["A.T2"] == accepted["B.T2"] == june(11)
    assert accepted["0.phase-2"] == FIRST
    assert accepted["A.T1"] == datetime(2025, 6, 1, tzinfo=UTC)
    assert without(WORLD, (), as_of=AS_OF).records.events == effective(RECORDS, AS_OF)


def test_an_acceptance_in_the_contract_itself_is_taken_away() -> None:
    """A tranche may say `accepted` where no event does; taken as late it is late by that."""
    contract = CONTRACTS[1]
    late = replace(contract.tranches[1], accepted=date(2027, 6, 21))
    stated = replace(contract, tranches=(contract.tranches[0], late))
    events = tuple(e for e in EVENTS if "A.T2" not in e.tranches)
    world = World(contracts=(stated,), records=replace(RECORDS, events=events))
    (found,) = (f for f in facts(world, JUNE, as_of=AS_OF) if f.late)
    assert found.late == (("A", "T2"),)
    calm = without(world, (found,), as_of=AS_OF)
    assert calm.contracts[0].tranches[1].accepted is None
    assert [e.starts for e in calm.records.events if e.tranches == ("A.T2",)] == [june(11)]


def test_a_tranche_never_accepted_is_late_to_the_end() -> None:
    events = tuple(e for e in EVENTS if e.id != "accept-t2")
    world = World(contracts=CONTRACTS, records=replace(RECORDS, events=events))
    assert ("B", "T2") in next(f for f in facts(world, JUNE, as_of=AS_OF) if f.late).late


@pytest.mark.parametrize("kept", ["0.phase-2", "0.phase-1"])
def test_an_event_of_several_tranches_keeps_the_others(kept: str) -> None:
    both = replace(EVENTS[3], tranches=("A.T2", "B.T2", kept))
    world = World(contracts=CONTRACTS, records=replace(RECORDS, events=(both,)))
    moved = accepted_at(world, {("A", "T2"): june(1), ("B", "T2"): june(2)})
    starts = {path: e.starts for e in moved.records.events for path in e.tranches}
    assert starts == {"A.T2": june(1), "B.T2": june(2), kept: both.starts}
