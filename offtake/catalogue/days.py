"""Representative days: a year of hours as a few days of each month, ready for a portfolio.

The days of a month are put in order by what sun and wind bring on them together, cut into
equal parts, and each part becomes its mean day. One part is the month's mean day; three keep
calm and windy days apart. Means of months are kept exactly, and so is what sun, wind and the
grid's carbon do in the same hour; what happens within a part is not.
"""

from __future__ import annotations

from calendar import monthrange
from itertools import pairwise

import numpy as np

from offtake.catalogue.grid import HourlyFile
from offtake.catalogue.hours import Hourly, Series, hourly, scaled_to
from offtake.catalogue.vintages import shipped
from offtake.errors import Fault, OfftakeError
from offtake.model.power import HOURS_PER_DAY, MONTHS_PER_YEAR, Profile
from offtake.model.provenance import Provenance, Quality

MOST_DAYS = 28
_DECIMALS = 3


def profiles(
    zone: str,
    *,
    solar_factor_share: float,
    wind_factor_share: float,
    days: int = 3,
    utc_offset_hours: int = 0,
) -> tuple[Profile, Profile, Profile]:
    """Give the profiles of sun, wind and the grid's carbon in a zone: `erco-solar` and so on.

    Args:
        zone: of the hourly files, such as `ERCO`.
        solar_factor_share: mean output of the solar plant over its rated power; the files
            tell shares of the largest hour alone.
        wind_factor_share: the same of the wind plant.
        days: representative days of each month.
        utc_offset_hours: of the clock days are counted on, such as -6.

    Raises:
        OfftakeError: no such zone (`OTK-K204`), a mean that cannot be (`OTK-K304`), or a
            number of days no month has (`OTK-K307`).
    """
    if not 1 <= days <= MOST_DAYS:
        what = f"every month has 1 to {MOST_DAYS} days to be represented by"
        raise OfftakeError(Fault(code="OTK-K307", what=what, got=str(days)))
    held = hourly(zone)
    sun = scaled_to(held.solar_share, solar_factor_share)
    wind = scaled_to(held.wind_share, wind_factor_share)
    carbon = held.carbon_g_per_kwh / held.carbon_g_per_kwh.mean()
    clock = (np.roll(series, utc_offset_hours) for series in (sun, wind, carbon))
    by_day = [series.reshape(-1, HOURS_PER_DAY) for series in clock]
    order = by_day[0].sum(axis=1) + by_day[1].sum(axis=1)
    made = [_chosen(series, order, held.year, days) for series in by_day]
    factors = (solar_factor_share, wind_factor_share, None)
    names = ("solar", "wind", "carbon")
    return tuple(  # type: ignore[return-value]
        _profile(held, name, shape, factor, (days, utc_offset_hours))
        for name, shape, factor in zip(names, made, factors, strict=True)
    )


def _chosen(series: Series, order: Series, year: int, days: int) -> Series:
    """Give the mean day of each part of each month, [12·days, 24]."""
    found: list[Series] = []
    first = 0
    for month in range(1, MONTHS_PER_YEAR + 1):
        length = monthrange(year, month)[1]
        here = np.arange(first, first + length)
        ranked = here[np.argsort(order[here], kind="stable")]
        # Days that do not divide evenly count in both parts they lie between.
        edges = np.linspace(0, length, days + 1)
        for low, high in pairwise(edges):
            inside = np.minimum(np.arange(length) + 1, high) - np.maximum(np.arange(length), low)
            weight = np.clip(inside, 0.0, 1.0) / (high - low)
            found.append(weight @ series[ranked])
        first += length
    return np.array(found)


def _profile(
    held: Hourly, name: str, shape: Series, factor: float | None, how: tuple[int, int]
) -> Profile:
    days, offset = how
    entry = next(row for row in shipped(HourlyFile) if row.zone == held.zone)
    means = f"{factor:g} of rated power in the mean" if factor is not None else "over its mean"
    return Profile(
        id=f"{held.zone.lower()}-{name}",
        hourly_ratio=tuple(float(ratio) for ratio in np.round(shape.ravel(), _DECIMALS)),
        note=f"{days} days a month from {held.year}, {means}, clock UTC{offset:+d}",
        provenance=Provenance(
            quality=Quality.DERIVED, source=entry.source, fact=f"hourly/{held.zone}"
        ),
    )
