"""`offtake invoice`: a cloud's invoice in FOCUS, as charges and readings of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from offtake.cli.options import Json

Several = Annotated[tuple[str, ...], Parameter(negative=())]


def invoice(
    world: str,
    month: str,
    file: Path,
    /,
    *,
    link: str,
    region: Several = (),
    gpus: Several = (),
    recorded: str | None = None,
    dry_run: bool = False,
    as_json: Json = False,
) -> None:
    """Read a cloud's invoice in FOCUS: its charges, and what it says was used.

    Rows of one thing become one charge, rounded once. What was used of accelerators, energy
    and tokens is added to the world's records as readings; reading it twice adds nothing.
    Rows that cannot be used are counted with the reason. To hold an invoice against its
    contract use `offtake shadow`.

        offtake invoice my-month 2026-06 cloud.csv --link B --region north=fjord --dry-run

    Args:
        world: Folder or file of a portfolio; the readings go to its records.
        month: The month that is read, written like 2027-06; rows of others are counted.
        file: The invoice: CSV or Parquet, FOCUS 1.0 or later.
        link: The contract its charges are of.
        region: A region of the invoice and the site of ours it is, REGION=SITE; a region that is
            called like a site is that site.
        gpus: Accelerators of one machine the invoice counts by the hour, SKU=COUNT.
        recorded: When the invoice became known; else now.
        dry_run: Write nothing; tell what would be added.
        as_json: Print charges and counts as JSON, in the form offtake.invoice/1.
    """
    from offtake.cli import invoicing

    asked = invoicing.Asked(world, month, link, region, gpus, recorded)
    invoicing.read(file, asked, dry_run=dry_run, as_json=as_json)
