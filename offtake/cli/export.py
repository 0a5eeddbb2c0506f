"""`offtake export`: a saved plan or study as tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from offtake.cli import screen


def export(
    plan: Path,
    /,
    *,
    to: Path,
    table: str | None = None,
    as_csv: Annotated[bool, Parameter(name="--csv")] = False,
    dry_run: bool = False,
    force: bool = False,
) -> None:
    """Write a saved plan or study as tables: Parquet, CSV, or a live workbook.

    A folder gets one Parquet file a table and a datapackage.json that says the unit and the
    meaning of every column. In a workbook totals, discounting and checks are formulas.

        offtake export out/three-sites --to out/three-sites/tables
        offtake export out/three-sites --to out/three-sites/plan.xlsx
        offtake export out/three-sites --to signings.csv --table signings

    Args:
        plan: A saved plan or study, or the folder a plan was saved in.
        to: A folder, or a file that ends in .xlsx, .parquet or .csv.
        table: Only this table; a .parquet or .csv file holds one.
        as_csv: Write CSV files into the folder instead of Parquet.
        dry_run: Tell what would be written, and write nothing.
        force: Replace files that offtake did not write.
    """
    from offtake.cli import outputs, saved
    from offtake.files import exported

    contents = exported(saved.read(plan), to, csv=as_csv, table=table)
    outputs.claim(contents, force=force)
    for path, content in contents.items():
        if dry_run:
            screen.say(f"would write {path}: {content.holds}")
        else:
            screen.say(f"wrote {outputs.fill(path, content.data)}: {content.holds}")
