"""Bytes to text: the files of one portfolio are read here, with every limit on them."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from offtake.errors import Fault, OfftakeError, Where, did_you_mean
from offtake.files.nodes import Source

LIMIT_BYTES = 8_000_000
"""Most bytes the files of one portfolio may have together."""
PORTFOLIO = "portfolio.yaml"
"""The file of a folder that is read first."""
RECORDS = "records"
"""The folder beside it that holds what was recorded."""

_FORBIDDEN = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Reader:
    """Reads the files of one portfolio, and counts them against the limit.

    `instead` holds texts that are taken in place of what is on disk, so that a change can
    be validated before it is written.
    """

    def __init__(self, instead: Mapping[Path, str] | None = None) -> None:
        self.instead = instead or {}
        self._left = LIMIT_BYTES

    def read(self, path: Path, name: str) -> Source:
        """Give a file as text; `name` is how it is shown.

        Raises:
            OfftakeError: it is not there (`OTK-F001`), cannot be read (`OTK-F003`), is too
                large (`OTK-F004`), or is not text (`OTK-F005`, `OTK-F006`).
        """
        where = Where(file=name)
        try:
            raw = self.instead[path].encode() if path in self.instead else self._bytes(path, where)
        except OfftakeError:
            raise
        except (FileNotFoundError, NotADirectoryError):
            raise OfftakeError(missing(path, where)) from None
        except UnicodeEncodeError:
            raise OfftakeError(_half_a_character(where)) from None
        except (OSError, ValueError) as error:
            raise OfftakeError(_unreadable(error, where)) from None
        source = Source(name, path, _decoded(raw, where))
        _refuse_forbidden(source)
        return source

    def _bytes(self, path: Path, where: Where) -> bytes:
        # Opened without waiting, so that a pipe without a writer cannot hold us up; what
        # is then asked about is the file that is open, whatever its name points to by now.
        with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise OSError("it is no regular file")
            if found.st_size > self._left:
                raise OfftakeError(_too_large(found.st_size, where))
            raw = file.read(self._left + 1)
        if len(raw) > self._left:
            raise OfftakeError(_too_large(len(raw), where))
        self._left -= len(raw)
        return raw


def find(path: Path, instead: Mapping[Path, str] | None = None) -> Path:
    """Give the file a portfolio begins in: the file itself, or a folder's portfolio.yaml.

    A file that has a text in `instead` need not be there.

    Raises:
        OfftakeError: nothing is there (`OTK-F001`), or the folder has no such file
            (`OTK-F002`).
    """
    if instead and path in instead:
        return path
    try:
        if path.is_dir():
            if (path / PORTFOLIO).is_file():
                return path / PORTFOLIO
            raise OfftakeError(_no_portfolio(path))
        if not path.exists():
            raise OfftakeError(missing(path, Where(file=str(path))))
    except (OSError, ValueError) as error:
        raise OfftakeError(_unreadable(error, Where(file=str(path)))) from None
    return path


def missing(path: Path, where: Where, code: str = "OTK-F001") -> Fault:
    """Give the fault of a file that is not there, with the nearest name beside it."""
    try:
        beside = [found.name for found in path.parent.iterdir()]
    except (OSError, ValueError):
        beside = []
    close = did_you_mean(path.name, beside)
    return Fault(
        code=code,
        what="there is no such file or folder",
        where=where,
        got=None if where.line is None else f"'{path.name}'",
        hint=close if close and close.startswith("did") else None,
    )


def _no_portfolio(folder: Path) -> Fault:
    files = sorted(found.name for found in folder.iterdir() if found.suffix in (".yaml", ".yml"))
    return Fault(
        code="OTK-F002",
        what=f"the folder holds no {PORTFOLIO}",
        where=Where(file=str(folder)),
        hint=f"name the file to read; there are {', '.join(files[:5])}"
        if files
        else "begin with `offtake init`",
    )


def _unreadable(error: Exception, where: Where) -> Fault:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return Fault(code="OTK-F003", what=f"cannot be read: {reason}", where=where)


def _half_a_character(where: Where) -> Fault:
    return Fault(
        code="OTK-F006", what="text holds half a character (a lone surrogate)", where=where
    )


def _too_large(size: int, where: Where) -> Fault:
    return Fault(
        code="OTK-F004",
        what=f"the files of a portfolio may have {LIMIT_BYTES / 1e6:.0f} MB together",
        where=where,
        got=f"{size / 1e6:.1f} MB in this file",
        hint="is this a portfolio?",
    )


def _decoded(raw: bytes, where: Where) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        utf16 = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
        fault = Fault(
            code="OTK-F005",
            what="not UTF-8 text",
            where=Where(
                file=where.file,
                line=before.count(b"\n") + 1,
                column=len(before) - (before.rfind(b"\n") + 1) + 1,
            ),
            got=f"byte 0x{raw[error.start]:02x}",
            hint="it is UTF-16: save it as UTF-8" if utf16 else "save it as UTF-8",
        )
    raise OfftakeError(fault)


def _refuse_forbidden(source: Source) -> None:
    match = _FORBIDDEN.search(source.text)
    if match is not None:
        raise OfftakeError(
            Fault(
                code="OTK-F006",
                what="a character no text has",
                where=source.where(match.start()),
                got=f"U+{ord(match[0]):04X}",
                hint="delete it; is this a text file?",
            )
        )
