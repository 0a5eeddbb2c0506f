"""Worked examples with figures that others printed, or that follow by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from offtake.errors import OfftakeError
from offtake.measure.carbon import Hours, clean_mwh, emissions
from offtake.measure.efficiency import (
    embodied_t,
    sci,
    tokens_per_joule,
    usd_per_million_tokens,
)
from offtake.measure.flops import Transformer, iteration, iteration_recomputed, mfu, per_token
from offtake.model.metric import Counting
from offtake.model.power import CarbonBasis
from offtake.simulate.closed.interval import young

FOUR = Hours(
    site="four",
    starts=np.arange(4, dtype=np.int64) * 3600,
    load_mwh=np.array([10.0, 10, 10, 10]),
    clean_mwh=np.array([14.0, 8, 2, 10]),
    grid_t_per_mwh=np.array([0.30, 0.35, 0.50, 0.25]),
    residual_t_per_mwh=np.full(4, 0.42),
    basis=CarbonBasis.STACK,
    counting=Counting.AVERAGE,
)


def test_palm_540b() -> None:
    """Chowdhery et al. (2022), table 3: 46.2 %."""
    flop = per_token(540.35e9, layers=118, heads=48, head=256, sequence=2048)
    assert round(100 * mfu(238.3e3, flop, 6144, 275.0), 1) == 46.2


def test_a_model_of_175_billion() -> None:
    """Korthikanti et al. (2022), table 5: 51.4 % of model and 52.8 % of hardware FLOPs."""
    shape = Transformer(layers=96, hidden=12288, sequence=2048, vocabulary=51200)
    peak = 64 * 312e12 * 13.75
    assert round(100 * iteration(shape, 64) / peak, 1) == 51.4
    assert round(100 * iteration_recomputed(shape, 64) / peak, 1) == 52.8


def test_young() -> None:
    assert round(young(60.0, 7.9 * 3600) / 60, 2) == 30.79


def test_a_node_that_serves() -> None:
    assert round(tokens_per_joule(20_000, 8 * 700 + 1800), 4) == 2.7027
    assert round(usd_per_million_tokens(18.80, 20_000), 5) == 0.26111
    assert round(usd_per_million_tokens(18.80, 20_000, 0.55), 5) == 0.47475


def test_scope_2_in_three_figures() -> None:
    made = emissions(FOUR)
    three = (made.location_t, made.market_annual_t, made.market_hourly_t)
    assert three == pytest.approx((14.0, 2.52, 4.20))
    annual, hourly = clean_mwh(FOUR)
    assert (annual / 40, hourly / 40) == pytest.approx((0.85, 0.75))


def test_gas_behind_the_meter_is_scope_1_alone() -> None:
    """100 MMBtu at 53.06 kg are 5.306 t; Scope 2 stays what it was."""
    gas = replace(FOUR, fuel_mmbtu=np.full(4, 25.0), fuel_kg_per_mmbtu=53.06)
    assert emissions(gas).scope_1_t == pytest.approx(5.306)
    assert emissions(gas).location_t == emissions(FOUR).location_t


def test_embodied_and_sci() -> None:
    """1.3 t over 4 years, a month of 730.5 hours: 1/48; 500 kWh at 400 g on 1,000 units."""
    month = embodied_t(1.3, 4 * 8766, 730.5)
    assert month == pytest.approx(1.3 / 48)
    assert sci(500, 400, month * 1e6, 1000) == pytest.approx(200 + 1.3e6 / 48 / 1000)


@pytest.mark.parametrize(
    "changed", [{"basis": CarbonBasis.LIFE_CYCLE}, {"counting": Counting.MARGINAL}]
)
def test_factors_of_two_kinds_never_meet(changed: dict) -> None:
    with pytest.raises(OfftakeError) as told:
        emissions(FOUR) + emissions(replace(FOUR, **changed))
    assert [f.code for f in told.value.faults] == ["OTK-Q020"]


@pytest.mark.parametrize(
    "changed",
    [
        {"load_mwh": np.array([10.0, -1, 10, 10])},
        {"clean_mwh": np.array([10.0, math.nan, 10, 10])},
        {"starts": np.array([0, 3600, 3600, 7200])},
        {"starts": np.array([0, 3600, 7200, 10_801])},
        {"fuel_mmbtu": np.zeros(4)},
        {"water_l": np.zeros(3)},
    ],
)
def test_hours_that_cannot_be_are_refused(changed: dict) -> None:
    with pytest.raises(OfftakeError) as told:
        replace(FOUR, **changed)
    assert {f.code for f in told.value.faults} == {"OTK-Q021"}


def test_a_formula_refuses_nothing_to_divide_by() -> None:
    with pytest.raises(OfftakeError, match="OTK-Q006"):
        tokens_per_joule(1.0, 0.0)
    with pytest.raises(OfftakeError, match="OTK-Q006"):
        usd_per_million_tokens(1.0, 20_000, math.nan)
