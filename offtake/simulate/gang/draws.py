"""Random numbers inside compiled code: one stream a purpose, so that policies share them.

The k-th failure of replication r takes the k-th number of its stream whatever the repairs
took: two policies with the same seed meet the same luck (common random numbers). The
generator is splitmix64 (Steele, Lea, Flood 2014), a counter put through a mixer.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from offtake.simulate.compiled import compiled

Streams = NDArray[np.uint64]

FAILURE, CAUSE, REPAIR, RECOVERY, HOSTS = range(5)
STREAMS = 5
_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_30, _27, _31, _11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_SCALE = 1.0 / 9007199254740992.0


def streams(seed: int, first: int, count: int) -> Streams:
    """Give the streams of replications first, first + 1, …: always the same for a seed."""
    made = np.empty((count, STREAMS), np.uint64)
    for place in range(count):
        source = np.random.SeedSequence(seed, spawn_key=(first + place,))
        made[place] = source.generate_state(STREAMS, np.uint64)
    return made


@compiled
def uniform(state: Streams, which: int) -> float:
    """Draw from (0, 1)."""
    state[which] += _STEP
    mixed = state[which]
    mixed = (mixed ^ (mixed >> _30)) * _FIRST
    mixed = (mixed ^ (mixed >> _27)) * _SECOND
    mixed = mixed ^ (mixed >> _31)
    return (float(mixed >> _11) + 0.5) * _SCALE


@compiled
def exponential(state: Streams, which: int, mean: float) -> float:
    """Draw a time with this mean."""
    return -mean * math.log(uniform(state, which))


@compiled
def normal(state: Streams, which: int) -> float:
    """Draw from the standard normal (Box and Muller; the second number is not used)."""
    radius = math.sqrt(-2.0 * math.log(uniform(state, which)))
    return radius * math.cos(2.0 * math.pi * uniform(state, which))


@compiled
def lifetime(state: Streams, which: int, law: int, mean: float, shape: float) -> float:
    """Draw a time of a law (0 exponential, 1 Weibull, 2 lognormal) with this mean."""
    if law == 1:
        scale = mean / math.gamma(1.0 + 1.0 / shape)
        return float(scale * (-math.log(uniform(state, which))) ** (1.0 / shape))
    if law == 2:
        return mean * math.exp(shape * normal(state, which) - 0.5 * shape * shape)
    return exponential(state, which, mean)


@compiled
def residual(state: Streams, which: int, law: int, mean: float, shape: float) -> float:
    """Draw what is left of the lifetime of a node met at a random moment of its life.

    A node met so has a lifetime drawn in proportion to its length, and any part of it is
    left alike. So nodes fail at their mean rate from the start.
    """
    if law == 1:
        scale = mean / math.gamma(1.0 + 1.0 / shape)
        longer = scale * _gamma(state, which, 1.0 + 1.0 / shape) ** (1.0 / shape)
        return float(longer * uniform(state, which))
    if law == 2:
        longer = mean * math.exp(shape * normal(state, which) + 0.5 * shape * shape)
        return longer * uniform(state, which)
    return exponential(state, which, mean)


@compiled
def _gamma(state: Streams, which: int, shape: float) -> float:
    """Draw from the gamma law, shape above 1 (Marsaglia and Tsang 2000)."""
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x = normal(state, which)
        v = (1.0 + c * x) ** 3
        if v > 0.0 and math.log(uniform(state, which)) < 0.5 * x * x + d - d * v + d * math.log(v):
            return d * v
