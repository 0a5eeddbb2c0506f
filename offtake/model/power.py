"""Electricity of a site: what brings it, in which hours, from which day, and what may be chosen.

A site has either a *mix*, supplies with an `energy_share` each, or a *stack*, supplies
without one: then the cheapest of them that can run in an hour does
(`docs/understanding/power.md`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from offtake.model.provenance import Provenance
from offtake.model.value import Value
from offtake.units import (
    USD,
    FacilityMW,
    GramsPerKWh,
    HourlyRatio,
    MMBtuPerMWh,
    MWh,
    PositiveShare,
    Quarters,
    Share,
    UsdPerMMBtu,
    UsdPerMWh,
    UsdPerYear,
)

HOURS_PER_DAY = 24
MONTHS_PER_YEAR = 12
DAYS = HOURS_PER_DAY * MONTHS_PER_YEAR
"""Numbers in a profile with one day a month."""


class PowerKind(StrEnum):
    """How a supply makes or brings electricity."""

    GRID = "grid"
    GAS_TURBINE = "gas-turbine"
    FUEL_CELL = "fuel-cell"
    SOLAR = "solar"
    WIND = "wind"
    HYDRO = "hydro"
    NUCLEAR = "nuclear"
    GEOTHERMAL = "geothermal"
    BATTERY = "battery"


class CarbonBasis(StrEnum):
    """What a carbon factor counts; amounts on different bases are never added up."""

    STACK = "stack"
    """What the power station burns."""
    LIFE_CYCLE = "life-cycle"
    """Mining, leaks and building too, so that wind has 11 g/kWh instead of none."""

    @property
    def other(self) -> CarbonBasis:
        """The other of the two."""
        return CarbonBasis.LIFE_CYCLE if self is CarbonBasis.STACK else CarbonBasis.STACK


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile(Value):
    """A shape by the hour on representative days: months in order, in each its days, 24 hours.

        January               February        …   December
        day 1 … day k         day 1 … day k
        24 numbers each

    With one day a month that is 288 numbers. With more, the days of a month weigh equally
    (a calm third, a middling and a windy one, say); all profiles of a site have equally many.
    Hours are those of one clock, the same for all profiles of a site.
    """

    id: str
    """Short name supplies refer to."""
    hourly_ratio: tuple[HourlyRatio, ...]
    """Output over rated power, or price or carbon over its own mean, hour by hour."""
    note: str = ""
    """How it was made, and what it leaves out, in a sentence."""
    provenance: Provenance | None = None
    """Source of this entry."""

    @property
    def days_a_month(self) -> int:
        """Representative days of each month; 0 where the numbers do not make whole days."""
        count, rest = divmod(len(self.hourly_ratio), DAYS)
        return 0 if rest else count


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerSupply(Value):
    """One source of electricity at a site, with its price and its carbon.

    In a mix the energy of a site is the supplies' by `energy_share`; these must add up to 1.
    In a stack no supply has one, and each says how much it can bring.
    """

    id: str | None = None
    """Short name inside its site; None goes by its kind."""
    kind: PowerKind
    """How the electricity comes."""
    energy_share: Share | None = None
    """Share of the site's yearly energy it brings in a mix; None in a stack."""
    price_usd_per_mwh: UsdPerMWh
    """All-in price at the meter, fuel apart where `fuel_usd_per_mmbtu` is given."""
    carbon_g_per_kwh: GramsPerKWh
    """Location-based average carbon of its electricity, on `carbon_basis`."""
    carbon_basis: CarbonBasis = CarbonBasis.STACK
    """`stack` (direct emissions) or `life-cycle`; the two are never added up."""
    carbon_other_g_per_kwh: GramsPerKWh | None = None
    """The same on the other of the two bases; None is not known."""
    carbon_market_g_per_kwh: GramsPerKWh | None = None
    """Market-based carbon on `carbon_basis`: by contract, or the residual mix of a grid whose
    clean part was sold to others; None is the location-based."""
    carbon_market_other_g_per_kwh: GramsPerKWh | None = None
    """Market-based carbon on the other basis; None is the location-based one of that basis."""
    clean: bool = False
    """Whether its energy counts as carbon-free."""
    power_facility_mw: FacilityMW | None = None
    """Most it can bring; None is no limit of its own (in a mix alone)."""
    available: date | None = None
    """First day it brings power (an interconnection date); None is from the start."""
    until: date | None = None
    """First day it brings none any more (the end of a bridge); None is never."""
    fuel_usd_per_mmbtu: UsdPerMMBtu | None = None
    """Price of its fuel, by higher heating value; None is in the price."""
    heat_rate_mmbtu_per_mwh: MMBtuPerMWh | None = None
    """Fuel burnt for a MWh, by higher heating value; goes with the price of the fuel."""
    profile: str | None = None
    """Profile of its output over `power_facility_mw` in a stack; None can run in every hour."""
    price_profile: str | None = None
    """Profile of its price over the mean; None is flat."""
    carbon_profile: str | None = None
    """Profile of its carbon over the mean; None is flat."""
    energy_mwh: MWh | None = None
    """Battery: energy it can hold."""
    round_trip_share: PositiveShare | None = None
    """Battery: energy given back over energy taken in."""
    curtailed_share: Share = 0.0
    """Share of hours in which whoever brings it may cut it off wholly: what is accepted for an
    earlier connection. Spread evenly over the hours of a day."""
    provenance: Provenance | None = None
    """Source of this entry."""

    @property
    def name(self) -> str:
        """What it goes by."""
        return self.id or self.kind.value

    @property
    def energy_usd_per_mwh(self) -> float:
        """Price of one more MWh, its fuel included."""
        fuel = (self.fuel_usd_per_mmbtu or 0.0) * (self.heat_rate_mmbtu_per_mwh or 0.0)
        return self.price_usd_per_mwh + fuel

    def carbon(self, basis: CarbonBasis) -> float | None:
        """Give the location-based carbon on a basis, in g/kWh; None where it is not stated."""
        if basis is self.carbon_basis:
            return self.carbon_g_per_kwh
        return self.carbon_other_g_per_kwh

    def carbon_market(self, basis: CarbonBasis) -> float | None:
        """Give the market-based carbon on a basis, in g/kWh; None where it is not stated."""
        own = basis is self.carbon_basis
        stated = self.carbon_market_g_per_kwh if own else self.carbon_market_other_g_per_kwh
        return self.carbon(basis) if stated is None else stated


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanPurchase(Value):
    """Clean energy bought by contract with its attributes; its electricity comes by the grid.

    It changes market-based carbon and clean shares of the energy taken from the grid, never
    location-based carbon, and it is paid for whether or not the site runs.
    """

    id: str
    """Short name inside its site."""
    kind: PowerKind
    """What makes it."""
    power_facility_mw: FacilityMW
    """Rated power that is bought."""
    profile: str | None = None
    """Profile of its output over that power; None is all of it in every hour."""
    premium_usd_per_mwh: UsdPerMWh = 0.0
    """Paid for a MWh made, beyond what its electricity is worth."""
    carbon_g_per_kwh: GramsPerKWh = 0.0
    """Carbon of what it makes, on `carbon_basis`."""
    carbon_basis: CarbonBasis = CarbonBasis.STACK
    """What that counts."""
    carbon_other_g_per_kwh: GramsPerKWh | None = None
    """The same on the other basis; None is not known."""
    available: date | None = None
    """First day it is bought; None is from the start."""
    until: date | None = None
    """First day it is not bought any more; None is never."""
    provenance: Provenance | None = None
    """Source of this entry."""

    def carbon(self, basis: CarbonBasis) -> float | None:
        """Give the carbon of what it makes on a basis, in g/kWh; None where not stated."""
        return self.carbon_g_per_kwh if basis is self.carbon_basis else self.carbon_other_g_per_kwh


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerOption(Value):
    """A way to power a site that may be chosen: at most one of a site's options is.

    What it brings comes on top of the site's own `supplies`.
    """

    id: str
    """Short name inside its site."""
    name: str = ""
    """Name as people write it."""
    available: date
    """First day anything of it brings power; its supplies may come later."""
    supplies: tuple[PowerSupply, ...] = ()
    """What it brings."""
    purchases: tuple[CleanPurchase, ...] = ()
    """Clean energy bought with it."""
    capex_usd: USD = 0.0
    """Capital expenditure for all of it."""
    capex_quarters: Quarters = 4
    """Quarters before `available` over which that is drawn, evenly."""
    capex_life_quarters: Quarters = 80
    """Life from `available` on, for what is left of it at the end of the plan."""
    running_usd_per_year: UsdPerYear = 0.0
    """Fixed cost from `available` on: rent of turbines, staff, capacity charges."""
    note: str = ""
    """What a reader should know, in a sentence."""
    provenance: Provenance | None = None
    """Source of this entry."""
