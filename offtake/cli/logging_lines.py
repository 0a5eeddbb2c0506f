"""What a service tells of itself: an object of JSON a line in a file, warnings on stderr."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from offtake.errors import Exit, Fault, OfftakeError, Where

TOLD = ("offtake", "uvicorn")
"""Whose words are written."""


class Lines(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "said": record.getMessage(),
        }
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)


@contextmanager
def written(path: Path | None) -> Iterator[None]:
    """Write what is told to a file while this lasts; without one, warnings to stderr.

    Raises:
        OfftakeError: the file cannot be written (`OTK-F041`).
    """
    handler: logging.Handler
    if path is None:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("offtake: %(message)s"))
        level = logging.WARNING
    else:
        try:
            handler = logging.FileHandler(path, encoding="utf-8")
        except OSError as error:
            what, where = "nothing can be written there", Where(file=str(path))
            fault = Fault(code="OTK-F041", what=what, where=where, got=str(error))
            raise OfftakeError(fault, exit=Exit.FAILED) from None
        handler.setFormatter(Lines())
        level = logging.INFO
    loggers = [logging.getLogger(name) for name in TOLD]
    before = [each.level for each in loggers]
    for each in loggers:
        each.addHandler(handler)
        each.setLevel(level)
    try:
        yield
    finally:
        for each, was in zip(loggers, before, strict=True):
            each.removeHandler(handler)
            each.setLevel(was)
        handler.close()
