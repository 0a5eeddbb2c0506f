"""The work of `offtake close` and `offtake books`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from offtake.cli import faults, outputs, screen, settling, tables, tracing, watching_use
from offtake.cli.faults import Told, counted
from offtake.cli.soundness import sound
from offtake.draw import statement_tables as laid
from offtake.errors import Exit, Fault, OfftakeError, Where, did_you_mean
from offtake.files import make_folder
from offtake.files.beancount import books_text, file_names
from offtake.files.records import read_records
from offtake.ledger.stated import statement_plain
from offtake.ledger.tracing import trace
from offtake.model.month import Month
from offtake.model.posting import Transaction
from offtake.model.statement import Statement
from offtake.store import (
    MEMORY,
    Store,
    balances,
    charge_in,
    closings,
    contracts_in,
    open_store,
    parties,
    statement_in,
    statements,
    transactions,
    untrue,
)
from offtake.store.closing import closing_of
from offtake.store.month_end import MonthEnd, close_month
from offtake.store.watching import settled_by

SCHEMA = "offtake.books/1"
CLOSED = "offtake.close/1"
"""Names and versions of the forms that are printed as JSON."""


@dataclass(frozen=True, slots=True)
class Close:
    """What is to be closed, as it was asked for."""

    world: str
    month: str
    books: str
    as_of: str | None
    dry_run: bool


@dataclass(frozen=True, slots=True)
class Look:
    """What is to be shown of books, as it was asked for."""

    books: str
    balances: bool = False
    transactions: bool = False
    statement: str | None = None
    line: str | None = None
    export: Path | None = None
    verify: bool = False
    upgrade: bool = False
    party: str | None = None
    month: str | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """What is asked for; nothing is the list of months."""
        names = ("balances", "transactions", "statement", "line", "export", "verify", "upgrade")
        return tuple(name for name in names if getattr(self, name) not in (None, False))


def close(asked: Close, *, as_json: bool, quiet: bool) -> None:
    """Close a month and tell what came of it.

    Raises:
        OfftakeError: the world or its records have faults, or the month cannot be closed.
    """
    month = settling.month_of(asked.month)
    as_of = None if asked.as_of is None else settling.moment_of(asked.as_of)
    document = sound(asked.world, quiet)
    sent = read_records(document)
    store = _for_closing(asked)
    try:
        made = close_month(
            store,
            document.portfolio.contracts,
            month,
            records=sent,
            as_of=as_of,
            now=datetime.now(UTC).replace(microsecond=0),
            dry_run=asked.dry_run,
        )
    except OfftakeError as error:
        placed = [document.place(f) if f.where.path else f for f in error.faults]
        raise OfftakeError(placed, exit=error.exit) from None
    finally:
        store.close()
    if as_json:
        screen.say_json(_closed_plain(made, asked.dry_run))
    else:
        _say_closed(made, document.portfolio.name, store.name, asked.dry_run)


def _for_closing(asked: Close) -> Store:
    """Open the books to close in; a trial makes none where there are none."""
    if not asked.dry_run:
        if "://" not in asked.books:
            make_folder(Path(asked.books).parent)
        return open_store(asked.books)
    try:
        return open_store(asked.books, make=False)
    except OfftakeError as error:
        if [fault.code for fault in error.faults] != ["OTK-B007"]:
            raise
        return open_store(MEMORY)


def _closed_plain(made: MonthEnd, dry_run: bool) -> Mapping[str, Any]:
    return {
        "schema": CLOSED,
        "month": str(made.closing.month),
        "as_of": _moment(made.closing.as_of),
        "digest": made.closing.digest,
        "dry_run": dry_run,
        "was_closed": made.was_closed,
        "new_fact_count": made.appended.new_count,
        "known_fact_count": made.appended.known_count,
        "later_fact_count": made.later_count,
        "closed_on_other_terms": [str(month) for month in made.other_contracts],
        "transaction_count": len(made.transactions),
        "used": [watching_use.plain(each) for each in made.used],
        "statement": statement_plain(made.statement),
    }


def _say_closed(made: MonthEnd, world: str, name: str, dry_run: bool) -> None:
    closing = made.closing
    done = "would be closed" if dry_run else "was closed before" if made.was_closed else "closed"
    screen.say(f"{world}: {closing.month} {done} as of {_moment(closing.as_of)}")
    sent = made.appended
    screen.say(f"Facts: {sent.new_count} new, {sent.known_count} recorded before.")
    screen.say("")
    _say_statement(made.statement)
    _say_unsettled(made)
    held = {transaction.party for transaction in made.transactions}
    booked = counted(len(made.transactions), "transaction")
    screen.say(f"Booked: {booked} in {counted(len(held), 'book')}, each adding up to 0.")
    screen.say(f"Digest: {closing.digest}")
    if made.later_count:
        late = counted(made.later_count, "fact")
        screen.say(f"{late} became known later: the next close corrects what they change.")
    if made.other_contracts:
        months = ", ".join(map(str, made.other_contracts))
        screen.say(f"The contracts' terms are not those that {months} was closed on.")
    screen.say("Nothing was kept." if dry_run else f"The books: offtake books {name}")


def _say_unsettled(made: MonthEnd) -> None:
    """Say what ran in the month and is not in the statement."""
    for line in watching_use.unsettled(made.used):
        screen.say(f"{line} By cluster: `offtake usage --month {made.closing.month}`.")
    running = sum(each.running for each in made.used)
    if running:
        screen.say(f"{counted(running, 'attempt')} went on then: settled when they end.")


def _say_statement(statement: Statement) -> None:
    settling.tabled("The chain, link by link", laid.chain(statement))
    if statement.externals:
        settling.tabled("In and out of the chain", laid.externals(statement))
    settling.tabled("What is left with whom", laid.positions(statement))
    settling.tabled("What was metered", laid.coverage(statement))
    for said in laid.notes(statement):
        screen.say(f"- {said}")


def look(asked: Look, *, as_json: bool, force: bool) -> int:
    """Show what is asked of books, and give the exit status.

    Raises:
        OfftakeError: there are no such books, they do not have what is asked for, several
            things are asked for (`OTK-B040`), or a file cannot be written.
    """
    if len(asked.kinds) > 1:
        what = "one thing is asked of books at a time"
        got = ", ".join(f"--{kind}" for kind in asked.kinds)
        fault = Fault(code="OTK-B040", what=what, where=Where(path="offtake books"), got=got)
        raise OfftakeError(fault, exit=Exit.USAGE)
    store = open_store(asked.books, make=False, upgrade=asked.upgrade)
    kind = asked.kinds[0] if asked.kinds else "months"
    try:
        with store.reading() as connection:
            _known_party(connection, asked.party)
            if kind == "export":
                return _export(connection, asked, store.name, force)
            return _SHOWN[kind](connection, asked, as_json)
    finally:
        store.close()


def _known_party(connection: Connection, party: str | None) -> None:
    known = parties(connection)
    if party is not None and party not in known:
        hint = did_you_mean(party, known)
        what = "no book is of this party"
        fault = Fault(code="OTK-B030", what=what, where=Where(), got=party, hint=hint)
        raise OfftakeError(fault, exit=Exit.USAGE)


def _months(connection: Connection, asked: Look, as_json: bool) -> int:
    found = closings(connection)
    booked = transactions(connection)
    counts = {one.month: sum(t.month == one.month for t in booked) for one in found}
    if as_json:
        months = [
            {
                "month": str(one.month),
                "as_of": _moment(one.as_of),
                "closed": _moment(one.closed),
                "transaction_count": counts[one.month],
                "digest": one.digest,
            }
            for one in found
        ]
        _say_json({"parties": list(parties(connection)), "months": months})
        return Exit.OK
    if not found:
        screen.say("No month is closed yet.")
        return Exit.OK
    rows = [
        (
            str(one.month),
            _moment(one.as_of),
            _moment(one.closed),
            str(counts[one.month]),
            one.digest,
        )
        for one in found
    ]
    tables.say(("month", "as of", "closed", "transactions", "digest"), rows, {3})
    screen.say(f"Books of {', '.join(parties(connection))}; next to close: {found[-1].month + 1}")
    return Exit.OK


def _balances(connection: Connection, asked: Look, as_json: bool) -> int:
    until = None if asked.month is None else settling.month_of(asked.month)
    found = balances(connection, party=asked.party, until=until)
    if as_json:
        rows = [
            {
                "party": b.party,
                "account": b.account,
                "currency": b.currency,
                "amount": str(b.amount),
            }
            for b in found
        ]
        _say_json({"until": asked.month, "balances": rows})
        return Exit.OK
    lines = [(b.party, b.account, f"{b.amount:,}", b.currency) for b in found]
    tables.say(("party", "account", "debit (credit is negative)", "currency"), lines, {2})
    return Exit.OK


def _transactions(connection: Connection, asked: Look, as_json: bool) -> int:
    month = None if asked.month is None else settling.month_of(asked.month)
    found = transactions(connection, party=asked.party, month=month)
    if as_json:
        _say_json({"transactions": [_transaction_plain(one) for one in found]})
        return Exit.OK
    rows = [
        (str(t.day), t.party, p.account, f"{p.amount:,}", p.currency, t.text, t.key)
        for t in found
        for p in t.postings
    ]
    heads = ("day", "party", "account", "debit (credit is negative)", "currency", "text", "key")
    tables.say(heads, rows, {3})
    return Exit.OK


def _transaction_plain(one: Transaction) -> Mapping[str, Any]:
    met = {"invoice": one.invoice, "external": one.external, "event": one.event}
    return {
        "key": one.key,
        "party": one.party,
        "month": str(one.month),
        "day": str(one.day),
        "kind": str(one.kind),
        "text": one.text,
        **met,
        "reverses": one.reverses,
        "postings": [
            {
                "account": p.account,
                "amount": str(p.amount),
                "currency": p.currency,
                "corrects": None if p.corrects is None else str(p.corrects),
            }
            for p in one.postings
        ],
    }


def _statement(connection: Connection, asked: Look, as_json: bool) -> int:
    found = statement_in(connection, settling.month_of(asked.statement or ""))
    if as_json:
        screen.say_json(statement_plain(found))
        return Exit.OK
    screen.say(f"{laid.title(found)}. As it was closed.")
    screen.say("")
    for invoice in found.invoices:
        settling.tabled(f"Invoice {invoice.id}", laid.lines(invoice))
    _say_statement(found)
    return Exit.OK


def _line(connection: Connection, asked: Look, as_json: bool) -> int:
    charge = charge_in(connection, asked.line or "")
    contracts = contracts_in(connection, charge.month)
    as_of = closing_of(connection, charge.month).as_of
    facts = settled_by(connection, contracts, as_of=as_of)
    found = trace(charge.id, statements(connection), contracts, facts)
    if as_json:
        screen.say_json(tracing.plain(charge, found))
    else:
        tracing.say(charge, found)
    return Exit.OK


def _verify(connection: Connection, asked: Look, as_json: bool) -> int:
    found = [Told(fault) for fault in untrue(connection)]
    if as_json:
        screen.say_json(faults.as_data(found))
    elif found:
        faults.show(screen.out(), found)
    else:
        held = counted(len(transactions(connection)), "transaction")
        months = counted(len(closings(connection)), "closed month")
        screen.say(f"{months}, {held}: everything is what it was when it was booked.")
    return Exit.FAULTS if found else Exit.OK


def _upgrade(connection: Connection, asked: Look, as_json: bool) -> int:
    screen.say(f"{asked.books}: its tables are those of this release.")
    return Exit.OK


def _export(connection: Connection, asked: Look, name: str, force: bool) -> int:
    folder = asked.export or Path()
    months: Sequence[Month] = [one.month for one in closings(connection)]
    texts = books_text(transactions(connection, party=asked.party), months, name)
    files = {folder / file: texts[party] for party, file in file_names(texts).items()}
    outputs.claim(files, force=force)
    for path, text in files.items():
        screen.say(f"wrote {outputs.fill(path, text)}")
    return Exit.OK


def _say_json(data: Mapping[str, Any]) -> None:
    screen.say_json({"schema": SCHEMA, **data})


def _moment(when: datetime) -> str:
    return when.isoformat().replace("+00:00", "Z")


_SHOWN: Mapping[str, Callable[[Connection, Look, bool], int]] = {
    "months": _months,
    "balances": _balances,
    "transactions": _transactions,
    "statement": _statement,
    "line": _line,
    "verify": _verify,
    "upgrade": _upgrade,
}
