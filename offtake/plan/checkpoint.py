"""Checkpoints: what a search knows, kept in a file, so that it can go on where it was.

A cut holds for as long as the question is the same, so a file begins with the question's
digest, and a file of another question is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.plan.master import Cuts
from offtake.plan.program import Floats

NAME = "search.npz"
"""File of a checkpoint in its folder."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a search knows."""

    cuts: Cuts
    point: Floats
    """First stage it was at; empty for none."""
    best: Floats
    """First stage of the best plan so far; empty for none."""
    bound: float
    """No plan can be better than this."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A folder that a search leaves what it knows in."""

    folder: Path
    digest: str
    """Of the question and of everything that shapes its program."""

    def save(self, known: Known) -> None:
        """Write what is known, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        made = self.folder / f".{NAME}"
        with made.open("wb") as file:
            np.savez(
                file,
                digest=np.array(self.digest),
                group=known.cuts.group,
                slope=known.cuts.slope,
                constant=known.cuts.constant,
                point=known.point,
                best=known.best,
                bound=np.array(known.bound),
            )
        made.replace(self.folder / NAME)

    def load(self) -> Known | None:
        """Read what was known; None where nothing was left here yet.

        Raises:
            OfftakeError: it belongs to another question (`OTK-P194`), or cannot be read
                (`OTK-P195`).
        """
        path = self.folder / NAME
        if not path.exists():
            return None
        try:
            with np.load(path, allow_pickle=False) as held:
                digest = str(held["digest"])
                known = Known(
                    Cuts(held["group"], held["slope"], held["constant"]),
                    held["point"],
                    held["best"],
                    float(held["bound"]),
                )
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise _refused(
                "OTK-P195", f"no checkpoint can be read from {path}", "delete it to begin anew"
            ) from error
        if digest != self.digest:
            raise _refused(
                "OTK-P194",
                f"the checkpoint in {self.folder} belongs to another question",
                "the world, the scenarios, the seed, the risk or the release changed: name "
                "another folder, or delete it to begin anew",
            )
        return known

    def clear(self) -> None:
        """Take the file away: the search is done."""
        (self.folder / NAME).unlink(missing_ok=True)


def _refused(code: str, what: str, hint: str) -> OfftakeError:
    return OfftakeError(
        Fault(code=code, what=what, where=Where(path="resume"), hint=hint), exit=Exit.FAULTS
    )
