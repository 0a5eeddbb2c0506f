"""Print the reference of the HTTP interface and its metrics: docs/reference/http.md.

python -m tools.http

Routes are those of the OpenAPI document that a service gives at /openapi.json, roles and codes
with them; metrics are those that it gives at /metrics.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from offtake.api.app import make_app
from offtake.api.metrics import COUNTERS, GAUGES, ROUNDS
from offtake.model.installation import Installation
from offtake.operate.service import Service

INTRO = """\
# The HTTP interface

What `offtake serve` answers. `GET /openapi.json` gives the same to a program, with the form of
every body. [Run jobs on real clusters](../how-to/operate.md) begins a service and makes tokens;
the commands of jobs, services and clusters (`offtake submit`, `why`, `drain`) are its clients.

- Who asks shows a token: `Authorization: Bearer otk_…`. On a loopback address, before the first
  token was made, none is wanted. The role of a token is at least the one below; a token of a
  tenant sees and hands in that tenant's jobs and services alone, and a token of a party sees
  closed months alone.
- What is refused changes nothing and is `application/problem+json` (RFC 9457): `faults` has each
  with its [code](errors.md), what is wrong, where, what was got and what to do. 401 is an unknown
  token, 403 one that may not, 404 nothing there, 409 a contradiction to what is there, 413 a body
  that is too large, 422 what is not sound, 503 a store that does not answer: ask again.
- What is acknowledged (201, 202) is on disk. Handing in jobs with an `Idempotency-Key` may be
  repeated: the same body is answered as the first time, another one is refused.
- Times are seconds since 1970 (UTC), with a fraction.
"""
TAGS: Mapping[str, str] = {
    "jobs": "Jobs",
    "clusters": "Clusters",
    "services": "Services",
    "statements": "Closed months",
    "agents": "Site agents",
    "service": "The service itself",
}
_SPECS = {"JobSpec": "jobs.md#jobspec", "ServiceSpec": "jobs.md#servicespec"}


def document() -> Mapping[str, Any]:
    """Give the OpenAPI document of a service that is never started."""
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Path(folder) / "work.db", Installation(clusters=()), Path(folder))
        try:
            return make_app(service, clock=time.time).openapi()
        finally:
            service.close()


def page() -> Iterator[str]:
    """Give the page, line by line."""
    yield INTRO
    listed: dict[str, list[tuple[str, str, Mapping[str, Any]]]] = {tag: [] for tag in TAGS}
    for path, held in document()["paths"].items():
        for method, operation in held.items():
            (tag,) = operation["tags"]
            listed[tag].append((method, path, operation))
    for tag, heading in TAGS.items():
        yield f"## {heading}"
        yield ""
        for method, path, operation in listed[tag]:
            yield from _operation(method, path, operation)
    yield from _metrics()


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {method.upper()} {path}"
    yield ""
    head, *more = operation["description"].split("\n\n")
    yield " ".join(head.split())
    for paragraph in more:
        yield ""
        yield " ".join(paragraph.split())
    yield ""
    asks = [("role", operation.get("x-role", "none: anybody may ask"))]
    for given in operation.get("parameters", ()):
        if given["in"] != "path":
            need = "" if given.get("required") else "optional "
            asks.append((f"`{given['name']}`", f"{need}{given['in']}{_form(given['schema'])}"))
    body = operation.get("requestBody")
    if body is not None:
        asks.append(("body", _body(body["content"]["application/json"]["schema"])))
    done = [code for code in operation["responses"] if code != "4XX"]
    asks.append(("answers", ", ".join(done)))
    codes = operation.get("x-codes")
    if codes:
        asks.append(("refuses with", ", ".join(f"`{code}`" for code in codes)))
    yield "| | |"
    yield "|---|---|"
    for name, held in asks:
        yield f"| {name} | {held} |"
    yield ""


def _form(schema: Mapping[str, Any]) -> str:
    """Give the type and default of a parameter in words."""
    kinds = [schema, *schema.get("anyOf", ())]
    named = [kind["$ref"].rpartition("/")[2] for kind in kinds if "$ref" in kind]
    types = named or [kind["type"] for kind in kinds if kind.get("type", "null") != "null"]
    held = f", {' or '.join(types)}" if types else ""
    default = schema.get("default")
    return held if default is None else f"{held}, else `{str(default).lower()}`"


def _body(schema: Mapping[str, Any]) -> str:
    refs = [schema, *schema.get("anyOf", ())]
    named = [ref["$ref"].rpartition("/")[2] for ref in refs if "$ref" in ref]
    if not named:
        items = schema.get("additionalProperties", {})
        kinds = [one.get("type", "") for one in items.get("anyOf", [items])]
        return f"object: region → {' or '.join(kinds)}"
    several = any(ref.get("type") == "array" for ref in refs)
    (name,) = named
    shown = f"[{name}]({_SPECS[name]})" if name in _SPECS else name
    return f"{shown}, or a list of them" if several else shown


def _metrics() -> Iterator[str]:
    yield "## Metrics"
    yield ""
    yield "What `GET /metrics` gives to Prometheus. Each process of a service tells the same of"
    yield "jobs, clusters and services, which stand in the store they share; counters and the"
    yield "histogram are of that process since it began, which is when their `…_created` says."
    yield ""
    yield "| metric | kind | labels | meaning |"
    yield "|---|---|---|---|"
    kinds = (("gauge", GAUGES), ("counter", COUNTERS), ("histogram", (ROUNDS,)))
    for kind, listed in kinds:
        for told in listed:
            labels = ", ".join(f"`{label}`" for label in told.labels) or "–"
            yield f"| `{told.name}` | {kind} | {labels} | {told.about} |"


if __name__ == "__main__":
    sys.stdout.write("\n".join(page()) + "\n")
