"""How time and memory grow with scenarios, sites and quarters, as a Markdown table.

    python -m bench.scale
    python -m bench.scale --only scenarios
    python -m bench.scale --quick

Each row is a drawn portfolio (`bench.instances`), its relaxation solved by decomposition to
a gap of 0.1 % of the volume of cost, in a process of its own. What stands in
docs/understanding/scale.md is what this printed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from bench._planner import GAP, SEED, peak_gb
from bench._relaxed import decomposed, question
from bench.instances import RISK, Size, instance
from offtake.plan.search import columns

REPO = Path(__file__).resolve().parent.parent
HEAD = ("sites", "accelerators", "quarters", "scenarios", "columns", "wall s", "CPU s", "peak GB")


@dataclass(frozen=True, slots=True)
class Shape:
    """One row of the table."""

    sites: int = 10
    accelerators: int = 5
    quarters: int = 16
    scenarios: int = 50


GROWTH = {
    "scenarios": [Shape(scenarios=n) for n in (10, 50, 200, 1_000)],
    "sites": [Shape(sites=n) for n in (5, 10, 20, 40)],
    "quarters": [Shape(quarters=n) for n in (8, 16, 24, 40)],
}
QUICK = {
    "scenarios": [Shape(2, 2, 8, n) for n in (4, 8)],
    "sites": [Shape(n, 2, 8, 4) for n in (2, 3)],
    "quarters": [Shape(2, 2, n, 4) for n in (8, 12)],
}


def measure(shape: Shape) -> list[float]:
    """Solve one and tell columns, wall time, CPU time and peak memory of this process."""
    portfolio = instance(Size(shape.sites, shape.accelerators, shape.quarters), SEED)
    wall, cpu = time.perf_counter(), time.process_time()
    asked = question(portfolio, shape.scenarios, SEED, RISK)
    decomposed(asked, GAP)
    taken = [time.perf_counter() - wall, time.process_time() - cpu, peak_gb()]
    return [float(columns(asked, asked.part(np.arange(1)))), *taken]


def row(shape: Shape) -> str:
    """Measure in a process of its own, and write the row."""
    command = [sys.executable, "-m", "bench.scale", "--one", json.dumps(asdict(shape))]
    made = subprocess.run(command, cwd=REPO, check=True, stdout=subprocess.PIPE, text=True)
    found = json.loads(made.stdout.splitlines()[-1])
    cells = [f"{n:,}" for n in (*asdict(shape).values(), round(found[0]))]
    cells += [f"{found[1]:.1f}", f"{found[2]:.1f}", f"{found[3]:.2f}"]
    return f"| {' | '.join(cells)} |"


def main() -> int:
    """Print a table for each way to grow."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", nargs="+", choices=GROWTH, metavar="WAY", default=[*GROWTH])
    parser.add_argument("--quick", action="store_true", help="tiny ones, to see that it runs")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(Shape(**json.loads(options.one)))))
        return 0
    for way in options.only:
        print(f"\n**By {way}**\n")
        print(f"| {' | '.join(HEAD)} |\n|{'---:|' * len(HEAD)}")
        for shape in (QUICK if options.quick else GROWTH)[way]:
            print(row(shape), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
