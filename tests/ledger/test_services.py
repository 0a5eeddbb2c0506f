"""Service by hand: when a tranche is accepted, how long it serves, what cuts it short."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from offtake.ledger.known import known
from offtake.ledger.service import FOREVER, Service
from offtake.ledger.services import service, stands
from offtake.model.clause import Option, OptionKind
from offtake.model.contract import Acceptance, Contract, Tranche
from offtake.model.event import Event, EventKind
from offtake.model.month import Month
from tests.ledger.small import (
    EVER,
    TRANCHE,
    accepted,
    amounts,
    contract,
    event,
    facts,
    on,
    refused,
    settled,
)

OPEN = replace(TRANCHE, due=date(2027, 6, 1), accepted=None)


def serves(tranche: Tranche, *events: Event, as_of: datetime = EVER, **more: Any) -> Service:
    made = contract(tranches=(tranche,), **more)
    return service(tranche, made, known(facts(*events), as_of))


def pieces(found: Service) -> list[tuple[str, str, str]]:
    def day(second: int) -> str:
        return "" if second >= FOREVER else f"{datetime.fromtimestamp(second, UTC):%Y-%m-%d}"

    return [(day(p.span[0]), day(p.span[1]), str(p.share)) for p in found.pieces]


def test_service_runs_from_acceptance_for_its_term() -> None:
    assert pieces(serves(TRANCHE)) == [("2027-01-01", "2029-01-01", "1")]
    assert pieces(serves(OPEN, accepted(on(2027, 6, 21)))) == [("2027-06-21", "2029-06-21", "1")]
    assert pieces(serves(OPEN)) == []


def test_a_term_ends_at_the_same_wall_time() -> None:
    """16 March 10:00 in Oslo is 09:00 UTC; 18 months later summer time holds: 08:00 UTC."""
    tranche = replace(OPEN, term_months=18)
    found = serves(tranche, accepted(on(2027, 3, 16, 9)), time_zone="Europe/Oslo")
    assert found.ended == int(on(2028, 9, 16, 8).timestamp())


def test_parts_are_added_and_the_term_runs_from_the_last() -> None:
    gone = event(EventKind.WITHDRAWN, on(2028, 1), tranches=("C.T",), node_count=2)
    found = serves(OPEN, accepted(on(2027, 6, 1), 4), accepted(on(2027, 7, 1), 6), gone)
    assert pieces(found) == [
        ("2027-06-01", "2027-07-01", "2/5"),
        ("2027-07-01", "2028-01-01", "1"),
        ("2028-01-01", "2029-07-01", "4/5"),
    ]
    assert (found.started, found.complete) == (
        int(on(2027, 6, 1).timestamp()),
        int(on(2027, 7, 1).timestamp()),
    )
    incomplete = serves(OPEN, accepted(on(2027, 6, 1), 4))
    assert pieces(incomplete) == [("2027-06-01", "", "2/5")]
    assert incomplete.complete is None


def test_an_acceptance_by_names_counts_them() -> None:
    some = replace(accepted(on(2027, 6, 1)), nodes="n[01-03]")
    assert pieces(serves(OPEN, some)) == [("2027-06-01", "", "3/10")]


def test_all_withdrawn_ends_service() -> None:
    gone = event(EventKind.WITHDRAWN, on(2027, 8), tranches=("C.T",))
    found = serves(OPEN, accepted(on(2027, 6, 1)), gone)
    assert pieces(found) == [("2027-06-01", "2027-08-01", "1")]
    assert found.ended == int(on(2027, 8).timestamp())


def test_nobody_tested_it_so_it_counts_as_accepted() -> None:
    tranche = replace(OPEN, acceptance=Acceptance(deemed_after_days=14))
    assert pieces(serves(tranche)) == [("2027-06-15", "2029-06-15", "1")]
    assert pieces(serves(tranche, as_of=on(2027, 6, 14))) == []
    rejected = event(EventKind.REJECTED, on(2027, 6, 10), tranches=("C.T",))
    assert pieces(serves(tranche, rejected)) == []
    late = event(EventKind.REJECTED, on(2027, 6, 20), tranches=("C.T",))
    assert pieces(serves(tranche, late)) == [("2027-06-15", "2029-06-15", "1")]
    tested = accepted(on(2027, 6, 25))
    assert pieces(serves(tranche, tested)) == [("2027-06-25", "2029-06-25", "1")]


def test_a_date_to_come_is_not_known_yet() -> None:
    assert pieces(serves(TRANCHE, as_of=on(2026, 12, 31))) == []


def test_excused_time_moves_the_due_date() -> None:
    def excused(first: int, last: int) -> Event:
        return event(
            EventKind.EXCUSED, on(2027, 6, first), ends=on(2027, 6, last), tranches=("C.T",)
        )

    done = accepted(on(2027, 6, 21))
    overlapping = serves(OPEN, done, excused(3, 6), excused(5, 8))
    assert overlapping.due == int(on(2027, 6, 6).timestamp())  # 5 days, each once
    after = serves(OPEN, done, excused(20, 25))
    assert after.due == int(on(2027, 6, 2).timestamp())  # only what lies before acceptance


def test_what_is_owed_ramps_from_the_due_date() -> None:
    found = serves(replace(OPEN, ramp_quarters=3, term_months=12), accepted(on(2027, 9, 1)))
    assert [(p.share, p.span[0]) for p in found.contracted] == [
        (Fraction(k + 1, 4), int(moment.timestamp()))
        for k, moment in enumerate((on(2027, 6), on(2027, 9), on(2027, 12), on(2028, 3)))
    ]
    assert found.contracted[-1].span[1] == int(on(2028, 9).timestamp())


def test_termination_ends_one_tranche_or_all() -> None:
    one = event(EventKind.TERMINATED, on(2027, 3), "one", contract="C", tranches=("C.T",))
    every = event(EventKind.TERMINATED, on(2027, 2), "all", contract="C")
    assert pieces(serves(TRANCHE, one)) == [("2027-01-01", "2027-03-01", "1")]
    assert pieces(serves(TRANCHE, one, every)) == [("2027-01-01", "2027-02-01", "1")]
    other = replace(one, tranches=("C.U",))
    assert pieces(serves(TRANCHE, other)) == [("2027-01-01", "2029-01-01", "1")]


def test_a_replaced_event_counts_no_more() -> None:
    wrong = accepted(on(2027, 6, 11))
    right = replace(
        accepted(on(2027, 6, 21)), id="right", replaces=wrong.id, recorded=on(2027, 7, 1)
    )
    assert pieces(serves(OPEN, wrong, right)) == [("2027-06-21", "2029-06-21", "1")]
    before = serves(OPEN, wrong, right, as_of=on(2027, 6, 30))
    assert pieces(before) == [("2027-06-11", "2029-06-11", "1")]


def handed(day: datetime, source: str, target: str, name: str) -> Event:
    return event(EventKind.TRANSFERRED, day, name, contract="C", from_party=source, party=target)


def test_a_transfer_holds_for_the_invoice_of_its_month() -> None:
    events = (
        handed(on(2027, 6, 15), "buyer", "heir", "first"),
        handed(on(2027, 8, 1), "seller", "fund", "second"),
    )

    def parties(month: str) -> tuple[str, str, int]:
        invoice = settled(contract(), month, *events)
        return invoice.seller, invoice.buyer, len(invoice.notes)

    assert parties("2027-05") == ("seller", "buyer", 0)
    assert parties("2027-06") == ("seller", "heir", 1)
    assert parties("2027-07") == ("seller", "heir", 0)
    assert parties("2027-08") == ("fund", "heir", 0)
    note = settled(contract(), "2027-06", *events).notes[0]
    assert note.startswith("buyer handed the contract to heir on 2027-06-15: all of 2027-06")


def test_a_transfer_by_a_stranger_is_refused() -> None:
    told = refused(contract(), "2027-06", handed(on(2027, 6, 1), "nobody", "heir", "x"))
    assert [one[:8] for one in told] == ["OTK-L027"]


def test_a_default_is_noted() -> None:
    gone = event(EventKind.DEFAULTED, on(2027, 5, 10), "gone", party="buyer")
    assert settled(contract(), "2027-06", gone).notes == (
        "buyer has been in default since 2027-05-10 (event gone)",
    )
    assert settled(contract(), "2027-04", gone).notes == ()


def expanding(limit: str | None = None) -> Contract:
    more = replace(TRANCHE, id="U", nodes="m[01-10]", due=date(2027, 6, 1), accepted=None)
    option = Option(id="more", kind=OptionKind.EXPAND, tranches=("U",), price=Decimal("0.5"))
    return contract(tranches=(TRANCHE, more), options=(option,))


def test_what_an_option_adds_is_there_once_it_was_used() -> None:
    made = expanding()
    begun = accepted(on(2027, 6, 1), tranche="C.U")
    used = event(EventKind.OPTION_USED, on(2027, 5, 1), "used", contract="C", option="more")
    assert [t.id for t in stands(made, known(facts(), EVER), Month(2027, 6)).tranches] == ["T"]
    assert amounts(settled(made, "2027-06")) == {"rates.held.T": "72000.00"}
    assert amounts(settled(made, "2027-06", used, begun)) == {
        "rates.held.T": "72000.00",
        "rates.held.U": "36000.00",
    }


@pytest.mark.parametrize("zone", ["UTC", "Europe/Oslo", "America/Chicago", "Asia/Kolkata"])
def test_a_day_begins_in_the_zone_of_the_contract(zone: str) -> None:
    made = contract(time_zone=zone, tranches=(replace(TRANCHE, accepted=date(2027, 6, 30)),))
    assert amounts(settled(made, "2027-06")) == {"rates.held.T": "2400.00"}
