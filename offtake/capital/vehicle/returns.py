"""What shareholders make of it: internal rates of return of many runs at once.

    0 = Σ_t flow[t] · x^t,  x = 1/(1 + i),  a year's return = (1 + i)^m − 1

Newton's method, many runs together. Flows that are paid in first and come back later have
one root. A run that never gets anything back has lost everything (−1).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from offtake.capital.vehicle.cash import Floats

STEPS = 200
FAR = 0.1
"""Longest step of Newton's method, in the logarithm of growth a period."""
CLOSE = 1e-14
BLOCK = 500
"""Runs worked out together: what they need stays in a processor's cache."""


def irr(flows: Floats, per_year: int = 1) -> Floats:
    """Give the yearly internal rate of return of each run, [runs].

    Not a number where a run pays nothing in, or pays in after it was paid out so that more
    than one rate fits.

    Args:
        flows: [periods, runs], negative is paid in.
        per_year: Periods of a year.
    """
    paid, got = np.minimum(flows, 0.0).sum(axis=0), np.maximum(flows, 0.0).sum(axis=0)
    lost, none = (paid < 0) & (got <= 0), paid >= 0
    signs = np.sign(np.where(np.abs(flows) > 1e-6, flows, 0.0))
    bad: npt.NDArray[np.bool_] = np.asarray(none | _turns(signs))
    work = ~(lost | bad)
    found = np.full(flows.shape[1], np.nan)
    found[lost & ~none] = -1.0
    if work.any():
        x = _roots(np.ascontiguousarray(flows[:, work]))
        found[work] = x**-per_year - 1.0
    return found


def _turns(signs: Floats) -> npt.NDArray[np.bool_]:
    """Mark runs that are paid out and then pay in again."""
    seen = np.maximum.accumulate(signs > 0, axis=0)
    return np.asarray((seen & (signs < 0)).any(axis=0))


def _roots(flows: Floats) -> Floats:
    """Find x above 0 where Σ flow·x^t = 0, block by block."""
    found: Floats = np.empty(flows.shape[1])
    for first in range(0, flows.shape[1], BLOCK):
        some = slice(first, first + BLOCK)
        found[some] = _block(np.ascontiguousarray(flows[:, some]))
    return found


def _block(flows: Floats) -> Floats:
    """Newton's method on g(δ) = ln(what comes back) − ln(what was paid in), x = exp(−δ).

    g is nearly a straight line, and falls where all is paid in before anything comes back.
    """
    last = int(np.flatnonzero((flows < 0).any(axis=1)).max()) + 1
    into, back = np.maximum(-flows[:last], 0.0), np.maximum(flows, 0.0)
    delta: Floats = np.zeros(flows.shape[1])
    for _ in range(STEPS):
        x = np.exp(-delta)
        (came, came_slope), (paid, paid_slope) = _value(back, x), _value(into, x)
        longer = came_slope * x / came - paid_slope * x / paid
        step = np.clip((np.log(came) - np.log(paid)) / longer, -FAR, FAR)
        delta = delta + step
        if np.all(np.abs(step) <= CLOSE):
            break
    return np.exp(-delta)


def _value(flows: Floats, x: Floats) -> tuple[Floats, Floats]:
    """Value and slope of Σ flow·x^t by Horner's rule."""
    value, slope = np.zeros_like(x), np.zeros_like(x)
    for row in flows[::-1]:
        slope = slope * x + value
        value = value * x + row
    return value, slope
