"""Who stands before whom: the key of a job in each order of the queue; a lower one is first.

Priority counts before everything else.
"""

from __future__ import annotations

from offtake.policy.compiled import inner
from offtake.policy.tables import FAIREST, LEAST, SHORTEST, Table

CLASS = 1e10
"""One step of priority, above any key of a lower one: times are below 300 years of seconds."""


@inner
def key(order: int, r: Table, now: float) -> float:
    """Give the key of a job.

    first come          submitted
    shortest remaining  seconds of work left
    least attained      node-seconds held so far
    fairest finish      − (waited + worked + left) / (worked + left), Themis (NSDI'20)
    """
    if order == SHORTEST:
        rank = r.left
    elif order == LEAST:
        rank = r.attained
    elif order == FAIREST:
        worked = r.attained / r.nodes
        alone = max(1e-9, worked + r.left)
        rank = -max(0.0, now - r.submitted + r.left) / alone
    else:
        rank = r.submitted
    return float(rank - r.priority * CLASS)
