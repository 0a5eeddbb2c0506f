"""How the simulation of a fleet grows: with accelerators, with years and with jobs.

    python -m bench.simulate_growth              # the rows, as JSON
    python -m bench.simulate_growth --write      # and docs/reference/growth.md

Each row is the fleet of `bench.simulate` at another size, one run on one core, compiled before.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench.simulate import timed, warm

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "growth.md"
STEPS = {
    "accelerators": ((1, 1_250, 0.1), (1, 12_500, 0.1), (8, 12_500, 0.1)),
    "years": ((1, 12_500, 0.1), (1, 12_500, 0.3), (1, 12_500, 1.0)),
    "sites": ((1, 12_500, 0.3), (5, 2_500, 0.3), (20, 625, 0.3)),
}
"""What grows: sites, nodes of 8 at each, years. Jobs grow with accelerators and time."""
JOBS = (0.25, 1.0, 4.0)
"""For a tenth of a year at one site of 12,500 nodes: jobs over the usual number."""
PER_NODE_YEAR = 5_200_000 / 12_500


def row(grows: str, sites: int, nodes: int, years: float, more: float = 1.0) -> dict[str, object]:
    """Simulate one size and say what it took."""
    count = int(sites * nodes * years * PER_NODE_YEAR * more)
    made, cpu_s = timed(sites, nodes, years, count)
    return {
        "grows": grows,
        "accelerators": sites * nodes * 8,
        "sites": sites,
        "years": years,
        "jobs": count,
        "events": made.events,
        "cpu_s": round(cpu_s, 2),
        "events_per_s": round(made.events / cpu_s),
    }


def rows() -> list[dict[str, object]]:
    """Measure every row."""
    for sites in (1, 8, 20):
        warm(sites)
    found = [row(grows, *size) for grows, sizes in STEPS.items() for size in sizes]
    return found + [row("jobs", 1, 12_500, 0.1, more) for more in JOBS]


def page(found: list[dict[str, object]]) -> str:
    """Write the rows as a page."""
    lines = [
        "# How the simulation of a fleet grows",
        "",
        f"Measured on {datetime.now(UTC):%Y-%m-%d} by `python -m bench.simulate_growth --write`:"
        f" one core of {platform.machine()}, Python {platform.python_version()}, CPU time without"
        " compiling. Failures, repair, backfill, an hourly ledger, limits on power and crowded"
        " uplinks are on. Work asks for 85 % of the capacity; with more jobs on the same machine"
        " each is smaller.",
        "",
        "| grows | accelerators | sites | years | jobs | events | CPU s | events/s |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for one in found:
        lines.append(
            f"| {one['grows']} | {one['accelerators']:,} | {one['sites']} | {one['years']} "
            f"| {one['jobs']:,} "
            f"| {one['events']:,} | {one['cpu_s']} | {one['events_per_s']:,} |"
        )
    lines += [
        "",
        "Time goes with events, and events with jobs. An event costs more with more sites: two to"
        " three times as much with eight times the machines, less than twice with twenty smaller"
        " sites instead of one."
        " `make bench-simulate` prints the year of 100,000 accelerators and, with"
        " `--only fleet_1m_5y`, five years of 1,000,000.",
        "",
    ]
    return "\n".join(lines)


def main() -> int:
    """Print the rows; write the page where that is asked for."""
    parser = argparse.ArgumentParser(description="How the simulation of a fleet grows.")
    parser.add_argument("--write", action="store_true", help="write docs/reference/growth.md")
    given = parser.parse_args()
    found = rows()
    for one in found:
        print(json.dumps(one), flush=True)
    if given.write:
        PAGE.write_text(page(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
