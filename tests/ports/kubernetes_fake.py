"""A stand-in for an API server and what is behind it: checks Jobs, keeps them, runs their pods.

Bodies are checked against the shape of `batch/v1` Job as published, closed to what is not known
to it and narrowed to the values that are used. Lists come two at a time.
"""

from __future__ import annotations

import signal
from typing import Any

from jsonschema import Draft202012Validator

from tests.ports.processes import Body, Said


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    closed = {"type": "object", "additionalProperties": False}
    return {**closed, "required": required, "properties": properties}


_TEXT = {"type": "string"}
_NUMBER = {"type": "integer", "minimum": 0}
_LABEL = {"type": "string", "pattern": "^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$"}
_LABELS = {
    "type": "object",
    "propertyNames": {"pattern": r"^([a-z0-9.-]{1,253}/)?[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$"},
    "additionalProperties": _LABEL,
}
_QUANTITIES = {
    "type": "object",
    "additionalProperties": {"type": "string", "pattern": "^[0-9]+(m|[KMGT]i?)?$"},
}
_CONTAINER = _object(
    ["name", "image"],
    name=_TEXT,
    image=_TEXT,
    command={"type": "array", "items": _TEXT},
    resources=_object([], limits=_QUANTITIES, requests=_QUANTITIES),
    volumeMounts={
        "type": "array",
        "items": _object(["name", "mountPath"], name=_TEXT, mountPath=_TEXT),
    },
)
_VOLUME = _object(
    ["name"],
    name=_TEXT,
    hostPath=_object(["path"], path=_TEXT, type={"enum": ["Directory"]}),
    persistentVolumeClaim=_object(["claimName"], claimName=_TEXT),
)
_POD = _object(
    ["containers", "restartPolicy"],
    restartPolicy={"enum": ["Never"]},
    activeDeadlineSeconds={"type": "integer", "minimum": 1},
    terminationGracePeriodSeconds=_NUMBER,
    serviceAccountName=_TEXT,
    containers={"type": "array", "minItems": 1, "items": _CONTAINER},
    volumes={"type": "array", "items": _VOLUME},
)
_RULE = _object([], succeededIndexes=_TEXT)
JOB = _object(
    ["apiVersion", "kind", "metadata", "spec"],
    apiVersion={"const": "batch/v1"},
    kind={"const": "Job"},
    metadata=_object(
        ["name"],
        name={"type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"},
        labels=_LABELS,
        annotations={"type": "object", "additionalProperties": _TEXT},
    ),
    spec=_object(
        ["template"],
        backoffLimit=_NUMBER,
        completions=_NUMBER,
        parallelism=_NUMBER,
        completionMode={"enum": ["NonIndexed", "Indexed"]},
        suspend={"type": "boolean"},
        ttlSecondsAfterFinished=_NUMBER,
        successPolicy=_object(["rules"], rules={"type": "array", "items": _RULE}),
        template=_object(["spec"], metadata=_object([], labels=_LABELS), spec=_POD),
    ),
)
"""`batch/v1` Job, so far as it is used."""
PAGE = 2


class KubernetesFake:
    """Two nodes of eight GPUs, and a third without any."""

    def __init__(self) -> None:
        self.jobs: dict[str, dict[str, Any]] = {}
        self.pods: dict[str, list[Body]] = {}
        self.leaving: list[tuple[dict[str, Any], Body]] = []
        self.say: Said | None = None
        self.old = 0

    def asked(self, method: str, path: str, query: dict[str, str], body: Any) -> Said:
        if self.say is not None:
            return self.say
        match method, path.strip("/").split("/"):
            case "POST", ["apis", "batch", "v1", "namespaces", "lab", "jobs"]:
                return self._create(body)
            case "DELETE", ["apis", "batch", "v1", "namespaces", "lab", "jobs", name]:
                return self._delete(name, body)
            case "GET", ["apis", "batch", "v1", "namespaces", "lab", "jobs"]:
                return self._page([self._job(one) for one in self.jobs.values()], query)
            case "GET", ["api", "v1", "namespaces", "lab", "pods"]:
                return self._page(list(self._pods()), query)
            case "GET", ["api", "v1", "nodes"]:
                return self._page([_node("a", 8), _node("b", 8), _node("c", 0)], query)
        return _status(404, f"there is nothing at {path}")

    def end(self) -> None:
        for bodies in self.pods.values():
            for body in bodies:
                body.end()
        for _, body in self.leaving:
            body.end()

    def _create(self, job: Any) -> Said:
        wrong = list(Draft202012Validator(JOB).iter_errors(job))
        if wrong:
            return _status(422, f"{wrong[0].json_path}: {wrong[0].message}")
        name = job["metadata"]["name"]
        if name in self.jobs:
            return _status(409, f'jobs.batch "{name}" already exists')
        self.jobs[name] = job
        command = job["spec"]["template"]["spec"]["containers"][0]["command"]
        count = job["spec"]["completions"]
        self.pods[name] = [Body(command, JOB_COMPLETION_INDEX=str(n)) for n in range(count)]
        return 201, job

    def _delete(self, name: str, options: Any) -> Said:
        if options["propagationPolicy"] != "Background":
            return _status(400, "pods would be left behind")
        if name not in self.jobs:
            return _status(404, f'jobs.batch "{name}" not found')
        job = self.jobs.pop(name)
        for body in self.pods.pop(name):
            body.send(signal.SIGTERM)
            self.leaving.append((job, body))
        return _status(200, "")

    def _job(self, job: dict[str, Any]) -> dict[str, Any]:
        bodies = self.pods[job["metadata"]["name"]]
        codes = [body.code for body in bodies]
        failed = any(codes)
        leader_won = "successPolicy" in job["spec"] and codes[0] == 0
        over = failed or leader_won or all(code == 0 for code in codes)
        if over:
            for body in bodies:
                body.send(signal.SIGTERM)
        kind = "Failed" if failed and not leader_won else "Complete"
        conditions = [{"type": kind, "status": "True", "reason": "BackoffLimitExceeded"}]
        return {
            "metadata": job["metadata"],
            "status": {"ready": codes.count(None), "conditions": conditions if over else []},
        }

    def _pods(self) -> Any:
        there = [(self.jobs[name], body) for name, some in self.pods.items() for body in some]
        for number, (job, body) in enumerate([*there, *self.leaving]):
            phase = {None: "Running", 0: "Succeeded"}.get(body.code, "Failed")
            yield {
                "metadata": {
                    "name": f"{job['metadata']['name']}-{number}",
                    "labels": job["spec"]["template"]["metadata"]["labels"],
                },
                "spec": {"nodeName": "a"},
                "status": {"phase": phase},
            }

    def _page(self, items: list[Any], query: dict[str, str]) -> Said:
        label, _, value = query.get("labelSelector", "").partition("=")
        if label:
            items = [one for one in items if one["metadata"]["labels"].get(label) == value]
        start = int(query.get("continue", "0"))
        if start and self.old:
            self.old -= 1
            return _status(410, "the continue parameter is too old")
        onward = str(start + PAGE) if start + PAGE < len(items) else ""
        return 200, {"items": items[start : start + PAGE], "metadata": {"continue": onward}}


def _status(code: int, message: str) -> Said:
    return code, {"kind": "Status", "apiVersion": "v1", "code": code, "message": message}


def _node(name: str, count: int) -> dict[str, Any]:
    allocatable = {"cpu": "96"} | ({"nvidia.com/gpu": str(count)} if count else {})
    ready = {"type": "Ready", "status": "True"}
    return {
        "metadata": {"name": name},
        "spec": {},
        "status": {"allocatable": allocatable, "conditions": [ready]},
    }
