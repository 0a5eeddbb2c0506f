"""The work of `offtake study`: read, check, plan, study, tell and write."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from offtake.cli import outputs, pagefile, planning, screen
from offtake.cli.interruptible import interruptible
from offtake.cli.planning import Draw
from offtake.cli.progress import Status
from offtake.cli.saved import STUDY, STUDY_REPORT
from offtake.cli.soundness import sound
from offtake.errors import Exit, Fault, InfeasibleError, OfftakeError, Where
from offtake.files import Document, study_text
from offtake.model.study import Study
from offtake.plan import study as studies
from offtake.report import terminal

__all__ = ["Asked", "Draw", "Files", "files_of", "names", "numbers", "study"]

_OWN = ("fresh", "levers", "parts", "ranges", "replications", "weights", "workers")
"""Options of a study that its faults name, beside those of planning."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a study is asked for; None leaves it to the study."""

    parts: tuple[str, ...] | None
    levers: tuple[str, ...] | None
    weights: tuple[float, ...] | None
    fresh: int | None
    replications: int
    replan: bool
    workers: str | None


@dataclass(frozen=True, slots=True)
class Files:
    """Where a study and its reports are to be written."""

    saved: Path | None
    reports: tuple[Path, ...]


def names(option: str, written: str | None) -> tuple[str, ...] | None:
    """Read names with commas between them, each once; parts may be written with hyphens.

    Raises:
        OfftakeError: a name is given twice, or there is none (`OTK-U004`, `OTK-U006`).
    """
    if written is None:
        return None
    found = tuple(name.strip() for name in written.split(","))
    if option == "parts":
        found = tuple(name.replace("-", "_") for name in found)
    where = Where(path=f"offtake study --{option}")
    if "" in found:
        what = "names stand between commas"
        fault = Fault(code="OTK-U004", what=what, where=where, got=f"'{written}'")
        raise OfftakeError(fault, exit=Exit.USAGE)
    twice = next((name for name in found if found.count(name) > 1), None)
    if twice is not None:
        fault = Fault(code="OTK-U006", what="the same twice", where=where, got=f"'{twice}'")
        raise OfftakeError(fault, exit=Exit.USAGE)
    return found


def numbers(option: str, written: str | None) -> tuple[float, ...] | None:
    """Read numbers with commas between them.

    Raises:
        OfftakeError: one of them is no number (`OTK-U004`), or is given twice (`OTK-U006`).
    """
    read = []
    for name in names(option, written) or ():
        try:
            read.append(float(name))
        except ValueError:
            where = Where(path=f"offtake study --{option}")
            what = "numbers stand between commas, such as 0,0.2,0.5"
            fault = Fault(code="OTK-U004", what=what, where=where, got=f"'{name}'")
            raise OfftakeError(fault, exit=Exit.USAGE) from None
    return tuple(read) or None


def files_of(out: Path | None, report: Path | None, *, force: bool) -> Files:
    """Say what is to be written where, and make sure that it may be.

    Raises:
        OfftakeError: a report has no such form, or a file cannot or must not be written.
    """
    if report is not None:
        pagefile.refuse(report)
    reports = [report] if report is not None else []
    saved = out
    if out is not None and out.suffix.lower() != ".json":
        saved = out / STUDY
        lacking = pagefile.missing()
        if lacking is None:
            reports.insert(0, out / STUDY_REPORT)
        else:
            screen.note(f"{STUDY_REPORT} will not be written: {lacking}")
    outputs.claim([*([saved] if saved else []), *reports], force=force)
    return Files(saved, tuple(reports))


def study(
    world: str, draw: Draw, asked: Asked, files: Files, *, as_json: bool, quiet: bool
) -> None:
    """Study a world, print the study, and write what is to be written.

    Raises:
        OfftakeError: the world has errors, or an option is out of range.
        InfeasibleError: no plan satisfies the limits; the faults say where they stand.
    """
    planning.refuse_negative(draw.seed, "offtake study --seed")
    document = sound(world, quiet)
    made = _made(document, draw, asked, quiet)
    written: list[Path] = []
    try:  # files first: who stops reading, as `| head` does, keeps them all the same
        written += _written(made, files)
    finally:
        _print(made, as_json=as_json)
    for path in written:
        screen.note(f"wrote {path}") if as_json else screen.say(f"wrote {path}")


def _print(made: Study, *, as_json: bool) -> None:
    if as_json:
        screen.say_json_text(study_text(made))
    else:
        console = screen.out()
        screen.show(console, terminal(made, console.width))
        console.print()


def _made(document: Document, draw: Draw, asked: Asked, quiet: bool) -> Study:
    status = Status(screen.err(), quiet=quiet)
    parts: Sequence[str] = studies.USUAL if asked.parts is None else asked.parts

    def task() -> Study:
        return studies.study(
            document.portfolio,
            parts,
            risk=draw.risk,
            alpha=draw.alpha,
            scenarios=draw.scenarios,
            seed=draw.seed,
            fresh=asked.fresh,
            replications=asked.replications,
            weights=asked.weights,
            levers=asked.levers,
            replan=asked.replan,
            gap=draw.gap,
            seconds=draw.seconds,
            progress=status,
            workers=asked.workers,
        )

    def interrupted() -> None:
        status.stop()
        sys.stderr.write("offtake: interrupted; nothing was written\n")

    try:
        with status:
            return interruptible(task, interrupted)
    except InfeasibleError as error:
        raise InfeasibleError(_placed(error.faults, document)) from None
    except OfftakeError as error:
        raise OfftakeError(_placed(error.faults, document), exit=error.exit) from None


def _placed(found: Iterable[Fault], document: Document) -> Iterator[Fault]:
    """Give each fault the option it is about, or the file and line."""
    for fault in found:
        if fault.code in planning.OPTIONS or fault.where.path in _OWN:
            where = Where(path=f"offtake study --{fault.where.path}")
            yield replace(fault, where=where, hint=fault.hint or "see `offtake study --help`")
        else:
            yield document.place(fault) if fault.where.path else fault


def _written(made: Study, files: Files) -> Iterator[Path]:
    texts = {path: pagefile.text(made, path) for path in files.reports}
    if files.saved is not None:
        texts = {files.saved: study_text(made), **texts}
    for path, text in texts.items():
        yield outputs.fill(path, text)
