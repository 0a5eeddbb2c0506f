"""The worked month, every figure to the cent, and what settling one contract promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from offtake.errors import OfftakeError
from offtake.ledger.known import known
from offtake.ledger.settle import settle, settle_known
from offtake.ledger.stated import invoice_plain
from offtake.model.charge import Charge, ChargeKind, Invoice
from offtake.model.clause import Interval, Quantity, TakeOrPay
from offtake.model.records import Records
from tests.ledger.june import (
    AS_OF,
    CONTRACT_0,
    CONTRACT_A,
    CONTRACT_B,
    CONTRACTS,
    EVENTS,
    JUNE,
    READINGS,
    RECORDS,
    exact,
    june,
    records,
)


def chain(facts: Records = RECORDS) -> dict[str, Invoice]:
    """Settle the three links, upstream first."""
    made: dict[str, Invoice] = {}
    for contract in CONTRACTS:
        made[contract.id] = settle(contract, facts, JUNE, as_of=AS_OF, upstream=made)
    return made


def lines(invoice: Invoice) -> dict[str, str]:
    start = f"{invoice.contract}/{invoice.month}/"
    return {line.id.removeprefix(start): str(line.amount) for line in invoice.charges}


def line(invoice: Invoice, name: str) -> Charge:
    return next(c for c in invoice.charges if c.id.endswith(f"/{name}"))


def value(charge: Charge, what: str) -> Fraction | int:
    return next(step.value for step in charge.steps if step.what == what)


def test_every_line_of_contract_0() -> None:
    invoice = chain()["0"]
    assert lines(invoice) == {
        "rates.rent.phase-1": "864000.00",
        "rates.rent.phase-2": "216000.00",
        "pass_through.energy.fjord-power": "288802.88",
        "pass_through.demand.fjord-power": "66750.00",
        "delay_damages.0.phase-2": "-144000.00",
    }
    assert invoice.net == Decimal("1291552.88")


def test_every_line_of_contract_a() -> None:
    invoice = chain()["A"]
    assert lines(invoice) == {
        "rates.capacity.T1": "5603328.00",
        "rates.capacity.T2": "933888.00",
        "pass_through.energy.fjord-power": "284254.81",
        "pass_through.demand.fjord-power": "66750.00",
        "service_levels.node.T1.n001": "-3283.20",
        "service_levels.node.T1.n002": "-3283.20",
        "service_levels.node.T2.n600": "-3648.00",
        "delay_damages.0.T2": "-233472.00",
        "demand_response": "-900.00",
        "prepayments.0.T1.credit": "-1894754.99",
    }
    assert invoice.net == Decimal("6643634.41")
    assert invoice.cash_due == Decimal("4748879.42")


def test_every_line_of_contract_b() -> None:
    invoice = chain()["B"]
    assert lines(invoice) == {
        "rates.use.T1": "5475500.00",
        "rates.use.T2": "875140.00",
        "commitments.0.shortfall": "491451.35",
        "pass_through.upstream.A.fjord": "351004.81",
        "pass_through.markup.fjord": "10530.14",
        "service_levels.cluster.T1": "-273775.00",
        "delay_damages.0.T2": "-86630.40",
        "demand_response": "-900.00",
    }
    assert invoice.net == Decimal("6842320.90")


def test_the_intermediates_of_the_minimum_are_exact() -> None:
    short = line(chain()["B"], "commitments.0.shortfall")
    assert value(short, "available, all together") == Fraction(10_275_982, 3)
    assert value(short, "minimum: 85 % of it") == Fraction(87_345_847, 30)
    assert value(short, "taken") == 2_702_400
    assert short.quantity == Fraction(6_273_847, 30)
    assert short.kind is ChargeKind.SHORTFALL


def test_the_intermediates_of_the_prepayment_are_exact() -> None:
    credit = line(chain()["A"], "prepayments.0.T1.credit")
    assert value(credit, "total value of T1 over 60 months") == Fraction("341055897.60")
    assert value(credit, "paid ahead, rounded") == Fraction("68211179.52")
    assert value(credit, "credit 1 of 36") == Fraction("1894754.99")


@pytest.mark.parametrize("months", [0, 34, 35])
def test_the_last_instalment_absorbs_the_remainder(months: int) -> None:
    bare = replace(CONTRACT_A, pass_through=None, demand_response=None)
    invoice = settle(bare, RECORDS, JUNE + months, as_of=datetime(2031, 1, 1, tzinfo=UTC))
    amount = lines(invoice)["prepayments.0.T1.credit"]
    assert amount == ("-1894754.87" if months == 35 else "-1894754.99")


def test_every_line_is_traced_to_where_it_comes_from() -> None:
    for invoice in chain().values():
        for charge in invoice.charges:
            assert charge.steps, charge.id
            assert any(step.sources for step in charge.steps), charge.id
    base = line(chain()["B"], "rates.use.T1")
    assert base.steps[0].sources == ("reading:slurm-t1/2027-06",)
    held = line(chain()["A"], "rates.capacity.T2")
    assert "event:accept-t2" in held.steps[0].sources


def test_use_is_wholly_metered() -> None:
    covered = {one.meter: one.share for one in chain()["B"].coverage}
    assert covered["gpu-time of B.T1"] == covered["gpu-time of B.T2"] == 1


def test_the_order_records_come_in_changes_nothing() -> None:
    turned = records(EVENTS[::-1], READINGS[::-1])
    there = [invoice_plain(one) for one in chain().values()]
    assert [invoice_plain(one) for one in chain(turned).values()] == there


def test_the_same_reading_twice_counts_once() -> None:
    twice = chain(records(EVENTS, (*READINGS, *READINGS)))
    assert [one.net for one in twice.values()] == [one.net for one in chain().values()]


def test_the_same_event_twice_counts_once_and_another_of_its_name_is_refused() -> None:
    again = tuple(replace(event, recorded=AS_OF) for event in EVENTS[::-1])
    twice = chain(records((*again, *EVENTS), READINGS))
    assert [invoice_plain(one) for one in twice.values()] == [
        invoice_plain(one) for one in chain().values()
    ]
    other = replace(EVENTS[3], starts=june(22), recorded=june(23))
    with pytest.raises(OfftakeError, match=r"OTK-L047 events\.accept-t2: two events have"):
        chain(records((*EVENTS, other)))
    before = records((*EVENTS, replace(other, recorded=datetime(2027, 8, 1, tzinfo=UTC))))
    assert chain(before)["A"].net == chain()["A"].net


def test_what_was_not_recorded_yet_is_not_known() -> None:
    """On 26 June n600 is down, and nobody has recorded it: the event is of the 27th."""
    bare = replace(CONTRACT_A, pass_through=None)
    invoice = settle(bare, RECORDS, JUNE, as_of=june(26))
    assert "service_levels.node.T2.n600" not in lines(invoice)
    assert any("was not over" in note for note in invoice.notes)


def test_one_knowledge_serves_several_contracts() -> None:
    facts = known(RECORDS, AS_OF)
    first = settle_known(CONTRACT_0, facts, JUNE)
    assert invoice_plain(first) == invoice_plain(chain()["0"])
    again = settle_known(CONTRACT_A, facts, JUNE, upstream={"0": first})
    assert invoice_plain(again) == invoice_plain(chain()["A"])
    assert invoice_plain(settle_known(CONTRACT_A, facts, JUNE)) == invoice_plain(again)


def test_before_anything_is_due_nothing_is_owed() -> None:
    early = settle(CONTRACT_B, RECORDS, JUNE + -30, as_of=AS_OF)
    assert early.charges == ()


def test_all_faults_are_told_at_once_with_contract_clause_and_month() -> None:
    wrong = replace(
        CONTRACT_B,
        rates=(replace(CONTRACT_B.rates[0], tranches=("T1", "T9")),),
        commitments=(TakeOrPay(level_share=exact("0.85"), rate="usage"),),
    )
    with pytest.raises(OfftakeError) as caught:
        settle(wrong, RECORDS, JUNE, as_of=AS_OF, upstream={"A": chain()["A"]})
    told = [str(fault) for fault in caught.value.faults]
    assert [one[:8] for one in told] == ["OTK-L026", "OTK-L028", "OTK-L030", "OTK-L140"]
    assert told[0].startswith("OTK-L026 contracts.B.rates.use (2027-06): ")
    assert "got T9" in told[0]
    assert "T2 is in service and no rate prices it" in told[2]


def test_an_unknown_zone_names_its_contract() -> None:
    with pytest.raises(OfftakeError) as caught:
        settle(replace(CONTRACT_0, time_zone="Mars/Olympus"), RECORDS, JUNE, as_of=AS_OF)
    assert "OTK-L002 contracts.0.time_zone (2027-06)" in str(caught.value)


def test_a_quarter_is_invoiced_in_its_last_month() -> None:
    quarterly = replace(
        CONTRACT_A, billing=Interval.QUARTER, pass_through=None, demand_response=None
    )
    april = settle(quarterly, RECORDS, JUNE + -2, as_of=AS_OF)
    assert april.charges == ()
    assert "until that ends" in april.notes[0]
    june_invoice = settle(quarterly, RECORDS, JUNE, as_of=AS_OF)
    told = lines(june_invoice)
    assert told["rates.capacity.T1.2027-04"] == "5603328.00"
    assert told["rates.capacity.T1.2027-05"] == "5790105.60"  # 31 days
    assert told["rates.capacity.T1"] == "5603328.00"
    assert {charge.month for charge in june_invoice.charges} == {JUNE}


def test_a_quarter_costs_what_its_months_do() -> None:
    bare = replace(CONTRACT_A, pass_through=None, demand_response=None)
    monthly = [settle(bare, RECORDS, JUNE + k, as_of=AS_OF) for k in (-2, -1, 0)]
    quarter = settle(replace(bare, billing=Interval.QUARTER), RECORDS, JUNE, as_of=AS_OF)
    assert quarter.net == sum(one.net for one in monthly)
    assert quarter.cash_due == sum(one.cash_due for one in monthly)
    assert len({charge.id for charge in quarter.charges}) == len(quarter.charges)


def test_a_quarterly_contract_cannot_hand_on_what_is_charged_monthly() -> None:
    quarterly = replace(CONTRACT_B, billing=Interval.QUARTER)
    with pytest.raises(OfftakeError, match="OTK-L039"):
        settle(quarterly, RECORDS, JUNE, as_of=AS_OF, upstream={"A": chain()["A"]})


def test_three_readings_of_available_are_told_apart() -> None:
    """Fabric and node outages added, maintenance left in, or T2 from its due date: all differ."""
    short = line(chain()["B"], "commitments.0.shortfall").amount
    others = []
    for base in (Quantity.DELIVERED, Quantity.CONTRACTED):
        other = replace(CONTRACT_B, commitments=(TakeOrPay(level_share=exact("0.85"), base=base),))
        made = settle(other, RECORDS, JUNE, as_of=AS_OF, upstream={"A": chain()["A"]})
        others.append(line(made, "commitments.0.shortfall").amount)
    # delivered: (3,440,640 · 0.85 − 2,702,400) · 2.35; contracted: T2 owed for 20 days.
    assert others == [Decimal("522038.40"), Decimal("1503849.60")]
    assert short == Decimal("491451.35")


def test_tens_of_thousands_of_nodes_read_hourly_are_added_exactly() -> None:
    """512 nodes · 720 hours of 8 · 3600 GPU-seconds: 2,949,120 GPU-hours, to the last one."""
    readings = RECORDS.readings
    nodes, hours = 512, 720
    names = ("exporter", "fjord", *(f"n{i:03}" for i in range(1, nodes + 1)))
    count = nodes * hours
    hour = np.tile(np.arange(hours, dtype=np.int64), nodes)
    first = int(june(1).timestamp())
    hourly = type(readings)(
        names=names,
        source=np.zeros(count, np.int32),
        id=np.arange(count, dtype=np.int64),
        meter=np.zeros(count, np.int8),
        site=np.ones(count, np.int32),
        tranche=np.full(count, -1, np.int32),
        node=np.repeat(np.arange(2, nodes + 2, dtype=np.int32), hours),
        starts=first + hour * 3600,
        ends=first + hour * 3600 + 3600,
        amount=np.full(count, 8 * 3600, np.int64),
        recorded=first + hour * 3600 + 3700,
    )
    only = replace(
        CONTRACT_B,
        tranches=CONTRACT_B.tranches[:1],
        pass_through=None,
        demand_response=None,
        commitments=(),
    )
    facts = replace(RECORDS, readings=hourly, events=EVENTS[:2])
    invoice = settle(only, facts, JUNE, as_of=AS_OF)
    use = line(invoice, "rates.use.T1")
    assert use.quantity == 2_949_120
    assert use.steps[0].sources == ("readings:368640 of exporter",)
    assert invoice.coverage[0].share == 1
