"""A line of an invoice, back to its clause, its readings, the attempts that ran, and the plan.

line ──> clause, as written
──> steps ──> readings, events, fixings, tariffs ──> attempts on the tranche's clusters
──> lines it rests on, each with a page like this
──> the plan its contract was adopted from
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import Request, Response
from sqlalchemy import Connection, RowMapping, func, select

from offtake.draw import statement_tables as laid
from offtake.draw import words
from offtake.draw.numbers import NOTHING
from offtake.draw.tables import Table
from offtake.errors import Fault, OfftakeError, Where, did_you_mean
from offtake.ledger.case import window
from offtake.ledger.tracing import Trace, trace
from offtake.model.charge import Charge
from offtake.model.contract import Contract
from offtake.model.month import Month
from offtake.operate.rows import CLUSTER
from offtake.store import contracts_in, statements, work_tables
from offtake.store.adoptions import Adopted, adopted_contracts, last_adoption
from offtake.store.watching import settled_by
from offtake.store.work import clusters
from offtake.web import data, frame, pictures
from offtake.web.access import TheService
from offtake.web.closed import Held, TheHeld

router = frame.router()
MOST = 50
"""Attempts that are listed; the sums have all."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What ran in the month on the clusters of a line's tranches."""

    clusters: tuple[str, ...]
    """Clusters that are of these tranches."""
    count: int
    """Attempts that began in the month."""
    gpu_seconds: int
    """Accelerator-seconds their wrappers metered."""
    table: Table
    """The largest of them."""
    jobs: tuple[str, ...]
    """The job of each row."""


@dataclass(frozen=True, slots=True)
class Laid:
    """A line with all it rests on."""

    charge: Charge
    trace: Trace
    ran: Ran
    adopted: Adopted | None
    """The adoption that made its contract; None where none did."""


@router.get("/ledger/{month}/line")
def line(request: Request, service: TheService, held: TheHeld, id: str) -> Response:
    """Show how a line came about."""
    with service.store.reading() as connection:
        found = _laid(connection, held, id)
    month = held.closing.month
    return frame.page(
        request,
        "line.html",
        title=f"Line {laid.short(found.charge)} of {found.charge.contract}, {month}",
        as_of=held.known_on,
        held=held,
        it=found,
        charge=found.charge,
        short=laid.short,
        exact=laid.exact,
        money=laid.money,
        steps=laid.steps(found.charge),
        data=pictures.links(f"/ledger/{month}/line.{{form}}?id={found.charge.id}", ""),
        words=words,
    )


@router.get("/ledger/{month}/line.{form}")
def line_data(form: str, held: TheHeld, id: str) -> Response:
    """Give the arithmetic of a line as a file."""
    return data.as_file(pictures.numbers(laid.steps(_charge(held, id))), form, "line")


def _charge(held: Held, ident: str) -> Charge:
    known = {charge.id: charge for charge in held.statement.charges}
    if ident not in known:
        what, hint = "the month has no such line", did_you_mean(ident, known)
        where = Where(path=f"/ledger/{held.closing.month}")
        raise OfftakeError(Fault(code="OTK-B030", what=what, where=where, got=ident, hint=hint))
    return known[ident]


def _laid(connection: Connection, held: Held, ident: str) -> Laid:
    charge = _charge(held, ident)
    contracts = contracts_in(connection, held.closing.month)
    facts = settled_by(connection, contracts, as_of=held.closing.as_of)
    traced = trace(charge.id, statements(connection), contracts, facts)
    return Laid(
        charge=charge,
        trace=traced,
        ran=_ran(connection, held.closing.month, contracts, set(_tranches(charge, traced))),
        adopted=_adopted(connection, charge.contract),
    )


def _tranches(charge: Charge, found: Trace) -> Iterator[str]:
    """Name the tranches a line is of, `CONTRACT.TRANCHE`: its own, and those its readings name."""
    if charge.tranche is not None:
        yield f"{charge.contract}.{charge.tranche}"
    for cited in found.cited:
        yield from (value for name, value in cited.facts if name == "tranche")
    for deeper in found.lines:
        if isinstance(deeper.line, Charge):
            yield from _tranches(deeper.line, deeper)


def _adopted(connection: Connection, contract: str) -> Adopted | None:
    last = last_adoption(connection)
    if last is None:
        return None
    names = {one.id for one in adopted_contracts(connection, last)}
    return last if contract in names else None


def _ran(
    connection: Connection, month: Month, contracts: Sequence[Contract], tranches: set[str]
) -> Ran:
    """Find what ran in the month on the clusters that deliver some tranches."""
    names = tuple(
        cluster.id
        for cluster in (CLUSTER.validate_json(row["body"]) for row in clusters(connection))
        if f"{cluster.contract}.{cluster.tranche}" in tranches
    )
    zones = {contract.time_zone for contract in contracts} or {"UTC"}
    spans = [window(month, zone) for zone in zones]
    table = work_tables.attempt
    among = (
        table.c.cluster.in_(names),
        table.c.began >= min(start for start, _ in spans),
        table.c.began < max(end for _, end in spans),
    )
    asked = select(func.count(), func.coalesce(func.sum(table.c.gpu_seconds), 0)).where(*among)
    count, seconds = connection.execute(asked).one()
    largest = select(table).where(*among).order_by(table.c.gpu_seconds.desc(), table.c.token)
    rows = connection.execute(largest.limit(MOST)).mappings().all()
    return Ran(
        clusters=names,
        count=int(count),
        gpu_seconds=int(seconds),
        table=_attempts(rows),
        jobs=tuple(str(row["job"]) for row in rows),
    )


def _attempts(rows: Sequence[RowMapping]) -> Table:
    return Table(
        caption="Attempts that began in the month on clusters of the line's tranches, the "
        "largest first",
        head=("Job", "Attempt", "Cluster", "Node", "Began", "Ended", "GPU-seconds"),
        rows=tuple(
            (
                str(row["job"]),
                str(row["number"]),
                str(row["cluster"]),
                words.plain(str(row["node"] or "")) or NOTHING,
                _moment(row["began"]),
                _moment(row["ended"]),
                NOTHING if row["gpu_seconds"] is None else f"{row['gpu_seconds']:,}",
            )
            for row in rows
        ),
        texts=frozenset({0, 2, 3, 4, 5}),
    )


def _moment(seconds: object) -> str:
    if not isinstance(seconds, int | float):
        return NOTHING
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"
