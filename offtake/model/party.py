"""Parties: everybody who signs a contract, owns a site or makes an accelerator."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from offtake.model.provenance import Provenance
from offtake.model.value import Value
from offtake.units import Share, SharePerYear


class Role(StrEnum):
    """What a party does in the portfolio; one party may have several roles."""

    LAB = "lab"
    VEHICLE = "vehicle"
    OPERATOR = "operator"
    HYPERSCALER = "hyperscaler"
    DEVELOPER = "developer"
    LANDLORD = "landlord"
    VENDOR = "vendor"
    UTILITY = "utility"
    LENDER = "lender"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party(Value):
    """A company that takes part: lab, vehicle, operator, hyperscaler, vendor, lender and so on."""

    id: str
    """Short name used everywhere else in the portfolio."""
    name: str
    """Name as people write it."""
    roles: tuple[Role, ...] = ()
    """What the party does."""
    country: str | None = None
    """ISO 3166 two-letter code of its seat; `NO` is Norway, also without quotes."""
    group: str | None = None
    """Name shared by parties under one control; concentration limits add a group up."""
    guarantor: str | None = None
    """Party that stands in when this one cannot pay."""
    default_share_per_year: SharePerYear = 0.0
    """Chance a year that it stops delivering for good; 0 leaves default out of the plan."""
    provenance: Provenance | None = None
    """Source of this entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle(Value):
    """The ring-fenced compute company: owns capacity, borrows against it, sells to the lab.

    The planner of this release treats its capacity as owned at the portfolio's discount
    rate; debt and waterfall are the capital module's.
    """

    party: str
    """The vehicle itself, as a party with role `vehicle`."""
    ownership_share: Share
    """Share of its equity the lab holds; above one half is majority-owned."""
    controlled: bool = False
    """Whether the lab declares that it controls the vehicle, which decides consolidation."""
    gearing_share: Share = 0.0
    """Largest share of its capital expenditure financed by debt."""
    interest_share_per_year: SharePerYear = 0.0
    """All-in interest on its debt."""
    provenance: Provenance | None = None
    """Source of this entry."""
