from dataclasses import replace

import numpy as np
import pytest

from offtake.capital.vehicle.cash import as_planned, of_case
from offtake.capital.vehicle.closing import Closing, Outcome, close, run
from offtake.errors import OfftakeError
from offtake.model.finance import Case, Repayment
from offtake.model.party import Vehicle
from tests.capital.vehicle.vehicles import finance, phase, vehicle


def planned(closing: Closing) -> Outcome:
    return run(closing, as_planned(closing.finance))


def money_in_is_money_out(made: Outcome) -> None:
    """Over the whole life, what comes in is what goes out; what is held at the end is left."""
    flows, funded = made.flows, made.closing.funded
    start = made.closing.built + 1
    came = made.cash.cfads.sum(0) + made.cash.ending[start:].sum(0)
    came = (
        came
        + made.cash.termination.sum(0)
        + funded.debt.sum()
        + funded.equity.sum()
        + made.called.sum(0)
    )
    spent = funded.capex + funded.interest + funded.upfront + funded.commitment
    went = spent.sum() + flows.interest.sum(0) + flows.principal.sum(0) + flows.swept.sum(0)
    went = went + flows.distributed.sum(0) + flows.kept[-1] + flows.reserve[-1]
    assert went == pytest.approx(came, rel=1e-12)


def test_cover_is_the_target_where_cover_sizes_the_loan() -> None:
    closing = close(vehicle(gearing_share=1.0, dscr_target_ratio=2.5))
    made = planned(closing)
    assert closing.binding == "cover"
    covers = made.flows.cfads[:28, 0] / made.flows.service[:28, 0]
    assert covers == pytest.approx(np.full(28, 2.5), rel=1e-10)
    assert made.flows.balance[27, 0] == pytest.approx(0.0, abs=1e-3)


def test_gearing_caps_the_loan_and_cover_is_higher() -> None:
    closing = close(vehicle(gearing_share=0.3))
    assert closing.binding == "gearing"
    assert closing.gearing == pytest.approx(0.3, rel=1e-10)
    assert planned(closing).least_cover[0] > closing.vehicle.dscr_target_ratio


def test_loan_life_cover_may_bind() -> None:
    tight = vehicle(finance(llcr_least_ratio=3.0), gearing_share=1.0)
    closing = close(tight)
    assert closing.binding == "loan life cover"
    plain = close(vehicle(gearing_share=1.0, dscr_target_ratio=3.0))
    assert closing.loan_usd == pytest.approx(plain.loan_usd, rel=1e-12)


@pytest.mark.parametrize("repayment", list(Repayment))
@pytest.mark.parametrize("balloon", [0.0, 0.3])
def test_loans_are_repaid_and_money_is_kept(repayment: Repayment, balloon: float) -> None:
    closing = close(
        vehicle(finance(repayment=repayment), balloon_share=balloon, gearing_share=0.35)
    )
    made = planned(closing)
    money_in_is_money_out(made)
    assert float(closing.profile.principal.sum()) == pytest.approx(1.0, rel=1e-12)
    if repayment is Repayment.ANNUITY and not balloon:
        due = made.flows.due[:28, 0]
        assert due == pytest.approx(np.full(28, due[0]), rel=1e-10)
    if repayment is Repayment.BULLET:
        assert made.flows.principal[:27].sum() == pytest.approx(0.0, abs=1e-6)
        assert made.flows.due[27, 0] > closing.loan_usd


CASES = {
    "late": Case(id="late", slip_weeks={"one": 30.0}),
    "cheap": Case(id="cheap", price_ratio=0.3),
    "default": Case(id="default", default_months=30, recovery_share=0.5, price_ratio=0.4),
    "dear money": Case(id="dear money", base_rate_shift_share_per_year=0.05),
    "dear power": Case(id="dear power", running_ratio=4.0),
}


@pytest.mark.parametrize("name", list(CASES))
def test_what_goes_wrong_costs_shareholders_and_loses_no_cent(name: str) -> None:
    closing = close(vehicle(finance(sweep_share=0.2), termination_quarters=4))
    made = run(closing, of_case(closing.finance, CASES[name]))
    money_in_is_money_out(made)
    assert made.equity_irr[0] < planned(closing).equity_irr[0]


def test_a_late_phase_draws_on_the_reserve_and_stops_distributions() -> None:
    closing = close(vehicle())
    made = run(closing, of_case(closing.finance, CASES["late"]))
    assert made.flows.from_reserve[:3].sum() > 0
    assert made.flows.broken[:3].any()
    assert made.flows.distributed[0, 0] == 0.0


def test_builders_may_pay_for_being_late() -> None:
    paying = close(vehicle(finance(phase(delay_damages_share=1.0))))
    made = run(paying, of_case(paying.finance, CASES["late"]))
    on_time = planned(paying).cash.contract.sum()
    assert made.cash.contract.sum() == pytest.approx(on_time, rel=1e-12)
    months = 30 * 7 / 365.25 * 12
    assert made.cash.damages.sum() == pytest.approx(10e3 * 700 * months, rel=1e-12)


def test_lock_up_traps_cash_and_releases_it() -> None:
    closing = close(vehicle(gearing_share=0.3))
    weak = Case(id="weak", slip_weeks={"one": 6.0})
    terms = {
        "dscr_lockup_ratio": planned(closing).least_cover[0] * 0.98,
        "dscr_covenant_ratio": 0.1,
    }
    strict = replace(closing, vehicle=replace(closing.vehicle, **terms))
    made = run(strict, of_case(closing.finance, weak))
    locked = made.flows.locked[:, 0]
    assert locked.any()
    assert (made.flows.distributed[locked, 0] == 0).all()
    assert made.flows.kept[locked, 0].max() > 0
    after = int(np.flatnonzero(locked)[-1]) + 1
    assert made.flows.distributed[after, 0] > made.flows.kept[after - 1, 0]


def test_an_offtaker_that_defaults_pays_for_the_termination() -> None:
    closing = close(vehicle(termination_quarters=4))
    case = Case(id="gone", default_months=40, recovery_share=0.5)
    made = run(closing, of_case(closing.finance, case))
    assert made.cash.termination.sum() == pytest.approx(0.5 * 12 * 10e3 * 700, rel=1e-12)
    assert made.cash.contract[15:].sum() == 0.0
    paid = made.cash.termination.sum()
    assert made.flows.swept.sum() >= min(paid, 0.5 * closing.loan_usd)


def test_a_guaranteed_sale_brings_the_guarantee() -> None:
    closing = close(vehicle(finance(phase(residual_guarantee_usd=18e6))))
    made = run(closing, of_case(closing.finance, Case(id="low", price_ratio=0.5)))
    assert made.cash.residual.sum() == pytest.approx(10e6)
    assert made.cash.guaranteed.sum() == pytest.approx(8e6)


def test_a_hedge_keeps_interest_where_it_was() -> None:
    swapped = vehicle(finance(hedged_share=1.0, hedge_rate_share_per_year=0.04))
    closing = close(swapped)
    shifted = run(closing, of_case(closing.finance, CASES["dear money"]))
    assert shifted.flows.interest == pytest.approx(planned(closing).flows.interest, rel=1e-12)


def test_maintenance_is_laid_by_before_it_is_due() -> None:
    closing = close(vehicle(finance(phase(maintenance_usd=5e6, maintenance_every_months=48))))
    cash = planned(closing).cash
    assert cash.laid_by.sum() == pytest.approx(10e6)
    assert cash.spent.sum() == pytest.approx(10e6)
    assert (np.cumsum(cash.laid_by - cash.spent) > -1e-6).all()


def test_no_debt_is_all_equity() -> None:
    made = planned(close(vehicle(gearing_share=0.0)))
    money_in_is_money_out(made)
    assert np.isnan(made.least_cover[0])
    assert made.equity_irr[0] > 0


BAD: dict[str, Vehicle] = {
    "OTK-C020.*period 1": vehicle(finance(phase(running_usd_per_it_mw_year=9e6))),
    "OTK-C020.*tenor|OTK-C020.*whole": vehicle(tenor_quarters=80),
    "OTK-C021": vehicle(
        finance(phase(price_share_per_year=1.5)), gearing_share=1.0, tenor_quarters=20
    ),
    "OTK-C023": replace(vehicle(), finance=None),
    "OTK-C025": vehicle(finance(phase(price_usd_per_it_kw_month=None))),
}


@pytest.mark.parametrize("code", list(BAD))
def test_debt_that_cannot_be_sized_is_named(code: str) -> None:
    with pytest.raises(OfftakeError, match=code):
        close(BAD[code])


def test_a_case_names_phases_that_exist() -> None:
    with pytest.raises(OfftakeError, match=r"OTK-C024.*'one'"):
        of_case(finance(), Case(id="x", slip_weeks={"onee": 2.0}))
    closing = close(vehicle())
    with pytest.raises(OfftakeError, match="OTK-C026"):
        run(closing, of_case(closing.finance, Case(id="x", base_rate_shift_share_per_year=-0.5)))
