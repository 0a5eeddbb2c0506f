"""Site agents as the service takes them in: each cluster has one yard, and it stays that one.

A token that is revoked in one yard may have begun from another: what is asked of a yard holds
only if it is the yard the attempts were prepared in. Where an agent comes with another one, it is
turned away as long as attempts of the cluster are under way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.operate.engines.agent import AgentEngine, Post
from offtake.operate.lanes import Lane
from offtake.store import work
from offtake.store.opening import Store

KNOWN_S = 2.0
"""How long what was read of a cluster's yard holds."""


class Agents:
    """The agents of the clusters that are driven by one."""

    def __init__(
        self, store: Store, lanes: Mapping[str, Lane], *, clock: Callable[[], float]
    ) -> None:
        """Begin without knowing any yard."""
        self._store = store
        self._posts = {
            name: lane.engine.post
            for name, lane in lanes.items()
            if isinstance(lane.engine, AgentEngine)
        }
        self._clock = clock
        self._known: dict[str, tuple[str, float]] = {}

    def post(self, cluster: str) -> Post:
        """Give where calls of a cluster wait.

        Raises:
            OfftakeError: no agent drives it (`OTK-E152`).
        """
        if cluster not in self._posts:
            what = "no site agent drives this cluster"
            hint = "give it `engine: {kind: agent}` in the installation of the service"
            where = Where(path=f"clusters.{cluster}")
            raise OfftakeError(Fault(code="OTK-E152", what=what, where=where, hint=hint))
        return self._posts[cluster]

    def is_known(self, cluster: str, yard: str) -> bool:
        """Tell whether a yard is that of a cluster as far as is known without reading."""
        known, until = self._known.get(cluster, ("", 0.0))
        return known == yard and self._clock() < until

    def let_in(self, cluster: str, yard: str) -> None:
        """See that an agent's yard is that of its cluster, or let it be from now on.

        Raises:
            OfftakeError: attempts are under way in another yard (`OTK-E153`).
        """
        now = self._clock()
        with self._store.writing() as connection:
            rows = {row["id"]: row for row in work.clusters(connection)}
            before = rows[cluster]["yard"]
            if before != yard:
                if before is not None:
                    live = work.live_attempts(connection)
                    _see_over(cluster, [row for row in live if row["cluster"] == cluster])
                work.put_clusters(connection, [{"id": cluster, "yard": yard}])
                body = {"yard": yard, "before": before}
                work.happen(connection, cluster, now, "agent", body, done=now)
        self._known[cluster] = (yard, now + KNOWN_S)


def _see_over(cluster: str, live: Sequence[Any]) -> None:
    if not live:
        return
    what = f"{len(live)} attempts are under way in the yard of another agent"
    hint = (
        f"begin the agent where that yard is; or give the cluster up: `offtake drain {cluster}"
        " --lost`, and take it back with --found"
    )
    where = Where(path=f"clusters.{cluster}")
    fault = Fault(code="OTK-E153", what=what, where=where, hint=hint)
    raise OfftakeError(fault, exit=Exit.FAILED)
