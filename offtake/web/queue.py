"""How many jobs wait that a cluster could ever run.

Jobs of one kind want the same: each kind is looked at once, however many of it wait.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from offtake.model.installation import ClusterSpec
from offtake.operate.desk import Desk
from offtake.operate.fitting import fits
from offtake.operate.rows import SPEC

MOST = 20_000
"""More jobs are not looked at while somebody waits for a page."""
_PLACE = "accelerator accelerator_count one_pod clusters sites countries region latency_ms".split()
"""Fields that say where a job may run."""


def waiting(desk: Desk, tenant: str | None, clusters: Sequence[ClusterSpec]) -> Mapping[str, int]:
    """Count for each cluster the waiting jobs it could run; a job counts on each of them."""
    kinds: Counter[str] = Counter()
    for job in desk.jobs(states=["queued"], tenant=tenant, most=MOST):
        spec: Mapping[str, Any] = job["spec"]
        kinds[json.dumps({name: spec[name] for name in _PLACE if name in spec})] += 1
    found: Counter[str] = Counter({cluster.id: 0 for cluster in clusters})
    for kind, count in kinds.items():
        wanted = SPEC.validate_python({"name": "", "run": "", **json.loads(kind)})
        for name in fits(wanted, clusters):
            found[name] += count
    return found
