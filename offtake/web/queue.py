"""How many jobs wait that a cluster could ever run.

Jobs of one kind want the same: each kind is looked at once, however many of it wait. What was
counted is kept until something is told of a job again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from pydantic_core import from_json

from offtake.model.installation import ClusterSpec
from offtake.operate.desk import Desk
from offtake.operate.fitting import fits
from offtake.operate.rows import SPEC
from offtake.store import work

MOST = 20_000
"""More jobs are not looked at while somebody waits for a page."""
_PLACE = "accelerator accelerator_count one_pod clusters sites countries region latency_ms".split()
"""Fields that say where a job may run."""
_Kept = tuple[tuple[int, int], Mapping[str, int]]


_KEPT: WeakKeyDictionary[Desk, dict[str | None, _Kept]] = WeakKeyDictionary()


def waiting(
    desk: Desk, tenant: str | None, clusters: Sequence[ClusterSpec], queued: int
) -> Mapping[str, int] | None:
    """Count for each cluster the waiting jobs it could run; a job counts on each of them.

    Args:
        desk: where jobs are.
        tenant: whose; None is all.
        clusters: what they could run on.
        queued: how many wait; where they are too many to be looked at, None is given back.
    """
    if queued > MOST:
        return None
    now = (desk.last_told(), queued)
    kept = _KEPT.setdefault(desk, {}).get(tenant)
    if kept is None or kept[0] != now:
        kept = (now, _counted(desk, tenant, clusters))
        _KEPT[desk][tenant] = kept
    return kept[1]


def _counted(desk: Desk, tenant: str | None, clusters: Sequence[ClusterSpec]) -> Mapping[str, int]:
    with desk.store.reading() as connection:
        texts = work.waiting_specs(connection, tenant, MOST)
    kinds: Counter[str] = Counter()
    first: dict[str, Mapping[str, Any]] = {}
    for text in texts:
        spec = from_json(text)
        kind = str([spec.get(name) for name in _PLACE])
        kinds[kind] += 1
        first.setdefault(kind, spec)
    found: Counter[str] = Counter({cluster.id: 0 for cluster in clusters})
    for kind, count in kinds.items():
        for name in fits(SPEC.validate_python(first[kind]), clusters):
            found[name] += count
    return found
