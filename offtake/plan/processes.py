"""Processes: the arithmetic of what is uncertain, apart from whose it is.

Each takes its random numbers as arguments, so that a draw from the beginning and a draw
that goes on from what has been observed are the same lines of code.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from offtake.model.uncertainty import DelayProcess, PriceProcess

Floats = npt.NDArray[np.float64]

YEARS = 0.25
"""Length of a quarter in years."""


@dataclass(frozen=True, slots=True)
class Streams:
    """Random numbers by name: every quantity has a stream of its own.

    `salt` tells draws of one seed apart that must be independent: what was drawn from the
    beginning, and what is drawn anew when a plan is revised.
    """

    seed: int
    salt: str = ""

    def of(self, *name: str) -> np.random.Generator:
        """Give the random numbers that belong to a name, independent of all other names."""
        key = [self.seed, zlib.crc32("/".join(name).encode())]
        if self.salt:
            key.append(zlib.crc32(self.salt.encode()))
        return np.random.default_rng(np.random.SeedSequence(key))


# ------------------------------------------------------------------ demand


def walk(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Walk at random: [W, T], the sum of independent steps of variance one a year."""
    return np.cumsum(rng.standard_normal(shape) * np.sqrt(YEARS), axis=1)


# ------------------------------------------------------------------ prices


def amplitude(process: PriceProcess) -> float:
    """Height of the cycle's crest, in the logarithm."""
    return float(np.log(process.cycle_ratio))


def crests(process: PriceProcess, count: int, streams: Streams, name: str) -> Floats:
    """Draw when the cycle turns: years from the first quarter to a crest, [W]."""
    if process.cycle_ratio == 1:
        return np.zeros(count)
    width = process.crest_spread_years
    width = process.cycle_years if width is None else width
    drawn = streams.of(name, "crest").random(count)
    return process.crest_years + width * (drawn - 0.5)


def cycle(process: PriceProcess, crest: Floats, periods: int) -> Floats:
    """Give the part of ln(price/path) that turns: a·cos(2π·(t − c)/P), [W, T]."""
    years = np.arange(periods) * YEARS
    phase = 2 * np.pi * (years - crest[:, np.newaxis]) / process.cycle_years
    return amplitude(process) * np.cos(phase)


def reversion(process: PriceProcess) -> tuple[float, float]:
    """Give what is left of a deviation after a quarter, and the noise of that quarter.

    Exact steps of an Ornstein-Uhlenbeck process:

        X(t + h) = e^(−κh)·X(t) + σ·√((1 − e^(−2κh)) / 2κ)·ε
    """
    kappa = np.log(2) / process.half_life_years
    decay = np.exp(-kappa * YEARS)
    step = process.per_root_year * np.sqrt((1 - decay**2) / (2 * kappa))
    return float(decay), float(step)


def prices(
    process: PriceProcess, level: Floats, crest: Floats, noise: Floats, since: int = 0
) -> Floats:
    """Follow ln(price/path) from a known level in quarter `since` to the last, [W, T − since].

    Args:
        process: how the price strays.
        level: [W] its logarithm over the path in quarter `since`.
        crest: [W] years from the first quarter to a crest of the cycle.
        noise: [W, T] standard normal; the column of a quarter moves the price after it.
        since: quarter whose price is known.
    """
    decay, step = reversion(process)
    periods = noise.shape[1]
    turning = cycle(process, crest, periods)[:, since:]
    deviation = np.empty_like(turning)
    now = level - turning[:, 0]
    for period in range(turning.shape[1]):
        deviation[:, period] = now
        now = now * decay + step * noise[:, since + period]
    return turning + deviation


def price_paths(
    process: PriceProcess, shape: tuple[int, int], streams: Streams, name: str
) -> Floats:
    """Draw a price over its path from the first quarter on, [W, T]."""
    level = np.full(shape[0], np.log(process.start_ratio))
    crest = crests(process, shape[0], streams, name)
    noise = streams.of(name).standard_normal(shape)
    return np.exp(prices(process, level, crest, noise))


# ------------------------------------------------------------------ deliveries


def lateness(
    process: DelayProcess | None,
    name: str,
    ratio: Floats,
    streams: Streams,
    already_days: float | Floats = 0.0,
) -> Floats:
    """Draw how many days late one delivery is, [W].

    `already_days` is how late it is known to be by now, in all scenarios or in each; the
    draw is conditional on being at least that late, by inversion of the distribution above.
    """
    count = len(ratio)
    already = np.broadcast_to(np.maximum(already_days, 0.0), count)
    if process is None:
        return already.astype(float)
    common = streams.of("delay", process.id).standard_normal(count)
    own = streams.of("delay", process.id, name).standard_normal(count)
    rho = process.common_share
    level = ndtr(np.sqrt(rho) * common + np.sqrt(1 - rho) * own)
    floor = np.where(already > 0, _chance_below(process, already / ratio), 0.0)
    days: Floats = np.maximum(_quantile(process, floor + (1 - floor) * level) * ratio, already)
    return days


def _chance_below(process: DelayProcess, days: Floats) -> Floats:
    if process.late_share == 0 or process.median_days == 0:
        return np.ones_like(days)
    z = np.log(np.maximum(days, 1e-9) / process.median_days) / max(process.log_sigma, 1e-9)
    return 1 - process.late_share + process.late_share * ndtr(z)


def _quantile(process: DelayProcess, level: Floats) -> Floats:
    if process.late_share == 0 or process.median_days == 0:
        return np.zeros_like(level)
    inside = (level - (1 - process.late_share)) / process.late_share
    late = inside > 0
    z = ndtri(np.clip(inside, 1e-12, 1 - 1e-12))
    days = np.exp(np.log(process.median_days) + process.log_sigma * z)
    return np.where(late, days, 0.0)


# ------------------------------------------------------------------ outages and defaults


def struck(chance_per_year: float, shape: tuple[int, int], rng: np.random.Generator) -> Floats:
    """Mark the quarters in which something of a yearly chance happens, [W, T] of 0 and 1."""
    chance = 1 - (1 - chance_per_year) ** YEARS
    return np.where(rng.random(shape) < chance, 1.0, 0.0)
