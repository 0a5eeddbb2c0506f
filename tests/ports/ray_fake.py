"""A stand-in for Ray's dashboard: keeps jobs, checks what it is sent, runs entrypoints."""

from __future__ import annotations

import signal
from typing import Any

from jsonschema import Draft202012Validator

from tests.ports.processes import Body, Said

_TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
SUBMISSION: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["entrypoint"],
    "properties": {
        "entrypoint": {"type": "string"},
        "submission_id": {"type": "string"},
        "entrypoint_num_gpus": {"type": "number", "minimum": 0},
        "entrypoint_num_cpus": {"type": "number", "minimum": 0},
        "entrypoint_resources": {"type": "object"},
        "metadata": _TEXTS,
        "runtime_env": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"env_vars": _TEXTS},
        },
    },
}
"""Ray's JobSubmitRequest, so far as it is used, and nothing it would not know."""


class RayFake:
    """One node of eight GPUs."""

    def __init__(self) -> None:
        self.jobs: dict[str, dict[str, Any]] = {}
        self.bodies: dict[str, Body] = {}
        self.refuse: str | None = None

    def asked(self, method: str, path: str, query: dict[str, str], body: Any) -> Said:
        del query
        match method, path.strip("/").split("/"):
            case "POST", ["api", "jobs"]:
                return self._submit(body)
            case "GET", ["api", "jobs"]:
                return 200, [*map(self._details, self.jobs), {"type": "DRIVER", "job_id": "01"}]
            case "GET", ["api", "jobs", name] if name in self.jobs:
                return 200, self._details(name)
            case "POST", ["api", "jobs", name, "stop"] if name in self.jobs:
                self.jobs[name]["stopped"] = True
                self.bodies[name].send(signal.SIGTERM)
                return 200, {"stopped": True}
            case "GET", ["api", "v0", "nodes"]:
                return 200, {"result": True, "data": {"result": {"total": 1, "result": [NODE]}}}
        return 404, "Job does not exist"

    def end(self) -> None:
        for body in self.bodies.values():
            body.end()

    def _submit(self, body: Any) -> Said:
        if self.refuse is not None:
            return 500, self.refuse
        wrong = list(Draft202012Validator(SUBMISSION).iter_errors(body))
        if wrong:
            return 400, f"Traceback\nTypeError: {wrong[0].message}"
        name = body["submission_id"]
        if name in self.jobs:
            return 400, f"Traceback\nValueError: Job with submission_id {name} already exists."
        self.jobs[name] = dict(body)
        self.bodies[name] = Body(["/bin/sh", "-c", body["entrypoint"]])
        return 200, {"job_id": name, "submission_id": name}

    def _details(self, name: str) -> dict[str, Any]:
        code = self.bodies[name].code
        over = "SUCCEEDED" if code == 0 else "FAILED"
        over = "STOPPED" if self.jobs[name].get("stopped") else over
        return {
            "type": "SUBMISSION",
            "submission_id": name,
            "status": "RUNNING" if code is None else over,
            "metadata": self.jobs[name]["metadata"],
            "driver_agent_http_address": "http://127.0.0.1:52365",
        }


NODE = {
    "node_id": "ab" * 28,
    "node_ip": "127.0.0.1",
    "state": "ALIVE",
    "resources_total": {"CPU": 8.0, "GPU": 8.0},
}
