"""What every question about a scene is asked with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Asked:
    """Which scene, for how long, how often, and what becomes of the answer."""

    scene: str
    hours: float
    replications: int
    seed: int
    out: Path | None
    as_json: bool
    quiet: bool
    force: bool
