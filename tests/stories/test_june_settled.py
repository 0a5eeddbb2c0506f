"""A month of a chain, from the files of a world to the cent: every line, every margin."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from offtake.files.records import read_records
from offtake.ledger.chain import settle_chain
from offtake.ledger.leaks import leaks
from offtake.model.charge import ChargeKind
from offtake.model.leak import LeakReport, Topic
from offtake.model.month import Month
from offtake.model.statement import Statement
from tests.worlds.worlds import WORLDS, world

JUNE = Month(2027, 6)
AS_OF = datetime(2027, 7, 2, 12, tzinfo=UTC)
WORLD = WORLDS / "june-chain"

TABLE = {
    "0": {
        (ChargeKind.CAPACITY, "phase-1"): "864000.00",
        (ChargeKind.CAPACITY, "phase-2"): "216000.00",
        (ChargeKind.POWER_ENERGY, None): "288802.88",
        (ChargeKind.POWER_DEMAND, None): "66750.00",
        (ChargeKind.DELAY_DAMAGES, "phase-2"): "-144000.00",
    },
    "A": {
        (ChargeKind.CAPACITY, "T1"): "5603328.00",
        (ChargeKind.CAPACITY, "T2"): "933888.00",
        (ChargeKind.POWER_ENERGY, None): "284254.81",
        (ChargeKind.POWER_DEMAND, None): "66750.00",
        (ChargeKind.SERVICE_CREDIT, "T1"): "-6566.40",
        (ChargeKind.SERVICE_CREDIT, "T2"): "-3648.00",
        (ChargeKind.DELAY_DAMAGES, "T2"): "-233472.00",
        (ChargeKind.DEMAND_RESPONSE, None): "-900.00",
        (ChargeKind.PREPAYMENT_CREDIT, "T1"): "-1894754.99",
    },
    "B": {
        (ChargeKind.USAGE, "T1"): "5475500.00",
        (ChargeKind.USAGE, "T2"): "875140.00",
        (ChargeKind.SHORTFALL, None): "491451.35",
        (ChargeKind.POWER_UPSTREAM, None): "351004.81",
        (ChargeKind.MARKUP, None): "10530.14",
        (ChargeKind.SERVICE_CREDIT, "T1"): "-273775.00",
        (ChargeKind.DELAY_DAMAGES, "T2"): "-86630.40",
        (ChargeKind.DEMAND_RESPONSE, None): "-900.00",
    },
}
NETS = {"0": "1291552.88", "A": "6643634.41", "B": "6842320.90"}
MARGINS = {
    "siteco": "936000.00",
    "opco": "5353881.53",
    "hyperco": "198686.49",
    "lab": "-6842320.90",
    "grid": "353752.88",
}


@pytest.fixture(scope="module")
def statement() -> Statement:
    portfolio = world("june-chain")
    return settle_chain(portfolio.contracts, read_records(WORLD), JUNE, as_of=AS_OF)


@pytest.fixture(scope="module")
def report() -> LeakReport:
    portfolio = world("june-chain")
    return leaks(portfolio.contracts, read_records(WORLD), JUNE, as_of=AS_OF)


@pytest.mark.parametrize("name", ["0", "A", "B"])
def test_every_line_of_the_table(statement: Statement, name: str) -> None:
    found: dict[tuple[ChargeKind, str | None], Decimal] = defaultdict(Decimal)
    for charge in statement.by_contract[name].charges:
        found[charge.kind, charge.tranche] += charge.amount
    wanted = {key: Decimal(amount) for key, amount in TABLE[name].items()}
    told = {key: amount for key, amount in found.items() if amount}
    by_kind = _by_kind(told), _by_kind(wanted)
    assert by_kind[0] == by_kind[1]
    named = {key: amount for key, amount in wanted.items() if key[1] is not None}
    assert {key: told.get(key) for key in named} == named


def _by_kind(lines: dict[tuple[ChargeKind, str | None], Decimal]) -> dict[ChargeKind, Decimal]:
    sums: dict[ChargeKind, Decimal] = defaultdict(Decimal)
    for (kind, _), amount in lines.items():
        sums[kind] += amount
    return dict(sums)


def test_nets_and_the_cash_that_is_due(statement: Statement) -> None:
    assert {i.contract: i.net for i in statement.invoices} == {
        name: Decimal(net) for name, net in NETS.items()
    }
    assert statement.by_contract["A"].cash_due == Decimal("4748879.42")


def test_margins_and_money_in_is_money_out(statement: Statement) -> None:
    """The grid supplies electricity and pays for what is not drawn."""
    margins = {p.party: p.margin for p in statement.positions}
    assert set(margins.values()) >= {Decimal(m) for m in MARGINS.values() if m[0] != "3"}
    assert margins["siteco"] == Decimal(MARGINS["siteco"])
    assert margins["opco"] == Decimal(MARGINS["opco"])
    assert margins["hyperco"] == Decimal(MARGINS["hyperco"])
    assert sum(margins.values()) == 0


def test_the_fabric_outage_leaks(report: LeakReport) -> None:
    """It costs HyperCo 273,775.00 downstream in credits, and brings 0 upstream."""
    (outage,) = {leak.fact for leak in report.facts if leak.fact_says.startswith("fabric outage")}
    (leak,) = (
        leak
        for leak in report.facts
        if (leak.party, leak.fact, leak.topic) == ("hyperco", outage, Topic.SERVICE_LEVEL)
    )
    assert (leak.above, leak.below) == (("A",), ("B",))
    assert leak.below_amount == Decimal("-273775.00")
    assert leak.above_amount == 0
    assert leak.net == Decimal("-273775.00")
    (gap,) = (
        gap
        for gap in report.gaps
        if (gap.below, gap.topic, gap.aspect) == ("B", Topic.SERVICE_LEVEL, "scope")
    )
    assert gap.above_says == "per node"
    assert gap.below_says.startswith("per cluster")
