"""A statement as datasets of FOCUS: every link, or one."""

from __future__ import annotations

from collections.abc import Iterator

from offtake.errors import Fault, OfftakeError, Where, did_you_mean
from offtake.files.focus import billing, commitments, cost
from offtake.files.focus.columns import (
    BILLING_PERIOD,
    CONTRACT_COMMITMENT,
    COST_AND_USAGE,
    INVOICE_DETAIL,
    Bundle,
    Dataset,
    Row,
    Version,
    columns,
)
from offtake.files.focus.links import Links
from offtake.model.statement import Statement


def bundle(
    statement: Statement,
    links: Links,
    *,
    version: Version = Version.V1_4,
    link: str | None = None,
    closed: bool = False,
) -> Bundle:
    """Give a statement as the datasets of a version of FOCUS.

    Each invoice's BilledCost adds up to its cash due and its EffectiveCost to its net, to
    the cent. Version 1.2 has Cost and Usage alone.

    Args:
        statement: The month, settled.
        links: The contracts of the chain, and how names are written.
        version: Which columns and datasets there are.
        link: Only the invoice of this contract; None is all.
        closed: Whether the month is closed in the books, its invoices issued.

    Raises:
        OfftakeError: the link is not in the statement (`OTK-M152`), a shortfall rests on no
            commitment (`OTK-M150`), or a commitment has no quantity (`OTK-M151`).
    """
    invoices = statement.invoices
    if link is not None:
        invoices = tuple(one for one in invoices if one.contract == link)
        if not invoices:
            raise _unknown(statement, link)
    used = [(invoice, tuple(cost.rows(links, invoice, version))) for invoice in invoices]
    held: dict[str, list[Row]] = {COST_AND_USAGE: [row for _, rows in used for row in rows]}
    if version is Version.V1_4:
        held[CONTRACT_COMMITMENT] = [
            row
            for invoice in invoices
            for row in commitments.rows(links, links.contract(invoice.contract), statement.as_of)
        ]
        held[INVOICE_DETAIL] = [
            row for invoice, rows in used for row in billing.details(invoice, rows, closed=closed)
        ]
        held[BILLING_PERIOD] = list(
            billing.periods(held[COST_AND_USAGE], statement.as_of, closed=closed)
        )
    return Bundle(version=version, datasets=tuple(_datasets(version, held)))


def _datasets(version: Version, held: dict[str, list[Row]]) -> Iterator[Dataset]:
    for name, names in columns(version).items():
        rows = tuple({column: row.get(column) for column in names} for row in held[name])
        yield Dataset(name=name, columns=names, rows=rows)


def _unknown(statement: Statement, link: str) -> OfftakeError:
    known = tuple(statement.by_contract)
    return OfftakeError(
        Fault(
            code="OTK-M152",
            what=f"no contract of this name is settled in {statement.month}",
            where=Where(path="link"),
            got=link,
            hint=did_you_mean(link, known),
        )
    )
