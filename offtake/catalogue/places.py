"""Sites, phase by phase, and the dates their milestones were expected on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from offtake.catalogue.dates import PartialDate
from offtake.catalogue.facts import Fact
from offtake.units import USD, Count, Degrees, FacilityMW, ItMW


@dataclass(frozen=True, slots=True, kw_only=True)
class Site(Fact):
    """One phase of a site, as it was known from one day on."""

    id: str
    name: str
    country: str
    """ISO 3166 code of two letters."""
    region: str | None = None
    grid_zone: str
    """The grid, in the operator's words."""
    power_zone: str
    """The row of the table `power` that holds for the grid supply."""
    onsite_zone: str | None = None
    """The row of the table `power` that holds for the plant on the site."""
    latitude_degrees: Degrees
    longitude_degrees: Degrees
    coordinate_quality: str
    """`epoch` (the building), `town`, `county`, `approx` or `country`."""
    operator: str | None = None
    """Who develops and runs the shell."""
    owner: str | None = None
    chain: str
    """Owner > … > user, in that order."""
    phase: str
    power_it_mw: ItMW | None = None
    """Power at the servers when the phase is full."""
    power_facility_mw: FacilityMW | None = None
    """Peak power at the meter when the phase is full; not an annual PUE."""
    accelerator: str | None = None
    """Type, or types with a slash."""
    accelerators_count: Count | None = None
    """Packages when full."""
    announced: PartialDate | None = None
    first_power: PartialDate | None = None
    """When the first part of the phase runs, or ran."""
    full_power: PartialDate | None = None
    """When all of it runs, or ran."""
    capex_usd: USD | None = None
    """Computers and construction, dollars of 2025."""
    power_supply: str | None = None
    status: str | None = None
    status_known_from: date | None = None

    TABLE: ClassVar[str] = "sites"
    KEY: ClassVar[tuple[str, ...]] = ("id",)
    SHOWN: ClassVar[tuple[str, ...]] = (
        *("id", "name", "chain", "power_it_mw", "power_facility_mw", "accelerator"),
        *("accelerators_count", "first_power", "full_power", "quality", "known_from"),
    )
    PARTS: ClassVar[Mapping[str, tuple[str, ...]]] = {"status_known_from": ("status",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone(Fact):
    """The day on which one vintage of a tracker expected, or recorded, a milestone."""

    site: str
    """The campus; more campuses than the table `sites` has."""
    phase: str | None = None
    """The row of `sites` the milestone belongs to, if there is one."""
    milestone: str
    """What is reached, such as `bldg 3-4`."""
    power_facility_mw: FacilityMW | None = None
    """Power at the meter of the whole campus once it is reached. The source prints one
    number for all vintages: read it as the name of the milestone, not as its forecast."""
    expected: PartialDate
    """When it was expected, or had happened, in the eyes of `known_from`."""
    tracker: str
    """Who said so; delays are computed only within one tracker."""

    TABLE: ClassVar[str] = "milestones"
    KEY: ClassVar[tuple[str, ...]] = ("site", "milestone")
    SHOWN: ClassVar[tuple[str, ...]] = (
        *("site", "milestone", "power_facility_mw", "expected", "tracker", "known_from"),
    )

    @property
    def is_forecast(self) -> bool:
        """Whether the milestone still lay ahead on the day of this vintage."""
        return self.expected.last > self.known_from
