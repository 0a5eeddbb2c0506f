"""Closing a month: its statement and its transactions, in one transaction of the database.

A month is closed wholly or not at all, after the month before it, and never opened again.
Its digest holds the statement, every transaction booked since the month before, and that
month's digest: whoever knows the last one can tell whether anything was changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from offtake.errors import Fault, OfftakeError, Where, did_you_mean
from offtake.ledger.case import window
from offtake.ledger.stated import statement_plain
from offtake.model.canonical import sha256
from offtake.model.contract import Contract
from offtake.model.month import Month, epoch
from offtake.model.posting import Transaction
from offtake.model.statement import Statement
from offtake.store import tables
from offtake.store.bodies import json_text, value_of, value_plain
from offtake.store.books import book, digest_of, transactions
from offtake.store.moments import moment
from offtake.store.statements import absent, keep, kept

_LOCK = 73_011
"""PostgreSQL: held from the first look to the end of a close; `migrations.rules.BOOKS`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """A month that is closed."""

    month: Month
    """The month."""
    as_of: datetime
    """Moment whose knowledge its statement rests on."""
    closed: datetime
    """When it was closed."""
    contracts: str
    """Hash of the contracts it was settled by."""
    digest: str
    """Hash of all that was closed with it, and of the closings before it."""


def close(
    connection: Connection,
    statement: Statement,
    booked: Iterable[Transaction],
    *,
    contracts: Sequence[Contract],
    now: datetime,
) -> Closing:
    """Close a month; closing it again with the same statement changes nothing.

    Args:
        connection: one that writes; the month is closed with its commit, or not at all.
        statement: the month, settled.
        booked: what it adds to the books of the parties.
        contracts: the contracts it was settled by.
        now: when it is closed.

    Raises:
        OfftakeError: the month is closed already, with another statement (`OTK-B020`), or
            does not follow the last one closed (`OTK-B021`); it was not over at the moment
            whose knowledge the statement rests on (`OTK-B022`); or as `book`.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    before = closings(connection)
    stands = next((c for c in before if c.month == statement.month), None)
    if stands is not None:
        _same(connection, stands, statement)
        return stands
    _may_close(statement, before, contracts)
    keep(connection, statement)
    book(connection, booked, now=now)
    terms = digest_of_terms(contracts)
    body = json_text([value_plain(one) for one in sorted(contracts, key=lambda one: one.id)])
    connection.execute(tables.terms.insert(), [{"digest": terms, "body": body}])
    made = Closing(
        month=statement.month,
        as_of=moment(epoch(statement.as_of)),
        closed=moment(epoch(now)),
        contracts=terms,
        digest=_digest(connection, statement, terms, before),
    )
    row = {
        "month": str(made.month),
        "as_of": epoch(made.as_of),
        "closed": epoch(made.closed),
        "contracts": made.contracts,
        "digest": made.digest,
    }
    connection.execute(tables.closing.insert(), [row])
    return made


def _same(connection: Connection, stands: Closing, statement: Statement) -> None:
    if statement_plain(statement_in(connection, stands.month)) != statement_plain(statement):
        raise OfftakeError(
            Fault(
                code="OTK-B020",
                what="the month is closed, with another statement",
                where=Where(path=str(stands.month)),
                got=f"closed as of {stands.as_of.isoformat()}",
                hint="a month is never opened again: what came late corrects it in the next",
            )
        )


def _may_close(
    statement: Statement, before: Sequence[Closing], contracts: Sequence[Contract]
) -> None:
    month, where = statement.month, Where(path=str(statement.month))
    faults: list[Fault] = []
    if before and month != before[-1].month + 1:
        what = f"months are closed one after the other, and the last one is {before[-1].month}"
        hint = f"close {before[-1].month + 1} next"
        faults.append(Fault(code="OTK-B021", what=what, where=where, hint=hint))
    ends = over(month, contracts)
    if statement.as_of < ends:
        what = "the month is not over at the moment whose knowledge counts"
        got, hint = (
            statement.as_of.isoformat(),
            f"close it as of {ends.isoformat()} or later",
        )
        faults.append(Fault(code="OTK-B022", what=what, where=where, got=got, hint=hint))
    if faults:
        raise OfftakeError(faults)


def over(month: Month, contracts: Sequence[Contract]) -> datetime:
    """Give the moment a month is over by every contract's own clock (UTC where there is none).

    Raises:
        OfftakeError: there is no such time zone (`OTK-L002`).
    """
    zones = {contract.time_zone for contract in contracts} or {"UTC"}
    return moment(max(window(month, zone)[1] for zone in zones))


def digest_of_terms(contracts: Iterable[Contract]) -> str:
    """Give the hash of what contracts say, in whatever order they come."""
    return sha256(*sorted(contracts, key=lambda contract: contract.id))


def _digest(
    connection: Connection, statement: Statement, terms: str, before: Sequence[Closing]
) -> str:
    """Hash a statement, its terms, what was booked since the closing before, and that digest."""
    last = before[-1] if before else None
    since = transactions(connection, after=None if last is None else last.month)
    found = sorted((t.key, digest_of(t)) for t in since if t.month <= statement.month)
    data = ["" if last is None else last.digest, terms, statement_plain(statement), found]
    return hashlib.sha256(json_text(data).encode()).hexdigest()


def closings(connection: Connection) -> tuple[Closing, ...]:
    """Give the months that are closed, first to last."""
    rows = connection.execute(select(tables.closing)).all()
    found = (
        Closing(
            month=Month.parse(row.month),
            as_of=moment(row.as_of),
            closed=moment(row.closed),
            contracts=row.contracts,
            digest=row.digest,
        )
        for row in rows
    )
    return tuple(sorted(found, key=lambda one: one.month))


def closing_of(connection: Connection, month: Month) -> Closing:
    """Give a closed month.

    Raises:
        OfftakeError: it is not closed (`OTK-B030`).
    """
    known = closings(connection)
    found = next((one for one in known if one.month == month), None)
    if found is None:
        hint = did_you_mean(str(month), (str(one.month) for one in known))
        raise absent("the month is not closed", str(month), hint)
    return found


def statement_in(connection: Connection, month: Month) -> Statement:
    """Give the statement of a closed month, as it was closed.

    Raises:
        OfftakeError: it is not closed (`OTK-B030`).
    """
    return kept(connection, month, closing_of(connection, month).as_of)


def contracts_in(connection: Connection, month: Month) -> tuple[Contract, ...]:
    """Give the contracts a closed month was settled by, as they were then.

    Raises:
        OfftakeError: it is not closed (`OTK-B030`).
    """
    terms = tables.terms.c
    digest = closing_of(connection, month).contracts
    body = connection.scalar(select(terms.body).where(terms.digest == digest))
    return tuple(value_of(Contract, data) for data in json.loads(body or "[]"))


def statements(connection: Connection) -> tuple[Statement, ...]:
    """Give the statements of all closed months, first to last."""
    return tuple(kept(connection, one.month, one.as_of) for one in closings(connection))


def untrue(connection: Connection) -> Iterator[Fault]:
    """Give a fault for everything in the books that is not what it was when it was closed.

    Every transaction is held against its seal, every closed month against its digest. What
    a database refuses to change by itself cannot differ; this finds what was changed
    around it, by somebody who took its triggers away.
    """
    sealed = {row.key: row.digest for row in connection.execute(select(tables.seal))}
    for transaction in transactions(connection):
        if sealed[transaction.key] != digest_of(transaction):
            what = "a transaction is not what was sealed"
            where = Where(path=f"transactions.{transaction.key}")
            yield Fault(code="OTK-B031", what=what, where=where)
    known = closings(connection)
    for place, one in enumerate(known):
        statement = statement_in(connection, one.month)
        terms = digest_of_terms(contracts_in(connection, one.month))
        if _digest(connection, statement, terms, known[:place]) != one.digest:
            what = "a closed month is not what was closed"
            yield Fault(code="OTK-B031", what=what, where=Where(path=str(one.month)))
