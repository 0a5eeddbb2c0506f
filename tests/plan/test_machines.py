"""Money machines: an offer that earns by standing idle is refused by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from offtake.errors import OfftakeError
from offtake.model import Portfolio, Tenure
from offtake.model.uncertainty import DelayProcess
from offtake.plan.front import plan
from tests.plan.portfolios import drawn


def trap() -> Portfolio:
    """A lease of one quarter that is three quarters late and pays its fee back meanwhile."""
    base = drawn(0)
    late = DelayProcess(id="never", late_share=1.0, median_days=300, log_sigma=0.05)
    lease = next(o for o in base.offers if o.tenure is Tenure.LEASE)
    price = replace(lease.price, delay_damages_share=1.0, prepayment_share=0.0)
    made = replace(lease, price=price, term_quarters=1, lead_quarters=1, delay="never")
    return replace(
        base,
        offers=tuple(made if o is lease else o for o in base.offers),
        uncertainty=replace(base.uncertainty, delays=(*base.uncertainty.delays, late)),
    )


def test_damages_beyond_the_fee_are_named() -> None:
    with pytest.raises(OfftakeError) as caught:
        plan(trap(), risk=0.0)
    (fault,) = caught.value.faults
    assert fault.code == "OTK-P160"
    assert fault.where.path == "offers.lease"
    assert "paid back" in fault.what


@pytest.mark.parametrize("seed", range(3))
def test_ordinary_offers_pass(seed: int) -> None:
    plan(drawn(seed), risk=0.0)
