"""Taxes by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from offtake.model.clause import Prepayment, Tax
from tests.ledger.small import HELD, amounts, contract, refused, settled

VAT = Tax(name="VAT", rate_share=Decimal("0.25"))


def test_a_tax_is_taken_on_the_sum_of_rounded_lines() -> None:
    thirds = replace(HELD, price=Decimal("0.0000333"))  # 2.3976, on the invoice 2.40
    invoice = settled(contract(thirds, taxes=(VAT,)), "2027-06")
    assert amounts(invoice) == {"rates.held.T": "2.40", "taxes.0": "0.60"}
    assert invoice.charges[1].text == "VAT"
    assert invoice.charges[1].steps[0].sources == ("line:C/2027-06/rates.held.T",)


def test_a_tax_is_on_what_it_names_and_never_on_another() -> None:
    other = replace(HELD, id="other", price=Decimal(2))
    some = replace(VAT, name="levy", rate_share=Decimal("0.10"), rates=("other",))
    told = amounts(settled(contract(HELD, other, taxes=(some, VAT)), "2027-06"))
    assert told["taxes.0"] == "14400.00"
    assert told["taxes.1"] == "54000.00"


def test_cash_is_not_taxed() -> None:
    ahead = Prepayment(share=Decimal("0.5"), instalment_count=2)
    invoice = settled(contract(taxes=(VAT,), prepayments=(ahead,)), "2027-01")
    assert amounts(invoice)["taxes.0"] == "18600.00"
    assert [c.kind.is_cash_only for c in invoice.charges] == [False, False, True, True]


def test_a_rate_there_is_not() -> None:
    told = refused(contract(taxes=(replace(VAT, rates=("hold",)),)), "2027-06")
    assert told == [
        "OTK-L037 contracts.C.taxes[0] (2027-06): the tax is on a rate there is not; got hold; "
        "did you mean 'held'?"
    ]
