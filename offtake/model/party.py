"""Parties: everybody who signs a contract, owns a site or makes an accelerator."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from offtake.model.finance import Finance
from offtake.model.provenance import Provenance
from offtake.model.value import Value
from offtake.units import Quarters, Ratio, Share, SharePerYear, UsdPerItKWMonth


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

    Offers that name it as their `vehicle` are built by it: it draws debt and equity, the
    lab pays it for capacity in service, it pays its lenders first and its shareholders
    last. Lenders can turn to nobody but the vehicle: where its capacity is worth less than
    its debt, both may be left to them.

        lab ── offtake ──> vehicle ── service ──> lenders
         │                    │
         └──── equity ────────┴── distributions ──> lab and minority, by share
    """

    party: str
    """The vehicle itself, as a party with role `vehicle`."""
    ownership_share: Share
    """Share of its equity the lab holds; above one half is majority-owned."""
    controlled: bool = False
    """Whether the lab declares that it controls the vehicle, which decides consolidation."""
    offtake_usd_per_it_kw_month: UsdPerItKWMonth | None = None
    """What the lab pays it for capacity in service; electricity is the lab's own to buy."""
    offtake_return_share_per_year: SharePerYear | None = None
    """Instead of a price: the yearly return, before debt, the level price is set to bring."""
    gearing_share: Share = 0.0
    """Most of its investment, interest during construction included, financed by debt."""
    interest_share_per_year: SharePerYear = 0.0
    """All-in interest on its debt, compounded to a year."""
    tenor_quarters: Quarters = 16
    """Quarters in which debt is repaid, from the one after the last investment."""
    dscr_target_ratio: Ratio = 1.35
    """Cash available over debt service that debt is sculpted to, as planned."""
    dscr_lockup_ratio: Ratio = 1.20
    """Cover below which cash is kept from the shareholders."""
    dscr_covenant_ratio: Ratio = 1.10
    """Least cover in any quarter: shareholders pay in what is missing, or lose the capacity."""
    leverage_limit_ratio: Ratio | None = None
    """Most debt over equity paid in, in any quarter as planned; None is no limit."""
    equity_first: bool = False
    """Whether equity is spent before debt is drawn; else both in proportion."""
    balloon_share: Share = 0.0
    """Share of the debt that is due at once at maturity, not repaid before."""
    guarantee_share: Share = 0.0
    """Share of what is owed that the lab guarantees lenders who take capacity over and sell."""
    guarantee_fee_share_per_year: SharePerYear = 0.0
    """What the vehicle pays the lab for that, on the amount guaranteed."""
    termination_quarters: Quarters = 0
    """Quarters of its price the lab pays lenders when it leaves capacity to them."""
    resale_share: Share = 1.0
    """What capacity fetches when lenders sell, over its written-down value, at a rental price
    on its path; it moves with the rental price."""
    finance: Finance | None = None
    """Its loan, reserves and phases in full, for `offtake vehicle`; a plan does without."""
    provenance: Provenance | None = None
    """Source of this entry."""
