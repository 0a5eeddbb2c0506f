"""Clauses beside their twins: every difference is told, and whom it hurts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from offtake.ledger.aspects import credit_at
from offtake.ledger.terms import ends, minimum, secured
from offtake.ledger.twins import gaps, same_place, twin_tranches
from offtake.model.clause import (
    Clock,
    CreditTier,
    Escalator,
    Holder,
    IndexLink,
    Interval,
    Option,
    OptionKind,
    Prepayment,
    Quantity,
    Rate,
    Scope,
    Security,
    SecurityKind,
    TakeOrPay,
    TariffPart,
)
from offtake.model.contract import Contract, Rounding, RoundingRule
from offtake.model.leak import Gap, Side, Topic
from tests.ledger.june import CONTRACT_0, CONTRACT_A, CONTRACT_B


def found(above: Contract, below: Contract, topic: Topic, aspect: str) -> Gap:
    """Give the one gap of an aspect."""
    (gap,) = (g for g in gaps(above, below) if (g.topic, g.aspect) == (topic, aspect))
    assert (gap.above, gap.below, gap.party) == (above.id, below.id, below.seller)
    return gap


def test_a_contract_and_its_copy_have_no_gap() -> None:
    twin = replace(CONTRACT_A, id="A2", seller="hyperco", buyer="lab", upstream=("A",))
    assert gaps(CONTRACT_A, twin) == ()


def test_the_service_level_of_the_worked_month() -> None:
    gap = found(CONTRACT_A, CONTRACT_B, Topic.SERVICE_LEVEL, "scope")
    assert (gap.above_clause, gap.below_clause) == ("service_levels.node", "service_levels.cluster")
    assert gap.above_says == "per node"
    assert gap.below_says == "per cluster (up while 98 % of its nodes are)"
    assert gap.side is Side.EITHER
    tiers = found(CONTRACT_A, CONTRACT_B, Topic.SERVICE_LEVEL, "tiers")
    assert tiers.above_says == "below 99.5 %: 10 %; below 99 %: 30 %; below 95 %: 100 %"


def test_delay_and_minimum_of_the_worked_month() -> None:
    share = found(CONTRACT_A, CONTRACT_B, Topic.DELAY, "share")
    assert (share.above_says, share.below_says) == (
        "50 % of the daily fee",
        "25 % of the daily fee",
    )
    assert share.side is Side.FOR
    assert found(CONTRACT_A, CONTRACT_B, Topic.DELAY, "grace").side is Side.FOR
    least = found(CONTRACT_A, CONTRACT_B, Topic.MINIMUM, "level and base")
    assert least.above_says == "100 % of what is delivered"
    assert least.below_says == "85 % of what is available"
    assert least.side is Side.AGAINST


def test_a_clause_without_a_twin_is_told_from_both_sides() -> None:
    gap = found(CONTRACT_0, CONTRACT_A, Topic.SERVICE_LEVEL, "none above")
    assert (gap.above_clause, gap.below_clause) == (None, "service_levels.node")
    assert gap.side is Side.AGAINST
    gap = found(CONTRACT_A, CONTRACT_B, Topic.PREPAYMENT, "none below")
    assert (gap.above_clause, gap.below_clause) == ("prepayments[0]", None)
    assert gap.side is Side.AGAINST


LEVEL = CONTRACT_A.service_levels[0]
LEVELS: list[tuple[str, dict[str, Any], dict[str, Any], Side]] = [
    (
        "scope",
        {"scope": Scope.CLUSTER},
        {"scope": Scope.CLUSTER, "up_share": Decimal("0.9")},
        Side.FOR,
    ),
    ("interval", {}, {"interval": Interval.QUARTER}, Side.EITHER),
    ("shortest outage", {"shortest_outage_minutes": 30.0}, {}, Side.AGAINST),
    ("clock", {"clock": Clock.NOTICE}, {}, Side.AGAINST),
    ("clock", {}, {"clock": Clock.NOTICE}, Side.FOR),
    ("maintenance", {}, {"maintenance_counts_as_up": False}, Side.AGAINST),
    ("maintenance allowance", {}, {"maintenance_allowance_hours": 4.0}, Side.AGAINST),
    ("maintenance allowance", {"maintenance_allowance_hours": 4.0}, {}, Side.FOR),
    ("excluded causes", {"excluded_causes": ("grid",)}, {}, Side.AGAINST),
    ("cap", {"credit_cap_share": Decimal("0.1")}, {}, Side.AGAINST),
    ("cap", {}, {"credit_cap_share": Decimal("0.1")}, Side.FOR),
    ("claim deadline", {"claim_deadline_days": 10.0}, {}, Side.AGAINST),
    ("sole remedy", {}, {"sole_remedy": False}, Side.AGAINST),
    ("chronic failure", {}, {"chronic_breach_count": 3}, Side.AGAINST),
    (
        "tiers",
        {},
        {
            "credits": (
                *LEVEL.credits,
                CreditTier(below_share=Decimal("0.9999"), credit_share=Decimal("0.01")),
            )
        },
        Side.AGAINST,
    ),
]


@pytest.mark.parametrize(("aspect", "above", "below", "side"), LEVELS)
def test_every_aspect_of_a_service_level(
    aspect: str, above: dict[str, Any], below: dict[str, Any], side: Side
) -> None:
    upper = replace(CONTRACT_A, service_levels=(replace(LEVEL, **above),))
    lower = replace(CONTRACT_A, id="A2", service_levels=(replace(LEVEL, **below),))
    (gap,) = (g for g in gaps(upper, lower) if g.topic is Topic.SERVICE_LEVEL)
    assert (gap.aspect, gap.side) == (aspect, side)
    assert gap.text.endswith(".")
    assert gap.above_says != gap.below_says


def test_service_levels_meet_the_one_of_their_scope_first() -> None:
    cluster = replace(LEVEL, id="cluster", scope=Scope.CLUSTER)
    upper = replace(CONTRACT_A, service_levels=(LEVEL, cluster))
    lower = replace(CONTRACT_A, id="A2", service_levels=(cluster, LEVEL))
    assert [g for g in gaps(upper, lower) if g.topic is Topic.SERVICE_LEVEL] == []


def test_clauses_of_different_tranches_are_not_twins() -> None:
    first, second = replace(LEVEL, tranches=("T1",)), replace(LEVEL, tranches=("T2",))
    upper = replace(CONTRACT_A, service_levels=(first,))
    lower = replace(CONTRACT_A, id="A2", service_levels=(second,))
    told = {g.aspect for g in gaps(upper, lower) if g.topic is Topic.SERVICE_LEVEL}
    assert told == {"none below", "none above"}


def test_power_compares_what_the_meter_prices() -> None:
    clause = CONTRACT_A.pass_through
    assert clause is not None
    cheaper = replace(clause, pue_cap_ratio=None, markup_share=Decimal("0.02"))
    fewer = replace(clause, parts=(TariffPart.ENERGY,))
    upper = replace(CONTRACT_A, pass_through=cheaper)
    lower = replace(CONTRACT_A, id="A2", pass_through=fewer)
    assert found(upper, lower, Topic.POWER, "PUE cap").side is Side.AGAINST
    assert found(upper, lower, Topic.POWER, "markup").side is Side.AGAINST
    assert found(upper, lower, Topic.POWER, "parts").side is Side.AGAINST
    told = {g.aspect for g in gaps(CONTRACT_A, CONTRACT_B) if g.topic is Topic.POWER}
    assert told == {"cost", "markup"}, "a cap means nothing where the link above is handed on"


def test_terms_due_dates_and_their_ends() -> None:
    gap = found(CONTRACT_0, CONTRACT_A, Topic.TERM, "due date of T2")
    assert (gap.above_says, gap.below_says) == ("phase-2 due 2027-06-01", "T2 due 2027-06-11")
    assert gap.side is Side.FOR
    assert found(CONTRACT_0, CONTRACT_A, Topic.TERM, "end of T1").side is Side.AGAINST
    tranche = replace(CONTRACT_A.tranches[0], due=date(2027, 1, 31), term_months=1)
    assert ends(tranche) == date(2027, 2, 28)


def test_options_and_their_notice() -> None:
    ending = Option(id="exit", kind=OptionKind.TERMINATE, notice_days=90.0)
    lower = replace(CONTRACT_B, options=(ending,))
    gap = found(CONTRACT_A, lower, Topic.OPTIONS, "terminate: exit")
    assert gap.side is Side.AGAINST
    assert gap.below_says == "buyer may terminate on 90 days' notice"
    slower = replace(ending, id="leave", notice_days=180.0)
    upper = replace(CONTRACT_A, options=(slower,))
    gap = found(upper, lower, Topic.OPTIONS, "notice to terminate: exit")
    assert (gap.side, gap.text) == (
        Side.AGAINST,
        "The middle party has 90 days short to hand the notice on.",
    )
    sellers = replace(ending, holder=Holder.SELLER)
    gap = found(
        replace(CONTRACT_A, options=(sellers,)), CONTRACT_B, Topic.OPTIONS, "terminate: exit"
    )
    assert gap.above_clause == "options.exit"
    assert gap.below_clause is None


def test_prices_that_follow_and_prices_that_do_not() -> None:
    link = IndexLink(index="H200", reference_price=Decimal("2"), cap_price=Decimal("3"))
    step = Escalator(step_share=Decimal("0.03"))
    rate = replace(CONTRACT_A.rates[0], index=link, escalator=step)
    upper = replace(CONTRACT_A, rates=(rate,))
    gap = found(upper, CONTRACT_B, Topic.PRICE, "index")
    assert gap.above_says == "100 % follows H200 at the month-average fixing, cap 3"
    assert gap.below_says == "fixed price"
    assert found(upper, CONTRACT_B, Topic.PRICE, "steps").side is Side.AGAINST


def test_currency_rounding_and_security() -> None:
    held = Security(kind=SecurityKind.DEPOSIT, giver="hyperco", amount=Decimal("1000"))
    upper = replace(CONTRACT_A, security=(held,))
    lower = replace(CONTRACT_B, currency="EUR", rounding=Rounding(rule=RoundingRule.DOWN))
    assert found(upper, lower, Topic.CURRENCY, "currency").below_says == "EUR"
    assert found(upper, lower, Topic.CURRENCY, "rounding").below_says == "down, 2 places"
    assert found(upper, lower, Topic.SECURITY, "behind payments").side is Side.EITHER
    assert found(upper, CONTRACT_B, Topic.SECURITY, "behind payments").side is Side.AGAINST
    assert secured(upper, "hyperco") == 1000
    assert secured(upper, "opco") == 0


def test_minimums_of_each_kind() -> None:
    assert minimum(CONTRACT_A) == (Decimal(1), Quantity.DELIVERED, "rates.capacity")
    assert minimum(CONTRACT_B) == (Decimal("0.85"), Quantity.AVAILABLE, "commitments[0]")
    free = replace(CONTRACT_B, commitments=())
    assert minimum(free)[0] == 0
    assert found(CONTRACT_A, free, Topic.MINIMUM, "level and base").below_says == "no minimum"
    year = TakeOrPay(
        level_share=Decimal("0.85"),
        base=Quantity.AVAILABLE,
        interval=Interval.YEAR,
        carry_forward_months=3,
    )
    yearly = replace(CONTRACT_B, id="B2", commitments=(year,))
    assert found(CONTRACT_B, yearly, Topic.MINIMUM, "interval").below_says == "each year"
    assert found(CONTRACT_B, yearly, Topic.MINIMUM, "make-up").side is Side.AGAINST


def test_prepayments_compare_cash() -> None:
    more = Prepayment(share=Decimal("0.3"), instalment_count=36, credit_from_month=25, lead_days=30)
    lower = replace(CONTRACT_A, id="A2", prepayments=(more,))
    assert found(CONTRACT_A, lower, Topic.PREPAYMENT, "share").side is Side.FOR
    assert found(lower, CONTRACT_A, Topic.PREPAYMENT, "share").side is Side.AGAINST


def test_places_are_told_by_nodes_then_phase_and_else_not_guessed() -> None:
    first, second = CONTRACT_A.tranches
    assert same_place(first, first) is True
    assert same_place(first, second) is False
    assert same_place(first, replace(first, site="elsewhere")) is False
    shell = CONTRACT_0.tranches[0]
    assert same_place(shell, first) is True
    assert same_place(shell, second) is False
    unsaid = replace(shell, phase=None)
    assert same_place(unsaid, first) is None
    bare = replace(CONTRACT_0, tranches=(unsaid, replace(unsaid, id="phase-2")))
    assert twin_tranches(bare, CONTRACT_A) == ()
    single = replace(CONTRACT_0, tranches=(unsaid,))
    assert [low.id for _, low in twin_tranches(single, CONTRACT_A)] == ["T1", "T2"]


def test_the_lowest_tier_reached_holds() -> None:
    tiers = LEVEL.credits
    shares = [credit_at(tiers, Decimal(a)) for a in ("0.995", "0.994", "0.98", "0.90")]
    assert shares == [0, Decimal("0.10"), Decimal("0.30"), Decimal("1.00")]


def test_a_contract_without_rates_has_no_minimum() -> None:
    assert minimum(replace(CONTRACT_0, rates=()))[0] == 0
    flat = Rate(id="rent", basis=CONTRACT_0.rates[0].basis, price=Decimal(1))
    assert minimum(replace(CONTRACT_0, rates=(flat,)))[0] == 1
