"""A statement as FOCUS: cash beside cost, each invoice to the cent, whoever stands in the chain."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtake.errors import OfftakeError
from offtake.files.focus import Bundle, Links, Version, bundle
from offtake.files.focus.columns import (
    BILLING_PERIOD,
    CONTRACT_COMMITMENT,
    COST_AND_USAGE,
    INVOICE_DETAIL,
    Row,
)
from offtake.ledger.chain import settle_chain
from offtake.model.charge import ChargeKind
from offtake.model.clause import Quantity, TakeOrPay
from offtake.model.statement import Statement
from tests.files.focus.worked import ALL_KINDS, LINKS, STATEMENT, Line, changed, charge
from tests.ledger.june import AS_OF, CONTRACT_B, CONTRACTS, JUNE, RECORDS


def rows(made: Bundle, dataset: str = COST_AND_USAGE) -> tuple[Row, ...]:
    return made.by_name[dataset].rows


def row(made: Bundle, line: str, dataset: str = COST_AND_USAGE) -> Row:
    name = "x_ChargeId" if dataset == COST_AND_USAGE else "InvoiceDetailId"
    return next(one for one in rows(made, dataset) if one[name] == line)


def summed(made: Bundle, column: str, **where: object) -> Decimal:
    picked = (r for r in rows(made) if all(r[name] == held for name, held in where.items()))
    return sum((Decimal(str(r[column])) for r in picked), Decimal(0))


def holds_to_the_cent(statement: Statement, made: Bundle) -> None:
    for invoice in statement.invoices:
        assert summed(made, "BilledCost", InvoiceId=invoice.id) == invoice.cash_due
        assert summed(made, "EffectiveCost", InvoiceId=invoice.id) == invoice.net


def test_the_settled_month_adds_up_to_cash_and_cost() -> None:
    statement = settle_chain(CONTRACTS, RECORDS, JUNE, as_of=AS_OF)
    made = bundle(statement, LINKS)
    holds_to_the_cent(statement, made)
    assert summed(made, "BilledCost", BillingAccountId="0") == Decimal("1291552.88")
    assert summed(made, "BilledCost", BillingAccountId="A") == Decimal("4748879.42")
    assert summed(made, "EffectiveCost", BillingAccountId="A") == Decimal("6643634.41")
    assert summed(made, "EffectiveCost", BillingAccountId="B") == Decimal("6842320.90")


@pytest.mark.parametrize("version", list(Version))
@pytest.mark.parametrize("statement", [STATEMENT, ALL_KINDS], ids=["june", "all kinds"])
def test_every_invoice_adds_up_in_every_version(statement: Statement, version: Version) -> None:
    holds_to_the_cent(statement, bundle(statement, LINKS, version=version))


def test_a_minimum_is_bought_once_and_used_and_not_used() -> None:
    made = bundle(STATEMENT, LINKS)
    bought = row(made, "B/2027-06/purchase.0")
    used = row(made, "B/2027-06/rates.use.T1")
    unused = row(made, "B/2027-06/shortfall")
    told = ("ChargeCategory", "BilledCost", "EffectiveCost", "CommitmentDiscountStatus")
    assert [[one[name] for name in told] for one in (bought, used, unused)] == [
        ["Purchase", Decimal("6842091.35"), Decimal(0), None],
        ["Usage", Decimal(0), Decimal("5475500.00"), "Used"],
        ["Usage", Decimal(0), Decimal("491451.35"), "Unused"],
    ]
    name = "B/commitments[0]"
    of_it = {"CommitmentDiscountId": name, "ChargeCategory": "Usage"}
    assert summed(made, "EffectiveCost", **of_it) == bought["BilledCost"]
    assert unused["ConsumedQuantity"] is None
    assert used["ConsumedQuantity"] == 2_330_000
    assert bought["PricingQuantity"] == Decimal("2911528.233333333333")
    applied = json.loads(str(used["ContractApplied"]))["Elements"]
    assert applied == [
        {
            "ContractId": "B",
            "ContractCommitmentId": name,
            "ContractCommitmentAppliedCost": 5475500.00,
        }
    ]


def test_a_month_that_reached_its_minimum_is_billed_as_use() -> None:
    made = bundle(changed("B", without=("shortfall",)), LINKS)
    used = row(made, "B/2027-06/rates.use.T1")
    assert used["BilledCost"] == used["EffectiveCost"] == Decimal("5475500.00")
    assert used["CommitmentDiscountId"] is None
    assert not [
        one
        for one in rows(made)
        if one["ChargeCategory"] == "Purchase" and one["BillingAccountId"] == "B"
    ]


def test_a_prepayment_moves_cash_and_no_cost() -> None:
    made = bundle(STATEMENT, LINKS)
    back = row(made, "A/2027-06/prepaid.T1")
    assert (back["ChargeCategory"], back["EffectiveCost"]) == ("Purchase", Decimal(0))
    assert back["BilledCost"] == Decimal("-1894754.99")
    assert (back["PricingQuantity"], back["ContractedUnitPrice"]) == (
        Decimal(-1),
        Decimal("1894754.99"),
    )


@pytest.mark.parametrize("line", ["0/2027-06/delay.phase-2", "A/2027-06/sla.n001", "B/2027-06/dr"])
def test_credits_damages_and_shares_are_credits(line: str) -> None:
    credit = row(bundle(STATEMENT, LINKS), line)
    assert credit["ChargeCategory"] == "Credit"
    costs = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
    assert len({credit[name] for name in costs}) == 1
    assert credit["SkuPriceId"] is credit["PricingQuantity"] is None


def test_a_correction_names_the_month_and_its_invoice() -> None:
    made = bundle(ALL_KINDS, LINKS)
    line = "B/2027-06/2027-05.sla.T1"
    late = row(made, line)
    assert (late["ChargeClass"], late["ChargeCategory"]) == ("Correction", "Credit")
    assert late["ChargePeriodStart"] == datetime(2027, 5, 1, tzinfo=UTC)
    assert late["BillingPeriodStart"] == datetime(2027, 6, 1, tzinfo=UTC)
    assert row(made, line, INVOICE_DETAIL)["ReferenceInvoiceId"] == "B/2027-05"
    bought = row(made, "B/2027-06/purchase.0.2027-05")
    assert (bought["ChargeClass"], bought["BilledCost"]) == ("Correction", Decimal("0.00"))


def test_more_use_in_a_correction_is_told_in_1_2_alone() -> None:
    line = "B/2027-06/2027-05.use.T1"
    old = row(bundle(ALL_KINDS, LINKS, version=Version.V1_2), line)
    new = row(bundle(ALL_KINDS, LINKS), line)
    assert (old["ConsumedQuantity"], old["ConsumedUnit"]) == (Decimal(100), "GPU-Hours")
    assert new["ConsumedQuantity"] is None


def test_taxes_and_fees() -> None:
    made = bundle(ALL_KINDS, LINKS)
    assert row(made, "B/2027-06/tax")["ChargeCategory"] == "Tax"
    assert row(made, "B/2027-06/tax")["SkuId"] is None
    fee = row(made, "B/2027-06/fee")
    assert (fee["ChargeCategory"], fee["ChargeFrequency"]) == ("Usage", "One-Time")
    assert fee["PricingUnit"] == "Units"
    assert row(made, "B/2027-06/made-up")["ChargeCategory"] == "Credit"


def test_host_service_and_issuer_are_the_chain() -> None:
    made = bundle(STATEMENT, LINKS)
    told = ("HostProviderName", "ServiceProviderName", "InvoiceIssuerName")
    parties = {
        str(one["BillingAccountId"]): tuple(one[name] for name in told) for one in rows(made)
    }
    assert parties == {
        "0": ("SiteCo", "SiteCo", "SiteCo"),
        "A": ("SiteCo", "OpCo", "OpCo"),
        "B": ("SiteCo", "HyperCo", "HyperCo"),
    }


def test_a_chain_that_starts_at_two_hosts_names_none() -> None:
    other = replace(CONTRACTS[0], id="00", seller="otherco")
    both = replace(CONTRACTS[1], upstream=("0", "00"))
    links = replace(LINKS, contracts=(CONTRACTS[0], other, both, CONTRACTS[2]))
    found = {one["HostProviderName"] for one in rows(bundle(STATEMENT, links, link="B"))}
    assert found == {None}
    old = bundle(STATEMENT, links, link="B", version=Version.V1_2)
    assert {one["PublisherName"] for one in rows(old)} == {"HyperCo"}


def test_a_circle_of_contracts_ends() -> None:
    circle = (
        replace(CONTRACTS[1], upstream=("B",)),
        replace(CONTRACTS[2], upstream=("A",)),
    )
    assert Links(contracts=circle).host(circle[0]) is None


def test_one_link_alone() -> None:
    made = bundle(STATEMENT, LINKS, link="A")
    assert {one["BillingAccountId"] for one in rows(made)} == {"A"}
    assert rows(made, CONTRACT_COMMITMENT) == ()
    assert len(rows(made, BILLING_PERIOD)) == 1
    with pytest.raises(OfftakeError, match="OTK-M152"):
        bundle(STATEMENT, LINKS, link="C")


def test_every_row_is_a_line_of_an_invoice() -> None:
    made = bundle(ALL_KINDS, LINKS)
    lines = [one["InvoiceDetailId"] for one in rows(made)]
    assert lines == [one["InvoiceDetailId"] for one in rows(made, INVOICE_DETAIL)]
    assert len(set(lines)) == len(lines)
    assert {one["InvoiceIssueStatus"] for one in rows(made, INVOICE_DETAIL)} == {"Open"}


def test_a_closed_month_is_issued_and_closed() -> None:
    made = bundle(STATEMENT, LINKS, closed=True)
    assert {one["InvoiceIssueStatus"] for one in rows(made, INVOICE_DETAIL)} == {"Issued"}
    assert {one["InvoiceIssueDate"] for one in rows(made, INVOICE_DETAIL)} == {AS_OF}
    assert {one["BillingPeriodStatus"] for one in rows(made, BILLING_PERIOD)} == {"Closed"}


def test_periods_begin_in_the_contracts_time_zone() -> None:
    there = [replace(one, time_zone="America/Chicago") for one in CONTRACTS]
    made = bundle(STATEMENT, replace(LINKS, contracts=there))
    assert rows(made)[0]["BillingPeriodStart"] == datetime(2027, 6, 1, 5, tzinfo=UTC)
    assert rows(made)[0]["ChargePeriodEnd"] == datetime(2027, 7, 1, 5, tzinfo=UTC)


def test_the_commitment_itself() -> None:
    (one,) = rows(bundle(STATEMENT, LINKS), CONTRACT_COMMITMENT)
    assert one["ContractCommitmentId"] == "B/commitments[0]"
    first, last = datetime(2025, 6, 1, tzinfo=UTC), datetime(2032, 6, 11, tzinfo=UTC)
    assert (one["ContractCommitmentPeriodStart"], one["ContractCommitmentPeriodEnd"]) == (
        first,
        last,
    )
    # 85 % of 4,096 and 2,048 accelerators, each for 1,826 or 1,827 days
    days = (4096 * 1826 + 2048 * 1827) * 24
    assert one["ContractCommitmentQuantity"] == Decimal(days) * Decimal("0.85")
    assert one["ContractCommitmentUnit"] == "GPU-Hours"
    assert one["ContractCommitmentLifecycleStatus"] == "Active"
    assert one["ContractCommitmentPaymentModel"] == "No Upfront"


def _with(commitment: TakeOrPay, **more: object) -> Links:
    terms = replace(CONTRACT_B, commitments=(commitment,), **more)  # type: ignore[arg-type]
    return replace(LINKS, contracts=(*CONTRACTS[:2], terms))


def test_a_commitment_without_a_quantity_is_a_fault() -> None:
    tranches = tuple(replace(one, accelerator_count=None) for one in CONTRACT_B.tranches)
    with pytest.raises(OfftakeError, match=r"OTK-M151 contracts\.B\.commitments\[0\]"):
        bundle(STATEMENT, _with(CONTRACT_B.commitments[0], tranches=tranches))


def test_a_shortfall_of_no_commitment_is_a_fault() -> None:
    links = replace(LINKS, contracts=(*CONTRACTS[:2], replace(CONTRACT_B, commitments=())))
    with pytest.raises(OfftakeError, match="OTK-M150"):
        bundle(STATEMENT, links)


def test_use_of_other_tranches_is_not_covered() -> None:
    only = TakeOrPay(level_share=Decimal("0.85"), base=Quantity.AVAILABLE, tranches=("T1",))
    made = bundle(STATEMENT, _with(only))
    assert row(made, "B/2027-06/rates.use.T1")["BilledCost"] == 0
    assert row(made, "B/2027-06/rates.use.T2")["BilledCost"] == Decimal("875140.00")
    holds_to_the_cent(STATEMENT, made)


def test_lines_of_several_prices_buy_one_month() -> None:
    dear: Line = (
        "rates.use.T2.more",
        ChargeKind.USAGE,
        "rates.use",
        "T2",
        None,
        10,
        "GPU-hours",
        "3",
    )
    made = bundle(changed("B", charge("B", dear)), LINKS)
    bought = row(made, "B/2027-06/purchase.0")
    assert (bought["PricingQuantity"], bought["PricingUnit"]) == (Decimal(1), "Months")
    assert bought["BilledCost"] == Decimal("6842121.35")
    assert bought["CommitmentDiscountUnit"] == "GPU-Hours"


KINDS = st.sampled_from(list(ChargeKind))
CLAUSES: Mapping[ChargeKind, str] = {
    ChargeKind.CAPACITY: "rates.use",
    ChargeKind.USAGE: "rates.use",
    ChargeKind.SHORTFALL: "commitments[0]",
}


@given(
    st.lists(
        st.tuples(
            KINDS,
            st.fractions(-(10**9), 10**9, max_denominator=3600),
            st.fractions(0, 10**6, max_denominator=10**6),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_whatever_lines_there_are_no_cent_is_lost(
    lines: list[tuple[ChargeKind, Fraction, Fraction, bool]],
) -> None:
    more = tuple(
        charge(
            "B",
            (f"line.{i}", kind, CLAUSES.get(kind, "x"), "T1", None, many, "GPU-hours", str(price)),
            JUNE + -1 if late else None,
        )
        for i, (kind, many, price, late) in enumerate(lines)
    )
    statement = changed("B", *more)
    for version in Version:
        holds_to_the_cent(statement, bundle(statement, LINKS, version=version))
    details = rows(bundle(statement, LINKS, link="B"), INVOICE_DETAIL)
    asked = sum((Decimal(str(one["BilledCost"])) for one in details), Decimal(0))
    assert asked == statement.by_contract["B"].cash_due


def test_use_in_another_unit_is_not_covered() -> None:
    made = bundle(ALL_KINDS, LINKS)
    tokens = row(made, "B/2027-06/tokens")
    assert tokens["CommitmentDiscountId"] is None
    assert tokens["BilledCost"] == Decimal("333333.33")
    assert tokens["ContractedUnitPrice"] == Decimal("0.000000333333333333")
