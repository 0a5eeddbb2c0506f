from __future__ import annotations

import numpy as np
import pytest

from offtake.catalogue import CarbonRate, hourly, power, power_zone, total_carbon
from offtake.errors import OfftakeError


def test_a_rate_times_energy_is_carbon() -> None:
    made = CarbonRate(carbon_g_per_kwh=350.0, boundary="stack").emitted(1_000.0)
    assert (made.emitted_t_co2, made.boundary) == (350.0, "stack")


def test_amounts_of_one_boundary_are_added() -> None:
    rates = [power_zone(zone).average for zone in ("ERCOT", "PJM-OH", "ONSITE-OCGT")]
    total = total_carbon(rate.emitted(1_000.0) for rate in rates)
    assert total.emitted_t_co2 == pytest.approx(349.8 + 484.6 + 500.0)
    assert total.boundary == "stack"


def test_stack_and_life_cycle_are_never_added() -> None:
    stack = power_zone("ERCOT").average.emitted(8_760.0)
    life_cycle = hourly("ERCO").emitted(np.ones(8_760))
    with pytest.raises(OfftakeError) as raised:
        total_carbon([stack, life_cycle])
    assert str(raised.value) == (
        "OTK-K301 carbon: carbon at the stack and over the life cycle must not be added; "
        "got life-cycle and stack; take all rates from one boundary, such as eGRID's (stack) "
        "or the hourly files (life-cycle)"
    )


def test_nothing_has_no_boundary() -> None:
    with pytest.raises(OfftakeError, match="OTK-K302"):
        total_carbon([])


def test_each_source_keeps_its_boundary() -> None:
    for row in power():
        if "eGRID" in row.source or row.zone.startswith("ONSITE"):
            assert row.average.boundary == "stack"
        else:
            assert row.average.boundary == "life-cycle"
        if row.marginal is not None:
            assert row.marginal.boundary == "stack"
    assert power_zone("NO4").marginal is None
