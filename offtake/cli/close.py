"""`offtake close`: settle a month and close it in the books, for good."""

from __future__ import annotations

from offtake.cli.options import Json


def close(
    world: str,
    month: str,
    /,
    *,
    books: str,
    as_of: str | None = None,
    dry_run: bool = False,
    as_json: Json = False,
    quiet: bool = False,
) -> None:
    """Close a month in the books: facts kept, every invoice booked by both parties.

    What was recorded about the world is added to the books first; facts that are there
    already count once. Then the month is settled from what the books hold and closed, all of
    it or nothing. A closed month is never opened again: what becomes known later corrects it
    in the next. Closing it a second time changes nothing.

        offtake close june-chain 2027-06 --books out/books.db --dry-run
        offtake close june-chain 2027-06 --books out/books.db

    Args:
        world: Folder or file of a portfolio, or the name of a world that comes with offtake.
        month: The month, written like 2027-06; the one after the last that was closed.
        books: A file such as books.db, or postgresql://HOST/NAME.
        as_of: Count only what was known by then, such as 2027-07-05T00:00:00Z; else all.
        dry_run: Work it out to the end, and keep nothing.
        as_json: Print what was closed as JSON, in the form offtake.close/1.
        quiet: Tell no progress and no warnings.
    """
    from offtake.cli import storing

    storing.required("offtake close --books")
    from offtake.cli import bookkeeping

    asked = bookkeeping.Close(world, month, books, as_of, dry_run)
    bookkeeping.close(asked, as_json=as_json, quiet=quiet)
