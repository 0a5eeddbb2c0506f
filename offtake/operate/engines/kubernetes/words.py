"""Kubernetes' words: an attempt as a Job, and what Jobs, pods and nodes say of themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import ceil
from typing import Any

from offtake.model.installation import ClusterSpec
from offtake.operate.engines.port import Launch, Node, NodeState, Seen, Sighting

TOKEN, CLUSTER = "offtake/token", "offtake/cluster"
"""Labels: which attempt, and of which cluster of ours."""
QUEUE = "kueue.x-k8s.io/queue-name"
"""Label by which Kueue takes a Job in hand."""
DEAF_S = 10
"""How long after its grace a wrapper may still be there, until Kubernetes ends it."""
KEPT_S = 86_400
"""How long Kubernetes keeps a Job that ended."""
_TOKEN = re.compile(r"[0-9a-f]{32}")
_STUCK = {
    "CreateContainerConfigError",
    "CreateContainerError",
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
}
_BEGIN = 'log=$1; shift; exec "$@" >>"$log" 2>&1'
_BESIDE = """
log=$1 yard=$4 token=$5
shift
[ "${JOB_COMPLETION_INDEX:-0}" -ne 0 ] || exec "$@" >>"$log" 2>&1
until [ -e "$yard/fence/$token/begun" ]; do sleep 1; done
set -a
. "$yard/attempts/$token/env"
set +a
cd "${OFFTAKE_FOLDER:-$yard/attempts/$token}" || exit 72
exec "$yard/attempts/$token/run" </dev/null >>"$log.$JOB_COMPLETION_INDEX" 2>&1
"""
"""Of several pods the first runs the wrapper; the others run the body once that has begun."""


def name_of(token: str) -> str:
    """Give the name of an attempt's Job."""
    return f"otk-{token}"


def resource(accelerator: str) -> str:
    """Give what a node's device plugin calls accelerators of a type."""
    if accelerator.lower() == "cpu":
        return "cpu"
    return "amd.com/gpu" if accelerator.lower().startswith("mi") else "nvidia.com/gpu"


def job_of(launch: Launch, cluster: ClusterSpec, *, yard: str) -> dict[str, Any]:
    """Write an attempt as a Job: each of its nodes a pod, none of them begun a second time."""
    labels = {TOKEN: launch.token, CLUSTER: cluster.id}
    metadata: dict[str, Any] = {
        "name": name_of(launch.token),
        "labels": dict(labels),
        "annotations": {"offtake/job": launch.job, "offtake/name": launch.name},
    }
    if cluster.engine.partition is not None:
        metadata["labels"][QUEUE] = cluster.engine.partition
    spec: dict[str, Any] = {
        "backoffLimit": 0,
        "completions": launch.nodes,
        "parallelism": launch.nodes,
        "completionMode": "Indexed",
        "suspend": False,
        "ttlSecondsAfterFinished": KEPT_S,
        "template": {"metadata": {"labels": labels}, "spec": _pod(launch, cluster, yard)},
    }
    if launch.nodes > 1:
        spec["successPolicy"] = {"rules": [{"succeededIndexes": "0"}]}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec}


def _pod(launch: Launch, cluster: ClusterSpec, yard: str) -> dict[str, Any]:
    spec = cluster.engine
    each = {resource(launch.accelerator or cluster.accelerator): _each(launch)}
    volume: dict[str, Any] = {"hostPath": {"path": yard, "type": "Directory"}}
    if spec.volume_claim is not None:
        volume = {"persistentVolumeClaim": {"claimName": spec.volume_claim}}
    script = _BEGIN if launch.nodes == 1 else _BESIDE
    container = {
        "name": "body",
        "image": spec.image,
        "command": ["/bin/sh", "-c", script, "offtake", launch.log, *launch.command],
        "resources": {"limits": each, "requests": each},
        "volumeMounts": [{"name": "yard", "mountPath": yard}],
    }
    pod: dict[str, Any] = {
        "restartPolicy": "Never",
        "activeDeadlineSeconds": ceil(launch.limit_s + launch.grace_s) + 60,
        "terminationGracePeriodSeconds": ceil(launch.grace_s) + DEAF_S,
        "containers": [container],
        "volumes": [{"name": "yard", **volume}],
    }
    if spec.user is not None:
        pod["serviceAccountName"] = spec.user
    return pod


def _each(launch: Launch) -> str:
    return str(launch.accelerators // launch.nodes)


def sighting_of_job(job: Mapping[str, Any]) -> Sighting | None:
    """Give what a Job says of its attempt; None where it carries no token."""
    token = _token(job)
    if token is None:
        return None
    status = job.get("status") or {}
    seen, reason = Seen.WAITING, ""
    if status.get("ready"):
        seen = Seen.RUNNING
    for condition in status.get("conditions") or []:
        if condition.get("status") == "True":
            reason = str(condition.get("reason") or condition["type"])
            if condition["type"] in ("Complete", "Failed"):
                seen = Seen.GONE
    return Sighting(token=token, engine_id=name_of(token), seen=seen, reason=reason)


def sighting_of_pod(pod: Mapping[str, Any]) -> Sighting | None:
    """Give what a pod says of its attempt; None where it carries no token, or ended."""
    token, status = _token(pod), pod.get("status") or {}
    if token is None or status.get("phase") in ("Succeeded", "Failed"):
        return None
    seen = Seen.RUNNING if status.get("phase") in ("Running", "Unknown") else Seen.WAITING
    reason = ""
    for container in status.get("containerStatuses") or []:
        waiting = (container.get("state") or {}).get("waiting")
        if waiting:
            reason = str(waiting.get("reason") or "")
            seen = Seen.HELD if reason in _STUCK else seen
    for condition in status.get("conditions") or []:
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            reason = str(condition.get("message") or condition.get("reason") or "")
    node = (pod.get("spec") or {}).get("nodeName")
    nodes = () if node is None else (str(node),)
    return Sighting(token=token, engine_id=name_of(token), seen=seen, reason=reason, nodes=nodes)


def node_of(node: Mapping[str, Any], accelerator: str) -> Node:
    """Give a node as the API server sees it."""
    status = node.get("status") or {}
    ready = {"status": "Unknown", "reason": "it says nothing of itself"}
    for condition in status.get("conditions") or []:
        if condition.get("type") == "Ready":
            ready = condition
    state, reason = NodeState.UP, ""
    if ready["status"] != "True":
        state, reason = NodeState.DOWN, str(ready.get("message") or ready.get("reason") or "")
    elif (node.get("spec") or {}).get("unschedulable"):
        state, reason = NodeState.DRAINED, "unschedulable"
    there = (status.get("allocatable") or {}).get(resource(accelerator), "0")
    return Node(
        name=str(node["metadata"]["name"]),
        accelerator=accelerator,
        accelerators=_whole(str(there)),
        state=state,
        reason=reason,
    )


def _whole(quantity: str) -> int:
    """Read a quantity of devices; processors may be given in thousandths."""
    return int(quantity[:-1]) // 1000 if quantity.endswith("m") else int(quantity)


def _token(one: Mapping[str, Any]) -> str | None:
    token = str((one["metadata"].get("labels") or {}).get(TOKEN, ""))
    return token if _TOKEN.fullmatch(token) else None
