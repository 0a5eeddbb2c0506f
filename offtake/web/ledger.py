"""Ledger: closed months, each from the flow of money to invoices, claims and leaks.

months ──> month: flow, chain, positions ──> invoice ──> line (offtake.web.lines)
└─> reconcile: claims, leaks, clauses that differ
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated

from fastapi import Query, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import Connection

from offtake.draw import chain_flow, claim_tables, words
from offtake.draw import statement_tables as laid
from offtake.draw.numbers import MINUS
from offtake.draw.tables import Table
from offtake.errors import Fault, OfftakeError, Where, did_you_mean
from offtake.ledger.claims import calendar
from offtake.ledger.known import known
from offtake.ledger.leaks import leaks
from offtake.ledger.stated import statement_plain
from offtake.model.charge import Invoice
from offtake.model.posting import Balance
from offtake.model.statement import Statement
from offtake.store import balances, contracts_in, statement_in
from offtake.store.closing import Closing, closings
from offtake.store.watching import settled_by
from offtake.web import data, frame, lines, pictures
from offtake.web.access import TheService
from offtake.web.closed import Held, TheHeld
from offtake.web.sources import Everything

router = frame.router()
router.include_router(lines.router)
Day = Annotated[date | None, Query()]
_MOST_LEAKS = 40


@router.get("/ledger")
def months(request: Request, service: TheService, _who: Everything, as_of: Day = None) -> Response:
    """Show the closed months, and what stands on the accounts."""
    with service.store.reading() as connection:
        every = closings(connection)
        shown = [c for c in every if as_of is None or c.as_of.date() <= as_of]
        last = shown[-1] if shown else None
        held = None if last is None else Held(last, statement_in(connection, last.month))
        owed = _owed(connection, last)
    return frame.page(
        request,
        "ledger.html",
        title="Ledger",
        as_of=words.day(as_of) if as_of is not None else None,
        day=as_of or (every[-1].as_of.date() if every else ""),
        stops=[{"day": c.as_of.date(), "text": str(c.month), "here": c is last} for c in every],
        closings=list(reversed(shown)),
        later=len(every) - len(shown),
        held=held,
        pictures=[] if held is None else _flows(request, held),
        balances=owed,
        words=words,
        name=service.store.name,
        data=pictures.links(f"/ledger/balances.{{form}}{_query(as_of)}", ""),
    )


def _query(as_of: date | None) -> str:
    return "" if as_of is None else f"?as_of={as_of}"


@router.get("/ledger/balances.{form}")
def balances_data(form: str, service: TheService, _who: Everything, as_of: Day = None) -> Response:
    """Give what stands on every account, as a file."""
    with service.store.reading() as connection:
        shown = [c for c in closings(connection) if as_of is None or c.as_of.date() <= as_of]
        table = _owed(connection, shown[-1] if shown else None)
    return data.as_file(pictures.numbers(table), form, "balances")


def _owed(connection: Connection, last: Closing | None) -> Table:
    found = () if last is None else balances(connection, until=last.month)
    until = "" if last is None else f" at the end of {last.month}"
    return Table(
        caption=f"What stands on each account{until}: debit, or credit where negative",
        head=("Party", "Account", "Amount", "Currency"),
        rows=tuple((b.party, b.account, _amount(b), b.currency) for b in found),
        texts=frozenset({0, 1, 3}),
    )


def _amount(balance: Balance) -> str:
    return f"{balance.amount:,}".replace("-", MINUS)


def _flows(request: Request, held: Held) -> list[pictures.Picture]:
    figures = chain_flow.figures(held.statement)
    key = f"ledger:{held.closing.digest}"
    return pictures.shown(request.app, key, held.statement, figures, held.address)


@router.get("/ledger/{month}")
def month(request: Request, held: TheHeld) -> Response:
    """Show a closed month: the flow, the chain link by link, what is left with whom."""
    return frame.page(
        request,
        "ledger-month.html",
        title=f"Ledger, {held.closing.month}",
        as_of=held.known_on,
        held=held,
        it=held.statement,
        pictures=_flows(request, held),
        invoices=held.statement.invoices,
        money=laid.money,
        tables=_tables(held.statement),
        notes=laid.notes(held.statement),
        link=laid.link,
        links=pictures.links,
        words=words,
    )


def _tables(statement: Statement) -> Mapping[str, Table]:
    made = {
        "chain": laid.chain(statement),
        "positions": laid.positions(statement),
        "externals": laid.externals(statement),
        "coverage": laid.coverage(statement),
    }
    return {key: table for key, table in made.items() if table.rows}


@router.get("/ledger/{month}/statement.json")
def whole(held: TheHeld) -> Response:
    """Give the statement as it was closed, with every line and its arithmetic."""
    name = f"statement-{held.closing.month}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return JSONResponse(statement_plain(held.statement), headers=headers)


@router.get("/ledger/{month}/invoice")
def invoice(request: Request, held: TheHeld, contract: str) -> Response:
    """Show an invoice, line by line."""
    found = _invoice(held, contract)
    return frame.page(
        request,
        "invoice.html",
        title=f"Invoice {contract}, {held.closing.month}",
        as_of=held.known_on,
        held=held,
        it=found,
        short=laid.short,
        exact=laid.exact,
        money=laid.money,
        link=laid.link,
        data=pictures.links(
            f"/ledger/{held.closing.month}/invoice.{{form}}?contract={found.contract}", ""
        ),
    )


@router.get("/ledger/{month}/invoice.{form}")
def invoice_data(form: str, held: TheHeld, contract: str) -> Response:
    """Give the lines of an invoice as a file."""
    table = laid.lines(_invoice(held, contract))
    name = f"invoice-{held.closing.month}"
    return data.as_file(pictures.numbers(table), form, name)


def _invoice(held: Held, contract: str) -> Invoice:
    by_contract = held.statement.by_contract
    if contract not in by_contract:
        what, hint = (
            "this contract has no invoice in the month",
            did_you_mean(contract, by_contract),
        )
        where = Where(path=f"/ledger/{held.closing.month}")
        raise OfftakeError(Fault(code="OTK-B030", what=what, where=where, got=contract, hint=hint))
    return by_contract[contract]


@router.get("/ledger/{month}/reconcile")
def reconcile(request: Request, service: TheService, held: TheHeld) -> Response:
    """Show what may be claimed, what leaked, and which clauses differ."""
    said, made, notes = _reconciled(service, held)
    return frame.page(
        request,
        "reconcile.html",
        title=f"Claims and leaks, {held.closing.month}",
        as_of=held.known_on,
        held=held,
        says=said,
        tables=made,
        notes=notes,
        links=pictures.links,
    )


def _reconciled(
    service: TheService, held: Held
) -> tuple[Mapping[str, str], Mapping[str, Table], Sequence[str]]:
    """Look for claims and leaks by the terms and the facts the month was closed with."""
    when, as_of = held.closing.month, held.closing.as_of
    with service.store.reading() as connection:
        contracts = contracts_in(connection, when)
        facts = settled_by(connection, contracts, as_of=as_of)
    claims = calendar(contracts, known(facts, as_of), when.until(when))
    report = leaks(contracts, facts, when, as_of=as_of, most=_MOST_LEAKS)
    said = {"claims": claim_tables.claims_say(claims), "leaks": claim_tables.leaks_say(report)}
    made = {
        "claims": claim_tables.claims(claims),
        "facts": claim_tables.facts(report),
        "what-ifs": claim_tables.what_ifs(report),
        "gaps": claim_tables.gaps(report.gaps),
    }
    kept = {key: table for key, table in made.items() if table.rows}
    return said, kept, claim_tables.notes(report)


@router.get("/ledger/{month}/data/{key}.{form}")
def month_data(key: str, form: str, service: TheService, held: TheHeld) -> Response:
    """Give the numbers of one of a month's figures or tables."""
    made = dict(_tables(held.statement))
    made |= {f.key: f.table for f in chain_flow.figures(held.statement)}
    if key not in made:
        made |= _reconciled(service, held)[1]
    where = f"/ledger/{held.closing.month}"
    name = f"{key}-{held.closing.month}"
    return data.as_file(pictures.chosen(made, key, where), form, name)
