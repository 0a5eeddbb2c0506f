"""Bills of electricity and income from demand response: money from outside the chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from offtake.errors import OfftakeError
from offtake.ledger.externals import externals, outside_topic
from offtake.ledger.known import known
from offtake.model.contract import Contract
from offtake.model.event import EventKind
from offtake.model.leak import Topic
from offtake.model.month import Month
from offtake.model.reading import Meter
from offtake.model.records import Readings, Records
from offtake.model.statement import External
from tests.ledger.june import AS_OF, CONTRACT_0, CONTRACTS, EVENTS, JUNE, READINGS, RECORDS, TARIFFS


def billed(contracts: Sequence[Contract], records: Records, month: Month) -> tuple[External, ...]:
    return externals(contracts, known(records, AS_OF), month)


def test_the_bill_and_the_income_of_the_worked_month() -> None:
    """NOK 3,003,550 and NOK 694,200 at 10.4; 2 MW for 3 h at 300 USD."""
    found = billed(CONTRACTS, RECORDS, JUNE)
    assert [(e.payer, e.payee, e.amount, e.currency) for e in found] == [
        ("grid", "opco", Decimal("1800.00"), "USD"),
        ("siteco", TARIFFS[0].seller, Decimal("66750.00"), "USD"),
        ("siteco", TARIFFS[0].seller, Decimal("288802.88"), "USD"),
    ]
    assert [outside_topic(e) for e in found] == [Topic.DEMAND_RESPONSE, Topic.POWER, Topic.POWER]
    sources = {source for e in found for step in e.steps for source in step.sources}
    assert {"event:reserve-1", f"tariff:{TARIFFS[0].id}", "fixing:USD/NOK/2027-06-30"} <= sources


def test_a_bill_no_contract_meets_stays_in_its_own_currency() -> None:
    """No clause of its payer says how to exchange it, so nothing is guessed."""
    alone = replace(CONTRACT_0, pass_through=None)
    found = billed((alone, *CONTRACTS[1:]), RECORDS, JUNE)
    bills = {e.currency: e.amount for e in found if e.payer == "siteco"}
    assert bills == {"NOK": Decimal("694200.00")} or set(bills) == {"NOK"}
    assert sum(e.amount for e in found if e.currency == "NOK") == Decimal("3697750.00")


def test_a_fixed_amount_is_due_where_nothing_was_drawn() -> None:
    tariff = replace(TARIFFS[0], fixed_amount=Decimal("1040"))
    records = replace(RECORDS, readings=Readings.of(()), tariffs=(tariff,))
    found = billed(CONTRACTS, records, JUNE)
    assert [e.amount for e in found if e.payer == "siteco"] == [Decimal("100.00")]


def test_a_tariff_of_another_time_bills_nothing() -> None:
    over = replace(TARIFFS[0], ends=date(2027, 6, 1))
    found = billed(CONTRACTS, replace(RECORDS, tariffs=(over,)), JUNE)
    assert [e.payer for e in found] == ["grid"]


def test_all_faults_are_told_at_their_tariff_and_event() -> None:
    """A peak was metered and energy was not; a fixing is missing; an event lacks its price."""
    peak = [r for r in READINGS if r.meter is Meter.PEAK_POWER]
    events = tuple(
        replace(e, price=None) if e.kind is EventKind.DEMAND_RESPONSE else e for e in EVENTS
    )
    records = replace(RECORDS, readings=Readings.of(peak), events=events, fixings=())
    with pytest.raises(OfftakeError) as raised:
        billed(CONTRACTS, records, JUNE)
    told = [(fault.code, fault.where.path) for fault in raised.value.faults]
    assert ("OTK-L157", "events.reserve-1") in told
    assert all(path == f"tariffs.{TARIFFS[0].id} (2027-06)" for code, path in told[:-1])
    assert {"OTK-L120", "OTK-L130"} & {code for code, _ in told}


def test_demand_response_is_of_the_month_it_begins_in() -> None:
    found = billed(CONTRACTS, RECORDS, JUNE + 1)
    assert [e for e in found if outside_topic(e) is Topic.DEMAND_RESPONSE] == []
    hours = tuple(
        replace(e, duration_hours=Decimal("2.5")) if e.id == "reserve-1" else e for e in EVENTS
    )
    found = billed(CONTRACTS, replace(RECORDS, events=hours), JUNE)
    assert found[0].amount == Decimal("1500.00")
