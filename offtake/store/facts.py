"""Facts in a store: recorded once, kept for good, given back as `Records`.

The same fact may be sent again, by a retry or from an overlapping export: it counts once,
known from the first time it was recorded. A fact of the same name that says something
else is refused; what was wrong is corrected by a later fact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
from sqlalchemy import Connection, Table, func, select, tuple_

from offtake.errors import Fault, OfftakeError, Where, few
from offtake.model.event import Event, EventKind
from offtake.model.month import epoch
from offtake.model.reading import Fixing, Tariff
from offtake.model.records import METERS, Readings, Records
from offtake.store import tables
from offtake.store.bodies import body, fact_of, number_text
from offtake.store.moments import moment

Row = dict[str, Any]
CHUNK = 5_000
"""Rows that are written, or looked up, at once."""
_LOCK = 73_012
"""PostgreSQL: the lock that lets one sender of facts in after the other."""
_KEYS = 200
"""Names that are looked up in one query."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """What came of facts that were sent."""

    new_count: int
    """Facts that are new."""
    known_count: int
    """Facts that had been recorded before, or were sent twice."""


@dataclass(frozen=True, slots=True)
class _Kind:
    table: Table
    key: tuple[str, ...]
    says: tuple[str, ...]
    place: Callable[[Row], str]


_EVENTS = _Kind(tables.event, ("id",), ("kind", "body"), lambda r: f"events.{r['id']}")
_READINGS = _Kind(
    tables.reading,
    ("source", "id"),
    ("meter", "site", "tranche", "node", "starts", "ends", "amount"),
    lambda r: f"readings.{r['source']}/{r['id']}",
)
_FIXINGS = _Kind(
    tables.fixing,
    ("series", "day", "recorded"),
    ("value",),
    lambda r: f"fixings.{r['series']}/{r['day']}",
)
_TARIFFS = _Kind(tables.tariff, ("id",), ("body",), lambda r: f"tariffs.{r['id']}")


def append(connection: Connection, records: Records, *, now: datetime) -> Appended:
    """Add facts to a store; those it knows already change nothing.

    Args:
        connection: one that writes; all facts are added with its commit, or none.
        records: the facts.
        now: when they are sent.

    Raises:
        OfftakeError: facts that are recorded already, or sent twice, and say something
            else now (`OTK-B010`); a moment without a time zone (`OTK-L001`).
    """
    stored = epoch(now)
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    faults: list[Fault] = []
    new = sent = 0
    for kind, rows in _rows(records):
        for chunk in _chunks(rows):
            fresh, wrong = _fresh(connection, kind, chunk)
            faults.extend(wrong)
            sent += len(chunk)
            new += len(fresh)
            if fresh and not faults:
                connection.execute(kind.table.insert(), [{**r, "stored": stored} for r in fresh])
    if faults:
        raise OfftakeError(few(faults))
    return Appended(new_count=new, known_count=sent - new)


def _rows(records: Records) -> Iterator[tuple[_Kind, Iterable[Row]]]:
    yield _EVENTS, map(_event_row, records.events)
    yield _READINGS, _reading_rows(records.readings)
    yield _FIXINGS, map(_fixing_row, records.fixings)
    yield _TARIFFS, map(_tariff_row, records.tariffs)


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _fresh(connection: Connection, kind: _Kind, rows: list[Row]) -> tuple[list[Row], list[Fault]]:
    """Part rows into new ones and faults; what is known already is left out."""
    known = _known(connection, kind, rows)
    fresh: list[Row] = []
    faults: list[Fault] = []
    for row in rows:
        key = tuple(row[name] for name in kind.key)
        says = tuple(row[name] for name in kind.says)
        before = known.setdefault(key, says)
        if before is says:
            fresh.append(row)
        elif before != says:
            faults.append(_differs(kind, row, before, says))
    return fresh, faults


def _known(
    connection: Connection, kind: _Kind, rows: Sequence[Row]
) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    columns = [kind.table.c[name] for name in (*kind.key, *kind.says)]
    names = tuple_(*(kind.table.c[name] for name in kind.key))
    count = len(kind.key)
    known: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for at in range(0, len(rows), _KEYS):
        keys = [tuple(row[name] for name in kind.key) for row in rows[at : at + _KEYS]]
        for found in connection.execute(select(*columns).where(names.in_(keys))):
            known[tuple(found[:count])] = tuple(found[count:])
    return known


def _differs(kind: _Kind, row: Row, before: tuple[Any, ...], says: tuple[Any, ...]) -> Fault:
    pairs = zip(kind.says, before, says, strict=True)
    apart = [(name, old, new) for name, old, new in pairs if old != new]
    return Fault(
        code="OTK-B010",
        what="recorded already, and it said something else then",
        where=Where(path=kind.place(row)),
        got="; ".join(f"{name} was {old} and is {new}" for name, old, new in apart),
        hint="facts are never changed: record a correction under a name of its own",
    )


def _event_row(event: Event) -> Row:
    return {
        "id": event.id,
        "kind": str(event.kind),
        "body": body(event, ("id", "kind", "recorded")),
        "recorded": epoch(event.recorded),
    }


def _fixing_row(fixing: Fixing) -> Row:
    return {
        "series": fixing.series,
        "day": str(fixing.day),
        "recorded": epoch(fixing.recorded),
        "value": number_text(fixing.value_amount),
    }


def _tariff_row(tariff: Tariff) -> Row:
    return {
        "id": tariff.id,
        "body": body(tariff, ("id", "recorded")),
        "recorded": epoch(tariff.recorded),
    }


def _reading_rows(readings: Readings) -> Iterator[Row]:
    names: Mapping[int, str | None] = {-1: None, **dict(enumerate(readings.names))}
    columns = ("source", "id", "meter", "site", "tranche", "node")
    numbers = ("starts", "ends", "amount", "recorded")
    for row in zip(*(getattr(readings, c).tolist() for c in (*columns, *numbers)), strict=True):
        source, ident, meter, site, tranche, node, starts, ends, amount, recorded = row
        yield {
            "source": names[source],
            "id": str(ident),
            "meter": str(METERS[meter]),
            "site": names[site],
            "tranche": names[tranche],
            "node": names[node],
            "starts": starts,
            "ends": ends,
            "amount": amount,
            "recorded": recorded,
        }


def records(connection: Connection) -> Records:
    """Give back all that was recorded, in the order it was."""
    event, fixing, tariff = tables.event, tables.fixing, tables.tariff
    return Records(
        events=tuple(
            fact_of(
                Event,
                row.body,
                {"id": row.id, "kind": EventKind(row.kind), "recorded": moment(row.recorded)},
            )
            for row in connection.execute(select(event).order_by(event.c.recorded, event.c.id))
        ),
        readings=_readings(connection),
        fixings=tuple(
            Fixing(
                series=row.series,
                day=date.fromisoformat(row.day),
                value_amount=Decimal(row.value),
                recorded=moment(row.recorded),
            )
            for row in connection.execute(
                select(fixing).order_by(fixing.c.recorded, fixing.c.series, fixing.c.day)
            )
        ),
        tariffs=tuple(
            fact_of(Tariff, row.body, {"id": row.id, "recorded": moment(row.recorded)})
            for row in connection.execute(select(tariff).order_by(tariff.c.recorded, tariff.c.id))
        ),
    )


def _readings(connection: Connection) -> Readings:
    t = tables.reading.c
    asked = select(
        *(t.source, t.site, t.tranche, t.node, t.id, t.meter),
        *(t.starts, t.ends, t.amount, t.recorded),
    ).order_by(t.recorded, t.source, t.id)
    rows = connection.execute(asked).all()
    known: dict[str, int] = {}
    named = np.full((4, len(rows)), -1, np.int32)
    for column in range(4):
        for place, row in enumerate(rows):
            if row[column] is not None:
                named[column, place] = known.setdefault(row[column], len(known))
    codes = {str(meter): code for code, meter in enumerate(METERS)}
    return Readings(
        names=tuple(known),
        source=named[0],
        site=named[1],
        tranche=named[2],
        node=named[3],
        id=np.array([row[4] for row in rows], dtype=object),
        meter=np.fromiter((codes[row[5]] for row in rows), np.int8, len(rows)),
        starts=np.fromiter((row[6] for row in rows), np.int64, len(rows)),
        ends=np.fromiter((row[7] for row in rows), np.int64, len(rows)),
        amount=np.fromiter((row[8] for row in rows), np.int64, len(rows)),
        recorded=np.fromiter((row[9] for row in rows), np.int64, len(rows)),
    )


def last_recorded(connection: Connection) -> datetime | None:
    """Give the latest moment at which a fact became known; None where there are none."""
    kinds = (tables.event, tables.reading, tables.fixing, tables.tariff)
    latest = (connection.scalar(select(func.max(table.c.recorded))) for table in kinds)
    found = [second for second in latest if second is not None]
    return moment(max(found)) if found else None


def recorded_after(connection: Connection, as_of: datetime) -> int:
    """Count the facts that became known after a moment."""
    kinds = (tables.event, tables.reading, tables.fixing, tables.tariff)
    later = epoch(as_of)
    counts = (
        connection.scalar(select(func.count()).select_from(t).where(t.c.recorded > later))
        for t in kinds
    )
    return sum(count or 0 for count in counts)
