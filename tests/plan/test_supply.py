"""Supply: who counts as ours, when it begins, and which capacity work cannot tell apart."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from offtake.errors import OfftakeError
from offtake.model import Capital, Portfolio, Quarter, Tenure, Vehicle
from offtake.model.clause import Basis, Rate
from offtake.model.contract import Contract, Tranche
from offtake.model.party import Party
from offtake.model.period import quarters_since
from offtake.model.uncertainty import DelayProcess, Uncertainty
from offtake.plan.front import plan, prepare, solved
from offtake.plan.supply import compile_supply
from offtake.units import it_mw
from tests.plan.portfolios import FIRST, offer, unit, wanted


def contract(ident: str = "C", buyer: str = "lab", **fields: Any) -> Contract:
    tranche: dict[str, Any] = {
        "id": "T",
        "site": "here",
        "accelerator": "unit",
        "power_it_mw": it_mw(8),
        "due": date(2027, 1, 1),
        "term_months": 60,
    }
    return Contract(
        id=ident,
        seller="seller",
        buyer=buyer,
        tranches=(Tranche(**(tranche | fields)),),
        rates=(Rate(id="r", basis=Basis.KW_MONTH, price=Decimal(100)),),
        availability_share=1.0,
    )


def holding(*contracts: Contract, quarters: int = 4, **fields: Any) -> Portfolio:
    return unit(
        [offer("rent", Tenure.RENT, 50.0)],
        [wanted(8.0, quarters)],
        quarters,
        contracts=contracts,
        **fields,
    )


def test_days_become_quarters_with_their_fraction() -> None:
    assert quarters_since(FIRST, date(2027, 1, 1)) == 0
    assert quarters_since(FIRST, date(2027, 7, 1)) == 2
    assert quarters_since(FIRST, date(2026, 10, 1)) == -1
    # The 31st of January is 30 days into a quarter of 90.
    assert quarters_since(FIRST, date(2027, 1, 31)) == pytest.approx(1 / 3)


def test_only_what_the_lab_or_its_vehicles_bought_counts() -> None:
    """Links further up a chain are others' business."""
    made = holding(
        contract("ours"),
        contract("theirs", "other"),
        contract("vehicles", "spv"),
        parties=tuple(Party(id=p, name=p) for p in ("lab", "seller", "other", "maker", "spv")),
        capital=Capital(
            discount_share_per_year=0.0, vehicles=(Vehicle(party="spv", ownership_share=0.6),)
        ),
    )
    assert [s.id for s in compile_supply(made).committed] == ["ours/T", "vehicles/T"]


def test_what_is_overdue_is_known_to_be_late() -> None:
    """Due on 2026-12-01 and not accepted on 2027-01-01: at least 31 days late in every draw."""
    process = DelayProcess(id="d", late_share=0.5, median_days=20.0, log_sigma=0.5)
    made = holding(
        contract(due=date(2026, 12, 1)),
        uncertainty=Uncertainty(scenario_count=50, delays=(process,), default_delay="d"),
    )
    facts = prepare(made, 50, 0)
    assert facts.scenarios.late_days["C/T"].min() >= 31
    assert facts.committed[0].share[:, 0].max() <= 1
    on_time = prepare(holding(contract(accepted=date(2027, 1, 1))), 5, 0)
    assert on_time.scenarios.late_days["C/T"].max() == 0


def test_a_ramp_is_behind_what_was_accepted() -> None:
    rising = compile_supply(holding(contract(ramp_quarters=2))).committed[0]
    there = compile_supply(holding(contract(ramp_quarters=2, accepted=date(2027, 1, 1))))
    assert (rising.ramp, there.committed[0].ramp) == (2.0, 0.0)


def test_pools_are_what_work_cannot_tell_apart() -> None:
    """One pool for one site, accelerator and price of use; whose it is does not matter."""
    same = unit([offer("a", Tenure.LEASE, 1.0), offer("b", Tenure.RENT, 2.0)])
    assert len(compile_supply(same).pools) == 1
    part = {"take_or_pay_share": 0.5}
    apart = unit([offer("a", Tenure.LEASE, 1.0), offer("b", Tenure.LEASE, 1.0, price=part)])
    assert len(compile_supply(apart).pools) == 2


def test_what_is_late_is_bridged_by_rent() -> None:
    """A tranche one quarter late for certain: rent fills the first quarter, and only that."""
    late = DelayProcess(id="d", late_share=1.0, median_days=365 / 4, log_sigma=0.0)
    made = holding(
        contract(), uncertainty=Uncertainty(scenario_count=1, delays=(late,), default_delay="d")
    )
    answer = solved(made, risk=0.0)
    assert answer.outcome.rent[0, 0] == pytest.approx([8, 0, 0, 0], abs=1e-6)
    paid = [line.payment_cash_usd / 1e6 for line in answer.plan.by_period]
    # 8 MW rented at 50; then 8 MW leased at 0.3.
    assert paid == pytest.approx([400, 2.4, 2.4, 2.4])


def test_more_can_be_rented_year_by_year() -> None:
    """10 MW that grow by 44 % a year: 12 after half a year."""
    made = unit(
        [offer("rent", Tenure.RENT, 1.0, 10, growth_share_per_year=0.44)], [wanted(99.0, 3)], 3
    )
    rent = solved(made, risk=0.0, scenarios=1).outcome.rent[0, 0]
    assert rent == pytest.approx([10, 10 * 1.44**0.25, 12])


def test_an_offer_is_signed_in_its_quarters_only() -> None:
    made = unit(
        [
            offer(
                "late",
                Tenure.RESERVE,
                1.0,
                first_signing=FIRST + 1,
                last_signing=FIRST + 2,
                lead_quarters=1,
                term_quarters=1,
            )
        ],
        [wanted(5.0, 5)],
        5,
    )
    found = plan(made, risk=0.0, scenarios=1)
    assert [(s.period, s.service) for s in found.signed] == [
        (Quarter(2027, 2), Quarter(2027, 3)),
        (Quarter(2027, 3), Quarter(2027, 4)),
    ]


def test_options_out_of_range_are_refused_together() -> None:
    with pytest.raises(OfftakeError) as caught:
        plan(holding(), risk=1.5, alpha=1.0, scenarios=0, gap=-1.0, seconds=0.0)
    assert [f.code for f in caught.value.faults] == ["OTK-P100"] * 5
