"""Replications that were done, kept in a folder, so that a test goes on where it was."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.simulate.stress.replication import Lived

NAME = "replications"
"""Folder they are kept in."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A folder of replications of one case."""

    folder: Path
    digest: str
    """Of the case; replications of another are refused."""

    def save(self, number: int, lived: Lived) -> None:
        """Keep a replication, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self._path(number)
        made = path.with_name(f".{path.name}")
        with made.open("wb") as file:
            columns = {part.name: getattr(lived, part.name) for part in fields(lived)}
            np.savez(file, digest=np.array(self.digest), **columns)
        made.replace(path)

    def load(self, number: int) -> Lived | None:
        """Give a replication that was kept; None where there is none.

        Raises:
            OfftakeError: it is of other inputs or another seed (`OTK-S086`), or cannot be read
                (`OTK-S087`).
        """
        path = self._path(number)
        if not path.exists():
            return None
        try:
            with np.load(path, allow_pickle=False) as held:
                digest = str(held["digest"])
                lived = Lived(**{part.name: held[part.name] for part in fields(Lived)})
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise _refused("OTK-S087", f"{path} cannot be read", "delete it") from error
        if digest != self.digest:
            raise _refused(
                "OTK-S086",
                f"the replications in {self.folder} are of other inputs, or of another seed",
                "name another folder, or leave --resume out to begin anew",
            )
        return lived

    def clear(self) -> None:
        """Take away what is kept."""
        for path in self.folder.glob("r*.npz"):
            path.unlink()

    def _path(self, number: int) -> Path:
        return self.folder / f"r{number:05d}.npz"


def _refused(code: str, what: str, hint: str) -> OfftakeError:
    fault = Fault(
        code=code, what=what, where=Where(path="offtake simulate plan --resume"), hint=hint
    )
    return OfftakeError(fault, exit=Exit.FAULTS)
