"""Leases as plain data, in the form `offtake.leases/1`; amounts are text, exact to the cent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from offtake.capital.lease_books import Books, day_after

SCHEMA = "offtake.leases/1"


def plain(all_books: Iterable[Books]) -> dict[str, Any]:
    """Give all books."""
    return {"schema": SCHEMA, "leases": [_books(books) for books in all_books]}


def _books(books: Books) -> dict[str, Any]:
    lease = books.lease
    judged = lease.judgement
    return {
        "id": lease.id,
        "contract": lease.contract,
        "judgement": {
            "is_lease": judged.is_lease,
            "reason": judged.reason,
            "decided_by": judged.decided_by,
        },
        "standard": lease.standard.value,
        "liability_amount": str(books.liability),
        "right_of_use_amount": str(books.right_of_use),
        "schedule": [
            {
                "period": line.period,
                "begins": day_after(lease, line.period - 1).isoformat(),
                "opening_amount": str(line.opening),
                "payment_amount": str(line.payment),
                "interest_amount": str(line.interest),
                "closing_amount": str(line.closing),
                "depreciation_amount": str(line.depreciation),
                "right_of_use_amount": str(line.right_of_use),
            }
            for line in books.lines
        ],
        "measured_anew": [
            {
                "after_count": event.after,
                "kind": event.kind.value,
                "reason": event.reason,
                "liability_before_amount": str(event.liability_before),
                "liability_amount": str(event.liability),
                "right_of_use_before_amount": str(event.right_before),
                "right_of_use_amount": str(event.right_of_use),
                "gain_amount": str(event.gain),
            }
            for event in books.remeasured
        ],
        "sublease": [
            {
                "period": line.period,
                "opening_amount": str(line.opening),
                "interest_amount": str(line.interest),
                "received_amount": str(line.received),
                "closing_amount": str(line.closing),
            }
            for line in books.lent
        ],
        "journal": [
            {
                "day": entry.day.isoformat(),
                "account": entry.account,
                "debit_amount": str(entry.debit),
                "credit_amount": str(entry.credit),
                "about": entry.about,
            }
            for entry in books.journal
        ],
    }
