"""`offtake focus`: a settled month in the open format of bills."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from offtake.cli.options import Json


def focus(
    world: str,
    month: str,
    /,
    *,
    out: Path,
    link: str | None = None,
    version: Literal["1.4", "1.2"] = "1.4",
    as_of: str | None = None,
    as_json: Json = False,
    quiet: bool = False,
    force: bool = False,
) -> None:
    """Write a settled month as FOCUS, the open format of bills: Parquet and CSV.

    Version 1.4 has four datasets: Cost and Usage, Contract Commitment, Invoice Detail and
    Billing Period; 1.2 has Cost and Usage. BilledCost adds up to what each invoice asks for,
    EffectiveCost to what the month cost, both to the cent.

        offtake focus june-chain 2027-06 --out out/focus
        offtake focus june-chain 2027-06 --link B --version 1.2 --out out/focus-b

    Args:
        world: Folder or file of a portfolio, or the name of a world that comes with offtake.
        month: The month, written like 2027-06.
        out: Folder the files are written to.
        link: Only the invoice of this contract; else all links.
        version: Version of FOCUS.
        as_of: Count only what was known by then, such as 2027-07-05T00:00:00Z; else all.
        as_json: Print what was written as JSON, in the form offtake.focus/1.
        quiet: Tell no progress and no warnings.
        force: Replace files that offtake did not write.
    """
    from offtake.cli import focusing, settling

    asked = settling.Asked(world, month, link, as_of)
    focusing.focus(asked, out, version, as_json=as_json, quiet=quiet, force=force)
