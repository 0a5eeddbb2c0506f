"""Stores, where a command is given one: a file, or the URL of a database."""

from __future__ import annotations

from importlib.util import find_spec

from offtake.errors import Exit, Fault, OfftakeError, Where

_NEEDED = ("sqlalchemy", "alembic", "psycopg")


def required(place: str) -> None:
    """See that what a store needs is installed, before it is imported.

    Raises:
        OfftakeError: it is not (`OTK-B005`).
    """
    lacking = [name for name in _NEEDED if find_spec(name) is None]
    if lacking:
        what = f"what keeps books is not installed: {', '.join(lacking)}"
        hint = "pip install 'offtake[store]'"
        fault = Fault(code="OTK-B005", what=what, where=Where(path=place), hint=hint)
        raise OfftakeError(fault, exit=Exit.FAILED)
