"""Sites and their phases: where accelerators stand, on how much power, from when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from offtake.model.power import CleanPurchase, PowerOption, PowerSupply
from offtake.model.provenance import Provenance
from offtake.model.value import Value
from offtake.units import Count, Degrees, FacilityMW, ItMW, Ratio, Share, SharePerYear


class Status(StrEnum):
    """How far a phase has come."""

    OPERATING = "operating"
    CONSTRUCTION = "construction"
    PLANNED = "planned"
    LETTER_OF_INTENT = "letter-of-intent"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase(Value):
    """A part of a site that is built and handed over as one."""

    id: str
    """Name inside its site: `bldg-1-2`."""
    power_it_mw: ItMW
    """Power at its servers when complete."""
    power_facility_mw: FacilityMW | None = None
    """Peak power at its meter; None is IT power times the site's design ratio."""
    accelerator: str | None = None
    """Type installed or planned; None is not known."""
    accelerator_count: Count | None = None
    """Accelerators installed when complete; None follows from power."""
    announced: date | None = None
    """Day it was made public."""
    first_power: date | None = None
    """Day its first servers run, by the latest forecast."""
    full_power: date | None = None
    """Day all its servers run, by the latest forecast."""
    status: Status = Status.PLANNED
    """How far it has come."""
    offtaker: str | None = None
    """Party at the user's end of its chain; not the lab when the phase changed hands."""
    note: str = ""
    """What a reader should know, in a sentence."""
    provenance: Provenance | None = None
    """Source of this entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site(Value):
    """A campus: one meter, one climate, one legal place.

    `peak_ratio` (facility over IT at the design peak) sizes power; `pue_ratio` (facility
    over IT energy, a year's mean) prices energy. Abilene is 1.40 by the first.
    """

    id: str
    """Short name used everywhere else in the portfolio."""
    name: str
    """Name as people write it."""
    country: str
    """ISO 3166 two-letter code; decides residency and sovereignty."""
    region: str
    """Region of the latency map it lies in."""
    latitude_degrees: Degrees | None = None
    """North is positive."""
    longitude_degrees: Degrees | None = None
    """East is positive."""
    developer: str | None = None
    """Party that builds it."""
    owner: str | None = None
    """Party that owns land and shell: the first of every chain that starts here."""
    grid_zone: str | None = None
    """Balancing area or price zone."""
    power_facility_mw: FacilityMW | None = None
    """Most the site can draw at its meter; None is the sum of its phases."""
    peak_ratio: Ratio = 1.4
    """Facility power over IT power at the design peak."""
    pue_ratio: Ratio = 1.2
    """Facility energy over IT energy, a year's mean."""
    supplies: tuple[PowerSupply, ...] = ()
    """Where its electricity comes from: a mix or a stack; empty means its energy is in the rent
    or comes with one of `power_options`."""
    purchases: tuple[CleanPurchase, ...] = ()
    """Clean energy bought by contract for what a stack takes from the grid."""
    power_options: tuple[PowerOption, ...] = ()
    """Ways to power it, of which a plan chooses one at most; its `supplies` are there anyway."""
    phases: tuple[Phase, ...] = ()
    """What is built in one go."""
    outage_share_per_year: SharePerYear = 0.0
    """Chance a year that weather or supply stops the whole site for part of a quarter."""
    outage_lost_share: Share = 0.25
    """Share of that quarter's work lost when it happens."""
    provenance: Provenance | None = None
    """Source of this entry."""

    @property
    def planned_it_mw(self) -> float:
        """IT power of all phases together, in MW."""
        return sum(phase.power_it_mw for phase in self.phases)

    @property
    def any_supplies(self) -> tuple[PowerSupply, ...]:
        """Its supplies and those of its options, in order."""
        return (*self.supplies, *(s for option in self.power_options for s in option.supplies))

    @property
    def has_stack(self) -> bool:
        """Whether its supplies are run hour by hour instead of mixed by `energy_share`."""
        return bool(self.power_options) or any(s.energy_share is None for s in self.supplies)

    @property
    def electricity_usd_per_mwh(self) -> float:
        """Mean price of a mix weighted by energy; 0 for a stack, or where the rent includes it."""
        return sum(s.energy_usd_per_mwh * (s.energy_share or 0.0) for s in self.supplies)

    @property
    def carbon_g_per_kwh(self) -> float:
        """Mean location-based carbon of a mix as stated, weighted by energy; 0 for a stack."""
        return sum(s.carbon_g_per_kwh * (s.energy_share or 0.0) for s in self.supplies)

    @property
    def clean_share(self) -> float:
        """Share of a mix's yearly energy that is carbon-free; 0 for a stack."""
        return sum(s.energy_share or 0.0 for s in self.supplies if s.clean)
