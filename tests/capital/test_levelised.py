import pytest

from offtake.capital.levelised import Owning, Part, levelised, recovery_factor
from offtake.errors import OfftakeError


def one(capex: float, residual: float, years: float, rate: float, running: float) -> Owning:
    part = Part(name="all", capex_usd=capex, life_years=years, residual_usd=residual)
    return Owning(parts=(part,), running_usd_per_year=running, discount_share_per_year=rate)


def test_one_accelerator_over_five_years() -> None:
    made = levelised(one(45_000, 4_500, 5, 0.10, 4_377.15))
    assert made.total_usd_per_year == pytest.approx(15_510.95, abs=0.005)
    assert made.per_hour(1, 1.0) == pytest.approx(1.770656, abs=5e-7)
    assert made.break_even_share(1, 2.99) == pytest.approx(0.592193, abs=5e-7)


@pytest.mark.parametrize(("years", "total"), [(5, 8.49), (3, 12.07), (7, 6.97)])
def test_a_gigawatt_of_servers_costs_what_was_published(years: int, total: float) -> None:
    # Epoch AI, 2026: 8.5, 12 and 7 billion USD a year, by the life of servers.
    parts = (
        Part(name="IT", capex_usd=26.11e9, life_years=years),
        Part(name="construction", capex_usd=11.77e9, life_years=14),
    )
    made = levelised(
        Owning(parts=parts, running_usd_per_year=0.902e9, discount_share_per_year=0.065)
    )
    assert made.total_usd_per_year / 1e9 == pytest.approx(total, abs=0.005)


def test_no_interest_spreads_evenly() -> None:
    assert recovery_factor(0.0, 4) == 0.25


def test_no_hours_is_an_error() -> None:
    made = levelised(one(1, 0, 1, 0, 0))
    with pytest.raises(OfftakeError, match="OTK-C002"):
        made.per_hour(0, 1)
    with pytest.raises(OfftakeError, match="OTK-C002"):
        made.break_even_share(1, 0)
    with pytest.raises(OfftakeError, match="OTK-C001"):
        recovery_factor(0.1, 0)
