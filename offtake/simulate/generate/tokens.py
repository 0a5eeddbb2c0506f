"""Inference requests as a fluid: tokens a second, every five minutes.

    demand(k) = Σ tokens of requests that came in [k, k+1) · 300 s / 300 s

What a service's load takes as `tokens_per_s`. A last step that is not over is left out, and
counted, as its rate would be too low.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offtake.errors import Fault, OfftakeError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
STEP_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Tokens a second in each step."""

    generated_tokens_per_s: Floats
    context_tokens_per_s: Floats
    requests_per_s: Floats
    left_out_count: int
    """Requests of the last step, which was not over."""


def demand(arrival_s: Floats, context: Ints, generated: Ints, until_s: float) -> Demand:
    """Count the tokens of requests by the step they came in, up to the last that ended.

    Args:
        arrival_s: when each came, since the beginning.
        context: tokens each brought.
        generated: tokens each was given.
        until_s: when the record ends.

    Raises:
        OfftakeError: a request came outside the record, or no step is over (`OTK-S066`).
    """
    steps = int(until_s // STEP_S)
    outside = np.flatnonzero((arrival_s < 0.0) | (arrival_s > until_s))
    faults = []
    if len(outside):
        got = f"{arrival_s[outside[0]]:g} s of {until_s:g} s, row {outside[0] + 1}"
        faults.append(Fault(code="OTK-S066", what="a request came outside the record", got=got))
    if steps < 1:
        what = "the record of requests is shorter than five minutes"
        faults.append(Fault(code="OTK-S066", what=what, got=f"{until_s:g} s"))
    if faults:
        raise OfftakeError(faults)
    place = (arrival_s // STEP_S).astype(np.int64)
    kept = place < steps

    def rate(weight: npt.NDArray[np.generic] | None) -> Floats:
        counted = np.bincount(
            place[kept], None if weight is None else weight[kept], minlength=steps
        )
        return np.asarray(counted / STEP_S, dtype=np.float64)

    return Demand(
        generated_tokens_per_s=rate(generated),
        context_tokens_per_s=rate(context),
        requests_per_s=rate(None),
        left_out_count=int((~kept).sum()),
    )
