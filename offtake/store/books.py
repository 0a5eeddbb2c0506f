"""Books in a store: transactions are added, sealed, and never touched again.

A transaction is sent under a key of the client's own: sent again it changes nothing, so a
client that did not hear the answer may simply send it once more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select

from offtake.errors import Fault, OfftakeError, Where, few
from offtake.ledger.posting import unsound
from offtake.model.month import Month, epoch
from offtake.model.posting import Balance, Posting, Transaction, TransactionKind
from offtake.store.bodies import json_text
from offtake.store.tables import book_transaction, closing, posting, seal

_KEYS = 200
"""Keys that are looked up in one query."""
_WITHIN = 1_000
"""Rows that are written at once."""

# Made once: what is asked for every transaction costs more to put together than to run.
_SEALED = select(seal.c.key, seal.c.digest).where(seal.c.key.in_(bindparam("keys", expanding=True)))
_LAST_CLOSED = select(func.max(closing.c.month))
_NEW_TRANSACTION, _NEW_POSTING, _NEW_SEAL = (
    book_transaction.insert(),
    posting.insert(),
    seal.insert(),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """What came of transactions that were sent."""

    new_count: int
    """Transactions that are new in the books."""
    known_count: int
    """Transactions that were in the books before, or sent twice."""


def book(connection: Connection, sent: Iterable[Transaction], *, now: datetime) -> Booked:
    """Add transactions to the books and seal them; what is in the books changes nothing.

    Args:
        connection: one that writes; all are booked with its commit, or none.
        sent: the transactions, in any number and of any party.
        now: when they are sent.

    Raises:
        OfftakeError: a transaction does not balance or has too few postings (`OTK-B024`),
            is of a closed month or a day outside its month (`OTK-B025`), an amount is too
            large (`OTK-B027`), a key was used for something else (`OTK-B023`), or what it
            takes back is not in the books, or was taken back already (`OTK-B028`).
    """
    transactions = tuple(sent)
    faults = [fault for transaction in transactions for fault in unsound(transaction)]
    fresh, differing = _fresh(connection, transactions)
    faults += differing
    faults += _too_late(connection, fresh)
    faults += _not_reversible(connection, fresh)
    if faults:
        raise OfftakeError(few(faults))
    _insert(connection, fresh, epoch(now))
    return Booked(new_count=len(fresh), known_count=len(transactions) - len(fresh))


def digest_of(transaction: Transaction) -> str:
    """Give the hash of what a transaction says, as 64 hexadecimal digits."""
    t = transaction
    said = [t.key, t.party, str(t.month), str(t.day), str(t.kind), t.text]
    met = [t.invoice, t.external, t.event, t.reverses]
    lines = [
        [p.account, p.currency, p.minor, p.places, None if p.corrects is None else str(p.corrects)]
        for p in t.postings
    ]
    return hashlib.sha256(json_text([said, met, lines]).encode()).hexdigest()


def _fresh(
    connection: Connection, sent: Sequence[Transaction]
) -> tuple[list[tuple[Transaction, str]], list[Fault]]:
    """Part transactions into new ones, each with its digest, and faults."""
    known: dict[str, str] = {}
    for at in range(0, len(sent), _KEYS):
        keys = [transaction.key for transaction in sent[at : at + _KEYS]]
        known.update((row[0], row[1]) for row in connection.execute(_SEALED, {"keys": keys}))
    fresh: list[tuple[Transaction, str]] = []
    faults: list[Fault] = []
    for transaction in sent:
        digest = digest_of(transaction)
        if transaction.key not in known:
            known[transaction.key] = digest
            fresh.append((transaction, digest))
        elif known[transaction.key] != digest:
            what = "this key is in the books, with another transaction"
            hint = "a key is used once; give a new transaction a key of its own"
            faults.append(_fault("OTK-B023", transaction, what, hint=hint))
    return fresh, faults


def _too_late(connection: Connection, fresh: Sequence[tuple[Transaction, str]]) -> list[Fault]:
    last = connection.scalar(_LAST_CLOSED)
    if last is None:
        return []
    hint = f"months to {last} are closed for good; book it in a later one"
    return [
        _fault(
            "OTK-B025", transaction, "its month is closed", got=str(transaction.month), hint=hint
        )
        for transaction, _ in fresh
        if str(transaction.month) <= last
    ]


def _not_reversible(
    connection: Connection, fresh: Sequence[tuple[Transaction, str]]
) -> list[Fault]:
    wanted = {t.reverses: t for t, _ in fresh if t.reverses is not None}
    if not wanted:
        return []
    there = {row[0] for row in connection.execute(_SEALED, {"keys": list(wanted)})}
    there |= {t.key for t, _ in fresh}
    undone = select(book_transaction.c.reverses).where(book_transaction.c.reverses.in_(wanted))
    twice = set(connection.scalars(undone))
    return [
        *(
            _fault("OTK-B028", t, "it takes back what is not in the books", got=key)
            for key, t in wanted.items()
            if key not in there
        ),
        *(
            _fault("OTK-B028", t, "it takes back what was taken back already", got=key)
            for key, t in wanted.items()
            if key in twice
        ),
    ]


def _fault(code: str, transaction: Transaction, what: str, **more: str | None) -> Fault:
    where = Where(path=f"transactions.{transaction.key}")
    return Fault(code=code, what=what, where=where, got=more.get("got"), hint=more.get("hint"))


def _insert(connection: Connection, fresh: Sequence[tuple[Transaction, str]], booked: int) -> None:
    for at in range(0, len(fresh), _WITHIN):
        part = fresh[at : at + _WITHIN]
        connection.execute(_NEW_TRANSACTION, [_row(t, booked) for t, _ in part])
        connection.execute(_NEW_POSTING, [row for t, _ in part for row in _postings(t)])
        connection.execute(_NEW_SEAL, [{"key": t.key, "digest": d} for t, d in part])


def _row(transaction: Transaction, booked: int) -> dict[str, Any]:
    return {
        "key": transaction.key,
        "party": transaction.party,
        "month": str(transaction.month),
        "day": str(transaction.day),
        "kind": str(transaction.kind),
        "text": transaction.text,
        "invoice": transaction.invoice,
        "external": transaction.external,
        "event": transaction.event,
        "reverses": transaction.reverses,
        "booked": booked,
    }


def _postings(transaction: Transaction) -> Iterator[dict[str, Any]]:
    for position, line in enumerate(transaction.postings):
        yield {
            "transaction_key": transaction.key,
            "position": position,
            "account": line.account,
            "currency": line.currency,
            "minor": line.minor,
            "places": line.places,
            "corrects": None if line.corrects is None else str(line.corrects),
        }


def transactions(
    connection: Connection,
    *,
    party: str | None = None,
    month: Month | None = None,
    after: Month | None = None,
    kinds: Iterable[TransactionKind] = (),
) -> tuple[Transaction, ...]:
    """Give sealed transactions by day and key: of a party, of a month, after one, of kinds."""
    t = book_transaction.c
    asked = select(book_transaction).join(seal, seal.c.key == t.key)
    if party is not None:
        asked = asked.where(t.party == party)
    if month is not None:
        asked = asked.where(t.month == str(month))
    if after is not None:
        asked = asked.where(t.month > str(after))
    if wanted := [str(kind) for kind in kinds]:
        asked = asked.where(t.kind.in_(wanted))
    rows = connection.execute(asked).all()
    lines = _lines_of(connection, [row.key for row in rows])
    found = (_transaction(row, lines[row.key]) for row in rows)
    return tuple(sorted(found, key=lambda one: (one.day, one.key)))


def _lines_of(connection: Connection, keys: Sequence[str]) -> dict[str, tuple[Posting, ...]]:
    lines: dict[str, list[Posting]] = {key: [] for key in keys}
    for at in range(0, len(keys), _KEYS):
        among = posting.c.transaction_key.in_(keys[at : at + _KEYS])
        asked = select(posting).where(among).order_by(posting.c.transaction_key, posting.c.position)
        for row in connection.execute(asked):
            lines[row.transaction_key].append(_posting(row))
    return {key: tuple(held) for key, held in lines.items()}


def _posting(row: Row[Any]) -> Posting:
    return Posting(
        account=row.account,
        currency=row.currency,
        minor=row.minor,
        places=row.places,
        corrects=None if row.corrects is None else Month.parse(row.corrects),
    )


def _transaction(row: Row[Any], lines: tuple[Posting, ...]) -> Transaction:
    return Transaction(
        key=row.key,
        party=row.party,
        month=Month.parse(row.month),
        day=date.fromisoformat(row.day),
        kind=TransactionKind(row.kind),
        text=row.text,
        invoice=row.invoice,
        external=row.external,
        event=row.event,
        reverses=row.reverses,
        postings=lines,
    )


def balances(
    connection: Connection, *, party: str | None = None, until: Month | None = None
) -> tuple[Balance, ...]:
    """Give what stands on every account, by party and account; what is 0 is left out.

    Args:
        connection: one that reads.
        party: only this party's book.
        until: up to the end of this month; None is to the last transaction.
    """
    t, p = book_transaction.c, posting.c
    asked = (
        select(t.party, p.account, p.currency, p.places, func.sum(p.minor).label("minor"))
        .join_from(book_transaction, seal, seal.c.key == t.key)
        .join(posting, p.transaction_key == t.key)
        .group_by(t.party, p.account, p.currency, p.places)
    )
    if party is not None:
        asked = asked.where(t.party == party)
    if until is not None:
        asked = asked.where(t.month <= str(until))
    found = (
        Balance(party=r[0], account=r[1], currency=r[2], places=r[3], minor=int(r[4]))
        for r in connection.execute(asked)
        if r[4]
    )
    return tuple(sorted(found, key=lambda b: (b.party, b.account, b.currency, b.places)))


def parties(connection: Connection) -> tuple[str, ...]:
    """Give the parties that have a book, by name."""
    asked = select(book_transaction.c.party).distinct()
    return tuple(sorted(connection.scalars(asked)))
