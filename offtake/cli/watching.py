"""The work of `offtake plan --watch`: plan anew whenever a file of the world is saved.

    read ──> plan ──> tell ──> wait for a save ──┐
     ^                                           │
     └───────────────────────────────────────────┘

A world with faults is told and waited for; the last plan stands. Ctrl-C ends it.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from offtake.cli import faults, planning, screen, worlds
from offtake.cli.edits import edits
from offtake.cli.soundness import sound
from offtake.draw import numbers
from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.files import Document
from offtake.model.plan import Plan
from offtake.plan import front
from offtake.report import compare
from offtake.report.compare import MeasureChange

EVERY_SECONDS = 0.25
"""How often the files are looked at; a save that goes on longer is waited for."""
_ENDINGS = (".yaml", ".yml")
_TOLD = (
    *("objective", "net present value, mean", "net present value, tail"),
    *("cost, mean", "demand not served"),
)
"""Numbers that are told of a plan made anew, if they moved."""

Look = Mapping[Path, tuple[int, int]]
"""When each file of a world was last saved, and how long it is."""


class Made(Protocol):
    """A plan with whatever makes the next one quicker."""

    @property
    def plan(self) -> Plan:
        """The plan itself."""


Kept = TypeVar("Kept", bound=Made)
Replan = Callable[[Document, Kept | None], Kept]
"""Plans a document anew, from what was made before it, if anything was."""


@dataclass(frozen=True, slots=True)
class Last(Generic[Kept]):
    """The last world that could be planned, and its plan."""

    document: Document
    made: Kept


@dataclass(frozen=True, slots=True)
class Hands(Generic[Kept]):
    """What a watch does things with, so that a test can take the place of time and solver."""

    replan: Replan[Kept]
    save: Callable[[Plan], Iterable[Path]]
    """Writes what is to be written, and gives the files."""
    wait: Callable[[float], None]
    """Waits so many seconds."""
    clock: Callable[[], float]
    """Tells seconds."""


def refuse_json(as_json: bool) -> None:
    """Refuse JSON: a watch tells one change after another.

    Raises:
        OfftakeError: it is asked for (`OTK-U004`).
    """
    if as_json:
        where = Where(path="offtake plan --watch --json")
        hint = "leave out --json; --out saves each plan as JSON"
        fault = Fault(code="OTK-U004", what="a watch tells in words", where=where, hint=hint)
        raise OfftakeError(fault, exit=Exit.USAGE)


def start(world: str, draw: planning.Draw, files: planning.Files, *, quiet: bool) -> None:
    """Watch a world with the planner at work, begun each time from the plan before.

    Raises:
        OfftakeError: there is no such world, or an option is out of range.
    """
    planning.refuse_negative(draw.seed)

    def ended() -> None:
        screen.note("ended while planning; what was written stands")
        sys.stdout.flush()
        os._exit(0)

    def replan(document: Document, earlier: front.Solved | None) -> front.Solved:
        return planning.solved(document, draw, quiet, earlier=earlier, ended=ended)

    def save(made: Plan) -> Iterable[Path]:
        return planning.written(made, files)

    watch(world, Hands(replan, save, time.sleep, time.monotonic), quiet=quiet)


def watch(world: str, hands: Hands[Kept], *, quiet: bool = False) -> None:
    """Plan a world, and plan it anew after every save, until Ctrl-C.

    Raises:
        OfftakeError: there is no such world.
    """
    path = worlds.find(world)
    if not path.exists():
        sound(world, quiet)  # says where it was looked for
    last: Last[Kept] | None = None
    line = _Line()
    try:
        while True:
            files = _files(last)
            before = look(path, files)
            last = _planned(world, hands, last, quiet=quiet) or last
            # Files that only reading found are looked at from now on.
            files, before = _files(last), {**_stamps(_files(last)), **before}
            line.show(f"watching {world} ({len(before)} files); Ctrl-C ends")
            _until_saved(partial(look, path, files), before, hands.wait)
            line.clear()
    except KeyboardInterrupt:
        line.clear()
        screen.note("ended; the last plan stands" if last is not None else "ended without a plan")


def look(path: Path, known: Iterable[Path] = ()) -> Look:
    """Tell when the files of a world were saved: all YAML in its folder, and those known of it.

    Args:
        path: Folder or file of the world.
        known: Files it was read from before: it may include others than those found.
    """
    beside = _yaml(path) if path.is_dir() else (path, *path.parent.glob("[!.]*.y*ml"))
    return _stamps({*beside, *known})


def _stamps(files: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    found: dict[Path, tuple[int, int]] = {}
    for file in files:
        try:
            stat = file.stat()
        except OSError:  # gone again: an editor's own file
            continue
        found[file] = (stat.st_mtime_ns, stat.st_size)
    return found


def _yaml(folder: Path) -> Iterator[Path]:
    """Find YAML files, but none in hidden folders."""
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if name.endswith(_ENDINGS) and not name.startswith("."):
                yield Path(place, name)


def _files(last: Last[Any] | None) -> tuple[Path, ...]:
    return () if last is None else last.document.files


def _until_saved(see: Callable[[], Look], before: Look, wait: Callable[[float], None]) -> None:
    """Wait until a file differs from before, and none differs from a moment ago."""
    now = see()
    while now == before:
        wait(EVERY_SECONDS)
        now = see()
    while True:  # who saves may still be writing
        wait(EVERY_SECONDS)
        again = see()
        if again == now:
            return
        now = again


def _planned(
    world: str, hands: Hands[Kept], last: Last[Kept] | None, *, quiet: bool
) -> Last[Kept] | None:
    """Read, plan and tell; None where the world has faults or no plan."""
    try:
        document = sound(world, quiet or last is not None)
        if last is not None and document.portfolio == last.document.portfolio:
            screen.say("saved, and the world says the same: the plan stands\n")
            return None
        began = hands.clock()
        made = hands.replan(document, last.made if last is not None else None)
        spent = hands.clock() - began
    except OfftakeError as error:
        faults.show(screen.err(), map(faults.Told, error.faults))
        stands = "; the last plan stands" if last is not None else ""
        screen.note(f"not planned{stands}: mend it and save")
        return None
    if last is None:
        planning.show(made.plan)
    else:
        _tell(last, document, made.plan, spent)
    for file in hands.save(made.plan):
        screen.say(f"wrote {file}")
    sys.stdout.flush()
    return Last(document, made)


def _tell(last: Last[Kept], document: Document, plan: Plan, spent: float) -> None:
    """Tell what was edited, and what it changes in words and money."""
    for edit in edits(last.document.portfolio, document.portfolio):
        screen.say(edit)
    comparison = compare(last.made.plan, plan)
    screen.say(f"planned anew in {numbers.seconds(spent)}")
    if not comparison.signings:
        screen.say("  signs the same")
    for change in comparison.signings:
        screen.say(f"  {change.words}")
    moved = [m for m in comparison.measures if _is_told(m)]
    width = max((len(m.measure) for m in moved), default=0)
    for measure in moved:
        screen.say(f"  {measure.measure:<{width}}  {measure.words}")
    if not moved:
        screen.say("  and brings the same")
    screen.say("")


def _is_told(measure: MeasureChange) -> bool:
    return measure.measure in _TOLD and measure.difference_amount != 0


class _Line:
    """A line that goes away again on a terminal, and is told once elsewhere."""

    def __init__(self) -> None:
        self._live = screen.err().is_terminal
        self._said = ""

    def show(self, text: str) -> None:
        """Write the line."""
        text = screen.clean(text)
        if self._live:
            sys.stderr.write(f"\r\x1b[2K{text}")
            sys.stderr.flush()
        elif text != self._said:
            screen.note(text)
        self._said = text

    def clear(self) -> None:
        """Take the line off a terminal."""
        if self._live:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()
