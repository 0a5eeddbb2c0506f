"""How a ring-fenced vehicle is financed: phases it builds, its loan, its reserves, its cases.

    close ── phases are built ── last phase in service ── debt is repaid ── end of life
      │      equity and debt drawn,      │
      └─ period 0    interest capitalised└─ reserve funded, first repayment a period later

Money is paid at the end of each period; period 0 is the day of the close.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from offtake.model.provenance import Provenance
from offtake.model.value import Value
from offtake.units import (
    USD,
    Growth,
    ItMW,
    Months,
    RateShift,
    Ratio,
    Share,
    SharePerYear,
    Sigma,
    UsdPerItKWMonth,
    UsdPerItMWYear,
    Volatility,
    Weeks,
)


class Period(StrEnum):
    """How often the vehicle pays its lenders."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def months(self) -> int:
        """Months in a period."""
        return {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}[self]


class Draws(StrEnum):
    """Whose money is spent first while the vehicle builds."""

    EQUITY_FIRST = "equity-first"
    PRO_RATA = "pro-rata"
    EQUITY_LAST = "equity-last"


class Repayment(StrEnum):
    """How a loan is repaid; what `balloon_share` says is due at maturity in any case."""

    SCULPTED = "sculpted"
    ANNUITY = "annuity"
    BULLET = "bullet"


@dataclass(frozen=True, slots=True, kw_only=True)
class FinancePhase(Value):
    """Capacity the vehicle builds at once, and what it earns."""

    id: str
    """Short name, used by cases."""
    power_it_mw: ItMW
    """Capacity at the servers that is paid for."""
    capex_usd: USD
    """What building it costs, spent evenly while it is built."""
    spend_from_months: Months = 0
    """Months from the close to the first spending."""
    build_months: Months = 0
    """Months it is built in; 0 is bought on one day. Service begins when they are over."""
    price_usd_per_it_kw_month: UsdPerItKWMonth | None = None
    """What the offtaker pays; None is the vehicle's `offtake_usd_per_it_kw_month`."""
    price_share_per_year: Growth = 0.0
    """By what the contract's price grows each year of service."""
    term_months: Months
    """Months the offtaker has signed for, from the first day of service."""
    merchant_usd_per_it_kw_month: UsdPerItKWMonth | None = None
    """Market price of the first day of service, for what no contract pays; None is no sale."""
    merchant_share_per_year: Growth = 0.0
    """By what that price grows each year."""
    life_months: Months
    """Months of service until it is sold."""
    running_usd_per_it_mw_year: UsdPerItMWYear = 0.0
    """What running it costs in its first year; electricity is the offtaker's own to buy."""
    running_share_per_year: Growth = 0.0
    """By what that grows each year."""
    residual_usd: USD = 0.0
    """What it is sold for at the end of its life; it moves with the market price."""
    residual_guarantee_usd: USD = 0.0
    """What the guarantor makes the sale bring, at least."""
    maintenance_usd: USD = 0.0
    """What each large maintenance costs; money is laid by for it evenly beforehand."""
    maintenance_every_months: Months = 0
    """Months from one large maintenance to the next; 0 is none."""
    delay_damages_share: Share = 0.0
    """Share of the contract's price the builder pays for each day it is late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(Value):
    """One way things may go after the loan was sized."""

    id: str
    """Short name, as `--scenario` asks for it."""
    slip_weeks: Mapping[str, Weeks] = field(default_factory=dict)
    """Weeks each phase is late by; money is spent, and debt is due, as planned."""
    price_ratio: Ratio = 1.0
    """Market prices over those planned, from the close on."""
    default_months: Months | None = None
    """Months from the close to the day the offtaker defaults; None is never."""
    recovery_share: Share = 0.0
    """Share of the termination payment that is collected."""
    base_rate_shift_share_per_year: RateShift = 0.0
    """Added to the base rate; what is hedged does not feel it."""
    running_ratio: Ratio = 1.0
    """Running cost over that planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Risks(Value):
    """What random runs draw from, each on its own; defaults draw nothing."""

    late_share: Share = 0.0
    """Chance that a phase is late."""
    late_median_weeks: Weeks = 0.0
    """Weeks a late one is late by, in the median."""
    late_log_sigma: Sigma = 0.0
    """Spread of the logarithm of those weeks."""
    price_per_root_year: Volatility = 0.0
    """Volatility of the market price, whose mean stays as planned."""
    default_share_per_year: SharePerYear = 0.0
    """Chance a year that the offtaker defaults."""
    recovery_share: Share = 0.0
    """Share of the termination payment that is then collected."""
    base_rate_per_root_year: Volatility = 0.0
    """Standard deviation of the change of the base rate after one year, as a share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finance(Value):
    """The loan, the reserves and the phases of a vehicle; cover and tenor stand beside it."""

    close: date
    """Day of the financial close."""
    period: Period = Period.QUARTER
    """How often it pays."""
    draws: Draws = Draws.PRO_RATA
    """Whose money is spent first."""
    repayment: Repayment = Repayment.SCULPTED
    """How the loan is repaid."""
    base_rate_share_per_year: SharePerYear | None = None
    """Floating rate, in equal parts a period; None is the vehicle's all-in interest."""
    margin_share_per_year: SharePerYear = 0.0
    """What lenders add to the rate."""
    hedged_share: Share = 0.0
    """Share of the debt whose base rate is swapped for the hedge's."""
    hedge_rate_share_per_year: SharePerYear = 0.0
    """Fixed rate of the swap."""
    upfront_fee_share: Share = 0.0
    """Paid at the close, on the loan."""
    commitment_fee_share_per_year: SharePerYear = 0.0
    """Paid on what is not drawn yet."""
    llcr_least_ratio: Ratio | None = None
    """Least present value of cash over the loan's life, over the loan; None asks for none."""
    reserve_months: Months = 0
    """Months of debt service kept in reserve, funded when the last phase is in service."""
    sweep_share: Share = 0.0
    """Share of what is left after debt service and reserves that repays debt early."""
    phases: tuple[FinancePhase, ...]
    """What it builds."""
    cases: tuple[Case, ...] = ()
    """Ways things may go, each by name."""
    risks: Risks = Risks()
    """What random runs draw from."""
    control_reason: str = ""
    """Why the lab declares that it controls the vehicle, or that it does not."""
    provenance: Provenance | None = None
    """Source of this entry."""
