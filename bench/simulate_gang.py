"""How fast one gang job is simulated: CPU seconds of one core, compilation excluded.

    python -m bench.simulate_gang
    python -m bench.simulate_gang --quick

`airesim_defaults_replication_cpu_s` has AIReSim's own time for the same case as its anchor
(32.4 CPU s a replication, SimPy, measured once); `airesim_times_faster` is that over ours.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

from bench._figure import show
from offtake.simulate.gang import Gang, Outcome, simulate_gang
from offtake.simulate.parameters import (
    Checkpoint,
    Law,
    Parameters,
    Recovery,
    Repair,
    Spares,
)
from offtake.simulate.validate.airesim import JOB, defaults

BAR_S = 10.0
AIRESIM_S = 32.4
LARGE = Parameters(
    recovery=Recovery(restart_minutes=10.0),
    checkpoint=Checkpoint(interval_minutes=5.0, write_s=10.0),
    spares=Spares(standby_count=128, pool_count=128, select_minutes=3.0),
    repair=Repair(
        automatic_hours=2.0,
        manual_share=0.3,
        manual_hours=48.0,
        law=Law.LOGNORMAL,
        repair_shape=1.2,
    ),
)
"""100,000 accelerators at RSC-1's rate: 7,300 failures in 90 days, each with its repair."""


def cpu_s(work: Callable[[], Outcome]) -> tuple[float, Outcome]:
    """Time some work that was compiled before."""
    began = time.process_time()
    made = work()
    return time.process_time() - began, made


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="a tenth of the replications")
    count = 100 if parser.parse_args().quick else 1_000
    gang = Gang(accelerators_count=100_000, limit_hours=90 * 24.0)
    simulate_gang(LARGE, gang, replications=1)  # compiles, or loads what was compiled
    spent, made = cpu_s(lambda: simulate_gang(LARGE, gang, replications=count))
    show("gang_100k_1000_replications_cpu_s", spent * 1_000 / count, "s", BAR_S)
    show("gang_100k_failures_per_s", made.failures.mean * count / spent, "1/s")
    runs = count // 5
    spent, _ = cpu_s(lambda: simulate_gang(defaults(False), JOB, replications=runs))
    show("airesim_defaults_replication_cpu_s", spent / runs, "s", AIRESIM_S)
    show("airesim_times_faster", AIRESIM_S * runs / spent, "times", 1_000.0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
