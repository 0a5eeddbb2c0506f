"""Flows: what one MW signed in one quarter brings and costs, by integrals and by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtake.model import Tenure
from offtake.plan.flows import Flow, flow
from offtake.plan.pricing import Terms
from offtake.plan.supply import DAYS_PER_QUARTER, FOREVER, Source, in_service

PERIODS = 8
TERMS = Terms(
    power_it_mw=0.0,
    fixed=np.full(PERIODS, 3.0),
    use_m_usd=0.0,
    paid_share=1.0,
    running=0.5,
    buys_energy=False,
    markup_share=0.0,
)
SOURCE = Source(
    id="o",
    path="offers.o",
    name="o",
    tenure=Tenure.LEASE,
    seller="seller",
    pool=0,
    power_it_mw=10.0,
    start=1.0,
    ramp=0.0,
    term=4.0,
    terms=TERMS,
    availability=1.0,
    delay=None,
)
QUARTERS_LATE = st.floats(0, 12)


def followed(
    source: Source, late: float = 0.0, signing: int | None = 0, alive: np.ndarray | None = None
) -> Flow:
    """Follow a source in one scenario that is `late` quarters late."""
    up = np.ones((1, PERIODS)) if alive is None else alive
    return flow(source, signing, np.array([late * DAYS_PER_QUARTER]), up)


# ------------------------------------------------------------------ service


@given(st.floats(-20, 20), st.integers(0, 6), st.floats(0.25, 12))
def test_service_is_a_share_and_adds_up_to_the_term(start: float, ramp: int, term: float) -> None:
    """In [0, 1] in every quarter, and over a long view the exact area under the trapezoid."""
    inside = in_service(np.array([start]), ramp, term, 10)[0]
    assert np.all((inside >= -1e-12) & (inside <= 1 + 1e-12))
    whole = in_service(np.array([start + 40]), ramp, term, 100)[0]
    rising = min(ramp, term)
    area = (rising**2 / (2 * ramp) if ramp > 0 else 0.0) + max(term - ramp, 0.0)
    assert whole.sum() == pytest.approx(area, abs=1e-9)


def test_service_by_hand() -> None:
    """Begins at 1.5, grows over one quarter, ends at 4.5: 1/8, 7/8, 1, 1/2."""
    share = in_service(np.array(1.5), 1.0, 3.0, 6)
    assert share == pytest.approx([0, 0.125, 0.875, 1, 0.5, 0])


def test_what_has_not_arrived_is_not_paid() -> None:
    """Half a quarter late: half of the rent and running cost of quarter 1, none before."""
    moved = followed(SOURCE, late=0.5)
    assert moved.share[0] == pytest.approx([0, 0.5, 1, 1, 1, 0.5, 0, 0])
    assert moved.payment[0] == pytest.approx(3.5 * moved.share[0])
    assert moved.planned == pytest.approx([0, 1, 1, 1, 1, 0, 0, 0])


@given(QUARTERS_LATE)
def test_payment_never_outruns_service(late: float) -> None:
    moved = followed(SOURCE, late)
    assert moved.payment[0] == pytest.approx(3.5 * moved.share[0])
    assert moved.investment[0] == pytest.approx(np.zeros(PERIODS))


def test_a_seller_that_defaulted_delivers_and_is_paid_nothing() -> None:
    alive = np.array([[1, 1, 1, 0, 0, 0, 0, 0.0]])
    moved = followed(SOURCE, alive=alive)
    assert moved.share[0] == pytest.approx([0, 1, 1, 0, 0, 0, 0, 0])
    assert moved.payment[0] == pytest.approx([0, 3.5, 3.5, 0, 0, 0, 0, 0])


# ------------------------------------------------------------------ damages


def test_half_the_fee_comes_back_while_late() -> None:
    """Due at 1, there at 3: 0.5·3 a quarter for two quarters; running cost is not part of it."""
    terms = replace(TERMS, damages_share=0.5)
    moved = followed(replace(SOURCE, terms=terms), late=2.0)
    assert moved.payment[0] == pytest.approx([0, -1.5, -1.5, 3.5, 3.5, 3.5, 3.5, 0])


def test_days_of_grace_are_free() -> None:
    terms = replace(TERMS, damages_share=0.5, grace_days=DAYS_PER_QUARTER / 2)
    moved = followed(replace(SOURCE, terms=terms), late=2.0)
    assert moved.payment[0, :4] == pytest.approx([0, -0.75, -1.5, 3.5])


def test_what_was_accepted_owes_no_damages() -> None:
    made = replace(SOURCE, terms=replace(TERMS, damages_share=0.5), accepted=True, start=-2.0)
    assert np.all(followed(made, signing=None).payment >= 0)


# ------------------------------------------------------------------ prepayment

AHEAD = replace(TERMS, prepaid_share=0.25)


def balance(source: Source, moved: Flow) -> float:
    """Prepaid less credited less what is left at the end: 0 if each dollar counts once."""
    credited = (source.terms.fixed[0] + source.terms.running) * moved.share - moved.payment
    return float(moved.investment.sum() - credited.sum() - moved.residual.sum())


def test_prepayment_by_hand() -> None:
    """A quarter of 4·3 is paid at signing and credited over the four quarters of service."""
    source = replace(SOURCE, terms=AHEAD)
    moved = followed(source)
    assert moved.investment[0] == pytest.approx([3, 0, 0, 0, 0, 0, 0, 0])
    assert moved.payment[0] == pytest.approx([0, 2.75, 2.75, 2.75, 2.75, 0, 0, 0])
    assert moved.residual == pytest.approx([0])


@given(QUARTERS_LATE, st.integers(0, 7), st.floats(1, 12))
def test_a_prepayment_is_credited_exactly_once(late: float, signing: int, term: float) -> None:
    """Paid − credited − not yet credited = 0, however late it is and wherever the plan ends."""
    source = replace(SOURCE, terms=AHEAD, term=term)
    moved = followed(source, late, signing)
    assert balance(source, moved) == pytest.approx(0, abs=1e-9)


@given(QUARTERS_LATE, st.floats(0, 12))
def test_the_same_holds_for_what_was_signed(late: float, due: float) -> None:
    """Also where it is due after the plan's last quarter: not paid, so not worth anything."""
    source = replace(SOURCE, terms=AHEAD, start=due)
    moved = followed(source, late, None)
    assert balance(source, moved) == pytest.approx(0, abs=1e-9)


def test_what_was_prepaid_before_the_plan_is_still_credited() -> None:
    """In service since two quarters: two of four credits are left, nothing is paid again."""
    source = replace(SOURCE, terms=AHEAD, start=-2.0, accepted=True)
    moved = followed(source, 0.0, None)
    assert moved.investment.sum() == 0
    assert moved.payment[0, :3] == pytest.approx([2.75, 2.75, 0])
    assert moved.residual == pytest.approx([0])


def test_a_prepayment_is_a_share_of_the_terms_own_value() -> None:
    """A price that rises after the term has ended is no part of the tranche's value."""
    fixed = np.array([3.0] * 5 + [30.0] * 155)
    source = replace(SOURCE, terms=replace(AHEAD, fixed=fixed))
    moved = followed(source, 0.0, None)
    assert moved.investment.sum() == pytest.approx(0.25 * 4 * 3.0)


def test_a_defaulted_seller_keeps_the_prepayment() -> None:
    """What a seller that is gone has not credited is lost: it is worth nothing at the end."""
    alive = np.array([[1, 1, 1, 0, 0, 0, 0, 0.0]])
    moved = followed(replace(SOURCE, terms=AHEAD), alive=alive)
    assert moved.payment[0].sum() == pytest.approx(2 * 2.75)
    assert moved.residual == pytest.approx([0])


def test_credits_may_begin_later() -> None:
    """From the second quarter of service, in two quarters."""
    terms = replace(AHEAD, credit_from=1.0, credit_quarters=2.0)
    moved = followed(replace(SOURCE, terms=terms))
    assert moved.payment[0] == pytest.approx([0, 3.5, 2, 2, 3.5, 0, 0, 0])


# ------------------------------------------------------------------ building

OWN = replace(
    SOURCE,
    tenure=Tenure.OWN,
    start=2.0,
    term=20.0,
    terms=replace(
        TERMS,
        fixed=np.zeros(PERIODS),
        capex=10.0,
        capex_life=20.0,
        hardware=np.full(4 * PERIODS, 15.0),
        hardware_life=10.0,
    ),
)


def test_a_shell_is_drawn_evenly_and_hardware_is_bought_on_arrival() -> None:
    """Signed in 0, served from 2: 5 + 5 for the shell, then 15 for the accelerators.

    After 8 quarters the shell is 6 of 20 old, worth 7; accelerators bought in the middle
    of quarter 2 are 5.5 of 10 old, worth 6.75.
    """
    moved = followed(OWN)
    assert moved.investment[0] == pytest.approx([5, 5, 15, 0, 0, 0, 0, 0])
    assert moved.invested == pytest.approx(moved.investment[0])
    assert moved.payment[0] == pytest.approx([0, 0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5])
    assert moved.residual == pytest.approx([10 * 14 / 20 + 15 * 4.5 / 10])


def test_what_is_late_keeps_its_value() -> None:
    """Two quarters late: the shell is paid as planned and ages later, accelerators wait."""
    moved = followed(OWN, late=2.0)
    assert moved.investment[0] == pytest.approx([5, 5, 0, 0, 15, 0, 0, 0])
    assert moved.invested == pytest.approx([5, 5, 15, 0, 0, 0, 0, 0])
    assert moved.residual == pytest.approx([10 * 16 / 20 + 15 * 6.5 / 10])


def test_what_never_arrives_inside_the_plan_is_worth_what_was_paid() -> None:
    moved = followed(OWN, late=20.0)
    assert moved.investment[0] == pytest.approx([5, 5, 0, 0, 0, 0, 0, 0])
    assert moved.residual == pytest.approx([10.0])


@given(QUARTERS_LATE, st.integers(0, 4))
def test_hardware_is_bought_at_most_once(late: float, ramp: int) -> None:
    moved = followed(replace(OWN, ramp=ramp), late)
    bought = moved.investment[0].sum() - 10.0
    assert -1e-9 <= bought <= 15.0 + 1e-9
    assert np.all(moved.residual <= moved.investment.sum() + 1e-9), "never worth more than paid"


def test_a_term_without_end_stays_in_service() -> None:
    moved = followed(replace(SOURCE, term=FOREVER))
    assert moved.share[0] == pytest.approx([0, 1, 1, 1, 1, 1, 1, 1])
