"""FLOPs a transformer needs, and how much of the peak they are.

Chowdhery et al. (2022), PaLM, appendix B; Korthikanti et al. (2022), appendix A.
"""

from __future__ import annotations

from dataclasses import dataclass

from offtake.measure.taking import above_zero


@dataclass(frozen=True, slots=True, kw_only=True)
class Transformer:
    """The shape of a model, as its FLOPs depend on it."""

    layers: int
    hidden: int
    """Width of the model."""
    sequence: int
    """Tokens of a sequence."""
    vocabulary: int


def per_token(parameters: float, layers: int, heads: int, head: int, sequence: int) -> float:
    """Give the FLOPs of training on one token: 6N + 12·L·H·Q·T.

    Args:
        parameters: N, parameters that take part in matrix products.
        layers: L.
        heads: H.
        head: Q, width of a head.
        sequence: T, tokens of a sequence.

    Raises:
        OfftakeError: there are no parameters (`OTK-Q006`).
    """
    above_zero(parameters=parameters)
    return 6.0 * parameters + 12.0 * layers * heads * head * sequence


def mfu(tokens_per_s: float, flop_per_token: float, chips: int, peak_tflops: float) -> float:
    """Give model FLOPs over peak FLOPs, as a share.

    PaLM: 238,300 tokens/s on 6,144 chips of 275 TFLOP/s are 46.2 %.

    Raises:
        OfftakeError: there are no chips or no peak (`OTK-Q006`).
    """
    above_zero(chips=chips, peak_tflops=peak_tflops)
    return tokens_per_s * flop_per_token / (chips * peak_tflops * 1e12)


def iteration(shape: Transformer, batch: int) -> float:
    """Give the model's own FLOPs of an iteration: 72·B·s·l·h²·(1 + s/6h + V/12lh)."""
    return _iteration(shape, batch, 1.0)


def iteration_recomputed(shape: Transformer, batch: int) -> float:
    """Give the FLOPs of an iteration that recomputes attention alone: s/3h for s/6h."""
    return _iteration(shape, batch, 2.0)


def _iteration(shape: Transformer, batch: int, attention: float) -> float:
    h, s = float(shape.hidden), float(shape.sequence)
    inner = 1.0 + attention * s / (6.0 * h) + shape.vocabulary / (12.0 * shape.layers * h)
    return 72.0 * batch * s * shape.layers * h * h * inner
