"""The end of a month: facts in, the chain settled, the books closed.

    facts ──append──> store ──> settle_chain ──> transactions ──> close

Facts are kept first. What ran on a control plane that shares the store is metered use, and what
it saw fail is an outage (`offtake.store.watching`). The chain is then settled from what the store
holds, outside of any transaction, and the month is closed in one: a process that dies in between
leaves facts and an open month, and is simply run again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from offtake.errors import Fault, OfftakeError, Where
from offtake.ledger.chain import settle_chain
from offtake.ledger.known import known
from offtake.ledger.posting import booked, due_payments
from offtake.measure.used import Used, used
from offtake.model.contract import Contract
from offtake.model.event import EventKind
from offtake.model.month import Month, epoch, midnight
from offtake.model.posting import Transaction, TransactionKind
from offtake.model.records import Records
from offtake.model.statement import Statement
from offtake.store.books import transactions
from offtake.store.closing import (
    Closing,
    close,
    closings,
    digest_of_terms,
    over,
    statement_in,
    statements,
)
from offtake.store.facts import Appended, append, last_recorded, recorded_after
from offtake.store.opening import Store
from offtake.store.watching import settled_by, watched

_NOTHING = Appended(new_count=0, known_count=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthEnd:
    """What came of closing a month."""

    statement: Statement
    """The month, as it is closed."""
    closing: Closing
    """The closing."""
    transactions: tuple[Transaction, ...]
    """What stands in the books of the parties for the month."""
    appended: Appended
    """What came of the facts that were sent along."""
    was_closed: bool
    """Whether it was closed before; then nothing has changed."""
    later_count: int
    """Facts in the store that became known later than the month was closed with."""
    other_contracts: tuple[Month, ...]
    """Months that were closed with other terms than the contracts have now."""
    used: tuple[Used, ...]
    """What ran on each cluster of the store in the month (UTC), as it was known then; what
    vanished has no end that anybody wrote down and is not settled."""


@dataclass(frozen=True, slots=True)
class _Held:
    """What a store holds when a month is to be closed."""

    records: Records
    closed: tuple[Statement, ...]
    payments: Mapping[str, Sequence[Transaction]]
    as_of: datetime


def close_month(
    store: Store,
    contracts: Sequence[Contract],
    month: Month,
    *,
    records: Records | None = None,
    as_of: datetime | None = None,
    now: datetime,
    dry_run: bool = False,
) -> MonthEnd:
    """Add facts to a store, settle a month from what it holds, and close it.

    A month that is closed stays as it is, however often this is called.

    Args:
        store: the store that holds facts and books.
        contracts: every contract of the portfolio.
        month: the month.
        records: facts to be added first.
        as_of: moment whose knowledge counts; None is when the last fact became known, and
            not before the month was over.
        now: when it is closed.
        dry_run: work it all out on the store, and keep nothing.

    Raises:
        OfftakeError: the facts contradict what was recorded (`OTK-B010`), the month cannot
            be settled, or it cannot be closed; nothing of it is closed then.
    """
    if dry_run:
        with store.trying() as connection:
            appended = _NOTHING if records is None else append(connection, records, now=now)
            if not _stands(connection, month, as_of):
                held = _held(connection, contracts, month, as_of)
                statement, made = _settled(held, contracts, month)
                close(connection, statement, made, contracts=contracts, now=now)
                return _told(connection, contracts, month, appended, was_closed=False)
            return _told(connection, contracts, month, appended, was_closed=True)
    appended = _NOTHING
    if records is not None:
        with store.writing() as connection:
            appended = append(connection, records, now=now)
    with store.reading() as connection:
        if _stands(connection, month, as_of):
            return _told(connection, contracts, month, appended, was_closed=True)
        held = _held(connection, contracts, month, as_of)
    statement, made = _settled(held, contracts, month)
    with store.writing() as connection:
        close(connection, statement, made, contracts=contracts, now=now)
        return _told(connection, contracts, month, appended, was_closed=False)


def _stands(connection: Connection, month: Month, as_of: datetime | None) -> bool:
    """Say whether a month is closed; refuse to close it as of another moment."""
    found = next((one for one in closings(connection) if one.month == month), None)
    if found is None:
        return False
    if as_of is not None and epoch(as_of) != epoch(found.as_of):
        raise OfftakeError(
            Fault(
                code="OTK-B020",
                what="the month is closed, as of another moment",
                where=Where(path=str(month)),
                got=f"closed as of {found.as_of.isoformat()}, asked as of {as_of.isoformat()}",
                hint="a month is never opened again: what came late corrects it in the next",
            )
        )
    return True


def _held(
    connection: Connection, contracts: Sequence[Contract], month: Month, as_of: datetime | None
) -> _Held:
    ends = over(month, contracts)
    moment = as_of or max(last_recorded(connection) or ends, ends)
    kinds = (TransactionKind.PAYMENT, TransactionKind.REVERSAL)
    found = transactions(connection, kinds=kinds)
    undone = {transaction.reverses for transaction in found}
    payments: dict[str, list[Transaction]] = {}
    for transaction in found:
        if transaction.kind is TransactionKind.PAYMENT and transaction.key not in undone:
            payments.setdefault(transaction.event or "", []).append(transaction)
    return _Held(
        records=settled_by(connection, contracts, as_of=moment),
        closed=statements(connection),
        payments=payments,
        as_of=moment,
    )


def _settled(
    held: _Held, contracts: Sequence[Contract], month: Month
) -> tuple[Statement, tuple[Transaction, ...]]:
    """Settle a month, and say what it adds to the books."""
    moment = held.as_of
    earlier = tuple(one for one in held.closed if one.month < month)
    statement = settle_chain(contracts, held.records, month, as_of=moment, closed=earlier)
    paid = known(held.records, moment).of(EventKind.PAID)
    payments = due_payments(paid, held.payments, (*earlier, statement), month)
    return statement, (*booked(statement), *payments)


def _told(
    connection: Connection,
    contracts: Sequence[Contract],
    month: Month,
    appended: Appended,
    *,
    was_closed: bool,
) -> MonthEnd:
    known_now = closings(connection)
    closing = next(one for one in known_now if one.month == month)
    terms = digest_of_terms(contracts)
    return MonthEnd(
        statement=statement_in(connection, month),
        closing=closing,
        transactions=transactions(connection, month=month),
        appended=appended,
        was_closed=was_closed,
        later_count=recorded_after(connection, closing.as_of),
        other_contracts=tuple(one.month for one in known_now if one.contracts != terms),
        used=_used(connection, closing),
    )


def _used(connection: Connection, closing: Closing) -> tuple[Used, ...]:
    """Give what ran in a closed month, as it was known when it was closed."""
    first, last = closing.month.first_day, (closing.month + 1).first_day
    seen = watched(connection, until=closing.as_of.timestamp())
    return used(seen, float(midnight(first, "UTC")), float(midnight(last, "UTC")))
