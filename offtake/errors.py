"""What a user is told when something is wrong: where, what, what was found and what to do.

Every door of offtake (file, command line, Python call) raises one exception,
`OfftakeError`, that carries *all* faults found, each with a stable code. The code
never changes its meaning; texts may be improved.

    OTK-F…  files      OTK-C…  checks      OTK-P…  planning
    OTK-U…  usage      OTK-K…  catalogue   OTK-R…  report and output
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Exit(IntEnum):
    """Exit status of every command; scripts may rely on it."""

    OK = 0
    FAILED = 1
    USAGE = 2
    FAULTS = 3
    """A check found faults in the input."""
    INFEASIBLE = 4
    """The input is sound, yet no plan satisfies its limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """The place a fault was found in, as precise as is known."""

    file: str | None = None
    line: int | None = None
    """Counted from 1."""
    column: int | None = None
    """Counted from 1."""
    path: str = ""
    """Dotted path inside the document, such as `offers.narvik-b.power_it_mw`."""

    def __str__(self) -> str:
        """Print as `file:line:column path`, leaving out what is not known."""
        place = ":".join(str(p) for p in (self.file, self.line, self.column) if p is not None)
        return " ".join(p for p in (place, self.path) if p)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong: where, what, what was found, what to do.

    `OTK-F102 sites.yaml:14:5 sites.narvik.country: unknown country; got 'Norge';
    did you mean 'NO'?`
    """

    code: str
    what: str
    where: Where = Where()
    got: str | None = None
    hint: str | None = None
    """What the reader can do about it, as a sentence."""

    def __str__(self) -> str:
        """Print the fault on one line, code first."""
        head = f"{self.code} {self.where}".rstrip()
        parts = [self.what]
        if self.got is not None:
            parts.append(f"got {self.got}")
        if self.hint:
            parts.append(self.hint)
        return f"{head}: " + "; ".join(parts)


class OfftakeError(Exception):
    """Input that cannot be used as it stands, with every fault that was found.

    Attributes:
        faults: at least one fault, in the order of the file.
        exit: the exit status a command ends with.
    """

    def __init__(self, faults: Fault | Iterable[Fault], *, exit: Exit = Exit.FAULTS) -> None:
        """Collect one or more faults."""
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        self.exit = exit
        super().__init__("\n".join(str(fault) for fault in self.faults))


class InfeasibleError(OfftakeError):
    """The input is sound, but no plan satisfies its limits; the faults name the clash."""

    def __init__(self, faults: Fault | Iterable[Fault]) -> None:
        """Collect the limits that clash, the largest shortfall first."""
        super().__init__(faults, exit=Exit.INFEASIBLE)


def did_you_mean(got: str, known: Iterable[str]) -> str | None:
    """Suggest the nearest known name, or list a few when none is near.

    Gives back a sentence such as `did you mean 'GB300'?`, or None when nothing is known.
    """
    names = sorted(set(known))
    close = difflib.get_close_matches(got, names, n=2, cutoff=0.6)
    if close:
        return "did you mean " + " or ".join(f"'{name}'" for name in close) + "?"
    if not names:
        return None
    shown = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
    return f"known: {shown}"


def few(faults: Iterable[Fault], most: int = 20) -> list[Fault]:
    """Keep the first faults of each code, and say after them how many more there are.

    A table of a million rows can have a million faults of one kind; nobody reads them all.
    """
    told: list[Fault] = []
    counts: dict[str, int] = {}
    files: dict[str, str | None] = {}
    for fault in faults:
        counts[fault.code] = counts.get(fault.code, 0) + 1
        files.setdefault(fault.code, fault.where.file)
        if counts[fault.code] <= most:
            told.append(fault)
    for code, count in counts.items():
        if count > most:
            what = f"{count - most:,} more of this kind"
            told.append(Fault(code=code, what=what, where=Where(file=files[code])))
    return told
