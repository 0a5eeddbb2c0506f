"""How calls and answers between the service and a site agent are written: plain JSON."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from offtake.operate.engines.port import (
    Answer,
    EngineError,
    Launch,
    Node,
    Refused,
    Report,
    Sighting,
    Submitted,
    Unsure,
    Usage,
)

TOKENS: TypeAdapter[list[str]] = TypeAdapter(list[Annotated[str, Field(pattern="^[0-9a-f]{32}$")]])
"""Tokens, which name files at the site: nothing else passes."""
LAUNCHES: TypeAdapter[list[Launch]] = TypeAdapter(list[Launch])
"""Attempts that are handed in."""
SIGHTINGS: TypeAdapter[dict[str, Sighting]] = TypeAdapter(dict[str, Sighting])
"""What an engine lists."""
NODES: TypeAdapter[tuple[Node, ...]] = TypeAdapter(tuple[Node, ...])
"""Nodes of a cluster."""
USAGE: TypeAdapter[dict[str, Usage]] = TypeAdapter(dict[str, Usage])
"""What accounting says."""
REPORTS: TypeAdapter[list[Report]] = TypeAdapter(list[Report])
"""What a yard reports."""
LINES: TypeAdapter[tuple[str, ...]] = TypeAdapter(tuple[str, ...])
"""What `heal` did."""
KEPT: TypeAdapter[bool] = TypeAdapter(bool)
"""Whether a token was revoked in time."""
PRINTED: TypeAdapter[bytes] = TypeAdapter(bytes)
"""What an attempt printed, as base64."""


class Answered(TypedDict):
    """What came of handing in one attempt."""

    kind: Literal["submitted", "refused", "unsure"]
    said: str
    lasting: bool


ANSWERED: TypeAdapter[list[Answered]] = TypeAdapter(list[Answered])
"""What came of handing in attempts, in order."""


def answered(answer: Answer) -> Answered:
    """Write what came of handing in an attempt."""
    match answer:
        case Submitted():
            return {"kind": "submitted", "said": answer.engine_id, "lasting": False}
        case Refused():
            return {"kind": "refused", "said": answer.reason, "lasting": answer.lasting}
        case Unsure():
            return {"kind": "unsure", "said": answer.reason, "lasting": False}


def answer_of(said: Answered) -> Answer:
    """Read what came of handing in an attempt."""
    match said["kind"]:
        case "submitted":
            return Submitted(said["said"])
        case "refused":
            return Refused(said["said"], said["lasting"])
        case "unsure":
            return Unsure(said["said"])


def read(cluster: str, shape: TypeAdapter[Any], said: Any) -> Any:
    """Read what the other side said.

    Raises:
        EngineError: it cannot be read (`OTK-E154`).
    """
    try:
        return shape.validate_python(said)
    except ValidationError as error:
        first = error.errors()[0]
        at = ".".join(str(part) for part in first["loc"])
        what = f"what was said cannot be read: {at}: {first['msg']}".replace(": :", ":")
        hint = "let agent and service be of one release"
        raise EngineError(cluster, what, code="OTK-E154", hint=hint) from None
