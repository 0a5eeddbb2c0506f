"""Chance without a state: the n-th draw of a stream depends on seed, stream and n alone.

So the same node fails after the same use, and the same job is struck after the same time,
whatever the policy does in between: policies are compared under common random numbers.

Source: SplitMix64, Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
"""

from __future__ import annotations

import math

import numpy as np

from offtake.policy.compiled import compiled, inner
from offtake.simulate.parameters import Law

EXPONENTIAL, WEIBULL, LOGNORMAL = range(3)
LAWS = {Law.EXPONENTIAL: EXPONENTIAL, Law.WEIBULL: WEIBULL, Law.LOGNORMAL: LOGNORMAL}

_STEP = np.uint64(0x9E3779B97F4A7C15)
_ONE = np.uint64(0xBF58476D1CE4E5B9)
_TWO = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


@inner
def mix(z: np.uint64) -> np.uint64:
    """Scramble 64 bits."""
    z = (z ^ (z >> _S30)) * _ONE
    z = (z ^ (z >> _S27)) * _TWO
    return z ^ (z >> _S31)


@compiled
def uniform(seed: int, stream: int, count: int) -> float:
    """Give the draw `count` of a stream, above 0 and below 1."""
    z = mix(np.uint64(seed) * _STEP + np.uint64(1))
    z = mix(z + np.uint64(stream) * _STEP)
    z = mix(z + np.uint64(count) * _STEP)
    return (float(z >> _S11) + 0.5) * 1.1102230246251565e-16


@inner
def spread(law: int, shape: float, u: float, v: float) -> float:
    """Give a draw of a law with mean 1 from two uniform ones."""
    if law == WEIBULL:
        return float((-math.log(u)) ** (1.0 / shape) / math.gamma(1.0 + 1.0 / shape))
    if law == LOGNORMAL:
        normal = math.sqrt(-2.0 * math.log(u)) * math.cos(2.0 * math.pi * v)
        return math.exp(shape * normal - 0.5 * shape * shape)
    return -math.log(u)
