"""Offers and contracts: capacity that may be signed, and capacity that was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from offtake.model.clause import (
    DelayDamages,
    DemandResponseShare,
    Interval,
    Option,
    PassThrough,
    Prepayment,
    Rate,
    Scope,
    Security,
    ServiceLevel,
    TakeOrPay,
    Tax,
)
from offtake.model.period import Quarter
from offtake.model.provenance import Provenance
from offtake.model.value import Value
from offtake.units import (
    BlockItMW,
    Count,
    Days,
    ExactShare,
    Growth,
    ItMW,
    Months,
    Quarters,
    Ratio,
    Share,
    Threshold,
    UsdPerGpuHour,
    UsdPerItMW,
    UsdPerItMWYear,
)


class Tenure(StrEnum):
    """How capacity is held, from the most to the least lasting."""

    OWN = "own"
    LEASE = "lease"
    RESERVE = "reserve"
    RENT = "rent"
    SPOT = "spot"

    @property
    def is_hourly(self) -> bool:
        """Whether it is taken when the time comes instead of being signed ahead."""
        return self in (Tenure.RENT, Tenure.SPOT)


class RoundingRule(StrEnum):
    """How an invoice line is rounded, once."""

    HALF_UP = "half-up"
    HALF_EVEN = "half-even"
    DOWN = "down"
    UP = "up"


class Comparison(StrEnum):
    """How a test result is held against its threshold."""

    AT_LEAST = "at-least"
    AT_MOST = "at-most"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceTest(Value):
    """One test a node must pass before its tranche is accepted."""

    name: str
    """Such as `all-reduce bandwidth`."""
    metric: str
    """What is measured, with its unit, such as `GB/s`."""
    comparison: Comparison = Comparison.AT_LEAST
    """How the result is held against the threshold."""
    threshold_amount: Threshold
    """The value to reach, in the metric's unit."""
    scope: Scope = Scope.NODE
    """What is tested as one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance(Value):
    """When a tranche counts as delivered: billing and delay damages start from this."""

    tests: tuple[AcceptanceTest, ...] = ()
    """Tests every node must pass."""
    passing_share: ExactShare = Decimal(1)
    """Share of nodes that must pass all tests in one window."""
    window_days: Days = 0.0
    """Length of that window."""
    deemed_after_days: Days | None = None
    """Days after which a tranche nobody tested counts as accepted; None is never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tranche(Value):
    """A part of a contract that is delivered, accepted and can be ended as one."""

    id: str
    """Name inside the contract."""
    site: str
    """Where it stands."""
    phase: str | None = None
    """Phase of the site it is part of; None is not tied to one."""
    accelerator: str | None = None
    """Type delivered; None for a shell or power alone."""
    accelerator_count: Count | None = None
    """Accelerators delivered; give this, or power, or both."""
    node_count: Count | None = None
    """Nodes they come in, where service levels look at nodes."""
    nodes: str | None = None
    """Names of its nodes at the site, as a host list such as `n[001-512]`."""
    power_it_mw: ItMW | None = None
    """Power at the servers; None follows from the accelerators."""
    due: date
    """Day it is to be accepted by."""
    accepted: date | None = None
    """Day it was accepted; None has not happened yet."""
    ramp_quarters: Quarters = 0
    """Quarters from first delivery to full; 0 is all at once."""
    grace_days: Days = 0.0
    """Days after the due date before lateness counts."""
    long_stop: date | None = None
    """Day from which the buyer may end it for lateness."""
    term_months: Months
    """Months of service from acceptance."""
    acceptance: Acceptance | None = None
    """Tests that decide acceptance."""
    provenance: Provenance | None = None
    """Source of this entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounding(Value):
    """How invoice lines are rounded."""

    rule: RoundingRule = RoundingRule.HALF_UP
    """What happens to the remainder."""
    decimal_count: Count = 2
    """Decimal places of the contract's currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract(Value):
    """A promise between two parties: a seller's capacity for a buyer's money.

    Contracts that name each other as `upstream` form a chain:

        SiteCo ──0──> OpCo ──A──> HyperCo ──B──> Lab      (B.upstream = A, A.upstream = 0)
    """

    id: str
    """Short name used everywhere else in the portfolio."""
    name: str = ""
    """Name as people write it."""
    seller: str
    """Party that provides."""
    buyer: str
    """Party that pays."""
    tenure: Tenure = Tenure.LEASE
    """How the buyer holds the capacity."""
    upstream: tuple[str, ...] = ()
    """Contracts the seller gets this capacity by; empty where the chain starts."""
    signed: date | None = None
    """Day it was signed."""
    currency: str = "USD"
    """ISO 4217 code of all its prices."""
    billing: Interval = Interval.MONTH
    """How often it is invoiced."""
    time_zone: str = "UTC"
    """IANA zone in which days and months begin."""
    rounding: Rounding = Rounding()
    """How invoice lines are rounded."""
    tranches: tuple[Tranche, ...] = ()
    """What is delivered, in parts."""
    rates: tuple[Rate, ...] = ()
    """Prices."""
    commitments: tuple[TakeOrPay, ...] = ()
    """Minimum payments."""
    prepayments: tuple[Prepayment, ...] = ()
    """Money paid ahead."""
    service_levels: tuple[ServiceLevel, ...] = ()
    """Availability promised."""
    delay_damages: tuple[DelayDamages, ...] = ()
    """What lateness costs the seller."""
    pass_through: PassThrough | None = None
    """Electricity handed on; None means it is in the price."""
    demand_response: DemandResponseShare | None = None
    """Share of demand-response income."""
    options: tuple[Option, ...] = ()
    """Rights to change it later."""
    security: tuple[Security, ...] = ()
    """What stands behind the promises."""
    taxes: tuple[Tax, ...] = ()
    """Taxes on its charges."""
    delay: str | None = None
    """Delay process its undelivered tranches follow; None is the portfolio's default."""
    availability_share: Share = 0.99
    """Share of hours its capacity is expected up, outages of the whole site apart."""
    goodput_ratio: Ratio = 1.0
    """Work done over work expected while it is up (failures, stragglers, checkpoints)."""
    note: str = ""
    """What a reader should know, in a sentence."""
    provenance: Provenance | None = None
    """Source of this entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferPrice(Value):
    """What an offer costs the lab, as far as a planner needs it.

    Own: `capex_usd_per_it_mw` (shell, power, cooling) plus accelerators at their own
    price, plus running cost. Everything else: a price per GPU-hour, on all hours of the
    term (take-or-pay) for lease and reserve, on used hours for rent and spot.

    A price per GPU-hour is what is quoted now, and what is signed in the first quarter is
    signed at it. Later the price is path · (q/q0)^follows_rental_share and stays for the
    term: q is the rental price over its path in the quarter of signing, q0 the
    `start_ratio` of its process. Rent and spot follow their market in full, every quarter.
    """

    capex_usd_per_it_mw: UsdPerItMW = 0.0
    """Own: shell, power and cooling for one MW of IT."""
    capex_life_quarters: Quarters = 56
    """Own: life of shell, power and cooling (14 years), for residual value."""
    running_usd_per_it_mw_year: UsdPerItMWYear = 0.0
    """Staff, maintenance and land; energy apart."""
    usd_per_gpu_hour: UsdPerGpuHour = 0.0
    """Price of one accelerator for one hour at `quarter`."""
    quarter: Quarter | None = None
    """Quarter the price is of; None is the first quarter of the plan."""
    price_share_per_year: Growth = 0.0
    """Yearly change of the price for contracts signed later."""
    follows_rental_share: Share = 0.0
    """Lease, reserve: share of the rental market's move, in the logarithm, that prices follow."""
    take_or_pay_share: Share = 1.0
    """Share of delivered capacity that is paid for whether or not it is used."""
    prepayment_share: Share = 0.0
    """Share of the term's payments due at signing and credited evenly over the term."""
    includes_energy: bool = True
    """Whether electricity is in the price; owned capacity pays for its own."""
    delay_damages_share: Share = 0.0
    """Share of the fee that comes back while delivery is late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer(Value):
    """Capacity that may be signed, and on what terms.

    With `block_it_mw` capacity comes in whole blocks and the planner decides an integer;
    without, any amount up to `power_it_mw` can be signed.
    """

    id: str
    """Short name used everywhere else in the portfolio."""
    name: str = ""
    """Name as people write it."""
    tenure: Tenure
    """How the lab would hold it."""
    seller: str
    """Party that provides it; for own capacity the party that builds and owns it."""
    vehicle: str | None = None
    """Own: vehicle that builds it and sells it to the lab; None is the lab's own account."""
    site: str
    """Where it stands."""
    phase: str | None = None
    """Phase of the site it would fill; None is not tied to one."""
    accelerator: str
    """Type it comes with."""
    chain: tuple[str, ...] = ()
    """Parties from site to lab, first to last, where there are more than two."""
    power_it_mw: ItMW
    """Most that can be signed over the whole plan; for rent and spot, most at one time."""
    block_it_mw: BlockItMW | None = None
    """Size of a block that is taken whole or not at all; None is continuous."""
    growth_share_per_year: Growth = 0.0
    """Rent and spot: yearly change of the most that can be had."""
    first_signing: Quarter | None = None
    """First quarter it can be signed in; None is the first of the plan."""
    last_signing: Quarter | None = None
    """Last quarter it can be signed in; None is the last of the plan."""
    lead_quarters: Quarters = 0
    """Quarters from signing to first service, if nothing is late."""
    ramp_quarters: Quarters = 0
    """Further quarters until all of it is in service."""
    term_quarters: Quarters | None = None
    """Quarters of service; None is to the end of its life."""
    price: OfferPrice
    """What it costs."""
    delay: str | None = None
    """Delay process its delivery follows; None is the portfolio's default."""
    availability_share: Share = 0.99
    """Share of hours it is up, outages of the whole site apart."""
    goodput_ratio: Ratio = 1.0
    """Work done over work expected while it is up (failures, stragglers, checkpoints)."""
    least_it_mw: ItMW | None = None
    """Least that must be signed over the plan; None is nothing."""
    provenance: Provenance | None = None
    """Source of this entry."""

    @property
    def block_limit_count(self) -> int | None:
        """Blocks that fit into `power_it_mw`; None where capacity is continuous."""
        if self.block_it_mw is None:
            return None
        return int(self.power_it_mw / self.block_it_mw + 1e-9)
