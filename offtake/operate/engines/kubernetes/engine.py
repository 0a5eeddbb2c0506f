"""Kubernetes behind the port: one API server, one namespace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from offtake.model.installation import ClusterSpec
from offtake.operate.engines.http import Calls
from offtake.operate.engines.kubernetes import words
from offtake.operate.engines.kubernetes.reach import reach
from offtake.operate.engines.port import (
    Answer,
    EngineError,
    Launch,
    Node,
    Refused,
    Seen,
    Sighting,
    Submitted,
    Unsure,
    Usage,
)

PAGE = 500
"""Objects asked for at once."""
TURNS = 3
"""How often a list is begun anew that grew too old while it was read."""
SERVER_S = 60.0
"""Longest an API server works on a request whose caller has given up."""
_MADE, _TAKEN, _MISSING, _OLD = (200, 201, 202), 409, 404, 410
_LASTING, _NOT_NOW = (400, 422), (403, 404, 429)


class KubernetesEngine:
    """One namespace of one Kubernetes cluster.

    Raises:
        EngineError: there is no way to reach the API server (`OTK-E094`, `OTK-E095`), or no
            image for its jobs (`OTK-E096`).
    """

    def __init__(self, cluster: ClusterSpec, *, yard: Path) -> None:
        """Take note of how it is reached; nothing is asked yet.

        Args:
            cluster: its engine's `config` is a kubeconfig, or `url` and `token_file` the API
                server; without either the files of a pod are used.
            yard: folder of its yard, which containers see under the same path.
        """
        spec = cluster.engine
        if spec.image is None:
            what, hint = "jobs of Kubernetes need an image", "give the engine its `image`"
            raise EngineError(cluster.id, what, code="OTK-E096", hint=hint)
        found = reach(cluster.id, spec)
        self.cluster = cluster.id
        self.settle_s = spec.timeout_s + SERVER_S
        self._spec = cluster
        self._yard = str(yard)
        self._namespace = spec.namespace or found.namespace
        self._calls = Calls(
            cluster.id, found.url, token=found.token, timeout_s=spec.timeout_s, tls=found.tls
        )

    def submit(self, launches: Sequence[Launch]) -> Sequence[Answer]:
        """Hand in attempts, in order; a name that is taken is the attempt itself.

        Raises:
            EngineError: the API server cannot be reached, or refuses the token (`OTK-E090`,
                `OTK-E092`).
        """
        return self._calls.hand_in(launches, self._one)

    def sightings(self) -> Mapping[str, Sighting]:
        """List our Jobs and their pods; a Job that was deleted is seen while its pods end.

        Raises:
            EngineError: the lists could not be had whole (`OTK-E090` to `OTK-E093`).
        """
        ours = f"{words.CLUSTER}={self.cluster}"
        # Jobs first: one that begins meanwhile has its pod in the list that comes second.
        jobs = self._all(self._jobs, labelSelector=ours)
        pods = self._all(f"/api/v1/namespaces/{self._namespace}/pods", labelSelector=ours)
        found = {one.token: one for one in map(words.sighting_of_job, jobs) if one is not None}
        for one in map(words.sighting_of_pod, pods):
            if one is not None:
                found[one.token] = _both(found.get(one.token), one)
        return found

    def stop(self, tokens: Sequence[str]) -> None:
        """Delete Jobs; their pods get TERM, and KILL after their grace.

        Raises:
            EngineError: the API server cannot be reached, or failed to (`OTK-E090` to `OTK-E092`).
        """
        body = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"}
        for token in tokens:
            path = f"{self._jobs}/{words.name_of(token)}"
            self._calls.ask("DELETE", path, body, also=(_MISSING,))

    def nodes(self) -> tuple[Node, ...]:
        """List the nodes that have accelerators, and their state.

        Raises:
            EngineError: the list could not be had whole (`OTK-E090` to `OTK-E093`).
        """
        listed = self._all("/api/v1/nodes")
        nodes = (words.node_of(node, self._spec.accelerator) for node in listed)
        return tuple(node for node in nodes if node.accelerators)

    def usage(self, tokens: Sequence[str]) -> Mapping[str, Usage]:
        """Give nothing: Kubernetes keeps no accounts."""
        del tokens
        return {}

    def heal(self) -> tuple[str, ...]:
        """Do nothing: what Kubernetes can mend it mends itself."""
        return ()

    def close(self) -> None:
        """Let go of connections; jobs go on."""
        self._calls.close()

    @property
    def _jobs(self) -> str:
        return f"/apis/batch/v1/namespaces/{self._namespace}/jobs"

    def _one(self, launch: Launch) -> Answer:
        each, over = divmod(launch.accelerators, launch.nodes)
        per_node = self._spec.accelerators_per_node_count
        if over or each > per_node:
            reason = f"{launch.accelerators} accelerators on {launch.nodes} nodes of {per_node}"
            return Refused(f"cannot be dealt out: {reason}", lasting=True)
        if launch.accelerators > self._spec.accelerator_count:
            return Refused(f"there are {self._spec.accelerator_count} accelerators", lasting=True)
        body = words.job_of(launch, self._spec, yard=self._yard)
        answered = self._calls.send("POST", self._jobs, body)
        if answered.status in _MADE or answered.status == _TAKEN:
            return Submitted(words.name_of(launch.token))
        if answered.status in _LASTING or answered.status in _NOT_NOW:
            return Refused(answered.said, lasting=answered.status in _LASTING)
        return Unsure(f"the API server answered with {answered.status}: {answered.said}")

    def _all(self, path: str, **query: str) -> list[dict[str, Any]]:
        for _ in range(TURNS):
            items = self._pages(path, query)
            if items is not None:
                return items
        raise self._calls.unreadable(f"the list {path} grew too old {TURNS} times")

    def _pages(self, path: str, query: Mapping[str, str]) -> list[dict[str, Any]] | None:
        """Read a list to its end; None where it grew too old before that."""
        items: list[dict[str, Any]] = []
        more: dict[str, str] = {}
        while True:
            answered = self._calls.ask("GET", path, also=(_OLD,), limit=str(PAGE), **query, **more)
            if answered.status == _OLD:
                return None
            try:
                items += answered.body["items"]
                onward = answered.body["metadata"].get("continue")
            except (KeyError, TypeError, AttributeError):
                raise self._calls.unreadable(f"{path} gave no list") from None
            if not onward:
                return items
            more = {"continue": onward}


def _both(job: Sighting | None, pod: Sighting) -> Sighting:
    """Join what a Job, or another pod, and a pod say: whoever still runs is believed."""
    if job is None:
        return pod
    rank = (Seen.GONE, Seen.WAITING, Seen.HELD, Seen.RUNNING)
    seen = max(job.seen, pod.seen, key=rank.index)
    return replace(
        pod, seen=seen, reason=pod.reason or job.reason, nodes=tuple({*job.nodes, *pod.nodes})
    )
