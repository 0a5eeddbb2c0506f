"""Figures of the fleet's simulation: a year of 100,000 accelerators, and simpy's pace beside it.

    make bench-simulate
    make bench-simulate ARGS="--only fleet_100k_year"
    make bench-simulate ARGS="--only fleet_1m_5y"      20 sites, 50 million jobs: minutes

CPU seconds of one core, compiling excluded (a small fleet runs first). No public trace has this
size: sizes of jobs are powers of two up to 4,096 accelerators, durations lognormal, the load is
85 % of capacity, limits one to three times the duration. Failures as RSC-1 measured them, repair,
EASY backfill, hourly ledger, power budgets that throttle, uplinks oversubscribed 2 to 1.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Generator

import numpy as np

from bench._figure import show
from offtake.model.bucket import Bucket
from offtake.model.fleet import Budget, Cluster, Delivery, Fleet
from offtake.model.history import History
from offtake.model.job import Jobs, Kind
from offtake.policy.rules import POLICIES
from offtake.simulate.fleet import run
from offtake.simulate.parameters import (
    Cause,
    Checkpoint,
    Domain,
    Hazard,
    Network,
    Parameters,
    Recovery,
    Repair,
)
from offtake.units import it_mw

YEAR_S = 365.0 * 86400.0
PARAMETERS = Parameters(
    hazards=(
        Hazard(cause=Cause.UNKNOWN, rate_per_day=0.0065),
        Hazard(cause=Cause.POWER, domain=Domain.RACK, rate_per_day=0.0005),
    ),
    checkpoint=Checkpoint(interval_minutes=60.0, write_s=30.0),
    recovery=Recovery(restart_minutes=10.0),
    repair=Repair(manual_share=0.3),
    network=Network(exposed_share=0.05, oversubscription_ratio=2.0),
)


def fleet(sites: int, nodes: int, years: float) -> Fleet:
    """Sites of so many nodes, with a limit on power for three hours each week."""
    full = nodes * 8 * 700.0 / 1e6
    budgets = []
    for week in range(int(years * 52)):
        cut = it_mw(0.75 * full)
        budgets.append(Budget(from_hours=168.0 * week + 66.0, power_it_mw=cut))
        budgets.append(Budget(from_hours=168.0 * week + 69.0))
    clusters = (
        Cluster(
            id=f"s{site}",
            accelerator="h100",
            deliveries=(Delivery(node_count=nodes),),
            budgets=tuple(budgets),
        )
        for site in range(sites)
    )
    return Fleet(clusters=tuple(clusters))


def jobs(count: int, sites: int, nodes: int, horizon_s: float) -> Jobs:
    """Draw jobs that ask for 85 % of the capacity; each may run at one site."""
    rng = np.random.default_rng(0)
    submitted = rng.uniform(0.0, horizon_s, count)
    submitted.sort()
    size = np.minimum(2 ** (rng.geometric(0.42, count) - 1), 512).astype(np.int32)
    work = np.minimum(rng.lognormal(0.0, 1.5, count), 300.0)
    work *= sites * nodes * horizon_s * 0.85 / float((size * work).sum())
    limit = work * rng.uniform(1.0, 3.0, count)
    kinds = tuple(Kind(id=f"k{site}", speed_ratio={f"s{site}": 1.0}) for site in range(sites))
    kind = rng.integers(0, sites, count).astype(np.int16)
    return Jobs.of(submitted, work, size * 8, limit_s=limit, kind=kind, kinds=kinds)


def timed(sites: int, nodes: int, years: float, count: int) -> tuple[History, float]:
    """Simulate, and give the CPU seconds it took."""
    horizon = years * YEAR_S
    there, asked = fleet(sites, nodes, years), jobs(count, sites, nodes, horizon)
    began = time.process_time()
    made = run(there, asked, PARAMETERS, horizon_s=horizon, policy=POLICIES["easy"], seed=1)
    return made, time.process_time() - began


def tell(made: History) -> None:
    """Say on stderr what happened, so that a figure can be doubted."""
    shares = ", ".join(f"{bucket.value} {made.share(bucket):.4f}" for bucket in Bucket)
    ended = int(np.isfinite(made.outcomes.ended_s).sum())
    strikes = len(made.strikes.time_s)
    print(f"{shares}; unclosed {made.unclosed():.1e}", file=sys.stderr)
    print(f"{ended:,} jobs ended, {strikes:,} strikes", file=sys.stderr)


def warm(sites: int) -> None:
    """Compile, or read what was compiled."""
    timed(sites, 512, 0.002, 200)


def year_100k(share: float) -> None:
    """A year of 100,000 accelerators at one site."""
    warm(1)
    made, cpu_s = timed(1, 12_500, share, int(5_200_000 * share))
    tell(made)
    show("fleet_100k_year_cpu_s", cpu_s, "s", 20.0 * share)
    show("fleet_100k_year_jobs", len(made.jobs), "jobs", 5e6 * share)
    show("fleet_100k_year_events_per_s", made.events / cpu_s, "events/s")
    show("fleet_100k_year_peak_gb", peak_gb(), "GB", 2.0)


def five_years_1m(share: float) -> None:
    """Five years of 1,000,000 accelerators at 20 sites."""
    warm(20)
    made, cpu_s = timed(20, 6_250, 5.0 * share, int(50_000_000 * share))
    tell(made)
    show("fleet_1m_5y_cpu_s", cpu_s, "s", 600.0 * share)
    show("fleet_1m_5y_jobs", len(made.jobs), "jobs")
    show("fleet_1m_5y_peak_gb", peak_gb(), "GB")


def peak_gb() -> float:
    """Give the most memory this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def toy(share: float) -> None:
    """Events a second of simpy, where jobs only wait for one of many servers."""
    import simpy

    rng = np.random.default_rng(0)
    count = int(200_000 * share)
    environment = simpy.Environment()
    servers = simpy.Resource(environment, capacity=100)
    gaps, service = rng.exponential(1.0, count), rng.exponential(85.0, count)

    def job(seconds: float) -> Generator[simpy.Event, object, None]:
        with servers.request() as turn:
            yield turn
            yield environment.timeout(seconds)

    def arrivals() -> Generator[simpy.Event, object, None]:
        for gap, seconds in zip(gaps, service, strict=True):
            yield environment.timeout(gap)
            environment.process(job(seconds))

    environment.process(arrivals())
    began = time.process_time()
    environment.run()
    # An arrival and an end, as ours are counted.
    show("simpy_events_per_s", 2 * count / (time.process_time() - began), "events/s")


FIGURES: dict[str, Callable[[float], None]] = {
    "fleet_100k_year": year_100k,
    "simpy": toy,
    "fleet_1m_5y": five_years_1m,
}
"""What is measured, by name."""


def main() -> int:
    """Print the figures, each in a process of its own: a peak of memory never falls."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    usual = ["fleet_100k_year", "simpy"]
    parser.add_argument("--only", nargs="+", choices=FIGURES, metavar="NAME", default=usual)
    parser.add_argument("--quick", action="store_true", help="a tenth of all, to see that it runs")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    share = 0.1 if given.quick else 1.0
    if given.here:
        FIGURES[given.only[0]](share)
        return 0
    failed = False
    for name in given.only:
        command = [sys.executable, "-m", "bench.simulate", "--here", "--only", name]
        made = subprocess.run(
            command + (["--quick"] if given.quick else []),
            check=False,
            stdout=subprocess.PIPE,
            text=True,
        )
        for line in made.stdout.splitlines():
            print(json.dumps(json.loads(line)), flush=True)
        failed = failed or made.returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
