"""What shareholders make of it: internal rates of return of many runs at once.

    0 = Σ_t flow[t] · x^t,  x = 1/(1 + i),  a year's return = (1 + i)^m − 1

Newton's method kept inside a bracket, all runs together. Flows that are paid in first and
come back later have one root. A run that never gets anything back has lost everything (−1).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from offtake.capital.vehicle.cash import Floats

STEPS = 200
CLOSE = 1e-14


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
    """Find x in (0, 1e3) where Σ flow·x^t = 0; it rises through 0 once."""
    count = flows.shape[1]
    low: Floats = np.zeros(count)
    high: Floats = np.full(count, 1.0)
    for _ in range(60):
        short = _value(flows, high)[0] < 0
        if not short.any():
            break
        high = np.where(short, high * 2.0, high)
    x: Floats = (low + high) / 2
    x = np.where(high > 0.95, np.minimum(high, 1.0) * 0.97, x)
    for _ in range(STEPS):
        value, slope = _value(flows, x)
        low, high = np.where(value < 0, x, low), np.where(value >= 0, x, high)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = x - value / slope
        inside = (step > low) & (step < high) & np.isfinite(step)
        new: Floats = np.where(inside, step, (low + high) / 2)
        if np.all(np.abs(new - x) <= CLOSE * np.abs(x)):
            return new
        x = new
    return x


def _value(flows: Floats, x: Floats) -> tuple[Floats, Floats]:
    """Value and slope of Σ flow·x^t by Horner's rule."""
    value, slope = np.zeros_like(x), np.zeros_like(x)
    for row in flows[::-1]:
        slope = slope * x + value
        value = value * x + row
    return value, slope
