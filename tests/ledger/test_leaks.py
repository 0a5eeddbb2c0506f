"""The leak report: gaps in words, facts and what-ifs priced by settling."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from offtake.errors import OfftakeError
from offtake.ledger.chain import settle_chain
from offtake.ledger.leaks import leaks
from offtake.model.clause import Security, SecurityKind
from offtake.model.leak import TOGETHER, Leak, LeakReport, Topic
from offtake.model.statement import Statement
from tests.ledger.june import AS_OF, CONTRACT_0, CONTRACT_A, CONTRACT_B, CONTRACTS, JUNE, RECORDS

CREDITS, MINIMUM, DELAY = Topic.SERVICE_LEVEL, Topic.MINIMUM, Topic.DELAY


@pytest.fixture(scope="module")
def june() -> Statement:
    return settle_chain(CONTRACTS, RECORDS, JUNE, as_of=AS_OF)


@pytest.fixture(scope="module")
def report() -> LeakReport:
    return leaks(CONTRACTS, RECORDS, JUNE, as_of=AS_OF)


def rows(found: tuple[Leak, ...], party: str, fact: str) -> dict[Topic, tuple[Decimal, Decimal]]:
    """Give what a fact brings a party from above and below, by topic."""
    return {
        leak.topic: (leak.above_amount, leak.below_amount)
        for leak in found
        if (leak.party, leak.fact) == (party, fact)
    }


def money(above: str, below: str) -> tuple[Decimal, Decimal]:
    return Decimal(above), Decimal(below)


def test_the_fabric_outage_costs_below_and_brings_nothing_above(report: LeakReport) -> None:
    """273,775.00 in credits; and the minimum falls by 0.85 · 14,677 1/3 GPU-hours · 2.35."""
    found = rows(report.facts, "hyperco", "fabric-t1")
    assert found == {CREDITS: money("0", "-273775.00"), MINIMUM: money("0", "-29317.97")}
    assert rows(report.facts, "opco", "fabric-t1") == {}


def test_one_node_brings_above_and_costs_nothing_below_but_the_minimum(report: LeakReport) -> None:
    """30 % of n001's fee of 10,944: HyperCo keeps what it need not hand on."""
    assert rows(report.facts, "hyperco", "node-001") == {
        CREDITS: money("3283.20", "0"),
        MINIMUM: money("0", "-159.80"),
    }
    assert rows(report.facts, "opco", "node-001") == {CREDITS: money("0", "-3283.20")}


def test_late_capacity_is_one_fact_along_the_chain(report: LeakReport) -> None:
    late = rows(report.facts, "hyperco", "late:B.T2")
    assert late[DELAY] == money("233472.00", "-86630.40")
    assert late[Topic.PRICE] == money("933888.00", "0")
    assert rows(report.facts, "opco", "late:B.T2")[DELAY] == money("144000.00", "-233472.00")


def test_demand_response_brings_money_from_outside(report: LeakReport) -> None:
    (own,) = (one for one in report.facts if (one.party, one.fact) == ("opco", "reserve-1"))
    assert (own.outside_amount, own.below_amount) == money("1800.00", "-900.00")
    assert own.net == Decimal("900.00")
    assert rows(report.facts, "hyperco", "reserve-1") == {
        Topic.DEMAND_RESPONSE: money("900.00", "-900.00")
    }


def test_what_facts_do_together_has_rows_of_its_own(report: LeakReport) -> None:
    """n002's 5 h alone credit 10 %, with the fabric's outage 30 %; n600 serves fewer days."""
    together = rows(report.facts, "opco", TOGETHER)
    assert together[CREDITS] == money("0", "1459.20")
    single = sum(
        (
            leak.below_amount
            for leak in report.facts
            if leak.party == "opco" and leak.topic is CREDITS
        ),
        Decimal(0),
    )
    assert single == Decimal("-10214.40"), "all rows add up to the month's credits"


def test_a_row_is_a_sum_of_lines(report: LeakReport, june: Statement) -> None:
    names = {charge.id for charge in june.charges} | {e.id for e in june.externals}
    for leak in report.facts:
        total = sum(shift.minor for shift in leak.shifts)
        assert abs(total) == abs(leak.net_minor) or len(leak.shifts) > 1
        if leak.fact == "fabric-t1":
            assert {shift.line for shift in leak.shifts} <= names


def test_gaps_of_both_neighbours_are_told(report: LeakReport) -> None:
    assert {(gap.above, gap.below) for gap in report.gaps} == {("0", "A"), ("A", "B")}
    assert {gap.party for gap in report.gaps} == {"opco", "hyperco"}
    assert report.notes == ()


def test_every_standard_what_if_is_priced(report: LeakReport) -> None:
    assert {leak.fact for leak in report.what_ifs} == {
        "fabric-4h/B.T1",
        "late-30/B.T1",
        "use-30",
        "undelivered/0",
        "undelivered/A",
        "unpaid/B",
    }


def test_four_hours_more_take_every_node_below_its_level(report: LeakReport) -> None:
    """Together with the month's 3 h 35 min: 98.95 % of each node, and of the cluster.

    A credits 30 % of T1's fee but for n001 and n002, which had 30 % before; B goes from 5 %
    to 25 % of T1's fee.
    """
    found = rows(report.what_ifs, "hyperco", "fabric-4h/B.T1")
    each = Decimal("10944.00") * Decimal("0.3")
    assert found[CREDITS] == (510 * each, Decimal("-1095100.00"))


def test_a_buyer_that_does_not_pay_costs_all_but_what_stands_behind_it(report: LeakReport) -> None:
    assert rows(report.what_ifs, "hyperco", "unpaid/B") == {
        Topic.SECURITY: money("0", "-6842320.90")
    }
    held = Security(kind=SecurityKind.LETTER_OF_CREDIT, giver="bank", amount=Decimal("842320.90"))
    ours = Security(kind=SecurityKind.DEPOSIT, giver="hyperco", amount=Decimal("999"))
    secured = replace(CONTRACT_B, security=(held, ours))
    made = leaks((CONTRACT_0, CONTRACT_A, secured), RECORDS, JUNE, as_of=AS_OF)
    assert rows(made.what_ifs, "hyperco", "unpaid/B") == {Topic.SECURITY: money("0", "-6000000.00")}


def test_a_seller_that_delivers_nothing_is_owed_nothing(
    report: LeakReport, june: Statement
) -> None:
    """HyperCo saves all of A and loses all of B: the use, the minimum and the electricity."""
    found = rows(report.what_ifs, "hyperco", "undelivered/A")
    assert sum(above for above, _ in found.values()) == june.by_contract["A"].net
    left = june.by_contract["B"].net + sum(below for _, below in found.values())
    delay_and_share = Decimal("-86630.40") + Decimal("-900.00")
    assert left == delay_and_share


def test_less_use_is_caught_by_the_minimum(report: LeakReport) -> None:
    found = rows(report.what_ifs, "hyperco", "use-30")
    assert found[Topic.PRICE] == money("0", "-1905192.00")
    assert found[MINIMUM] == money("0", "1905192.00")


def test_small_facts_can_be_priced_as_one() -> None:
    made = leaks(CONTRACTS, RECORDS, JUNE, as_of=AS_OF, most=2)
    named = {"late:B.T2", "fabric-t1", "reserve-1", "others", TOGETHER}
    assert {leak.fact for leak in made.facts} == named
    credits = [k.below_minor for k in made.facts if (k.party, k.topic) == ("opco", CREDITS)]
    assert sum(credits) == -1021440


def test_a_month_that_cannot_be_settled_is_refused() -> None:
    with pytest.raises(OfftakeError):
        leaks(CONTRACTS, replace(RECORDS, fixings=()), JUNE, as_of=AS_OF)


def test_a_month_without_facts_has_none() -> None:
    """One contract alone has no party in the middle, and no gap."""
    made = leaks((CONTRACT_0,), RECORDS, JUNE, as_of=AS_OF)
    assert (made.gaps, made.facts, made.what_ifs) == ((), (), ())
