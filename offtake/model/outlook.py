"""What a plan brings, in short: the line a study compares plans by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from offtake.model.contract import Tenure
from offtake.model.period import Quarter
from offtake.model.plan import Spread
from offtake.model.value import Value
from offtake.units import USD, ItMW, Share, SignedShare, SignedUSD


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate(Value):
    """An amount of money estimated from a sample, with the interval it likely lies in."""

    mean_usd: SignedUSD
    """The estimate itself."""
    low_usd: SignedUSD
    """Lower end of the interval."""
    high_usd: SignedUSD
    """Upper end of the interval."""
    confidence_share: Share = 0.95
    """Share of samples whose interval holds the true amount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot(Value):
    """One thing a plan signs ahead, in short."""

    offer: str
    """The offer's short name."""
    name: str
    """The offer's name as people write it."""
    tenure: Tenure
    """How the capacity is held."""
    site: str
    """Where it stands."""
    period: Quarter
    """Quarter it is signed in."""
    power_it_mw: ItMW
    """How much is signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook(Value):
    """What one plan brings on the scenarios of a study, and what it signs."""

    objective_usd: SignedUSD
    """(1 − λ)·mean + λ·CVaR of net present value."""
    bound_usd: SignedUSD | None = None
    """No plan of this kind can reach more; None where the plan was held, not sought."""
    gap_share: SignedShare | None = None
    """(bound − objective) over the discounted volume of cost; None without a bound."""
    volume_usd: USD
    """Mean discounted cash out: the volume of cost that shares are taken of."""
    npv: Spread
    """Net present value: revenue and residual value less all cost."""
    cost: Spread
    """All cost, discounted, residual value taken off."""
    unserved_share: Share
    """Share of all demand over the horizon not served, mean of scenarios."""
    broken_share: Share = 0.0
    """Chance that a limit inside a scenario (spending, least served share) is broken."""
    signed_it_mw: Mapping[Tenure, ItMW] = field(default_factory=dict)
    """Power signed ahead over the whole horizon, by tenure; what was signed before is apart."""
    hourly_it_mw: Mapping[Tenure, ItMW] = field(default_factory=dict)
    """Rent and spot: most taken in any quarter, mean of scenarios."""
    lots: tuple[Lot, ...] = ()
    """What is signed ahead, by quarter and size."""
    npv_usd: tuple[SignedUSD, ...] = ()
    """Net present value in every scenario, in the order of the study's `story`."""
