"""What a slurmrestd calls things: its version and the shape of its fields, from its OpenAPI.

Between releases fields were renamed and changed their type: an environment is a mapping or a
list, a time limit a number or an object. What the server says of itself decides, not a table
of releases.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from offtake.operate.engines.port import Launch

_SUBMIT = re.compile(r"/slurm/v(\d+)\.(\d+)\.(\d+)/job/submit/?")
NEEDED = ("name", "environment", "time_limit")


class DialectError(ValueError):
    """A server's OpenAPI that offers no way to hand in a job as we need it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a job asks for, in no dialect yet."""

    launch: Launch
    """The attempt."""
    partition: str | None
    """Partition; None is the default."""
    account: str | None
    """Account; None is the default."""
    environment: Mapping[str, str]
    """What the job's shell starts with."""

    @property
    def script(self) -> str:
        """The batch script: the command, each word quoted, in place of the shell.

        Slurm takes a text, not a list of words; slurmrestd 22.05 dies of `argv`.
        """
        return f"#!/bin/sh\nexec {shlex.join(self.launch.command)}\n"

    @property
    def minutes(self) -> int:
        """The time limit Slurm enforces: later than the wrapper's own, which reports its end."""
        return ceil((self.launch.limit_s + self.launch.grace_s) / 60.0) + 1

    @property
    def comment(self) -> str:
        """What people see beside the token: whose attempt it is, and its grace."""
        name = re.sub(r"[^\w.@:/ -]", "_", self.launch.name)[:80]
        return f"offtake grace={ceil(self.launch.grace_s)} {self.launch.job} {name}"

    @property
    def per_node(self) -> str:
        """The accelerators of each node, such as `gpu:h100:8`.

        Raises:
            ValueError: they cannot be dealt out evenly to the nodes.
        """
        each, over = divmod(self.launch.accelerators, self.launch.nodes)
        if over:
            raise ValueError(
                f"{self.launch.accelerators} accelerators cannot be dealt out evenly"
                f" to {self.launch.nodes} nodes"
            )
        return ":".join(filter(None, ("gpu", self.launch.accelerator, str(each))))

    @property
    def log(self) -> str:
        """The file for what it prints; Slurm replaces no pattern in it."""
        return self.launch.log.replace("%", "%%")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one slurmrestd wants a job to be described."""

    path: str
    """Where jobs are handed in, of the newest version it speaks."""
    types: Mapping[str, str]
    """JSON type of each property of a job."""

    @property
    def ping(self) -> str:
        """Where to ask whether slurmctld answers."""
        return self.path.rstrip("/").removesuffix("job/submit") + "ping"

    def body(self, request: Request) -> dict[str, Any]:
        """Describe a job.

        Raises:
            ValueError: its accelerators cannot be dealt out evenly to its nodes.
        """
        launch = request.launch
        job: dict[str, Any] = {
            "name": launch.token,
            "comment": request.comment,
            "current_working_directory": "/",
            "standard_output": request.log,
            "standard_error": request.log,
            "standard_input": "/dev/null",
            "open_mode": "append",
            "requeue": False,
            "environment": self._environment(request.environment),
            "time_limit": self._number("time_limit", request.minutes),
            "tasks": launch.nodes,
            **self._nodes(launch.nodes),
        }
        job = {name: value for name, value in job.items() if name in self.types}
        if launch.accelerators:
            job.update(self._accelerators(request.per_node))
        for name, value in (("partition", request.partition), ("account", request.account)):
            if value is not None:
                job[name] = value
        if "script" in self.types:
            return {"job": {**job, "script": request.script}}
        return {"script": request.script, "job": job}

    def _environment(self, environment: Mapping[str, str]) -> Any:
        if self.types["environment"] == "array":
            return [f"{name}={value}" for name, value in environment.items()]
        return dict(environment)

    def _number(self, name: str, value: int) -> Any:
        if self.types.get(name) == "object":
            return {"set": True, "infinite": False, "number": value}
        return value

    def _nodes(self, count: int) -> dict[str, Any]:
        """Give the number of nodes, as a text whatever the server says of its type.

        slurmrestd 22.05 describes a list, and passes over what a list says; a text it obeys, and
        so do later ones.
        """
        if "nodes" in self.types:
            return {"nodes": str(count)}
        return {"minimum_nodes": self._number("minimum_nodes", count)}

    def _accelerators(self, per_node: str) -> dict[str, str]:
        if "tres_per_node" in self.types:
            return {"tres_per_node": f"gres/{per_node}"}
        return {"gres": per_node}


def read(document: Mapping[str, Any]) -> Dialect:
    """Find in a server's OpenAPI how it wants jobs described.

    Raises:
        DialectError: it offers no way, or lacks a field a job cannot do without.
    """
    paths: Mapping[str, Any] = document.get("paths", {})
    found = {path: _SUBMIT.fullmatch(path) for path in paths}
    versions = {path: tuple(map(int, m.groups())) for path, m in found.items() if m}
    if not versions:
        raise DialectError("it offers no /slurm/VERSION/job/submit")
    path = max(versions, key=lambda one: versions[one])
    content = paths[path]["post"]["requestBody"]["content"]["application/json"]
    submission = _resolved(document, content["schema"])
    job = _resolved(document, submission.get("properties", {}).get("job", {}))
    types = {
        name: str(_resolved(document, schema).get("type", "string"))
        for name, schema in job.get("properties", {}).items()
    }
    lacking = [name for name in NEEDED if name not in types]
    if not {"gres", "tres_per_node"} & set(types):
        lacking.append("gres")
    if lacking:
        raise DialectError(f"{path} takes no {', '.join(lacking)}")
    return Dialect(path=path, types=types)


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow references within a document."""
    for _ in range(16):
        reference = schema.get("$ref")
        if reference is None:
            return schema
        schema = document
        for word in str(reference).removeprefix("#/").split("/"):
            schema = schema[word.replace("~1", "/").replace("~0", "~")]
    raise DialectError(f"references run in a circle at {schema.get('$ref')}")
