import numpy as np
import pytest

from offtake.capital.vehicle.building import Site, at_gearing, fund
from offtake.errors import OfftakeError
from offtake.model.finance import Draws


def site(draws: Draws, **changes: object) -> Site:
    given: dict[str, object] = {
        "capex": np.array([10.0, 40.0, 30.0, 20.0]),
        "earned": np.zeros(4),
        "rates": np.full(4, 0.02),
        "upfront": 0.01,
        "commitment": 0.0025,
        "reserve": 0.06,
        "draws": draws,
        "place": "vehicle",
    }
    return Site(**(given | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("draws", list(Draws))
def test_sources_are_uses_and_the_loan_is_drawn_to_the_last_digit(draws: Draws) -> None:
    made = fund(site(draws), 70.0)
    assert made.debt.sum() == pytest.approx(70.0, rel=1e-13)
    assert abs(made.gap_usd) < 1e-11
    assert (made.debt >= -1e-12).all()
    assert (made.equity >= -1e-9).all()


@pytest.mark.parametrize("draws", list(Draws))
def test_gearing_counts_the_interest_and_fees_it_brings(draws: Draws) -> None:
    loan = at_gearing(site(draws), 0.65)
    made = fund(site(draws), loan)
    assert loan / made.total_usd == pytest.approx(0.65, rel=1e-10)


def test_interest_on_interest_by_hand() -> None:
    # No fees: B1 = s·10, B2 = B1 + s·(40 + 0.02·B1), and so on; s = 0.5.
    bare = site(Draws.PRO_RATA, upfront=0.0, commitment=0.0, reserve=0.0)
    owed = 0.0
    for spent in (10.0, 40.0, 30.0, 20.0):
        owed += 0.5 * (spent + 0.02 * owed)
    assert at_gearing(bare, 0.5) == pytest.approx(owed, rel=1e-14)


def test_equity_first_draws_debt_last() -> None:
    made = fund(site(Draws.EQUITY_FIRST), 50.0)
    first = int(np.flatnonzero(made.debt > 0)[0])
    assert made.equity[first + 1 :].sum() == pytest.approx(0.0, abs=1e-12)
    late = fund(site(Draws.EQUITY_LAST), 50.0)
    assert late.interest.sum() > made.interest.sum()


def test_what_phases_earn_is_a_source() -> None:
    plain = fund(site(Draws.PRO_RATA), 50.0)
    earning = fund(site(Draws.PRO_RATA, earned=np.array([0.0, 0.0, 5.0, 5.0])), 50.0)
    assert earning.total_usd < plain.total_usd - 9.0
    assert abs(earning.gap_usd) < 1e-11


def test_a_loan_above_all_uses_cannot_be_drawn() -> None:
    for draws in Draws:
        with pytest.raises(OfftakeError, match="OTK-C022"):
            fund(site(draws), 200.0)
