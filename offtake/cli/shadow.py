"""`offtake shadow`: a supplier's own invoice held against what its contract says."""

from __future__ import annotations

from pathlib import Path

from offtake.cli.options import Json


def shadow(
    world: str,
    month: str,
    file: Path,
    /,
    *,
    link: str,
    as_of: str | None = None,
    as_json: Json = False,
    quiet: bool = False,
) -> int:
    """Hold a supplier's invoice against what its contract says, line by line.

    The file is a CSV or Parquet table with a column `amount` and as many of line, kind,
    tranche, subject, text, quantity, unit, price, currency as the supplier tells; or FOCUS.
    Each line is matched, or its amount differs (by how much, and why), or it is missing on
    one side. Ends with status 3 where anything is not matched.

        offtake shadow june-chain 2027-06 out/focus/cost_and_usage.csv --link A

    Args:
        world: Folder or file of a portfolio, or the name of a world that comes with offtake.
        month: The month, written like 2027-06.
        file: The supplier's invoice.
        link: The contract it is of.
        as_of: Count only what was known by then, such as 2027-07-05T00:00:00Z; else all.
        as_json: Print the findings as JSON, in the form offtake.shadow/1.
        quiet: Tell no progress and no warnings.
    """
    from offtake.cli import settling, shadowing

    asked = settling.Asked(world, month, link, as_of)
    return shadowing.shadow(asked, file, as_json=as_json, quiet=quiet)
