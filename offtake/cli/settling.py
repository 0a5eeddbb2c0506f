"""The work of `offtake settle`: read a world and its records, settle, tell and write."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from offtake.cli import outputs, pagefile, printing, screen, tables
from offtake.cli.soundness import sound
from offtake.draw import statement_tables as laid
from offtake.draw.tables import Table
from offtake.errors import Exit, Fault, OfftakeError, Where, did_you_mean
from offtake.files import Document
from offtake.files.records import read_records
from offtake.ledger.chain import settle_chain
from offtake.ledger.stated import invoice_plain, statement_plain
from offtake.model.month import Month
from offtake.model.records import Records
from offtake.model.statement import Statement

SAVED, PAGE, PAPER = "statement.json", "statement.html", "statement.pdf"
"""What the files of a statement are called in the folder of `--out`."""
_WIDEST = 100
Made = TypeVar("Made")
_START = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be settled, as it was asked for."""

    world: str
    month: str
    link: str | None
    as_of: str | None


@dataclass(frozen=True, slots=True)
class Held:
    """A world with its records, and the moment whose knowledge counts."""

    document: Document
    records: Records
    month: Month
    as_of: datetime


def settle(
    asked: Asked, out: Path | None, *, pdf: bool, as_json: bool, quiet: bool, force: bool
) -> None:
    """Settle a month, print it, and write what is to be written.

    Raises:
        OfftakeError: the world or its records have faults, the month cannot be settled, or
            a file cannot be written.
    """
    files = _files(out, pdf=pdf, force=force)
    held = read(asked, quiet)
    statement = settled(held)
    invoices = picked(statement, asked.link)
    written = [_fill(path, statement, held) for path in files]
    if as_json:
        one = invoice_plain(statement.by_contract[asked.link]) if asked.link else None
        screen.say_json(one or statement_plain(statement))
    else:
        _say(statement, invoices, held, asked)
    for path in written:
        screen.note(f"wrote {path}") if as_json else screen.say(f"wrote {path}")


def read(asked: Asked, quiet: bool) -> Held:
    """Read a world and its records.

    Raises:
        OfftakeError: they have faults, or the month or the moment is not one.
    """
    month = month_of(asked.month)
    moment = None if asked.as_of is None else moment_of(asked.as_of)
    document = sound(asked.world, quiet)
    records = read_records(document)
    return Held(document, records, month, moment or last_recorded(records))


def month_of(text: str) -> Month:
    """Read a month from the command line.

    Raises:
        OfftakeError: it is not one (`OTK-U020`).
    """
    try:
        return Month.parse(text)
    except ValueError as error:
        raise _usage("OTK-U020", str(error), text, "MONTH") from None


def moment_of(text: str) -> datetime:
    """Read a moment from the command line; a day is its first second, UTC where no zone is told.

    Raises:
        OfftakeError: it is not one (`OTK-U021`).
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        what = "a moment is written like 2027-07-05T00:00:00Z"
        raise _usage("OTK-U021", what, text, "--as-of") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def last_recorded(records: Records) -> datetime:
    """Give the moment the last record was made: all of them are known then."""
    moments = [
        *(e.recorded for e in records.events),
        *(f.recorded for f in records.fixings),
        *(t.recorded for t in records.tariffs),
    ]
    if len(records.readings):
        moments.append(datetime.fromtimestamp(int(records.readings.recorded.max()), UTC))
    return max(moments, default=_START)


def settled(held: Held, closed: Sequence[Statement] = ()) -> Statement:
    """Settle what was read, with faults placed in the world's files.

    Raises:
        OfftakeError: the month cannot be settled.
    """
    contracts = held.document.portfolio.contracts
    return placed(
        held,
        lambda: settle_chain(contracts, held.records, held.month, as_of=held.as_of, closed=closed),
    )


def placed(held: Held, work: Callable[[], Made]) -> Made:
    """Do some work of the ledger, its faults placed in the world's files.

    Raises:
        OfftakeError: what the work raises.
    """
    try:
        return work()
    except OfftakeError as error:
        faults = [held.document.place(f) if f.where.path else f for f in error.faults]
        raise OfftakeError(faults, exit=error.exit) from None


def _usage(code: str, what: str, got: str, place: str) -> OfftakeError:
    where = Where(path=f"offtake settle {place}")
    return OfftakeError(Fault(code=code, what=what, where=where, got=got), exit=Exit.USAGE)


def picked(statement: Statement, link: str | None) -> tuple[str, ...]:
    """Give the links that are asked for: one, or all.

    Raises:
        OfftakeError: the link has no invoice (`OTK-U022`).
    """
    known = tuple(statement.by_contract)
    if link is None:
        return known
    if link not in known:
        what = f"no contract of this name is settled in {statement.month}"
        where, hint = Where(path="offtake settle --link"), did_you_mean(link, known)
        fault = Fault(code="OTK-U022", what=what, where=where, got=link, hint=hint)
        raise OfftakeError(fault, exit=Exit.USAGE)
    return (link,)


def _files(out: Path | None, *, pdf: bool, force: bool) -> tuple[Path, ...]:
    if out is None:
        if pdf:
            what = "--pdf needs --out: it says where to"
            where = Where(path="offtake settle --pdf")
            fault = Fault(code="OTK-U023", what=what, where=where)
            raise OfftakeError(fault, exit=Exit.USAGE)
        return ()
    lacking = pagefile.missing()
    if lacking is not None:
        screen.note(f"{PAGE} will not be written: {lacking}")
    names = [SAVED, *([PAGE] if lacking is None else []), *([PAPER] if pdf else [])]
    if pdf:
        printing.required(out / PAPER)
    files = tuple(out / name for name in names)
    outputs.claim(files, force=force)
    return files


def _fill(path: Path, statement: Statement, held: Held) -> Path:
    if path.name == SAVED:
        text = json.dumps(statement_plain(statement), ensure_ascii=False, indent=2)
        return outputs.fill(path, text + "\n")
    from offtake.cli import statement_page  # figures take long to import; a page alone has them

    html = statement_page.html(statement, held.document, held.records, held.as_of)
    if path.name == PAPER:
        return outputs.fill(path, printing.pdf(html))
    return outputs.fill(path, html)


def _say(statement: Statement, picked: Sequence[str], held: Held, asked: Asked) -> None:
    name = held.document.portfolio.name
    screen.say(f"{name}: {laid.title(statement)}. A preview: nothing is booked.")
    screen.say("")
    whole = len(picked) == len(statement.invoices)
    if whole:
        tabled("The chain, link by link", laid.chain(statement))
        if statement.externals:
            tabled("In and out of the chain", laid.externals(statement))
        tabled("What is left with whom", laid.positions(statement))
    for contract in picked:
        invoice = statement.by_contract[contract]
        tabled(f"Invoice {invoice.id}", laid.lines(invoice))
    tabled("What was metered", laid.coverage(statement))
    for note in laid.notes(statement):
        screen.say(textwrap.fill(note, _WIDEST, initial_indent="- ", subsequent_indent="  "))
    first = next((c.id for i in statement.invoices for c in i.charges), None)
    if first is not None:
        screen.say("How a line came about:")
        screen.say(f"  offtake explain {first} --world {asked.world}")


def tabled(title: str, table: Table) -> None:
    """Print a table under its title; one without rows is left out."""
    if not table.rows:
        return
    screen.say(title)
    screen.say(f"  {table.caption}")
    numbers = [place for place, _ in enumerate(table.head) if place not in table.texts]
    tables.say(table.head, table.rows, numbers)
    screen.say("")
