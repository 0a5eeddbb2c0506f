"""Service credits: the worked month to the cent, tiers, caps, deadlines and rights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from offtake.ledger.breaches import percent
from offtake.ledger.case import Case
from offtake.ledger.rates import rates
from offtake.ledger.service_levels import credits
from offtake.model.charge import Charge
from offtake.model.clause import Basis, CreditTier, Interval, Rate, Scope, ServiceLevel
from offtake.model.contract import Contract
from offtake.model.event import Event, EventKind
from offtake.model.month import Month
from tests.ledger.cases import amounts, case_of, down, exact, june
from tests.ledger.june import AS_OF, CONTRACT_A, CONTRACT_B, EVENTS, JUNE, records

ACCEPTED = tuple(e for e in EVENTS if e.kind is EventKind.ACCEPTED)
(NODE,) = CONTRACT_A.service_levels
NODE_FEE = exact("10944.00")
"""A node of T1 for June: 8 · 720 h · 1.90."""


def credited(
    contract: Contract = CONTRACT_A,
    events: Sequence[Event] = EVENTS,
    *,
    month: Month = JUNE,
    as_of: datetime = AS_OF,
) -> tuple[Case, tuple[Charge, ...]]:
    case = case_of(contract, records(tuple(events)), month=month, as_of=as_of)
    lines = credits(case, rates(case, ()))
    assert not case.faults, case.faults
    return case, lines


def with_level(**terms: Any) -> Contract:
    return replace(CONTRACT_A, service_levels=(replace(NODE, **terms),))


def of(*events: Event, **terms: Any) -> dict[str, Decimal]:
    """The credits of these events alone, by what they are of."""
    _, lines = credited(with_level(**terms), (*ACCEPTED, *events))
    return {name.removeprefix("service_levels.node."): a for name, a in amounts(lines).items()}


def outage(hours: float, nodes: str = "n001", name: str = "x", day: int = 3, **more: Any) -> Event:
    starts = june(day)
    return down(name, nodes, starts, starts + timedelta(hours=hours), **more)


def test_the_worked_month_of_contract_a() -> None:
    _, lines = credited()
    assert amounts(lines) == {
        "service_levels.node.T1.n001": exact("-3283.20"),
        "service_levels.node.T1.n002": exact("-3283.20"),
        "service_levels.node.T2.n600": exact("-3648.00"),
    }
    assert [line.text for line in lines] == [
        "n001 was up 98.333333 %: credit of 30 % of its fee",
        "n002 was up 98.80787 %: credit of 30 % of its fee",
        "n600 was up 75 %: credit of 100 % of its fee",
    ]


def test_the_worked_month_of_contract_b() -> None:
    month = case_of(CONTRACT_B)
    (line,) = credits(month, rates(month, ()))
    assert (line.id, line.amount) == ("B/2027-06/service_levels.cluster.T1", exact("-273775.00"))
    assert line.price == 5_475_500  # what T1 used, the minimum left out


def test_a_line_says_what_it_rests_on() -> None:
    _, lines = credited()
    told = {step.what: (step.value, step.sources) for step in lines[0].steps}
    assert told["n001 in service"] == (720, ("event:accept-t1",))
    assert told["n001 down, outages united"] == (12, ("event:fabric-t1", "event:node-001"))
    assert told["availability of n001"] == (Fraction(59, 60), ())
    assert told["credit below 99 %"] == (Fraction(3, 10), ("clause:service_levels.node",))
    assert told["charged for T1"] == (5_603_328, ("line:A/2027-06/rates.capacity.T1",))
    assert told["fee of n001"] == (Fraction(NODE_FEE), ())


def test_other_readings_of_the_terms_give_other_amounts() -> None:
    right = sum(amounts(credited()[1]).values())
    assert right == exact("-10214.40")
    # Maintenance as down: n003 falls to 98.67 %, and joins those at 30 %.
    down_too = sum(amounts(credited(with_level(maintenance_counts_as_up=False))[1]).values())
    assert down_too == right - exact("3283.20")
    # Outages added: n001 would be down 13 h 35 min; between 12 h and that lies a tier of its own.
    between = (CreditTier(below_share=exact("0.982"), credit_share=exact("1")),)
    assert amounts(credited(with_level(credits=between))[1]).keys() == {
        "service_levels.node.T2.n600"
    }
    # The whole month as T2's window: 660 of 720 h would be 91.67 %, above a tier at 80 %.
    low = (CreditTier(below_share=exact("0.80"), credit_share=exact("1")),)
    assert sum(amounts(credited(with_level(credits=low))[1]).values()) == exact("-3648.00")


@pytest.mark.parametrize(
    ("hours", "share"),
    [(3.6, None), (3.61, "0.1"), (7.2, "0.1"), (7.21, "0.3"), (36, "0.3"), (36.1, "1"), (720, "1")],
)
def test_the_lowest_tier_reached_holds(hours: float, share: str | None) -> None:
    found = of(outage(hours, day=1))
    assert found == ({} if share is None else {"T1.n001": -NODE_FEE * exact(share)})


def test_nodes_of_one_fate_are_one_line() -> None:
    _, lines = credited(with_level(), (*ACCEPTED, outage(8, "n[001-512]", scope=Scope.FABRIC)))
    (line,) = lines
    assert line.subject == "n[001-512]"
    assert line.id.endswith(".T1.n001")
    assert line.amount == -512 * NODE_FEE * exact("0.3")


def test_a_rack_is_one_line_and_nodes_apart_are_others() -> None:
    events = (outage(8, "n[010-027]", scope=Scope.RACK), outage(4, "n020", "y", 5))
    _, lines = credited(with_level(), (*ACCEPTED, *events))
    assert {line.subject: line.amount for line in lines} == {
        "n[010-019,021-027]": -17 * NODE_FEE * exact("0.3"),
        "n020": -NODE_FEE * exact("0.3"),
    }


def test_the_rest_of_a_fabric_keeps_its_name_when_a_node_leaves_it() -> None:
    fabric = outage(8, "n[001-512]", scope=Scope.FABRIC)
    _, before = credited(with_level(), (*ACCEPTED, fabric))
    _, after = credited(with_level(), (*ACCEPTED, fabric, outage(40, "n300", "late", 10)))
    assert {line.id for line in before} < {line.id for line in after}
    assert after[1].subject == "n[001-299,301-512]"


def test_one_rounding_a_line_is_not_one_a_node() -> None:
    third = with_level(
        credits=(CreditTier(below_share=exact("0.99"), credit_share=exact("0.33333")),)
    )
    _, (line,) = credited(third, (*ACCEPTED, outage(8, "n[001-512]", scope=Scope.FABRIC)))
    whole = exact("-1867757.32")  # 5,603,328 · 0.33333 = 1,867,757.32224
    assert line.amount == whole
    alone = of(outage(8), credits=third.service_levels[0].credits)["T1.n001"]
    assert alone * 512 != whole


def test_accelerators_are_credited_by_their_own_part_of_the_fee() -> None:
    level = ServiceLevel(id="node", scope=Scope.GPU, credits=NODE.credits)
    contract = replace(CONTRACT_A, service_levels=(level,))
    events = (
        outage(8, scope=Scope.GPU, gpu_count=1),
        outage(40, name="y", day=10, scope=Scope.GPU, gpu_count=3),
    )
    _, lines = credited(contract, (*ACCEPTED, *events))
    gpu = NODE_FEE / 8
    assert amounts(lines) == {
        "service_levels.node.T1.n001.gpu0": -gpu,  # 48 h
        "service_levels.node.T1.n001.gpu1": -2 * gpu,  # 40 h each: 94.44 %
    }
    assert {line.subject for line in lines} == {"n001"}


def test_credits_stop_at_their_cap() -> None:
    capped = with_level(credit_cap_share=exact("0.0001"))
    _, lines = credited(capped)
    assert sum(line.amount for line in lines) == exact("-653.72")  # of 6,537,216.00
    assert lines[-1].id.endswith("service_levels.node.cap")
    assert [line.amount for line in lines[:-1]] == [line.amount for line in credited()[1]]
    assert credited(with_level(credit_cap_share=exact("1")))[1] == credited()[1]


def claim(when: datetime, **more: Any) -> Event:
    told: dict[str, Any] = {"contract": "A", "service_level": "node", "month": JUNE}
    told |= more
    return Event(id="claim", kind=EventKind.CLAIMED, starts=when, recorded=when, **told)


JULY_10, AUGUST = datetime(2027, 7, 10, tzinfo=UTC), datetime(2027, 8, 15, tzinfo=UTC)


def test_a_credit_with_a_deadline_is_a_line_once_it_is_claimed_in_time() -> None:
    contract = with_level(claim_deadline_days=30)
    case, lines = credited(contract)
    assert lines == ()
    assert case.notes == [
        "service_levels.node: 3 credits of 10,214.40 USD are not claimed; "
        "claim them by 2027-07-31T00:00:00Z"
    ]
    case, lines = credited(contract, (*EVENTS, claim(JULY_10)), as_of=AUGUST)
    assert lines == credited()[1]
    assert case.notes == []
    case, lines = credited(contract, as_of=AUGUST)
    assert lines == ()
    assert "were not claimed by 2027-07-31T00:00:00Z and lapsed" in case.notes[0]


@pytest.mark.parametrize(
    "wrong",
    [
        claim(datetime(2027, 8, 1, tzinfo=UTC)),
        claim(JULY_10, month=Month(2027, 5)),
        claim(JULY_10, contract="B"),
        claim(JULY_10, service_level="other"),
        claim(JULY_10, tranches=("A.T9",)),
    ],
)
def test_another_claim_or_a_late_one_gives_nothing(wrong: Event) -> None:
    _, lines = credited(with_level(claim_deadline_days=30), (*EVENTS, wrong), as_of=AUGUST)
    assert lines == ()


def test_a_claim_of_one_tranche_gives_its_credits_alone() -> None:
    contract = with_level(claim_deadline_days=30)
    _, lines = credited(contract, (*EVENTS, claim(JULY_10, tranches=("A.T2",))), as_of=AUGUST)
    assert [line.subject for line in lines] == ["n600"]


def test_a_service_level_holds_for_the_tranches_it_names() -> None:
    assert [line.subject for line in credited(with_level(tranches=("T2",)))[1]] == ["n600"]


def test_a_quarter_is_settled_with_its_last_month_on_the_fees_of_all() -> None:
    contract = with_level(interval=Interval.QUARTER, tranches=("T1",))
    may = datetime(2027, 5, 3, tzinfo=UTC)
    events = (*ACCEPTED, down("x", "n001", may, may + timedelta(hours=30)))
    assert credited(contract, events, month=Month(2027, 5))[1] == ()
    _, (line,) = credited(contract, events)
    hours = 91 * 24
    assert line.price == hours * 8 * Fraction("1.90")
    assert line.amount == (hours * 8 * exact("1.90") * exact("0.3")).quantize(exact("0.01")) * -1
    assert [s for step in line.steps for s in step.sources if s.startswith("line:")] == [
        f"line:A/2027-0{month}/rates.capacity.T1" for month in (4, 5, 6)
    ]


def test_what_is_paid_once_is_no_fee_of_a_month() -> None:
    once = Rate(id="setup", basis=Basis.FLAT_ONCE, price=exact("512"), starts=june(5).date())
    contract = replace(CONTRACT_A, rates=(*CONTRACT_A.rates, once))
    assert amounts(credited(contract)[1]) == amounts(credited()[1])


def yearly(node: str, months: Sequence[int], hours: int = 8) -> list[Event]:
    third = {month: datetime(2027, month, 3, tzinfo=UTC) for month in months}
    length = timedelta(hours=hours)
    return [down(f"{node}-{m}", node, day, day + length) for m, day in third.items()]


def test_chronic_breaches_are_noted_as_a_right() -> None:
    contract = with_level(chronic_breach_count=3)
    events = (
        *ACCEPTED,
        *yearly("n001", (4, 5, 6)),
        *yearly("n002", (5, 6)),
        *yearly("n003", (1, 2, 3)),
    )
    case, _ = credited(contract, events)
    assert case.notes == [
        "service_levels.node: n001 missed it 3 times within a year: "
        "the buyer may terminate T1 (chronic breach)"
    ]
    case, _ = credited(contract, (*ACCEPTED, *yearly("n001", (5, 6))))
    assert case.notes == []


def test_chronic_breaches_of_a_whole_fabric_count_for_each_node() -> None:
    contract = with_level(chronic_breach_count=2)
    events = (*ACCEPTED, *yearly("n[001-512]", (5,)), *yearly("n007", (6,)))
    case, _ = credited(contract, events)
    assert "n007 missed it 2 times" in case.notes[0]


def test_chronic_breaches_of_a_cluster_are_of_the_tranche() -> None:
    level = replace(CONTRACT_B.service_levels[0], chronic_breach_count=2)
    contract = replace(CONTRACT_A, service_levels=(level,))
    events = (*ACCEPTED, *yearly("n[001-256]", (1, 5)), *yearly("n[257-512]", (6,)))
    case, _ = credited(contract, events)
    assert "T1 missed it 3 times within a year" in case.notes[0]


@pytest.mark.parametrize(
    ("share", "said"),
    [
        ("59/60", "98.333333 %"),
        ("8537/8640", "98.80787 %"),
        ("8597/8640", "99.502315 %"),
        ("1", "100 %"),
        ("0", "0 %"),
        ("0.3", "30 %"),
    ],
)
def test_a_share_is_said_as_a_percentage(share: str, said: str) -> None:
    assert percent(Fraction(share)) == said
