"""Money machines: an offer that earns by standing idle is refused by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from offtake.errors import OfftakeError
from offtake.model import Tenure, Uncertainty
from offtake.model.uncertainty import DelayProcess
from offtake.plan.front import plan
from tests.plan.portfolios import drawn, offer, unit, wanted

LATE = Uncertainty(
    scenario_count=5,
    delays=(DelayProcess(id="d", late_share=1.0, median_days=300, log_sigma=0.1),),
    default_delay="d",
)


def test_damages_beyond_the_fee_are_named() -> None:
    """The fee back for three late quarters, and one quarter to pay: worth signing for that."""
    made = offer("trap", Tenure.LEASE, 1.0, 50, term_quarters=1)
    price = replace(made.price, delay_damages_share=1.0)
    rent = offer("rent", Tenure.RENT, 2.0, 50)
    portfolio = unit(
        [replace(made, price=price, lead_quarters=1), rent], [wanted(1.0)], uncertainty=LATE
    )
    with pytest.raises(OfftakeError) as caught:
        plan(portfolio, risk=0.0)
    (fault,) = caught.value.faults
    assert fault.code == "OTK-P160"
    assert fault.where.path == "offers.trap"
    assert "paid back" in fault.what
    assert "offers.rent" in fault.what


@pytest.mark.parametrize("seed", range(3))
def test_ordinary_offers_pass(seed: int) -> None:
    plan(drawn(seed), risk=0.0)
