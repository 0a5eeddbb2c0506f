"""Clauses: what a contract says about price, commitment, service level, lateness and options.

Prices are exact (`Decimal`) and in the contract's own currency: these values decide
invoices. A clause that names tranches holds for those; one that names none holds for
all of the contract.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from offtake.model.value import Value
from offtake.units import (
    Days,
    ExactRatio,
    ExactShare,
    FacilityMW,
    Hours,
    ItMW,
    Minutes,
    Money,
    MonthNumber,
    Months,
    Positive,
    Price,
    SignedExactShare,
)


class Basis(StrEnum):
    """What a price is per."""

    GPU_HOUR = "gpu-hour"
    NODE_MONTH = "node-month"
    KW_MONTH = "kw-month"
    KWH = "kwh"
    MILLION_TOKENS = "million-tokens"
    FLAT_MONTH = "flat-month"
    FLAT_ONCE = "flat-once"


class Quantity(StrEnum):
    """Which quantity a rate or a commitment is counted on."""

    CONTRACTED = "contracted"
    DELIVERED = "delivered"
    """Accepted and in service."""
    AVAILABLE = "available"
    """Delivered, less what the provider failed to provide and maintenance."""
    USED = "used"


class Interval(StrEnum):
    """How often a clause is settled."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    TERM = "term"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier(Value):
    """A price that holds from a quantity upwards."""

    from_amount: Money
    """Quantity in the settlement interval, in units of the basis, from which it holds."""
    price: Price
    """Price per unit of the basis above that quantity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalator(Value):
    """A price that moves by a fixed share on fixed days."""

    step_share: SignedExactShare
    """Change at each step; 0.03 is 3 % up, negative is down."""
    every_months: Months = 12
    """Months between steps."""
    first: date | None = None
    """Day of the first step; None is `every_months` after service starts."""


class FixingRule(StrEnum):
    """Which fixings of a series a month is settled at."""

    LAST_BUSINESS_DAY = "last-business-day"
    """That of the month's last business day."""
    MONTH_AVERAGE = "month-average"
    """The mean of the month's fixings."""
    MONTH_BEFORE = "month-before"
    """The mean of the fixings of the month before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexLink(Value):
    """A price that follows a published index, within a floor and a cap."""

    index: str
    """Name of the index whose fixings are recorded."""
    weight_share: ExactShare = Decimal(1)
    """Share of the price that follows the index; the rest stays fixed."""
    reference_price: Price
    """Value of the index at which the price is the contract's own."""
    rule: FixingRule = FixingRule.MONTH_AVERAGE
    """Which fixings of the index a month is priced at."""
    floor_price: Price | None = None
    """Lowest price after indexing."""
    cap_price: Price | None = None
    """Highest price after indexing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate(Value):
    """A price per unit of a basis: charge = price · quantity, rounded once a line."""

    id: str
    """Name inside the contract, printed on the invoice line."""
    basis: Basis
    """What the price is per."""
    price: Price
    """Price per unit of the basis, in the contract's currency."""
    quantity: Quantity = Quantity.DELIVERED
    """Which quantity is charged."""
    tranches: tuple[str, ...] = ()
    """Tranches it holds for; empty is all."""
    tiers: tuple[Tier, ...] = ()
    """Other prices from given quantities upwards."""
    tier_interval: Interval = Interval.MONTH
    """Interval over which quantities add up to reach the tiers."""
    escalator: Escalator | None = None
    """Fixed steps of the price."""
    index: IndexLink | None = None
    """An index the price follows."""
    starts: date | None = None
    """First day it holds; None is from the start of service."""
    ends: date | None = None
    """First day it no longer holds; None is to the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOrPay(Value):
    """A promise to pay for a minimum whether or not it is used."""

    level_share: ExactShare
    """Minimum as a share of the base."""
    base: Quantity = Quantity.CONTRACTED
    """Quantity the share is taken of."""
    interval: Interval = Interval.MONTH
    """How often the shortfall is settled."""
    shortfall_price: Price | None = None
    """Price of a unit short; None is the rate's own."""
    rate: str | None = None
    """Rate whose quantity counts towards it; None where its tranches have one rate alone."""
    carry_forward_months: Months = 0
    """Months within which a shortfall paid can be used up (make-up)."""
    tranches: tuple[str, ...] = ()
    """Tranches it holds for; empty is all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepayment(Value):
    """Money paid before delivery and credited over later months of service."""

    share: ExactShare
    """Share of the tranche's total value that is paid ahead."""
    lead_days: Days = 0.0
    """Days before the tranche's due date on which it is to be paid."""
    credit_from_month: MonthNumber = 1
    """Month of service, counted from 1, in which the first credit is given."""
    instalment_count: Positive
    """Number of equal monthly credits; the last absorbs the remainder."""
    tranches: tuple[str, ...] = ()
    """Tranches it holds for; empty is all."""


class Scope(StrEnum):
    """What a service level looks at: down means any of these is down."""

    GPU = "gpu"
    NODE = "node"
    RACK = "rack"
    CLUSTER = "cluster"
    FABRIC = "fabric"


class Clock(StrEnum):
    """When an outage starts to count."""

    FAILURE = "failure"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditTier(Value):
    """A credit that is due below an availability."""

    below_share: ExactShare
    """Availability under which it holds, as a share of the interval."""
    credit_share: ExactShare
    """Credit as a share of the credit base."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLevel(Value):
    """What availability is promised, how it is counted and what a breach gives back."""

    id: str
    """Name inside the contract, printed on the invoice line."""
    scope: Scope
    """What is looked at."""
    up_share: ExactShare = Decimal(1)
    """For a cluster: it is up while at least this share of its nodes is up."""
    credits: tuple[CreditTier, ...]
    """Credits by availability; the lowest tier reached holds."""
    interval: Interval = Interval.MONTH
    """Window availability is taken over."""
    shortest_outage_minutes: Minutes = 0.0
    """Outages shorter than this do not count."""
    clock: Clock = Clock.FAILURE
    """When an outage starts to count."""
    maintenance_counts_as_up: bool = True
    """Whether announced maintenance leaves availability untouched."""
    maintenance_allowance_hours: Hours | None = None
    """Maintenance an interval beyond which it counts as down; None is no limit."""
    excluded_causes: tuple[str, ...] = ()
    """Causes of outages that do not count (force majeure, buyer's fault)."""
    credit_cap_share: ExactShare | None = None
    """Most that credits of an interval can reach, as a share of the fee."""
    claim_deadline_days: Days | None = None
    """Days after the interval within which the buyer must claim; None is automatic."""
    sole_remedy: bool = True
    """Whether the credit is all the buyer can ask for."""
    chronic_breach_count: Positive | None = None
    """Breaches in a year after which the buyer may terminate."""
    tranches: tuple[str, ...] = ()
    """Tranches it holds for; empty is all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayDamages(Value):
    """What a late tranche costs its seller."""

    daily_fee_share: ExactShare
    """Damages a day, as a share of the late part's daily fee."""
    grace_days: Days = 0.0
    """Days after the due date that are free."""
    cap_share: ExactShare | None = None
    """Most they can reach, as a share of the tranche's total value."""
    long_stop_days: Days | None = None
    """Days after the due date from which the buyer may terminate the tranche."""
    abates_rent: bool = False
    """Whether they are rent that is not charged instead of money paid."""
    tranches: tuple[str, ...] = ()
    """Tranches it holds for; empty is all."""


class TariffPart(StrEnum):
    """A part of an electricity bill."""

    ENERGY = "energy"
    DEMAND = "demand"
    FIXED = "fixed"


class CostOf(StrEnum):
    """What electricity handed on is priced by."""

    METER = "meter"
    """The site's tariff on its meters."""
    UPSTREAM = "upstream"
    """What the upstream contract charges for electricity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassThrough(Value):
    """Electricity at cost, handed on under a cap and with a markup."""

    parts: tuple[TariffPart, ...] = (TariffPart.ENERGY, TariffPart.DEMAND)
    """Parts of the tariff that are handed on."""
    cost_of: CostOf = CostOf.METER
    """What it is priced by."""
    pue_cap_ratio: ExactRatio | None = None
    """Facility energy is billed up to IT energy times this."""
    markup_share: ExactShare = Decimal(0)
    """Fee on top, as a share of what is handed on."""
    tariff_currency: str | None = None
    """Currency of the tariff, where it is not the contract's."""
    fx_rule: FixingRule = FixingRule.LAST_BUSINESS_DAY
    """Which fixing converts the sum of the month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandResponseShare(Value):
    """How income from demand response is shared with the buyer."""

    share: ExactShare
    """Share of the seller's income that is passed down."""


class OptionKind(StrEnum):
    """What an option lets its holder do."""

    EXTEND = "extend"
    EXPAND = "expand"
    TERMINATE = "terminate"
    BUY_OUT = "buy-out"
    CURTAIL = "curtail"


class Holder(StrEnum):
    """Who may use an option."""

    BUYER = "buyer"
    SELLER = "seller"
    EITHER = "either"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option(Value):
    """A right to change the contract later."""

    id: str
    """Name inside the contract."""
    kind: OptionKind
    """What it lets its holder do."""
    holder: Holder = Holder.BUYER
    """Who may use it."""
    notice_days: Days = 0.0
    """Days of notice that must be given."""
    earliest: date | None = None
    """First day it can take effect; None is any."""
    latest: date | None = None
    """Last day it can take effect; None is any."""
    months: Months | None = None
    """Months an extension adds."""
    power_it_mw: ItMW | None = None
    """Most an expansion can add."""
    power_facility_mw: FacilityMW | None = None
    """Power that may be curtailed."""
    price: Price | None = None
    """Price under the option, per unit of the rate's basis; None is the contract's."""
    fee_amount: Money | None = None
    """Paid once when it is used."""
    tranches: tuple[str, ...] = ()
    """Tranches it can be used on; empty is all."""


class SecurityKind(StrEnum):
    """What stands behind a promise to pay."""

    PARENT_GUARANTEE = "parent-guarantee"
    LETTER_OF_CREDIT = "letter-of-credit"
    DEPOSIT = "deposit"
    BACKSTOP = "backstop"
    WARRANTS = "warrants"


@dataclass(frozen=True, slots=True, kw_only=True)
class Security(Value):
    """A guarantee, deposit, backstop or warrant given along with the contract."""

    kind: SecurityKind
    """What it is."""
    giver: str
    """Party that gives it."""
    amount: Money | None = None
    """How much it covers."""
    vesting_step_it_mw: ItMW | None = None
    """Warrants: power delivered for each step that vests."""
    note: str = ""
    """What a reader should know, in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax(Value):
    """A tax at a declared rate on the charges it names."""

    name: str
    """As printed on the invoice."""
    rate_share: ExactShare
    """Share of the charge."""
    rates: tuple[str, ...] = ()
    """Rates it is taken on; empty is all charges."""
