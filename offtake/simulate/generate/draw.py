"""Jobs drawn from a mix: what its summary says is met by solving for what it does not say.

run time = lognormal(median, σ), cut off at the longest           σ from the mean
size     = 2^k with chance ∝ 2^(−a k)                             a from the mean size
both     = a Gaussian copula with correlation r                   r from accelerator-time a job
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import scipy
from scipy.special import ndtr, ndtri

from offtake.errors import Fault, OfftakeError, Where
from offtake.simulate.generate.mixes import Mix

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DAY_S = 86_400.0
POINTS = 20_001
"""Points of run time a mean is taken over, in even steps of chance."""
TIGHTEST = 0.999


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """What jobs are drawn from, solved for."""

    mu: float
    sigma: float
    longest_s: float
    sizes: Ints
    chance: Floats
    """Of each size."""
    correlation: float
    """Of size and run time, as normal quantiles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Jobs in order of arrival."""

    submit_s: Floats
    duration_s: Floats
    accelerators_count: Ints
    left_out_share: float
    """Share of the mix's jobs that are larger than the fleet, and were not drawn."""


def law_of(mix: Mix) -> Law:
    """Solve for the law whose medians and means are those of a mix.

    Raises:
        OfftakeError: no law of this form has them (`OTK-S065`).
    """
    sigma = _root(lambda s: _mean_s(mix, s) - mix.mean_s, 0.05, 8.0, "mean run time")
    mu = _mu(mix, sigma)
    if mix.time_shares is not None:
        sizes = np.array(list(mix.time_shares), np.int64)
        weight = np.array(list(mix.time_shares.values())) / sizes
    else:
        sizes = 1 << np.arange(math.floor(math.log2(mix.most_accelerators)) + 1, dtype=np.int64)
        power = _root(
            lambda a: float(sizes @ _falling(sizes, a)) - mix.mean_accelerators,
            -2.0,
            20.0,
            "mean size",
        )
        weight = _falling(sizes, power)
    law = Law(
        mu=mu,
        sigma=sigma,
        longest_s=mix.longest_s,
        sizes=sizes,
        chance=weight / weight.sum(),
        correlation=0.0,
    )
    if mix.time_shares is not None:
        return law
    tie = _root(
        lambda r: _accelerator_s(law, r) - mix.accelerator_s, -TIGHTEST, TIGHTEST, "time a job"
    )
    return replace(law, correlation=tie)


def _falling(sizes: Ints, power: float) -> Floats:
    weight = sizes.astype(np.float64) ** -power
    return np.asarray(weight / weight.sum())


def _root(gap: Callable[[float], float], low: float, high: float, what: str) -> float:
    try:
        return float(scipy.optimize.brentq(gap, low, high, xtol=1e-10))
    except ValueError:
        said = f"no law of jobs has this {what} beside the other figures of the mix"
        raise OfftakeError(Fault(code="OTK-S065", what=said)) from None


def _mu(mix: Mix, sigma: float) -> float:
    """Give μ so that the median, after the cut, is that of the mix."""
    log = math.log(mix.median_s)

    def off(mu: float) -> float:
        return float(ndtr((log - mu) / sigma) - 0.5 * ndtr((math.log(mix.longest_s) - mu) / sigma))

    return float(scipy.optimize.brentq(off, log - 0.1, log + 20.0 * sigma))


def _mean_s(mix: Mix, sigma: float) -> float:
    """Give the mean run time of the lognormal after the cut."""
    mu, log = _mu(mix, sigma), math.log(mix.longest_s)
    top = ndtr((log - mu) / sigma)
    return float(math.exp(mu + sigma**2 / 2.0) * ndtr((log - mu) / sigma - sigma) / top)


def _times(law: Law, chance: Floats) -> Floats:
    """Give the run times that so much of all jobs stay below."""
    top = float(ndtr((math.log(law.longest_s) - law.mu) / law.sigma))
    return np.asarray(np.exp(law.mu + law.sigma * ndtri(chance * top)))


def _accelerator_s(law: Law, correlation: float, most: int | None = None) -> float:
    """Give the mean accelerator-seconds of a job, those above `most` counting nothing."""
    chance = (np.arange(POINTS) + 0.5) / POINTS
    cuts = ndtri(np.cumsum(law.chance)[:-1])
    spread = math.sqrt(1.0 - correlation**2)
    below = ndtr((cuts[None, :] - correlation * ndtri(chance)[:, None]) / spread)
    share = np.diff(below, axis=1, prepend=0.0, append=1.0)
    counted = law.sizes if most is None else np.where(law.sizes > most, 0, law.sizes)
    return float((_times(law, chance) * (share @ counted)).mean())


def generate(mix: Mix, accelerators: int, days: float, *, load: float, seed: int) -> Drawn:
    """Draw jobs for a fleet, so many that in the mean they ask for `load` times what there is.

    Sizes above the fleet are not drawn; their share is told.

    Raises:
        OfftakeError: a number is out of range (`OTK-S064`), or the mix has no law (`OTK-S065`).
    """
    _check(accelerators, days, load)
    law = law_of(mix)
    mean = _accelerator_s(law, law.correlation, accelerators)
    rng = np.random.default_rng(seed)
    count = int(rng.poisson(load * accelerators * days * DAY_S / mean))
    submit = np.sort(rng.uniform(0.0, days * DAY_S, count))
    first, other = rng.standard_normal((2, count))
    tied = law.correlation * first + math.sqrt(1.0 - law.correlation**2) * other
    place = np.searchsorted(np.cumsum(law.chance)[:-1], ndtr(tied), side="right")
    size, duration = law.sizes[place], _times(law, ndtr(first))
    kept = size <= accelerators
    if not kept.any():
        raise OfftakeError(
            Fault(
                code="OTK-S064",
                what="no job is drawn in this time on so few accelerators",
                got=f"{accelerators} accelerators, {days:g} days",
                hint="take more days, or more accelerators",
            )
        )
    return Drawn(
        submit_s=np.round(submit[kept], 3),
        duration_s=np.maximum(0.001, np.round(duration[kept], 3)),
        accelerators_count=size[kept],
        left_out_share=float(law.chance[law.sizes > accelerators].sum()),
    )


def _check(accelerators: int, days: float, load: float) -> None:
    faults = [
        Fault(
            code="OTK-S064", what=f"{what} above 0 wanted", where=Where(path=path), got=f"{got:g}"
        )
        for path, what, got in (
            ("accelerators", "a number", accelerators),
            ("days", "a time", days),
            ("load", "a load", load),
        )
        if not (got > 0.0 and math.isfinite(got))
    ]
    if faults:
        raise OfftakeError(faults)
