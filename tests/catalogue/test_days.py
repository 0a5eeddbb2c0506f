from __future__ import annotations

from calendar import monthrange

import numpy as np
import pytest

from offtake.catalogue import hourly, profiles, scaled_to
from offtake.errors import OfftakeError
from offtake.plan.dispatch import Plant, Stack, Store, ways

SUN, WIND = 0.242, 0.353


def made(days: int, offset: int = 0) -> list[np.ndarray]:
    found = profiles(
        "ERCO", solar_factor_share=SUN, wind_factor_share=WIND, days=days, utc_offset_hours=offset
    )
    assert [p.id for p in found] == ["erco-solar", "erco-wind", "erco-carbon"]
    assert all(p.days_a_month == days for p in found)
    assert all(p.provenance and p.provenance.fact == "hourly/ERCO" for p in found)
    return [np.array(p.hourly_ratio).reshape(12, days, 24) for p in found]


@pytest.mark.parametrize("days", [1, 2, 3, 7])
def test_the_mean_of_every_month_is_kept(days: int) -> None:
    series = scaled_to(hourly("ERCO").solar_share, SUN)
    lengths = [monthrange(2022, month)[1] for month in range(1, 13)]
    by_day = np.split(series.reshape(-1, 24), np.cumsum(lengths)[:-1])
    assert made(days)[0].mean(axis=(1, 2)) == pytest.approx([d.mean() for d in by_day], abs=1e-3)


def test_the_carbon_of_a_grid_is_over_its_mean() -> None:
    assert made(3)[2].mean() == pytest.approx(1, abs=2e-3)


def test_a_clock_moves_the_hours_and_nothing_else() -> None:
    """In UTC the Texan sun is highest at 18 or 19; six hours earlier by its own clock."""
    utc, local = made(1)[0], made(1, -6)[0]
    assert int(utc.mean(axis=(0, 1)).argmax()) in (18, 19, 20)
    assert int(local.mean(axis=(0, 1)).argmax()) in (12, 13, 14)
    assert utc.mean() == pytest.approx(local.mean(), abs=1e-3)


def test_days_are_ranked_by_what_sun_and_wind_bring_together() -> None:
    sun, wind, _ = made(3)
    total = (sun + wind).sum(axis=2)
    assert (np.diff(total, axis=1) > 0).all()


def test_more_days_know_more_calm() -> None:
    """What sun, wind and a battery can firmly serve alone falls as days are told apart."""

    def firm(days: int) -> float:
        sun, wind, _ = made(days, -6)
        plants = [
            Plant(name, 300.0, tuple(shape[:3].ravel()), (0.0,), (0.0,), (0.0,), clean=True)
            for name, shape in (("sun", sun), ("wind", wind))
        ]
        stack = Stack(tuple(plants), (Store("battery", 100, 800, 0.86),), hours=72 * days)
        return ways(stack).firm_mw

    one, three, ten = (firm(days) for days in (1, 3, 10))
    assert one > 1.2 * three > 1.2 * ten > 0


def test_faults_of_days() -> None:
    with pytest.raises(OfftakeError, match="OTK-K307.*got 29"):
        made(29)
    with pytest.raises(OfftakeError, match="OTK-K204"):
        profiles("ERCOT", solar_factor_share=SUN, wind_factor_share=WIND)
    with pytest.raises(OfftakeError, match="OTK-K304"):
        profiles("SOCO", solar_factor_share=SUN, wind_factor_share=WIND)
