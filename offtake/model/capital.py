"""Capital and limits: what a plan may spend, draw, emit and depend on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from offtake.model.lease import LeaseTerms
from offtake.model.party import Vehicle
from offtake.model.period import Quarter
from offtake.model.power import CarbonBasis
from offtake.model.provenance import Provenance
from offtake.model.value import Value
from offtake.units import USD, Ratio, Share, SharePerYear, TonnesCO2


@dataclass(frozen=True, slots=True, kw_only=True)
class Capital(Value):
    """Money: what it costs to wait, and how much may be spent when.

    Both limits are hard. A quarter that is not named is not limited.
    """

    discount_share_per_year: SharePerYear = 0.08
    """Rate cash flows are discounted at, to the first day of the plan."""
    investment_limit_usd: Mapping[Quarter, USD] = field(default_factory=dict)
    """Most that may be invested in a quarter: capital expenditure and prepayments; of what a
    vehicle invests, the lab's share of equity."""
    spending_limit_usd: Mapping[Quarter, USD] = field(default_factory=dict)
    """Most cash that may leave in a quarter, revenue not counted, in every scenario."""
    spending_to_revenue_ratio: Mapping[Quarter, Ratio] = field(default_factory=dict)
    """Most that may be spent in a quarter, over its revenue, in the mean of scenarios."""
    vehicles: tuple[Vehicle, ...] = ()
    """Ring-fenced compute companies; offers name the one that builds them."""
    leases: tuple[LeaseTerms, ...] = ()
    """Contracts the lab puts in its books as leases, or judged not to be any."""
    provenance: Provenance | None = None
    """Source of this entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits(Value):
    """What a plan may depend on and emit. All are hard, and named when they bind."""

    seller_share: Mapping[str, Share] = field(default_factory=dict)
    """Most of the capacity in service one party (or group) may provide, by party."""
    any_seller_share: Share | None = None
    """The same, for every party that is not named."""
    vendor_share: Mapping[str, Share] = field(default_factory=dict)
    """Most of the capacity in service with accelerators of one vendor."""
    shares_from: Quarter | None = None
    """First quarter the shares above hold in; None is from the first of the plan."""
    carbon_t_co2: Mapping[str, TonnesCO2] = field(default_factory=dict)
    """Most location-based carbon in a calendar year (`"2027"`), in the mean of scenarios."""
    carbon_market_t_co2: Mapping[str, TonnesCO2] = field(default_factory=dict)
    """Most market-based carbon in a calendar year, in the mean of scenarios."""
    carbon_basis: CarbonBasis | None = None
    """What carbon is counted in: every supply must state it on this basis; None is the one
    basis all of them share."""
    least_clean_share: Share | None = None
    """Least share of yearly energy that is carbon-free, in the mean of scenarios."""
    least_hourly_clean_share: Share | None = None
    """The same, where clean energy counts in the hour it is used alone."""
    provenance: Provenance | None = None
    """Source of this entry."""
