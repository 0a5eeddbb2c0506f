"""All figures of the planner: as its users run it, on drawn portfolios, and against others.

    make bench-plan
    make bench-plan ARGS="--only stargate --runs 3"
    make bench-plan ARGS="--quick"

Every figure is measured in a process of its own; CPU time and peak memory of a command are
those the system reports for that process.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench._figure import show
from bench._planner import FIGURES as PLANNER

REPO = Path(__file__).resolve().parent.parent
WORLD = REPO / "worlds" / "stargate"
WALL_S = 60.0
"""Seconds the plan of stargate may take with its report, on two cores."""
GAP_SHARE = 0.005
"""Gap that is good enough, as a share of the volume of cost."""
HELP_CPU_S = 0.4
"""CPU seconds help may take."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to measure."""

    runs: int
    quick: bool


@dataclass(frozen=True, slots=True)
class Used:
    """What one process used."""

    wall_s: float
    cpu_s: float
    peak_gb: float


def used(*arguments: str) -> Used:
    """Run offtake with these arguments and give what it used.

    Raises:
        RuntimeError: it failed.
    """
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "offtake", *arguments],
        cwd=REPO,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"offtake {' '.join(arguments)} ended with {process.returncode}")
    # Linux counts the peak in KiB.
    return Used(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e9)


def stargate(options: Options) -> None:
    """Plan stargate with its report, and print time, memory and gap."""
    found: list[Used] = []
    gaps: list[float] = []
    for _ in range(options.runs):
        with tempfile.TemporaryDirectory() as folder:
            found.append(used("plan", str(WORLD), "--out", folder, "--quiet"))
            saved = json.loads((Path(folder) / "plan.json").read_text(encoding="utf-8"))
            gaps.append(gap_share(saved))
    show("stargate_plan_wall_s", median(u.wall_s for u in found), "s", WALL_S)
    show("stargate_plan_cpu_s", median(u.cpu_s for u in found), "s")
    show("stargate_plan_peak_gb", median(u.peak_gb for u in found), "GB")
    show("stargate_plan_gap_share", median(gaps), "share of the volume of cost", GAP_SHARE)


def gap_share(saved: object) -> float:
    """Find the gap in a saved plan."""
    if isinstance(saved, dict):
        if "gap_share" in saved:
            return float(saved["gap_share"])
        for part in saved.values():
            if isinstance(part, dict):
                return gap_share(part)
    raise KeyError("gap_share")


def helped(_: Options) -> None:
    """CPU time of help, which says how quickly anything starts."""
    show("help_cpu_s", median(used("--help").cpu_s for _ in range(5)), "s", HELP_CPU_S)


def module(*words: str) -> Callable[[Options], None]:
    """Run a module of bench in a process of its own, and print the figures it prints.

    A process of its own, because a child's peak is never below that of its parent.
    """

    def measure(options: Options) -> None:
        quick = words[1:] + (("--quick",) if options.quick else ())
        command = [sys.executable, "-m", f"bench.{words[0]}", *quick]
        made = subprocess.run(command, cwd=REPO, check=True, stdout=subprocess.PIPE, text=True)
        for line in made.stdout.splitlines():
            if line.startswith("{"):
                print(line, flush=True)

    return measure


FIGURES: dict[str, Callable[[Options], None]] = {
    "help": helped,
    "linopy": module("linopy_model"),
    "pypsa": module("pypsa_model"),
    "stargate": stargate,
    **{name: module("_planner", name) for name in PLANNER},
}
"""What is measured, by name."""


def main() -> int:
    """Print the figures of the planner, all or some; a figure that fails does not end the rest."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=1, help="runs of stargate (default: 1)")
    parser.add_argument("--only", nargs="+", choices=FIGURES, metavar="NAME", default=[*FIGURES])
    parser.add_argument("--quick", action="store_true", help="a tenth of all, to see that it runs")
    given = parser.parse_args()
    failed = []
    for name in given.only:
        began = time.perf_counter()
        try:
            FIGURES[name](Options(given.runs, given.quick))
        except (RuntimeError, subprocess.CalledProcessError) as fault:
            failed.append(name)
            print(f"{name}: {fault}", file=sys.stderr)
        print(f"{name}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
