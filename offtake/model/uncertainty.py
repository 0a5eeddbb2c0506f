"""What is not known when a plan is signed: the processes scenarios are drawn from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from offtake.model.period import Quarter
from offtake.model.provenance import Provenance
from offtake.model.value import Value
from offtake.units import (
    Days,
    Positive,
    Ratio,
    Seed,
    Share,
    Sigma,
    Volatility,
    Years,
    YearsAhead,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayProcess(Value):
    """How late deliveries are: on time with one chance, else log-normal days.

    With z standard normal and u = Φ(z) its place among all outcomes,

        lateness = 0                                     where u ≤ 1 − late_share
                 = exp(ln(median) + sigma·Φ⁻¹(u')) days   else, u' = u's place among the late

    and z = √ρ·common + √(1−ρ)·own: the common part makes everything late together
    (turbines, transformers, permits).
    """

    id: str
    """Short name offers and contracts refer to."""
    late_share: Share
    """Chance of being late at all."""
    median_days: Days
    """Median lateness of the late ones."""
    log_sigma: Sigma
    """Standard deviation of the logarithm of their days."""
    common_share: Share = 0.3
    """Share ρ of the variance that all deliveries of this process have in common."""
    provenance: Provenance | None = None
    """Source of this entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandProcess(Value):
    """How demand strays from its median: geometric Brownian motion, partly common.

    ln(demand/median) has volatility σ·√years, of which `common_share` of the variance is
    shared by all regions.
    """

    inference_per_root_year: Volatility = 0.0
    """Volatility σ of inference demand."""
    training_per_root_year: Volatility = 0.0
    """Volatility of the size of training jobs, from the first quarter to their window."""
    common_share: Share = 0.7
    """Share of the variance all demand has in common."""
    provenance: Provenance | None = None
    """Source of this entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceProcess(Value):
    """How a price strays from its stated path: a cycle that turns, and noise that returns.

        ln(price/path) = a·cos(2π·(t − c)/P) + X,    a = ln(cycle_ratio), P = cycle_years
        dX = −κ·X dt + σ dW,   κ = ln 2 / half-life
        X(0) = ln(start_ratio) − a·cos(2π·c/P)

    The crest c is drawn evenly from `crest_years` ± half of `crest_spread_years`: nobody
    knows when a cycle turns. The price of the first quarter is known, so what the cycle does
    not explain of it is noise, of which half is gone after a half-life. Without a cycle
    (`cycle_ratio` 1) the price is mean-reverting alone.
    """

    per_root_year: Volatility = 0.0
    """Volatility σ."""
    half_life_years: Years = 1.5
    """Years after which half of a deviation is gone."""
    start_ratio: Ratio = 1.0
    """Price over path in the first quarter: above 1 where the cycle stands high."""
    cycle_ratio: Ratio = 1.0
    """Price over path at the crest of its cycle, and path over price at the trough."""
    cycle_years: Years = 3.0
    """Years from one crest of the cycle to the next."""
    crest_years: YearsAhead = 0.0
    """Years from the first quarter to the next crest, in the middle of its draw."""
    crest_spread_years: YearsAhead | None = None
    """Width of the even draw of that crest; None is a whole cycle: nothing is known of it."""
    provenance: Provenance | None = None
    """Source of this entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedScenario(Value):
    """A future with a name: a story every sample can be part of, at a stated chance."""

    id: str
    """Short name: `slow`, `base`, `boom`."""
    probability_share: Share
    """Its chance; those of a portfolio add up to 1."""
    demand_ratio: Mapping[Quarter, Ratio] = field(default_factory=dict)
    """Demand over its median at some quarters, geometric in between; empty is 1."""
    rental_price_ratio: Ratio = 1.0
    """Rental price over its path."""
    electricity_price_ratio: Ratio = 1.0
    """Price of electricity over what the sites say."""
    delay_ratio: Ratio = 1.0
    """Lateness over what the delay process gives."""
    provenance: Provenance | None = None
    """Source of this entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertainty(Value):
    """All that is uncertain, and how many scenarios stand for it."""

    scenario_count: Positive = 20
    """Scenarios drawn."""
    seed: Seed = 0
    """Seed of the draw; the same seed gives the same scenarios."""
    demand: DemandProcess = DemandProcess()
    """Demand of training and inference."""
    delays: tuple[DelayProcess, ...] = ()
    """Delay processes by name."""
    default_delay: str | None = None
    """Delay process of everything that names none; None is always on time."""
    rental_price: PriceProcess = PriceProcess()
    """Rental prices: rent by the hour, and the market that later signings may follow."""
    spot_basis: PriceProcess = PriceProcess()
    """Spot over rental price, over what the offers say: spot = rental price · exp(basis)."""
    electricity_price: PriceProcess = PriceProcess()
    """Prices of electricity."""
    scenarios: tuple[NamedScenario, ...] = ()
    """Named futures; empty is one without a name."""
