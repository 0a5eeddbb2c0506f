"""`offtake meter`: what was metered, added to the records of a world."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from offtake.cli.options import Json

Several = Annotated[tuple[str, ...], Parameter(negative=())]


def meter(
    *files: Path,
    format: Literal["prometheus", "sacct", "table"],
    world: str,
    site: str | None = None,
    tranche: str | None = None,
    since: str | None = None,
    until: str | None = None,
    every: str = "1h",
    zone: str | None = None,
    source: str | None = None,
    recorded: str | None = None,
    metric: Several = (),
    node_label: str | None = None,
    gap: str = "5m",
    meter: str | None = None,
    unit: str | None = None,
    period: str | None = None,
    column: Several = (),
    dry_run: bool = False,
    as_json: Json = False,
) -> None:
    """Add what was metered to the records of a world: Prometheus, Slurm or tables.

    Tells for each meter when it was read and when not, and accounts for everything in the
    files: what was taken, what said the same again, and what was refused and why. Adding
    the same again adds nothing; what contradicts is refused. Nothing is guessed: gaps stay
    gaps, and time that is counted already is not counted twice.

        offtake meter scrape.prom --format prometheus --world my-month --dry-run
        offtake meter jobs.txt --format sacct --world my-month --zone Europe/Oslo --dry-run
        offtake meter hall.csv --format table --world my-month --meter facility-energy --unit kWh

    Args:
        files: Files of one format, read together.
        format: `prometheus` (scrapes with timestamps, answers of its API), `sacct`
            (--parsable2 output), or `table` (CSV, Parquet).
        world: Folder or file of a portfolio; the readings go to its records.
        site: Site that was metered; may be left out where there is one alone.
        tranche: Count it for this tranche, CONTRACT.TRANCHE, instead of for nodes or the site.
        since: Take only what is of this moment or later, such as 2027-06-01.
        until: Take only what is of before this moment, such as 2027-07-01.
        every: Cut readings where this length of time is full: 15m, 1h, 1d.
        zone: Time zone of times in the files that do not say theirs, such as Europe/Oslo.
        source: What to call the meter or system; else what the file suggests.
        recorded: When this became known; else now.
        metric: Prometheus: a metric to read, NAME=METER:UNIT; else the energy counter of DCGM.
        node_label: Prometheus: the label that names a node; else Hostname, node and the like.
        gap: Prometheus: time without a sample beyond which nothing is covered.
        meter: Table: what all rows are: gpu-time, it-energy, facility-energy, peak-power, tokens.
        unit: Table: unit of the amounts, such as kWh; else that of readings.
        period: Table: the time each row covers, where no column tells its end.
        column: Table: a field and the column that holds it, FIELD=COLUMN.
        dry_run: Write nothing; tell what would be added.
        as_json: Print the account as JSON, in the form offtake.meter/1.
    """
    from offtake.cli import metering

    place = metering.Place(world, site, tranche, since, until, every, zone, source, recorded)
    how = metering.How(format, metric, node_label, gap, meter, unit, period, column)
    metering.add(files, place, how, dry_run=dry_run, as_json=as_json)
