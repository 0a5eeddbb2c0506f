"""How long to work between checkpoints: Young, Daly, and the exact optimum.

    cost of an interval = writing (∝ 1/interval) + what a failure undoes (∝ interval)

Young, CACM 17 (1974): √(2CM). Daly, FGCS 22 (2006): the higher-order estimate. The optimum
here minimises the exact renewal of `ettr`, whatever else a failure costs.
"""

from __future__ import annotations

import math

import scipy

from offtake.errors import Fault, OfftakeError, Where
from offtake.simulate.parameters import Interval, Parameters
from offtake.simulate.rates import mean_hours


def young(write: float, mean: float) -> float:
    """Give √(2 · write · mean time to failure), in their unit."""
    return math.sqrt(2.0 * write * mean)


def daly(write: float, mean: float) -> float:
    """Give Daly's estimate of the best time of work between checkpoints, in their unit.

    √(2CM) · (1 + ⅓·√(C/2M) + C/(9·2M)) − C where C < 2M, else M.
    """
    if write >= 2.0 * mean:
        return mean
    ratio = write / (2.0 * mean)
    return young(write, mean) * (1.0 + math.sqrt(ratio) / 3.0 + ratio / 9.0) - write


def best(write: float, mean: float, drain: float = 0.0) -> float:
    """Give the interval at which the exact renewal keeps most, in their unit.

    Maximises interval · e^(−drain/M) / (e^((interval + write)/M) − 1); nothing else that a
    failure costs depends on the interval. Only the write matters for where the optimum is.
    """

    def lost(log_interval: float) -> float:
        interval = math.exp(log_interval)
        cycle = (interval + write) / mean
        return -interval / mean / math.expm1(cycle) if cycle < 700.0 else 0.0

    middle = math.log(young(write, mean))
    found = scipy.optimize.minimize_scalar(
        lost, bounds=(middle - 6.0, middle + 3.0), method="bounded"
    )
    return math.exp(float(found.x))


def chosen_minutes(parameters: Parameters, nodes: int) -> float:
    """Give the time of work between checkpoints that the parameters' rule asks for at first.

    Raises:
        OfftakeError: writing costs nothing, so no interval is best (`OTK-S005`).
    """
    kept = parameters.checkpoint
    if kept.interval is Interval.FIXED:
        return kept.interval_minutes
    write = kept.blocking_minutes
    if write <= 0.0:
        fault = Fault(
            code="OTK-S005",
            what="no interval is best where writing a checkpoint stops nothing",
            where=Where(path="checkpoint.write_s"),
            got=f"{kept.write_s:g} s",
            hint="say how long a checkpoint stops the job, or take a fixed interval",
        )
        raise OfftakeError(fault)
    mean = mean_hours(parameters, nodes) * 60.0
    if kept.interval is Interval.ADAPTIVE or math.isinf(mean):
        return kept.interval_minutes
    return young(write, mean)
