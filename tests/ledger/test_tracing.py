"""A line laid out: its clause, its arithmetic, and everything recorded that it rests on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from offtake.errors import OfftakeError
from offtake.ledger.chain import settle_chain
from offtake.ledger.tracing import Trace, clause_facts, trace
from offtake.model.charge import Charge, ChargeKind
from offtake.model.statement import External, Statement
from tests.ledger.june import AS_OF, CONTRACT_A, CONTRACT_B, CONTRACTS, JUNE, RECORDS


@pytest.fixture(scope="module")
def june() -> Statement:
    return settle_chain(CONTRACTS, RECORDS, JUNE, as_of=AS_OF)


def traced(june: Statement, name: str) -> Trace:
    return trace(name, [june], CONTRACTS, RECORDS)


def line_of(june: Statement, contract: str, kind: ChargeKind) -> Charge:
    return next(c for c in june.by_contract[contract].charges if c.kind is kind)


def test_a_credit_rests_on_its_outages_and_its_clause(june: Statement) -> None:
    line = line_of(june, "B", ChargeKind.SERVICE_CREDIT)
    found = traced(june, line.id)
    assert found.line == line
    assert dict(found.clause)["scope"] == "cluster"
    assert dict(found.clause)["up_share"] == "0.98"
    cited = {one.source: dict(one.facts) for one in found.cited}
    assert cited["event:fabric-t1"]["nodes"] == "n[001-512]"
    assert found.missing == ()


def test_electricity_handed_on_is_traced_up_the_chain_to_meter_tariff_and_fixing(
    june: Statement,
) -> None:
    found = traced(june, line_of(june, "B", ChargeKind.POWER_UPSTREAM).id)
    above = {each.line.id for each in found.lines}
    energy = line_of(june, "A", ChargeKind.POWER_ENERGY).id
    assert energy in above
    deeper = next(each for each in found.lines if each.line.id == energy)
    cited = {one.source: dict(one.facts) for one in deeper.cited}
    assert cited["fixing:USD/NOK/2027-06-30"]["value_amount"] == "10.4000"
    assert cited["tariff:fjord-power"]["energy_price"] == "0.50"
    meter = cited["reading:meter-site/2027-06"]
    assert meter["amount"] == "6007100000 Wh"
    assert (meter["starts"], meter["site"]) == ("2027-06-01T00:00:00Z", "fjord")


def test_every_line_of_the_month_can_be_traced(june: Statement) -> None:
    lines: list[Charge | External] = [*june.charges, *june.externals]
    for line in lines:
        found = traced(june, line.id)
        assert found.steps == line.steps
        assert found.missing == ()
        assert found.clause or not isinstance(line, Charge)


def test_the_end_of_a_name_is_enough_where_it_is_the_only_one(june: Statement) -> None:
    name = line_of(june, "B", ChargeKind.SHORTFALL).id.split("/", 2)[2]
    assert traced(june, name).line.id.endswith(name)
    common = line_of(june, "A", ChargeKind.POWER_ENERGY).id.split("/", 2)[2]
    with pytest.raises(OfftakeError) as raised:
        traced(june, common)
    (fault,) = raised.value.faults
    assert fault.code == "OTK-L155"
    assert f"0/2027-06/{common}" in str(fault.hint)


def test_a_line_that_is_not_there_is_refused_with_the_nearest(june: Statement) -> None:
    name = line_of(june, "A", ChargeKind.CAPACITY).id
    with pytest.raises(OfftakeError) as raised:
        traced(june, name + "x")
    (fault,) = raised.value.faults
    assert (fault.code, fault.got) == ("OTK-L155", name + "x")
    assert f"'{name}'" in str(fault.hint)


def test_what_is_not_in_the_records_given_is_named(june: Statement) -> None:
    line = line_of(june, "B", ChargeKind.SERVICE_CREDIT)
    found = trace(line.id, [june], CONTRACTS, replace(RECORDS, events=()))
    assert "event:fabric-t1" in found.missing
    alone = replace(june, invoices=tuple(i for i in june.invoices if i.contract == "B"))
    found = trace(line_of(june, "B", ChargeKind.POWER_UPSTREAM).id, [alone], CONTRACTS, RECORDS)
    assert found.lines == ()
    assert found.missing[0].startswith("line:A/2027-06/")


def test_clauses_are_found_by_name_and_by_place() -> None:
    rate = dict(clause_facts(CONTRACT_A, "rates.capacity"))
    assert (rate["price"], rate["basis"]) == ("1.90", "gpu-hour")
    assert dict(clause_facts(CONTRACT_B, "commitments[0]"))["level_share"] == "0.85"
    assert dict(clause_facts(CONTRACT_B, "commitments.0"))["base"] == "available"
    assert dict(clause_facts(CONTRACT_A, "delay_damages[0]"))["abates_rent"] == "no"
    tiers = dict(clause_facts(CONTRACT_A, "service_levels.node"))
    assert tiers["credits[0].below_share"] == "0.995"
    assert dict(clause_facts(CONTRACT_A, "rates.nothing")) == {}
    assert dict(clause_facts(CONTRACT_A, "taxes[3]")) == {}
