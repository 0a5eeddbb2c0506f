"""Every basis of a rate in million USD per MW of IT and quarter, by numbers worked by hand.

A planning quarter has 2,190 hours and 3 months. The tranche: 1,000 accelerators of 2 kW,
2 MW of IT in all, in 125 nodes.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from offtake.errors import OfftakeError
from offtake.model import Accelerator, Horizon, OfferPrice, Quarter, Tenure, Workload
from offtake.model.clause import (
    Basis,
    DelayDamages,
    Escalator,
    PassThrough,
    Prepayment,
    Quantity,
    Rate,
    TakeOrPay,
    Tax,
    Tier,
)
from offtake.model.contract import Contract, Tranche
from offtake.plan.pricing import Terms, contract_terms, offer_terms
from offtake.units import it_mw
from tests.plan.portfolios import FIRST, offer

KIND = Accelerator(
    id="two",
    vendor="maker",
    power_it_kw=2.0,
    throughput_ratio={Workload.INFERENCE: 1.0},
    price_usd=30_000.0,
)
TRANCHE = Tranche(
    id="T1",
    site="here",
    accelerator="two",
    accelerator_count=1_000,
    node_count=125,
    due=date(2027, 1, 1),
    term_months=24,
)


def contract(*rates: Rate, tranches: tuple[Tranche, ...] = (TRANCHE,), **fields: Any) -> Contract:
    return Contract(id="C", seller="s", buyer="b", tranches=tranches, rates=rates, **fields)


def rate(basis: Basis, price: str, **fields: Any) -> Rate:
    return Rate(id=basis.value, basis=basis, price=Decimal(price), **fields)


def terms(made: Contract, number: int = 0, remarks: dict[str, None] | None = None) -> Terms:
    notes = remarks if remarks is not None else {}
    return contract_terms(made, made.tranches[number], {"two": KIND}, FIRST, notes, periods=12)


@pytest.mark.parametrize(
    ("basis", "price", "m_usd"),
    [
        # 500 accelerators a MW · 2 USD · 2,190 h = 2.19 M USD
        (Basis.GPU_HOUR, "2", 2.19),
        # 1,000 kW · 130 USD · 3 months = 0.39 M USD
        (Basis.KW_MONTH, "130", 0.39),
        # 125 nodes / 2 MW · 8,000 USD · 3 months = 1.5 M USD
        (Basis.NODE_MONTH, "8000", 1.5),
        # 900,000 USD / 2 MW · 3 months = 1.35 M USD
        (Basis.FLAT_MONTH, "900000", 1.35),
    ],
)
def test_every_basis_comes_to_a_price_of_a_mw_and_quarter(
    basis: Basis, price: str, m_usd: float
) -> None:
    made = terms(contract(rate(basis, price)))
    assert made.power_it_mw == pytest.approx(2.0)
    assert made.fixed == pytest.approx(np.full(12, m_usd))
    assert (made.use_m_usd, made.paid_share) == (0.0, 1.0)


def test_energy_is_paid_as_it_is_used() -> None:
    """0.05 USD/kWh · 1,000 kW · 2,190 h = 0.1095 M USD, only for what is at work."""
    made = terms(contract(rate(Basis.KWH, "0.05")))
    assert made.fixed == pytest.approx(np.zeros(12))
    assert made.use_m_usd == pytest.approx(0.1095)
    assert made.paid_share == 0.0


def test_rates_add_up() -> None:
    both = terms(contract(rate(Basis.KW_MONTH, "130"), rate(Basis.GPU_HOUR, "2")))
    assert both.fixed == pytest.approx(np.full(12, 0.39 + 2.19))


def test_take_or_pay_divides_what_is_paid_anyway_from_what_use_costs() -> None:
    """80 % of 2.19 is paid in any case; use beyond the 80 % costs the full price."""
    made = terms(
        contract(
            rate(Basis.GPU_HOUR, "2", quantity=Quantity.USED),
            commitments=(TakeOrPay(level_share=Decimal("0.8")),),
        )
    )
    assert made.fixed == pytest.approx(np.full(12, 0.8 * 2.19))
    assert made.use_m_usd == pytest.approx(2.19)
    assert made.paid_share == pytest.approx(0.8)


def test_energy_beside_take_or_pay_is_never_below_what_is_owed() -> None:
    """2.19·max(u, 0.8) + 0.1095·u is planned as (2.19 + 0.1095)·max(u, 0.8), and said."""
    notes: dict[str, None] = {}
    made = contract(
        rate(Basis.GPU_HOUR, "2", quantity=Quantity.USED),
        rate(Basis.KWH, "0.05"),
        commitments=(TakeOrPay(level_share=Decimal("0.8")),),
    )
    found = terms(made, remarks=notes)
    assert found.paid_share == pytest.approx(0.8)
    assert found.fixed == pytest.approx(np.full(12, 0.8 * (2.19 + 0.1095)))
    assert found.use_m_usd == pytest.approx(2.19 + 0.1095)
    assert any("highest take-or-pay" in note for note in notes)


def test_a_flat_fee_is_divided_among_the_tranches_it_holds_for() -> None:
    """Sizes given in accelerators count as much as sizes given in MW."""
    twin = replace(TRANCHE, id="T2")
    large = replace(TRANCHE, id="T3", accelerator_count=None, node_count=None, power_it_mw=it_mw(6))
    fee = rate(Basis.FLAT_MONTH, "1000000")
    made = contract(fee, tranches=(TRANCHE, twin, large))
    # 3 M USD a quarter over 2 + 2 + 6 MW.
    assert [terms(made, n).fixed[0] for n in range(3)] == pytest.approx([0.3] * 3)
    # Held for the first two alone: over 4 MW; the third needs a rate of its own.
    some = contract(
        replace(fee, tranches=("T1", "T2")),
        rate(Basis.KW_MONTH, "0", tranches=("T3",)),
        tranches=(TRANCHE, twin, large),
    )
    assert [terms(some, n).fixed[0] for n in range(3)] == pytest.approx([0.75, 0.75, 0.0])


def test_a_price_rises_step_by_step() -> None:
    """3 % every 12 months of service: quarters 0 to 3, then 4 to 7, then 8 to 11."""
    steps = Escalator(step_share=Decimal("0.03"), every_months=12)
    made = terms(contract(rate(Basis.KW_MONTH, "100", escalator=steps)))
    assert made.fixed == pytest.approx(0.3 * np.repeat([1.0, 1.03, 1.03**2], 4))


def test_the_first_step_may_have_a_day_of_its_own() -> None:
    steps = Escalator(step_share=Decimal("0.10"), every_months=6, first=date(2027, 10, 1))
    made = terms(contract(rate(Basis.KW_MONTH, "100", escalator=steps)))
    # 2027Q4 is quarter 3; then every two quarters.
    passed = [0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5]
    assert made.fixed == pytest.approx(0.3 * 1.1 ** np.array(passed))


def test_a_step_before_the_plan_has_been_taken() -> None:
    """In service since 2025Q1: two steps of 12 months are behind."""
    old = replace(TRANCHE, due=date(2025, 1, 1), accepted=date(2025, 1, 1))
    steps = Escalator(step_share=Decimal("0.03"))
    made = terms(contract(rate(Basis.KW_MONTH, "100", escalator=steps), tranches=(old,)))
    assert made.fixed[0] == pytest.approx(0.3 * 1.03**2)


def test_a_rate_holds_from_its_first_day_to_its_last() -> None:
    """Two years at one price, then another: never both at once."""
    made = terms(
        contract(
            rate(Basis.KW_MONTH, "100", ends=date(2028, 7, 1)),
            rate(Basis.KW_MONTH, "200", starts=date(2028, 7, 1)),
        )
    )
    assert made.fixed == pytest.approx([0.3] * 6 + [0.6] * 6)


def test_a_rate_that_ends_inside_a_quarter_counts_in_part() -> None:
    """31 of the 92 days of the third quarter lie before the first of August."""
    made = terms(contract(rate(Basis.KW_MONTH, "100", ends=date(2027, 8, 1))))
    assert made.fixed[:4] == pytest.approx([0.3, 0.3, 0.3 * 31 / 92, 0.0])


def test_clauses_that_move_money_early_or_back_are_read() -> None:
    made = terms(
        contract(
            rate(Basis.KW_MONTH, "100"),
            prepayments=(
                Prepayment(share=Decimal("0.2"), credit_from_month=7, instalment_count=12),
            ),
            delay_damages=(DelayDamages(daily_fee_share=Decimal("0.5"), grace_days=5.0),),
            pass_through=PassThrough(markup_share=Decimal("0.02")),
        )
    )
    assert (made.prepaid_share, made.credit_from, made.credit_quarters) == (0.2, 2.0, 4.0)
    assert (made.damages_share, made.grace_days) == (0.5, 5.0)
    assert (made.buys_energy, made.markup_share) == (True, 0.02)


NODELESS = replace(TRANCHE, node_count=None)
FAULTS = {
    "OTK-P111": contract(rate(Basis.KW_MONTH, "1"), tranches=(replace(TRANCHE, accelerator=None),)),
    "OTK-P112": contract(
        rate(Basis.KW_MONTH, "1"), tranches=(replace(TRANCHE, accelerator_count=None),)
    ),
    "OTK-P113": contract(rate(Basis.KW_MONTH, "1"), currency="NOK"),
    "OTK-P114": contract(rate(Basis.MILLION_TOKENS, "1")),
    "OTK-P115": contract(),
}


@pytest.mark.parametrize("code", FAULTS)
def test_what_cannot_be_priced_is_a_fault(code: str) -> None:
    """Never a zero: the fault names the contract."""
    with pytest.raises(OfftakeError) as caught:
        terms(FAULTS[code])
    assert [f.code for f in caught.value.faults] == [code]
    assert caught.value.faults[0].where.path.startswith("contracts.C")


@pytest.mark.parametrize("basis", [Basis.MILLION_TOKENS, Basis.FLAT_ONCE, Basis.NODE_MONTH])
def test_a_basis_without_its_quantity_is_a_fault(basis: Basis) -> None:
    with pytest.raises(OfftakeError, match="OTK-P114"):
        terms(contract(rate(basis, "1"), tranches=(NODELESS,)))


def test_what_is_simplified_is_said() -> None:
    notes: dict[str, None] = {}
    plain = contract(rate(Basis.KW_MONTH, "100"))
    terms(plain, remarks=notes)
    assert not notes
    half = Prepayment(share=Decimal("0.1"), instalment_count=6)
    rich = contract(
        rate(Basis.KW_MONTH, "100", tiers=(Tier(from_amount=Decimal(5), price=Decimal(1)),)),
        prepayments=(half, half),
        delay_damages=(DelayDamages(daily_fee_share=Decimal(1), cap_share=Decimal("0.1")),),
        taxes=(Tax(name="VAT", rate_share=Decimal("0.25")),),
    )
    terms(rich, remarks=notes)
    told = " ".join(notes)
    assert all(word in told for word in ("tiers", "first prepayment", "cap", "taxes"))


# ------------------------------------------------------------------ offers


HORIZON = Horizon(first=FIRST, last=FIRST + 7)


def test_an_hourly_price_follows_its_path() -> None:
    """3 USD an hour in 2026Q1 falls by 20 % a year: 2.4 a year later, at 500 a MW."""
    price = {"quarter": Quarter(2026, 1), "price_share_per_year": -0.2}
    made = offer("o", Tenure.RESERVE, price=price)
    priced = replace(made, price=replace(made.price, usd_per_gpu_hour=3.0))
    found = offer_terms(priced, KIND, HORIZON, {})
    assert found.fixed[0] == pytest.approx(2.4 * 500 * 2190 / 1e6)
    assert found.fixed[4] == pytest.approx(0.8 * found.fixed[0])


def test_an_offer_says_what_it_simplifies() -> None:
    notes: dict[str, None] = {}
    made = offer(
        "o", Tenure.RESERVE, 2.0, price={"take_or_pay_share": 0.5, "price_share_per_year": -0.2}
    )
    found = offer_terms(made, KIND, HORIZON, notes)
    assert found.paid_share == 0.5
    assert len(notes) == 1
    assert "o beyond its take-or-pay" in next(iter(notes))


def test_owned_capacity_pays_for_shell_and_accelerators() -> None:
    """10 M USD a MW for the shell; 500 accelerators a MW at 30,000 USD are 15 M USD."""
    price = OfferPrice(
        capex_usd_per_it_mw=10e6, running_usd_per_it_mw_year=0.8e6, includes_energy=False
    )
    made = replace(offer("o", Tenure.OWN), price=price)
    found = offer_terms(made, KIND, HORIZON, {})
    assert found.capex == pytest.approx(10.0)
    assert found.running == pytest.approx(0.2)
    assert found.hardware is not None
    assert found.hardware[0] == pytest.approx(15.0)
    assert found.buys_energy


@pytest.mark.parametrize("capex", [0.0, 10e6])
def test_accelerators_are_never_free(capex: float) -> None:
    """A shell may stand already; what goes into it has a price all the same."""
    price = OfferPrice(capex_usd_per_it_mw=capex, includes_energy=False)
    made = replace(offer("o", Tenure.OWN), price=price)
    found = offer_terms(made, KIND, HORIZON, {})
    assert found.hardware is not None
    with pytest.raises(OfftakeError, match="OTK-P110"):
        offer_terms(made, replace(KIND, price_usd=None), HORIZON, {})
