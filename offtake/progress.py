"""What a long computation tells about itself, whoever listens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long computation is."""

    stage: str
    """One word: `draw`, `build`, `bound`, `integers`, `improve`, `explain`, `simulate`."""
    words: str
    """The same in a sentence."""
    best_usd: float | None = None
    """Objective of the best plan so far."""
    bound_usd: float | None = None
    """No plan can be better than this."""


Tell = Callable[[Progress], None]
