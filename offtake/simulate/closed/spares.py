"""How many spares a job needs: nodes in repair as a queue without waiting.

Nodes break at the job's rate, and each is away for its repair, however long others take. The
number away at once is then Poisson with mean rate · mean repair, whatever the law of
repairs (M/G/∞; Palm 1943).
"""

from __future__ import annotations

from scipy.stats import poisson

from offtake.errors import Fault, OfftakeError, Where
from offtake.simulate.parameters import Domain, Parameters, Repair
from offtake.simulate.rates import nodes_of, per_day, strikes


def repair_hours(repair: Repair) -> float:
    """Give the mean hours a broken node is away, manual repair included."""
    manual = repair.manual_share
    if repair.manual_only_unfixed:
        manual *= repair.automatic_silent_share
    return repair.automatic_hours + manual * repair.manual_hours


def away(parameters: Parameters, accelerators: int) -> float:
    """Give the mean number of nodes in repair at once, at the rate the fleet has at first."""
    nodes = nodes_of(parameters, accelerators)
    struck = strikes(parameters, nodes)
    total = sum(found.per_day for found in struck)
    if total == 0.0:
        return 0.0
    single = per_day(parameters, nodes) - sum(
        found.per_day for found in struck if found.domain is not Domain.NODE
    )
    own = sum(found.per_day for found in struck if found.domain is Domain.NODE)
    broken = sum(
        found.per_day * found.nodes * (single / own if found.domain is Domain.NODE else 1.0)
        for found in struck
        if found.breaks
    )
    return broken / 24.0 * repair_hours(parameters.repair)


def short_share(parameters: Parameters, accelerators: int, spares: int) -> float:
    """Give the share of time in which more nodes are away than there are spares."""
    return float(poisson.sf(spares, away(parameters, accelerators)))


def spares_for(parameters: Parameters, accelerators: int, short: float) -> int:
    """Give the least spares with which the job is short for at most this share of time.

    Raises:
        OfftakeError: the share is not between 0 and 1 (`OTK-S008`).
    """
    if not 0.0 < short < 1.0:
        fault = Fault(
            code="OTK-S008",
            what="a share of time lies between 0 and 1, both excluded",
            where=Where(path="short"),
            got=f"{short:g}",
        )
        raise OfftakeError(fault)
    return int(poisson.isf(short, away(parameters, accelerators)))
