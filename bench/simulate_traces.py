"""Published experiments on traces, run again: how near, and how fast.

    python -m bench.simulate_traces               figures: CPU seconds of 5,000 jobs
    python -m bench.simulate_traces --write       every published point, into validate/measured.py

Reads the traces from `../shared/traces`, and says so and stops where that is not there.
Anchors are Gavel's own simulator on the same case: 125 CPU s (FIFO, 5,000 jobs).
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench._figure import show
from offtake.files.traces.jobs import read_gavel
from offtake.files.traces.openb import read_nodes, read_tasks
from offtake.policy.packing import Rule
from offtake.simulate.replay.packing import Machines, replay_packing
from offtake.simulate.replay.rounds import Rounds, Share, Work, replay_rounds

TRACES = Path(__file__).resolve().parent.parent.parent / "shared" / "traces"
MEASURED = Path("offtake/simulate/validate/measured.py")
TYPES = ("v100", "p100", "k80")
CAPACITY = np.array([36, 36, 36])
WATCHED = (4_000, 5_000)
GAVEL_FIFO_S = 125.0
RULES = {"01-Random": Rule.RANDOM, "05-BestFit": Rule.BEST_FIT, "06-FGD": Rule.FRAGMENTATION}
LP_POINTS = (("single", 0.4), ("single", 2.0), ("multi", 2.0))
"""Points of the linear program that are run: each takes half a minute."""
Point = tuple[str, str, float, float, float]
"""Experiment, policy, where, published, ours."""


def work(which: str, rate: float) -> Work:
    """Give Gavel's jobs at so many an hour."""
    path = TRACES / f"gavel_jobs_seed0_{which}.csv.gz"
    jobs = read_gavel(path, TRACES / "gavel_throughputs.csv", TYPES, most=108)
    return Work(
        arrival_s=jobs.arrival_units * 3_600.0 / rate,
        accelerators_count=jobs.accelerators_count,
        steps=jobs.steps,
        speed=jobs.speed,
    )


def run(which: str, rate: float, share: Share) -> Rounds:
    """Run one published point of Gavel."""
    return replay_rounds(work(which, rate), CAPACITY, share, WATCHED)


def gavel() -> Iterator[Point]:
    """Run the published points of Gavel, the linear program at some of them."""
    with (TRACES / "gavel_published_low_load.csv").open() as lines:
        for row in csv.DictReader(lines):
            which = row["workload"].removeprefix("continuous_")
            rate = float(row["input_job_rate_per_h_or_num_jobs"])
            if row["policy"] not in list(Share):
                continue
            share = Share(row["policy"])
            if share is Share.MAX_MIN_BY_SPEED and (which, rate) not in LP_POINTS:
                continue
            ours = run(which, rate, share).mean_hours
            yield f"gavel {which}", share.value, rate, float(row["published"]), ours


def fgd() -> Iterator[Point]:
    """Pack ten times by each rule, as published; give the mean at each point."""
    told = read_tasks(TRACES / "openb_pods_default.csv.gz")
    nodes = read_nodes(TRACES / "openb_nodes.csv.gz")
    machines = Machines(
        cpu_milli=nodes.cpu_milli,
        memory_mib=nodes.memory_mib,
        accelerators_count=nodes.accelerators_count,
    )
    columns = (told.cpu_milli, told.memory_mib, told.accelerators_count, told.share_milli)
    tasks = np.stack(columns, axis=1)
    with (TRACES / "fgd_published_default.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    points = [name for name in rows[0] if name.isdecimal()]
    for name, rule in RULES.items():
        seeds = [row for row in rows if row["sc_policy"] == name]
        made = [replay_packing(tasks, machines, rule, seed=int(row["seed"])) for row in seeds]
        for point in points:
            published = float(np.mean([float(row[point]) for row in seeds]))
            ours = float(np.mean([100.0 * one.at(float(point) / 100.0) for one in made]))
            yield "fgd", name[3:], float(point), published, ours


def write() -> None:
    """Write every point as data that needs no trace to be read."""
    lines = [
        '"""What replays of traces gave: written by `python -m bench.simulate_traces --write`.',
        "",
        "Experiment, policy, jobs an hour or percent arrived, published, ours: hours of mean",
        "completion time, or percent allocated.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        "MEASURED: tuple[tuple[str, str, float, float, float], ...] = (",
    ]
    for point in (*gavel(), *fgd()):
        told = (*point[:2], point[2], round(point[3], 3), round(point[4], 3))
        print(*told, flush=True)
        text = ", ".join(f'"{x}"' if isinstance(x, str) else repr(x) for x in told)
        lines.append(f"    ({text}),")
    MEASURED.write_text("\n".join((*lines, ")", "")), encoding="utf-8")


def cpu_s(share: Share) -> float:
    """Give CPU seconds of 5,000 jobs at two an hour, compilation and reading excluded."""
    jobs = work("single", 2.0)
    replay_rounds(jobs, CAPACITY, share, (0, 10))
    began = time.process_time()
    replay_rounds(jobs, CAPACITY, share, WATCHED)
    return time.process_time() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--write", action="store_true", help=f"run all points into {MEASURED}")
    parser.add_argument("--quick", action="store_true", help="leave out the linear program")
    told = parser.parse_args()
    if not TRACES.is_dir():
        print("no traces: the folder ../shared/traces is not beside this checkout")
        return 0
    if told.write:
        write()
        return 0
    spent = cpu_s(Share.FIFO)
    show("gavel_fifo_5000_jobs_cpu_s", spent, "s", GAVEL_FIFO_S)
    show("gavel_fifo_times_faster", GAVEL_FIFO_S / spent, "times", 100.0)
    if not told.quick:
        show("gavel_lp_5000_jobs_cpu_s", cpu_s(Share.MAX_MIN_BY_SPEED), "s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
