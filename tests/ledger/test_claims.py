"""The calendar of claims: what was missed, what proves it, by when to ask."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

import pytest

from offtake.errors import OfftakeError
from offtake.ledger.claims import calendar
from offtake.ledger.known import known
from offtake.model.claim import ClaimState
from offtake.model.event import Event, EventKind
from offtake.model.month import Month
from tests.ledger.cases import down, exact, june
from tests.ledger.june import AS_OF, CONTRACT_A, CONTRACTS, EVENTS, JUNE, RECORDS, records

DEADLINE = datetime(2027, 7, 31, tzinfo=UTC)
(NODE,) = CONTRACT_A.service_levels
ASKED = replace(CONTRACT_A, service_levels=(replace(NODE, claim_deadline_days=30),))


def test_the_worked_month() -> None:
    found = calendar(CONTRACTS, known(RECORDS, AS_OF), (JUNE,))
    assert [(c.id, c.credit, c.state) for c in found] == [
        ("A/2027-06/service_levels.node.T1.n001", exact("3283.20"), ClaimState.AUTOMATIC),
        ("A/2027-06/service_levels.node.T1.n002", exact("3283.20"), ClaimState.AUTOMATIC),
        ("A/2027-06/service_levels.node.T2.n600", exact("3648.00"), ClaimState.AUTOMATIC),
        ("B/2027-06/service_levels.cluster.T1", exact("273775.00"), ClaimState.AUTOMATIC),
    ]
    first, last = found[0], found[-1]
    assert (first.availability, first.promised) == (Fraction(59, 60), Fraction("0.995"))
    assert (first.seller, first.buyer, first.credit_share) == ("opco", "hyperco", Fraction("0.3"))
    assert first.evidence == (
        "event:fabric-t1",
        "event:node-001",
        "ticket/fabric-t1",
        "ticket/node-001",
    )
    assert "reading:slurm-t1/2027-06" in last.evidence
    assert all(claim.state.is_given and claim.deadline is None for claim in found)


def test_a_deadline_is_open_then_lapsed() -> None:
    for moment, state in (
        (AS_OF, ClaimState.OPEN),
        (DEADLINE, ClaimState.OPEN),
        (datetime(2027, 7, 31, 0, 0, 1, tzinfo=UTC), ClaimState.LAPSED),
    ):
        found = calendar((ASKED,), known(RECORDS, moment), (JUNE,))
        assert {(c.state, c.deadline) for c in found} == {(state, DEADLINE)}
        assert len(found) == 3


def test_a_claim_in_time_is_claimed() -> None:
    event = Event(
        id="claim", kind=EventKind.CLAIMED, starts=june(30), recorded=june(30), contract="A",
        service_level="node", month=JUNE,
    )  # fmt: skip
    found = calendar((ASKED,), known(records((*EVENTS, event)), AS_OF), (JUNE,))
    assert {c.state for c in found} == {ClaimState.CLAIMED}


def test_the_next_deadline_comes_first_and_the_automatic_last() -> None:
    may = down("old", "n009", datetime(2027, 5, 3, tzinfo=UTC), datetime(2027, 5, 4, tzinfo=UTC))
    facts = known(records((*EVENTS, may)), AS_OF)
    found = calendar((*CONTRACTS[2:], ASKED), facts, (JUNE, Month(2027, 5)))
    assert [(c.contract, str(c.month)) for c in found] == [
        ("A", "2027-05"),
        ("A", "2027-06"),
        ("A", "2027-06"),
        ("A", "2027-06"),
        ("B", "2027-06"),
    ]


def test_what_cannot_be_counted_is_an_error_not_an_empty_calendar() -> None:
    t1, t2 = CONTRACT_A.tranches
    unnamed = replace(CONTRACT_A, tranches=(replace(t1, nodes=None), t2))
    with pytest.raises(OfftakeError, match="OTK-L101"):
        calendar((unnamed,), known(RECORDS, AS_OF), (JUNE,))
