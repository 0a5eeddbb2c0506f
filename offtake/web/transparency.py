"""Transparency: the sheet of a month, from what was read, with what is not known and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import numpy as np
from fastapi import Depends, Query, Request, Response
from fastapi.responses import JSONResponse

from offtake.draw import measure as bars
from offtake.draw import measure_tables as laid
from offtake.draw import words
from offtake.draw.figure import Figure
from offtake.draw.layout import FULL
from offtake.draw.tables import Table
from offtake.errors import Fault, OfftakeError, Where
from offtake.files.transparency import sheet_plain, sheet_table
from offtake.ledger.chain import settle_chain
from offtake.ledger.known import known
from offtake.measure.asked import Asked
from offtake.measure.definitions import SCOPE_2
from offtake.measure.month import sheet_of
from offtake.model.metric import Metric, Sheet
from offtake.model.month import Month
from offtake.model.records import Records
from offtake.model.statement import Statement
from offtake.store import contracts_in, statement_in
from offtake.store.closing import Closing, closings
from offtake.store.watching import settled_by
from offtake.web import data, frame, pictures
from offtake.web.access import TheService
from offtake.web.sources import Everything, Shown, TheWorld, hours_of

router = frame.router()
ADDRESS = "/transparency/data/{key}.{form}"
_MONEY = ("usd-per-million-tokens-billed", "usd-per-million-tokens-effective")
_READING = "Blue: read over all of the window. Grey: over part of it; the rest is not filled."
Metrics = tuple[Metric, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which sheet is asked for."""

    month: Month | None
    flop_per_token: float | None

    def query(self, month: Month) -> str:
        """Write it as the query of an address."""
        more = "" if self.flop_per_token is None else f"&flop_per_token={self.flop_per_token:g}"
        return f"?month={month}{more}"


@dataclass(frozen=True, slots=True)
class Made:
    """A sheet, and what it was made from."""

    month: Month
    sheet: Sheet
    closed: Closing | None
    """The closing it rests on; None is records of the world alone."""
    as_of: datetime
    """Moment whose knowledge it rests on."""
    unsettled: Fault | None
    """Why it tells no money; None where it does."""


def wanted(
    month: Annotated[str, Query(max_length=7)] = "",
    flop_per_token: Annotated[str, Query(max_length=40)] = "",
) -> Wanted:
    """Read which sheet is asked for; what is left empty is left out.

    Raises:
        OfftakeError: the month is none, or the FLOPs of a token are no number above 0
            (`OTK-W004`).
    """
    faults = []
    when = flops = None
    try:
        when = Month.parse(month) if month else None
    except ValueError as error:
        faults.append(Fault(code="OTK-W004", what=str(error), where=Where(path="month"), got=month))
    try:
        flops = float(flop_per_token) if flop_per_token.strip() else None
        if flops is not None and not 0.0 < flops < float("inf"):
            raise ValueError
    except ValueError:
        what, where = "FLOPs of a token are a number above 0", Where(path="flop_per_token")
        faults.append(Fault(code="OTK-W004", what=what, where=where, got=flop_per_token))
    if faults:
        raise OfftakeError(faults)
    return Wanted(when, flops)


TheWanted = Annotated[Wanted, Depends(wanted)]


@router.get("/transparency")
def transparency(
    request: Request, service: TheService, _who: Everything, world: TheWorld, want: TheWanted
) -> Response:
    """Show the sheet of a month."""
    known_months = _months(service, world)
    if world is None or not known_months:
        return frame.page(
            request, "transparency-none.html", title="Transparency", world=world, words=words
        )
    made = _made(service, world, known_months, want)
    address = ADDRESS + want.query(made.month)
    stamp = "" if made.closed is None else made.closed.digest
    key = f"sheet:{world.key}:{world.stamp}:{stamp}:{want.query(made.month)}"
    sheet = made.sheet
    shown = [
        picture
        for figure, found in _figures(sheet)
        for picture in pictures.shown(request.app, key, found, [figure], address)
    ]
    return frame.page(
        request,
        "transparency.html",
        title="Transparency",
        as_of=words.day(made.as_of.date()),
        made=made,
        it=sheet,
        months=[str(month) for month in reversed(known_months)],
        want=want,
        laid=laid,
        pictures=shown,
        absent=laid.absent(sheet),
        sources=laid.sources(sheet),
        address=address,
        links=pictures.links,
        words=words,
    )


@router.get("/transparency.json")
def whole(service: TheService, _who: Everything, world: TheWorld, want: TheWanted) -> Response:
    """Give the sheet as published: exact, every metric with its two parts."""
    made = _there(service, world, want)
    name = f"transparency-{made.month}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return JSONResponse(sheet_plain(made.sheet), headers=headers)


@router.get("/transparency/data/{key}.{form}")
def sheet_data(
    key: str, form: str, service: TheService, _who: Everything, world: TheWorld, want: TheWanted
) -> Response:
    """Give the whole sheet, or one of its figures or tables, as a file."""
    made = _there(service, world, want)
    name = f"transparency-{made.month}"
    if key == "sheet":
        return data.as_file(sheet_table(made.sheet), form, name)
    tables: Mapping[str, Table] = {
        **{figure.key: figure.table for figure, _ in _figures(made.sheet)},
        "absent": laid.absent(made.sheet),
        "sources": laid.sources(made.sheet),
    }
    return data.as_file(pictures.chosen(tables, key, "/transparency"), form, f"{name}-{key}")


def _there(service: TheService, world: Shown | None, want: Wanted) -> Made:
    known_months = _months(service, world)
    if world is None or not known_months:
        raise pictures.nothing("/transparency")
    return _made(service, world, known_months, want)


def _months(service: TheService, world: Shown | None) -> list[Month]:
    """Give the months there can be a sheet of.

    They are the months the world has readings of, and those closed on contracts of the world.
    """
    if world is None:
        return []
    days = np.unique(world.records.readings.starts // 86_400).tolist()
    found = {Month.of(datetime.fromtimestamp(day * 86_400, UTC).date()) for day in days}
    return sorted(found | {closing.month for closing in _closings(service, world)})


def _closings(service: TheService, world: Shown) -> list[Closing]:
    """Give the closings that rest on contracts of the world."""
    names = {contract.id for contract in world.document.portfolio.contracts}
    with service.store.reading() as connection:
        return [
            closing
            for closing in closings(connection)
            if {one.id for one in contracts_in(connection, closing.month)} <= names
        ]


def _made(service: TheService, world: Shown, months: list[Month], want: Wanted) -> Made:
    month = want.month or months[-1]
    if month not in months:
        what, hint = "nothing was read in this month", f"there are {months[0]} to {months[-1]}"
        where = Where(path="/transparency")
        fault = Fault(code="OTK-B030", what=what, where=where, got=str(month), hint=hint)
        raise OfftakeError(fault)
    portfolio = world.document.portfolio
    closed = next((c for c in _closings(service, world) if c.month == month), None)
    statement: Statement | None = None
    unsettled = None
    if closed is not None:
        as_of = closed.as_of
        with service.store.reading() as connection:
            statement = statement_in(connection, month)
            facts = settled_by(connection, contracts_in(connection, month), as_of=as_of)
    else:
        facts = world.records
        as_of = _last_recorded(facts)
        try:
            statement = settle_chain(portfolio.contracts, facts, month, as_of=as_of)
        except OfftakeError as error:
            unsettled = error.faults[0]
    asked = Asked(
        portfolio=portfolio,
        known=known(facts, as_of),
        month=month,
        statement=statement,
        hours=hours_of(world, month),
        flop_per_token=want.flop_per_token,
    )
    return Made(month, sheet_of(asked, portfolio.lab), closed, as_of, unsettled)


def _last_recorded(records: Records) -> datetime:
    """Give the moment the last record was made: all of them are known then."""
    moments = [
        *(event.recorded for event in records.events),
        *(fixing.recorded for fixing in records.fixings),
        *(tariff.recorded for tariff in records.tariffs),
    ]
    seconds = records.readings.recorded
    if len(seconds):
        moments.append(datetime.fromtimestamp(int(seconds.max()), UTC))
    return max(moments)


def _figures(sheet: Sheet) -> Iterator[tuple[Figure[Metrics], Metrics]]:
    wanted = (
        ("shares", "Shares: use by its kind, goodput, clean energy", laid.shares(sheet)),
        ("scope-2", "Scope 2, all three ways", laid.of(sheet, *SCOPE_2)),
        ("money", "Dollars per million tokens", laid.of(sheet, *_MONEY)),
    )
    for key, title, found in wanted:
        if found:
            yield (
                Figure(
                    key=key,
                    title=title,
                    says=f"{words.counted(len(found), 'number')}; each kind stands under its own "
                    "name.",
                    reading=_READING,
                    kind="A bar for each number.",
                    table=laid.listed(found, title),
                    draw=bars.draw,
                    wide=FULL,
                ),
                found,
            )
