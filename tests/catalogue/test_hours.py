from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from offtake.catalogue import hourly, power_zone, scaled_to, table
from offtake.catalogue.hours import read_series
from offtake.errors import OfftakeError

ZONES = [row.key[0] for row in table("hourly")]


@pytest.mark.parametrize("zone", ZONES)
def test_every_zone_has_a_year_of_hours(zone: str) -> None:
    held = hourly(zone)
    series = [held.carbon_g_per_kwh, held.wind_share, held.solar_share, held.generation_share]
    assert all(part.shape == (8_760,) for part in series)
    assert all(np.isfinite(part).all() for part in series)
    assert all(0.0 <= part.min() <= part.max() <= 1.0 for part in series[1:])
    assert 50 < held.carbon_g_per_kwh.min() < held.carbon_g_per_kwh.max() < 820
    assert (held.year, held.carbon_boundary) == (2022, "life-cycle")
    if zone == "CISO":
        assert held.temperature_celsius is None
    else:
        assert held.temperature_celsius is not None
        assert held.temperature_celsius.shape == (8_760,)
        assert -40 < held.temperature_celsius.min() < held.temperature_celsius.max() < 50


def test_the_arrays_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        hourly("PJM").carbon_g_per_kwh[0] = 0.0


def test_the_known_oddities_are_there() -> None:
    assert hourly("SOCO").wind_share.max() == 0.0
    assert np.array_equal(
        np.asarray(hourly("PJM").temperature_celsius),
        np.asarray(hourly("MISO").temperature_celsius),
    )
    # Shares of the largest hour overstate a capacity factor, which is about 0.35.
    assert hourly("ERCO").wind_share.mean() == pytest.approx(0.47, abs=5e-3)


def test_the_sun_shines_by_day() -> None:
    by_hour = hourly("ERCO").solar_share.reshape(365, 24).mean(axis=0)
    # 06:00 to 10:00 UTC is night in Texas, 19:00 UTC early afternoon.
    assert by_hour[6:11].max() < 0.01
    assert by_hour[19] > 0.5


def test_the_average_of_miso_is_that_of_its_hours() -> None:
    held = hourly("MISO")
    energy = held.generation_share
    mean = held.emitted(energy).emitted_t_co2 * 1000.0 / energy.sum()
    assert mean == pytest.approx(power_zone("MISO").carbon_g_per_kwh, abs=0.05)


def test_energy_must_have_an_hour_each() -> None:
    with pytest.raises(OfftakeError, match=r"OTK-K303 hourly\.PJM: one number for each hour"):
        hourly("PJM").emitted(np.ones(24))


def test_an_unknown_zone_is_told() -> None:
    with pytest.raises(OfftakeError, match=r"OTK-K204: no hourly file .* did you mean 'ERCO'"):
        hourly("ERCOT")


def test_shares_are_scaled_to_a_capacity_factor() -> None:
    wind = hourly("ERCO").wind_share
    for wanted in (0.0, 0.2, 0.35, 0.6):
        scaled = scaled_to(wind, wanted)
        assert scaled.mean() == pytest.approx(wanted, abs=1e-9)
        assert scaled.max() <= 1.0
    assert np.all(np.diff(scaled_to(np.sort(wind), 0.35)) >= 0)
    with pytest.raises(OfftakeError, match="OTK-K304"):
        scaled_to(hourly("SOCO").wind_share, 0.3)
    with pytest.raises(OfftakeError, match="OTK-K304"):
        scaled_to(hourly("ERCO").solar_share, 0.9)


@given(
    hnp.arrays(np.float64, 48, elements=st.integers(0, 1000).map(lambda n: n / 1000)),
    st.floats(0.0, 0.99),
)
def test_any_reachable_mean_is_met(shares: np.ndarray, part: float) -> None:
    wanted = part * np.count_nonzero(shares) / shares.size
    assert scaled_to(shares, wanted).mean() == pytest.approx(wanted, abs=1e-9)


HEADER = "hour,avg_carbon_g_per_kwh,wind_permille_of_max,solar_permille_of_max,"
HEADER += "generation_permille_of_max"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("hour,carbon\n0,1\n", "OTK-K107 x.gz:1: the columns must be"),
        (f"{HEADER}\n0,1,2,3,4\n1,one,2,3,4\n", "OTK-K107 x.gz: a cell is no number"),
        (f"{HEADER}\n0,1,2,3,4\n", "OTK-K107 x.gz: 2 hours are wanted; got 1"),
        (f"{HEADER}\n0,1,2,3,4\n2,1,2,3,4\n", "OTK-K107 x.gz:3: hour 1 is wanted; got 2"),
    ],
)
def test_a_faulty_file_is_told(text: str, told: str) -> None:
    with pytest.raises(OfftakeError) as raised:
        read_series(text, "x.gz", 2)
    assert str(raised.value).startswith(told)
