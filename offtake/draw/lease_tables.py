"""Leases as tables of text: what stands in the books, period by period, entry by entry."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from offtake.capital.lease_books import Books, day_after
from offtake.draw import words
from offtake.draw.numbers import MINUS
from offtake.draw.tables import Table


def money(amount: Decimal) -> str:
    """Write an amount to the cent; nothing is left empty."""
    return f"{amount:,.2f}".replace("-", MINUS) if amount else ""


def summary(all_books: Sequence[Books]) -> Table:
    """Give every contract with its judgement and what stands in the books on the first day."""
    rows = []
    for books in all_books:
        lease = books.lease
        judged = lease.judgement
        rows.append(
            (
                words.plain(lease.id),
                "lease" if judged.is_lease else "no lease",
                lease.standard.value if judged.is_lease else "",
                money(books.liability),
                money(books.right_of_use),
                words.plain(f"{judged.reason} ({judged.decided_by})"),
            )
        )
    caption = "As judged; amounts in the contract's currency, on the first day"
    head = ("Contract", "Judged", "Standard", "Liability", "Right of use", "Why, and by whom")
    return Table(caption, head, tuple(rows), frozenset({0, 1, 2, 5}))


def schedule(books: Books) -> Table:
    """Give the periods of one lease."""
    rows = tuple(
        (
            str(line.period),
            day_after(books.lease, line.period - 1).isoformat(),
            money(line.opening),
            money(line.payment),
            money(line.interest),
            money(line.closing),
            money(line.depreciation),
            money(line.right_of_use),
        )
        for line in books.lines
    )
    head = (
        *("Period", "Begins", "Opening", "Payment", "Interest", "Closing", "Taken off"),
        "Right of use",
    )
    return Table("Liability and right of use", head, rows, frozenset({1}))


def measured(books: Books) -> Table:
    """Give what was measured anew."""
    rows = tuple(
        (
            day_after(books.lease, event.after).isoformat(),
            event.kind.value,
            money(event.liability_before),
            money(event.liability),
            money(event.right_before),
            money(event.right_of_use),
            money(event.gain),
            words.plain(event.reason),
        )
        for event in books.remeasured
    )
    head = (
        *("Day", "Kind", "Liability before", "after", "Right of use before", "after"),
        *("Gain", "Why"),
    )
    return Table("Measured anew", head, rows, frozenset({0, 1, 7}))


def sublease(books: Books) -> Table:
    """Give the net investment in a finance sublease."""
    rows = tuple(
        (
            str(line.period),
            money(line.opening),
            money(line.interest),
            money(line.received),
            money(line.closing),
        )
        for line in books.lent
    )
    head = ("Period", "Opening", "Interest", "Received", "Closing")
    return Table("Net investment in the sublease", head, rows, frozenset())


def journal(books: Books, most: int) -> Table:
    """Give the first entries of a journal."""
    rows = tuple(
        (
            entry.day.isoformat(),
            entry.account,
            money(entry.debit),
            money(entry.credit),
            words.plain(entry.about),
        )
        for entry in books.journal[:most]
    )
    many = len(books.journal)
    caption = f"{many} lines" if many <= most else f"The first {most} of {many} lines"
    head = ("Day", "Account", "Debit", "Credit", "About")
    return Table(caption, head, rows, frozenset({0, 1, 4}))
