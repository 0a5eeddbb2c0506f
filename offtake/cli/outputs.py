"""What a command may write: new files, and over its own earlier ones."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.files import is_export, make_folder, write_bytes

_OURS = {
    ".json": re.compile(
        rb'\A\s*\{\s*"schema":\s*"offtake\.'
        rb"(?:transparency|plan|study|backtest|revising|training|statement|"
        rb"stress|derating|learned|power-caps|curtailment|site-loss|day|policies|vehicle|cost|"
        rb"leases|cycle)/"
    ),
    ".svg": re.compile(rb'<svg[^>]* aria-label="offtake: '),
    ".html": re.compile(rb'<meta name="generator" content="offtake'),
    ".beancount": re.compile(rb"\A;; a book of offtake"),
    ".yaml": re.compile(rb"\A# Written by offtake\. "),
    ".htm": re.compile(rb'<meta name="generator" content="offtake'),
}
"""What the beginning of a file holds that offtake wrote."""
_BEGINNING_BYTES = 4_000
PACKAGE = "datapackage.json"
"""What describes the tables of an export in their folder."""


def claim(paths: Iterable[Path], *, force: bool) -> None:
    """Make sure that files may be written, before the work that fills them.

    Raises:
        OfftakeError: something is there that offtake did not write (`OTK-F040`), or
            nothing can be written there (`OTK-F041`).
    """
    faults = [fault for path in paths if (fault := _refusal(path, force)) is not None]
    if faults:
        raise OfftakeError(faults, exit=Exit.FAILED)


def _refusal(path: Path, force: bool) -> Fault | None:
    where = Where(file=str(path))
    if path.is_dir():
        return Fault(code="OTK-F041", what="a folder stands where a file is wanted", where=where)
    if path.exists() and not force and not _is_ours(path):
        return Fault(
            code="OTK-F040",
            what="something is there that offtake did not write, and it is kept",
            where=where,
            hint="name another file, or add --force to replace it",
        )
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        what = f"nothing can be written in {folder}"
        return Fault(code="OTK-F041", what=what, where=where, hint="name another folder")
    return None


def _is_ours(path: Path) -> bool:
    mark = _OURS.get(path.suffix.lower())
    if mark is None or path.name == PACKAGE:
        return is_export(path)
    try:
        with path.open("rb") as file:
            return mark.search(file.read(_BEGINNING_BYTES)) is not None
    except OSError:
        return False


def fill(path: Path, held: str | bytes) -> Path:
    """Write a file all at once, its folders with it, and give its path.

    Raises:
        OfftakeError: it cannot be written (`OTK-F041`).
    """
    make_folder(path.parent)
    write_bytes(path, held.encode("utf-8") if isinstance(held, str) else held)
    return path
