"""Electricity: carbon and price of a zone or an on-site plant, and the hourly files there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from offtake.catalogue.carbon import Boundary, CarbonRate
from offtake.catalogue.dates import PartialDate
from offtake.catalogue.facts import Fact, Quality
from offtake.units import Count, GramsPerKWh, UsdPerMWh


@dataclass(frozen=True, slots=True, kw_only=True)
class Power(Fact):
    """A grid zone, or a kind of plant on a site."""

    zone: str
    country: str | None = None
    carbon_g_per_kwh: GramsPerKWh
    """Average over a year."""
    carbon_boundary: Boundary
    """What the average counts; never add two boundaries."""
    carbon_scope: str
    """Area and year, or technology."""
    marginal_g_per_kwh: GramsPerKWh | None = None
    """Of the fossil plants that follow the load."""
    marginal_boundary: Boundary | None = None
    marginal_basis: str | None = None
    marginal_known_from: date | None = None
    price_usd_per_mwh: UsdPerMWh | None = None
    """For industry, all-in, average of a year."""
    price_basis: str | None = None
    price_quality: Quality | None = None
    price_source: str | None = None
    price_known_from: date | None = None
    recent_price_usd_per_mwh: UsdPerMWh | None = None
    """For industry in one recent month; not comparable with a year's average."""
    recent_month: PartialDate | None = None
    recent_basis: str | None = None
    recent_known_from: date | None = None
    hourly_zone: str | None = None
    """The hourly file to use for it; see `hourly`."""

    TABLE: ClassVar[str] = "power"
    KEY: ClassVar[tuple[str, ...]] = ("zone",)
    SHOWN: ClassVar[tuple[str, ...]] = (
        *("zone", "country", "carbon_g_per_kwh", "carbon_boundary", "marginal_g_per_kwh"),
        *("marginal_boundary", "price_usd_per_mwh", "price_quality", "hourly_zone"),
        *("quality", "known_from"),
    )
    PARTS: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "marginal_known_from": ("marginal_g_per_kwh", "marginal_boundary", "marginal_basis"),
        "price_known_from": ("price_usd_per_mwh", "price_basis", "price_quality", "price_source"),
        "recent_known_from": ("recent_price_usd_per_mwh", "recent_month", "recent_basis"),
    }

    @property
    def average(self) -> CarbonRate:
        """The average rate together with its boundary."""
        return CarbonRate(carbon_g_per_kwh=self.carbon_g_per_kwh, boundary=self.carbon_boundary)

    @property
    def marginal(self) -> CarbonRate | None:
        """The marginal rate together with its boundary, if it is known."""
        if self.marginal_g_per_kwh is None or self.marginal_boundary is None:
            return None
        return CarbonRate(carbon_g_per_kwh=self.marginal_g_per_kwh, boundary=self.marginal_boundary)


@dataclass(frozen=True, slots=True, kw_only=True)
class HourlyFile(Fact):
    """One year of one balancing authority by the hour; `hourly` reads the numbers."""

    zone: str
    """The authority's code in EIA-930."""
    name: str
    year: int
    hours_count: Count
    carbon_boundary: Boundary
    carbon_factors: str
    temperature_basis: str | None = None
    """Where the temperatures come from; none, where there are none."""
    file: str
    """Below `data/`."""

    TABLE: ClassVar[str] = "hourly"
    KEY: ClassVar[tuple[str, ...]] = ("zone",)
    SHOWN: ClassVar[tuple[str, ...]] = (
        *("zone", "name", "year", "hours_count", "carbon_boundary", "temperature_basis"),
        "known_from",
    )
