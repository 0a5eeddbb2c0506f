"""`offtake books`: look into the books, export them, see that nothing was changed."""

from __future__ import annotations

from pathlib import Path

from offtake.cli.options import Json


def books(
    books: str,
    /,
    *,
    balances: bool = False,
    transactions: bool = False,
    statement: str | None = None,
    line: str | None = None,
    export: Path | None = None,
    verify: bool = False,
    upgrade: bool = False,
    party: str | None = None,
    month: str | None = None,
    as_json: Json = False,
    force: bool = False,
) -> int:
    """List the closed months of books; show balances, postings, a statement or a line.

    Books are made by `offtake close`. Nothing here changes them, but for --upgrade.

        offtake books out/books.db
        offtake books out/books.db --balances --party opco
        offtake books out/books.db --statement 2027-06
        offtake books out/books.db --export out/books

    Args:
        books: A file such as books.db, or postgresql://HOST/NAME.
        balances: Show what stands on every account.
        transactions: Show every transaction with its postings.
        statement: Show the statement of this month as it was closed.
        line: Show how this line of a closed month came about, such as A/2027-06/rates.x.T1.
        export: Write each party's book to this folder as a beancount file.
        verify: Hold every transaction and month against the digest it was closed with.
        upgrade: Bring books of an older release of offtake up to this one.
        party: With --balances, --transactions or --export: only this party's book.
        month: With --balances: as it ended; with --transactions: only this month.
        as_json: Print JSON, in the form offtake.books/1.
        force: With --export: replace files that offtake did not write.
    """
    from offtake.cli import storing

    storing.required("offtake books")
    from offtake.cli import bookkeeping

    asked = bookkeeping.Look(
        books,
        balances=balances,
        transactions=transactions,
        statement=statement,
        line=line,
        export=export,
        verify=verify,
        upgrade=upgrade,
        party=party,
        month=month,
    )
    return bookkeeping.look(asked, as_json=as_json, force=force)
