"""`offtake catalogue`: the dated public facts, as tables."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from cyclopts import Parameter

from offtake.cli.options import Json, Whole
from offtake.errors import Exit, Fault, OfftakeError, Where


def catalogue(
    table: str | None = None,
    /,
    *,
    search: str | None = None,
    as_of: date | None = None,
    quality: str | None = None,
    columns: str | None = None,
    history: bool = False,
    limit: Whole = None,
    as_json: Json = False,
    as_csv: Annotated[bool, Parameter(name="--csv")] = False,
) -> None:
    """Show the dated public facts that offtake ships, or search them.

    Without a table, lists the tables. Every fact has a quality, a source and the day from
    which it was publicly known; what was not known on the day asked about is left out.

        offtake catalogue
        offtake catalogue sites --as-of 2026-06-30
        offtake catalogue --search "narvik rubin"

    Args:
        table: Which table; none lists them, or searches all.
        search: Words that must all be found in a row.
        as_of: The day whose knowledge is wanted, such as 2026-06-30.
        quality: Only facts of this quality: reported, estimated, assumed or derived.
        columns: Which columns, by commas; `all` for all of them.
        history: Every vintage of a fact instead of the latest.
        limit: Show at most so many rows.
        as_json: Print JSON, in the form offtake.catalogue/1.
        as_csv: Print CSV.
    """
    if limit is not None and limit < 1:
        raise _usage("limit must be at least 1", "--limit", str(limit))
    if as_json and as_csv:
        raise _usage("one form at a time", "--json --csv", None)
    from offtake.cli import facts

    asked = facts.Asked(table, as_of, quality, history, limit)
    if search is not None:
        found = facts.found(search, asked)
    elif table is not None:
        found = facts.shown(asked, columns)
    else:
        found = facts.listed(as_of)
    facts.say(*found, as_of, "json" if as_json else "csv" if as_csv else "text")


def _usage(what: str, option: str, got: str | None) -> OfftakeError:
    where = Where(path=f"offtake catalogue {option}")
    return OfftakeError(Fault(code="OTK-U004", what=what, where=where, got=got), exit=Exit.USAGE)
