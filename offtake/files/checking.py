"""Reading and all checks in one go, with every finding at its place."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from offtake import checks
from offtake.checks import Finding, Level
from offtake.errors import Exit, OfftakeError
from offtake.files.document import Document, open_document, place_in_order
from offtake.files.source import RECORDS

FILES = "files"
"""Stands as the check of what was found while reading."""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What is to be said about the files of a portfolio.

    `document` is None where the files are no sound portfolio; then only reading and the
    check of references have looked. `findings` are in the order of the files.
    """

    document: Document | None
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings that keep a plan from being made."""
        return tuple(f for f in self.findings if f.level is Level.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Findings a reader should know."""
        return tuple(f for f in self.findings if f.level is Level.WARNING)

    @property
    def exit(self) -> Exit:
        """The exit status of a command that checked."""
        return Exit.FAULTS if self.errors else Exit.OK


def check(
    path: str | Path, strict: Collection[str] = (), only: Collection[str] | None = None
) -> CheckReport:
    """Read a portfolio's files and its records, and look at it with every check.

    Args:
        path: a YAML file, or the folder that holds portfolio.yaml.
        strict: checks whose warnings count as errors; `all` for every one.
        only: the checks to run; None is all of them.

    Raises:
        OfftakeError: a name in `strict` or `only` is no check's (`OTK-C200`).
    """
    checks.refuse_unknown(strict, only)
    try:
        document = open_document(path)
    except OfftakeError as error:
        return CheckReport(None, tuple(_read(error)))
    found = checks.run(document.portfolio, strict, only)
    recorded = () if only is not None else tuple(_recorded(document, "all" in strict))
    return CheckReport(document, (*_ordered(found, document), *recorded))


def _read(error: OfftakeError) -> Iterable[Finding]:
    for fault in error.faults:
        name = "references" if fault.code.startswith("OTK-C") else FILES
        yield Finding(name, Level.ERROR, fault)


def _recorded(document: Document, strict: bool) -> Iterable[Finding]:
    """Findings about the records of a world; only a world that has some waits for it."""
    if not (document.files[0].parent / RECORDS).is_dir():
        return
    looked = import_module("offtake.files.records").look(document)
    for fault in looked.faults:
        yield Finding(FILES, Level.ERROR, fault)
    for fault in looked.remarks:
        yield Finding("records", Level.ERROR if strict else Level.WARNING, fault)


def _ordered(found: Iterable[Finding], document: Document) -> list[Finding]:
    """Findings with their places filled in, as a reader goes through the files."""
    placed = [Finding(f.check, f.level, document.place(f.fault)) for f in found]
    return sorted(placed, key=lambda f: place_in_order(f.fault, document.files))
