"""Handing jobs in, and saying how a cluster is that they may run on."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from offtake.cli.calling import Caller, Plain


def hand_in(caller: Caller, jobs: Sequence[Plain], key: str | None) -> tuple[Sequence[str], bool]:
    """Hand jobs in under a key, if need be of its own; gives their ids, in order.

    Raises:
        OfftakeError: the service cannot be reached, or says no.
    """
    answer = caller.post("/v1/jobs", list(jobs), key=key or _key(jobs))
    return answer["jobs"], answer["again"]


def standing(cluster: Mapping[str, Any]) -> str:
    """Say how a cluster is now, in a few words."""
    said = [f"{cluster['usable']} usable"]
    if cluster["drained"]:
        said.append("drained")
    if cluster["health"] != "ok":
        said.append(str(cluster["health"]))
    return ", ".join(said)


def _key(jobs: Sequence[Plain]) -> str:
    text = json.dumps(jobs, sort_keys=True, ensure_ascii=False)
    return f"{hashlib.sha256(text.encode()).hexdigest()[:24]}-{secrets.token_hex(8)}"
