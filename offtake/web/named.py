"""What a service was told to show, before anything of it is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The files that were named when a service began."""

    world: Path | None = None
    """A portfolio; None is the one that was adopted."""
    plan: Path | None = None
    """A plan or a study, or the folder of both."""

    @property
    def any(self) -> bool:
        """Whether anything was named."""
        return self.world is not None or self.plan is not None
