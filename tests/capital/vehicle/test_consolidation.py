from dataclasses import replace

import pytest

from offtake.capital.vehicle.cash import as_planned
from offtake.capital.vehicle.closing import Outcome, close, run
from offtake.capital.vehicle.consolidation import Method, treated
from offtake.errors import OfftakeError
from tests.capital.vehicle.vehicles import finance, phase, vehicle


def made(controlled: bool = True, reason: str = "the lab appoints the board") -> Outcome:
    held = finance(phase(maintenance_usd=5e6, maintenance_every_months=36), control_reason=reason)
    closing = close(vehicle(held, controlled=controlled))
    return run(closing, as_planned(closing.finance))


def test_profit_over_the_life_is_what_shareholders_gain() -> None:
    outcome = made()
    years = treated(outcome).years
    gained = float(outcome.equity.sum())
    assert sum(year.profit_usd for year in years) == pytest.approx(gained, rel=1e-9)
    assert years[-1].equity_usd == pytest.approx(0.0, abs=1.0)
    for year in years:
        assert year.assets_usd + year.cash_usd == pytest.approx(year.debt_usd + year.equity_usd)


def test_control_brings_all_of_it_and_shows_others_apart() -> None:
    found = treated(made())
    assert found.method is Method.CONSOLIDATED
    second = found.years[2]
    assert second.lab_debt_usd == second.debt_usd > 0
    assert second.others_equity_usd == pytest.approx(0.2 * second.equity_usd)


def test_without_control_it_is_one_line() -> None:
    found = treated(made(controlled=False))
    assert found.method is Method.EQUITY
    second = found.years[2]
    assert second.lab_debt_usd == 0.0
    assert second.lab_assets_usd == pytest.approx(0.8 * second.equity_usd)
    assert second.lab_profit_usd == pytest.approx(0.8 * second.profit_usd)


def test_control_is_declared_with_its_reason() -> None:
    with pytest.raises(OfftakeError, match=r"OTK-C027.*ring"):
        treated(replace(made(reason=" ")))
