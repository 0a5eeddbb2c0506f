"""Azure's inference requests: when each came, and its tokens in and out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from offtake.files.traces.columns import Columns, Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """Requests in order of arrival, one entry a request in each column."""

    arrival_s: Floats
    """Seconds since the first."""
    context_tokens: Ints
    generated_tokens: Ints


def read_requests(path: Path) -> Requests:
    """Read requests: `t_s, context_tokens, generated_tokens`.

    Raises:
        OfftakeError: the file lacks columns or rows (`OTK-S300`, `OTK-S307`), or a row is
            wrong (`OTK-S301` to `OTK-S303`).
    """
    told = Columns(path, ("t_s", "context_tokens", "generated_tokens"))
    arrival = told.numbers("t_s")
    told.in_order("t_s", arrival)
    context, generated = told.counts("context_tokens"), told.counts("generated_tokens")
    told.raise_faults()
    return Requests(arrival_s=arrival, context_tokens=context, generated_tokens=generated)
