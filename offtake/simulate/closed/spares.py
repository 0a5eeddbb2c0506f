"""How many spares a job needs: nodes in repair as calls in a telephone exchange.

Nodes break at the job's rate a, and each is away for its repair, however long others take.
With one more away than there are spares the job stops, and nothing breaks until one is back:
an exchange with spares + 1 lines that loses what finds them all taken. The share of time in
which they are is Erlang's loss, whatever the law of repairs (Erlang 1917; Sevastyanov 1957):

    short = (a^c / c!) / Σ a^k / k!,   c = spares + 1, k from 0 to c

Failures that take several nodes at once come on top: with them it is an estimate.
"""

from __future__ import annotations

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


def erlang_loss(lines: int, offered: float) -> float:
    """Give the share of time in which all lines are taken, by Erlang's recursion."""
    share = 1.0
    for line in range(1, lines + 1):
        share = offered * share / (line + offered * share)
    return share


def short_share(parameters: Parameters, accelerators: int, spares: int) -> float:
    """Give the share of time in which the job waits for a node, with so many spares."""
    return erlang_loss(spares + 1, away(parameters, accelerators))


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
    offered, share, lines = away(parameters, accelerators), 1.0, 0
    while lines == 0 or share > short:
        lines += 1
        share = offered * share / (lines + offered * share)
    return lines - 1
