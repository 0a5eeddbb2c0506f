"""The work of `offtake focus`: settle, turn into FOCUS, write, and tell what adds up to what."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from offtake.cli import outputs, screen, settling, tables
from offtake.files.exporting import PACKAGE
from offtake.files.focus import Bundle, Links, Version, bundle, files
from offtake.files.focus.columns import COST_AND_USAGE, FILES, columns
from offtake.model.portfolio import Portfolio
from offtake.model.statement import Statement

SCHEMA = "offtake.focus/1"
"""Name and version of the form of what is printed as JSON."""


def focus(
    asked: settling.Asked, out: Path, version: str, *, as_json: bool, quiet: bool, force: bool
) -> None:
    """Settle a month and write it as FOCUS.

    Raises:
        OfftakeError: the month cannot be settled, the link has no invoice (`OTK-M152`), or
            a file cannot be written.
    """
    wanted = Version(version)
    names = [FILES[name] for name in columns(wanted)]
    paths = [out / f"{name}{ending}" for name in names for ending in (".parquet", ".csv")]
    outputs.claim([*paths, out / PACKAGE], force=force)
    held = settling.read(asked, quiet)
    statement = settling.settled(held)
    made = bundle(statement, links(held.document.portfolio), version=wanted, link=asked.link)
    written = [outputs.fill(out / name, data) for name, data in files(made).items()]
    if as_json:
        screen.say_json(_plain(statement, made, written))
        return
    screen.say(f"FOCUS {made.version}, {statement.month}")
    _say(statement, made)
    for path in written:
        screen.say(f"wrote {path}")


def links(portfolio: Portfolio) -> Links:
    """Give what FOCUS asks of a chain: its contracts, and how names are written."""
    return Links(
        contracts=portfolio.contracts,
        parties={one.id: one.name for one in portfolio.parties},
        sites={one.id: one.name for one in portfolio.sites},
    )


Sums = dict[str, tuple[Decimal, Decimal]]


def _sums(made: Bundle) -> Sums:
    """Add up what each invoice bills and costs."""
    found: Sums = {}
    for row in made.by_name[COST_AND_USAGE].rows:
        billed, effective = row["BilledCost"], row["EffectiveCost"]
        assert isinstance(billed, Decimal)
        assert isinstance(effective, Decimal)
        before = found.get(str(row["InvoiceId"]), (Decimal(0), Decimal(0)))
        found[str(row["InvoiceId"])] = (before[0] + billed, before[1] + effective)
    return found


def _say(statement: Statement, made: Bundle) -> None:
    rows = []
    sums = _sums(made)
    for invoice in statement.invoices:
        if invoice.id in sums:
            billed, effective = sums[invoice.id]
            cells = (billed, invoice.cash_due, effective, invoice.net)
            rows.append((invoice.id, *(f"{cell:,}" for cell in cells), invoice.currency))
    heads = ("Invoice", "BilledCost", "Cash due", "EffectiveCost", "Net", "Currency")
    tables.say(heads, rows, (1, 2, 3, 4))
    for dataset in made.datasets:
        screen.say(f"{dataset.name}: {len(dataset.rows)} rows")


def _plain(statement: Statement, made: Bundle, written: list[Path]) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "version": str(made.version),
        "month": str(statement.month),
        "rows": {dataset.name: len(dataset.rows) for dataset in made.datasets},
        "invoices": {
            name: {"billed_cost": str(billed), "effective_cost": str(effective)}
            for name, (billed, effective) in _sums(made).items()
        },
        "files": [str(path) for path in written],
    }
