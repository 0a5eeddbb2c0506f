"""Portfolios back into YAML: whole, over files that are there, or one value at a time.

Nothing is written before it was read back: what the files will say is parsed and
validated, and compared with what they are meant to say.
"""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from offtake.errors import Fault, OfftakeError, Where
from offtake.files.change import changed_texts
from offtake.files.document import Document, open_document
from offtake.files.emit import entry, terse
from offtake.files.gather import FORMAT, HEADER
from offtake.files.source import PORTFOLIO
from offtake.files.splice import Uncuttable
from offtake.model.portfolio import Portfolio


def write(portfolio: Portfolio, path: str | Path) -> tuple[Path, ...]:
    """Write a portfolio; over an existing one, change only what differs.

    A new file is written in one canonical form, without fields that hold their default.
    In existing files, included ones among them, every value that stays the same keeps its
    place, its comments and the form it is written in (`1.2 GW`). Reading back gives an
    equal portfolio. Gives the files that were changed.

    Raises:
        OfftakeError: the files that are there are not a sound portfolio (with all their
            faults), they are cut in a way the change does not fit into (`OTK-F043`), or a
            file cannot be written (`OTK-F041`).
    """
    path = Path(path)
    first = path / PORTFOLIO if path.is_dir() else path
    texts = changed(open_document(first), portfolio) if first.exists() else whole(first, portfolio)
    for file, text in texts.items():
        write_text(file, text)
    return tuple(texts)


def canonical_text(portfolio: Portfolio) -> str:
    """Give a portfolio as the text of one YAML file, in canonical form."""
    data = terse(portfolio)
    assert isinstance(data, dict)
    parts = [entry(HEADER, FORMAT, "")]
    for name, held in data.items():
        made = entry(name, held, "")
        parts.append(f"\n{made}" if made.count("\n") > 1 or name == "name" else made)
    return "".join(parts)


def changed(document: Document, portfolio: Portfolio) -> dict[Path, str]:
    """Give the new text of each file that must change for a document to say a portfolio.

    Raises:
        OfftakeError: the files are cut in a way the change does not fit into (`OTK-F043`).
    """
    try:
        texts = changed_texts(document.root, document.portfolio, portfolio)
        if said_with(document, texts).portfolio == portfolio:
            return texts
    except (Uncuttable, OfftakeError):
        pass
    if len(document.files) == 1:
        return whole(document.files[0], portfolio)
    raise OfftakeError(
        Fault(
            code="OTK-F043",
            what="the change does not fit into the files as they are cut",
            where=Where(file=str(document.files[0])),
            hint="write to a new file, and cut that into files again",
        )
    )


def whole(first: Path, portfolio: Portfolio) -> dict[Path, str]:
    """Give a portfolio as the text of one new file.

    Raises:
        OfftakeError: it holds a value no file can say (`OTK-F041`, or what reading it says).
    """
    texts = {first: canonical_text(portfolio)}
    if open_document(first, texts).portfolio != portfolio:
        what = "the portfolio holds a value no file can say"
        raise OfftakeError(Fault(code="OTK-F041", what=what, where=Where(file=str(first))))
    return texts


def write_text(path: Path, text: str) -> None:
    """Write a file of text all at once, as `write_bytes`.

    Raises:
        OfftakeError: it cannot be written (`OTK-F041`).
    """
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _unwritten(path, error) from None
    write_bytes(path, data)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file all at once: readers see the old content or the new, never a part.

    Raises:
        OfftakeError: it cannot be written (`OTK-F041`).
    """
    target = path.resolve()
    try:
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o644
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            os.replace(name, target)  # noqa: PTH105 - the name is text here
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except (OSError, ValueError) as error:
        raise _unwritten(path, error) from None


def make_folder(path: Path) -> None:
    """Make a folder, and those above it, where there is none.

    Raises:
        OfftakeError: it cannot be made (`OTK-F041`).
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"the folder cannot be made: {error.strerror or error}"
        raise OfftakeError(Fault(code="OTK-F041", what=what, where=Where(file=str(path)))) from None


def _unwritten(path: Path, error: OSError | ValueError) -> OfftakeError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    what = f"cannot be written: {reason}"
    return OfftakeError(Fault(code="OTK-F041", what=what, where=Where(file=str(path))))


def difference(document: Document, texts: Mapping[Path, str]) -> str:
    """Give what changes in the files of a document, as a unified diff."""
    lines: list[str] = []
    for path in document.files:
        if path in texts:
            before = document.trees[path].span.source.text.splitlines(keepends=True)
            after = texts[path].splitlines(keepends=True)
            name = str(path).lstrip("/")
            lines += difflib.unified_diff(before, after, f"a/{name}", f"b/{name}", n=2)
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def said_with(document: Document, texts: Mapping[Path, str]) -> Document:
    """Give what a document's files say when some of them have other texts.

    Raises:
        OfftakeError: they would not be sound.
    """
    now = {path: tree.span.source.text for path, tree in document.trees.items()}
    return open_document(document.files[0], {**now, **texts}, document.trees)
