"""Ray Jobs, by the REST interface of Ray's dashboard; Ray itself is not imported.

The token is the `submission_id`: Ray keeps it, and refuses a second job under it. The entrypoint
is the wrapper, with the attempt's accelerators reserved for it. Ray stands an entrypoint on one
node, so attempts of several nodes are refused. A Ray that begins again has forgotten its jobs,
and has ended them.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from math import ceil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from offtake.model.installation import ClusterSpec
from offtake.operate.engines.http import Answered, Calls, token_of
from offtake.operate.engines.port import (
    Answer,
    EngineError,
    Launch,
    Node,
    NodeState,
    Refused,
    Seen,
    Sighting,
    Submitted,
    Unsure,
    Usage,
)
from offtake.operate.engines.yard import FolderYard

AGENT_S = 15.0
"""Longest the dashboard looks for an agent to take a job, after its caller may have given up."""
DEAF_S = 10
"""How long after its grace a wrapper may still be there, until Ray ends it."""
MOST_NODES = 10_000
"""Most nodes Ray lists."""
_TOKEN = re.compile(r"[0-9a-f]{32}")
_SEEN = {
    "PENDING": Seen.WAITING,
    "RUNNING": Seen.RUNNING,
    "STOPPED": Seen.GONE,
    "SUCCEEDED": Seen.GONE,
    "FAILED": Seen.GONE,
}
_BAD, _MISSING, _OK = 400, 404, 200


class RayEngine:
    """One Ray cluster.

    Raises:
        EngineError: the address of its dashboard is none (`OTK-E094`).
    """

    def __init__(self, cluster: ClusterSpec) -> None:
        """Take note of how it is reached; nothing is asked yet.

        Args:
            cluster: its engine's `url` is Ray's dashboard, `token_file` the token of a Ray that
                asks for one; GPUs are asked for by number, up to those of one node.
        """
        spec = cluster.engine
        self.cluster = cluster.id
        self.settle_s = spec.timeout_s + AGENT_S
        self._accelerator = cluster.accelerator
        self._per_node = cluster.accelerators_per_node_count
        self._calls = Calls(
            cluster.id, spec.url or "", token=token_of(spec.token_file), timeout_s=spec.timeout_s
        )

    def submit(self, launches: Sequence[Launch]) -> Sequence[Answer]:
        """Hand in attempts, in order; Ray refuses a token it knows, which is as good as taken.

        Raises:
            EngineError: Ray cannot be reached, or refuses the token (`OTK-E090`, `OTK-E092`).
        """
        return self._calls.hand_in(launches, self._one)

    def sightings(self) -> Mapping[str, Sighting]:
        """List our jobs, those that ended among them; Ray keeps them as long as it lives.

        Raises:
            EngineError: the list could not be had (`OTK-E090` to `OTK-E093`).
        """
        listed = self._calls.ask("GET", "/api/jobs/").body
        if not isinstance(listed, list):
            raise self._calls.unreadable("the list of jobs is none")
        seen = (self._sighting(job) for job in listed if self._ours(job))
        return {sighting.token: sighting for sighting in seen}

    def stop(self, tokens: Sequence[str]) -> None:
        """Ask Ray to stop jobs: TERM, and after the grace KILL.

        Raises:
            EngineError: Ray cannot be reached, or failed to (`OTK-E090` to `OTK-E092`).
        """
        for token in tokens:
            self._calls.ask("POST", f"/api/jobs/{token}/stop", also=(_MISSING,))

    def nodes(self) -> tuple[Node, ...]:
        """List the nodes that have GPUs; a node that died stays listed as down.

        Raises:
            EngineError: the list could not be had whole (`OTK-E090` to `OTK-E093`).
        """
        path = "/api/v0/nodes"
        body = self._calls.ask("GET", path, limit=str(MOST_NODES), detail="true").body
        try:
            listing = body["data"]["result"]
            found, total = listing["result"], listing["total"]
        except (KeyError, TypeError):
            raise self._calls.unreadable(f"{path} gave no list of nodes") from None
        if total > len(found):
            raise self._calls.unreadable(f"only {len(found)} of {total} nodes are listed")
        nodes = (self._node(node) for node in found)
        return tuple(node for node in nodes if node.accelerators)

    def usage(self, tokens: Sequence[str]) -> Mapping[str, Usage]:
        """Give nothing: Ray accounts for no accelerators."""
        del tokens
        return {}

    def heal(self) -> tuple[str, ...]:
        """Do nothing: Ray gives up a job it cannot place, and it is begun anew."""
        return ()

    def close(self) -> None:
        """Let go of connections; jobs go on."""
        self._calls.close()

    def _one(self, launch: Launch) -> Answer:
        if launch.nodes > 1:
            return Refused("Ray stands an entrypoint on one node", lasting=True)
        if launch.accelerators > self._per_node:
            return Refused(f"a node has {self._per_node} accelerators", lasting=True)
        answered = self._calls.send("POST", "/api/jobs/", self._body(launch))
        if answered.status == _OK:
            return Submitted(launch.token)
        known = self._calls.send("GET", f"/api/jobs/{launch.token}").status
        if known == _OK:
            return Submitted(launch.token)
        if answered.status == _BAD and known == _MISSING:
            return Refused(answered.said, lasting=True)
        return _unsure(answered)

    def _body(self, launch: Launch) -> dict[str, Any]:
        """Describe a job: its shell gives way to the wrapper, each word of which is quoted."""
        wait_s = ceil(launch.grace_s) + DEAF_S
        return {
            "submission_id": launch.token,
            "entrypoint": f"exec {shlex.join(launch.command)} >>{shlex.quote(launch.log)} 2>&1",
            "entrypoint_num_gpus": launch.accelerators,
            "metadata": {
                "offtake_cluster": self.cluster,
                "offtake_job": launch.job,
                "name": launch.name,
            },
            "runtime_env": {"env_vars": {"RAY_JOB_STOP_WAIT_TIME_S": str(wait_s)}},
        }

    def _ours(self, job: Mapping[str, Any]) -> bool:
        metadata = job.get("metadata") or {}
        ours: bool = metadata.get("offtake_cluster") == self.cluster
        return ours and bool(_TOKEN.fullmatch(job.get("submission_id") or ""))

    def _sighting(self, job: Mapping[str, Any]) -> Sighting:
        token, status = str(job["submission_id"]), str(job.get("status"))
        if status not in _SEEN:
            raise self._calls.unreadable(f"job {token} is said to be '{status}'")
        node = urlsplit(job.get("driver_agent_http_address") or "").hostname
        return Sighting(
            token=token,
            engine_id=token,
            seen=_SEEN[status],
            reason=str(job.get("message") or ""),
            nodes=() if node is None else (node,),
        )

    def _node(self, node: Mapping[str, Any]) -> Node:
        alive = node.get("state") == "ALIVE"
        resources = node.get("resources_total") or {}
        return Node(
            name=str(node.get("node_ip") or node.get("node_id")),
            accelerator=self._accelerator,
            accelerators=int(resources.get("GPU", 0)),
            state=NodeState.UP if alive else NodeState.DOWN,
            reason="" if alive else str(node.get("state_message") or "dead"),
        )


def _unsure(answered: Answered) -> Unsure:
    return Unsure(f"Ray answered with {answered.status}: {answered.said}")


def made(
    cluster: ClusterSpec, folder: Path, clock: Callable[[], float]
) -> tuple[RayEngine, FolderYard]:
    """Give the engine of a Ray cluster, and its yard on the shared file system.

    Raises:
        EngineError: its engine has no `url` (`OTK-E094`), or the yard cannot be used (`OTK-E003`).
    """
    del clock
    if cluster.engine.url is None:
        hint = "give `url`, such as http://head:8265"
        raise EngineError(cluster.id, "Ray's dashboard has no `url`", code="OTK-E094", hint=hint)
    return RayEngine(cluster), FolderYard(folder, cluster.id)
