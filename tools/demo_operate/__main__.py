"""The command: `python -m tools.demo_operate`, or `make demo-operate`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from offtake.cli import main as offtake
from offtake.cli.calling import Caller
from offtake.measure.used import used
from offtake.model.charge import ChargeKind
from offtake.model.month import Month
from offtake.store import open_store, statement_in
from offtake.store.watching import watched
from tools.cluster.installation import Installation as Slurm
from tools.cluster.installation import temporary
from tools.cluster.needs import reason
from tools.demo_operate import slurm
from tools.demo_operate.stage import HERE, Stage, cut_power

LOST = "north"
"""Cluster that loses power."""
PATIENCE_S = 90.0
"""Longest to wait until all jobs are over."""
_SUM = "dd if=/dev/zero bs=1048576 count=32 2>/dev/null | cksum; sleep {seconds}"
_STEPS = """\
done=${{OFFTAKE_ATTAINED_S:-0}}
while [ "$done" -lt {seconds} ]; do sleep 1; done=$((done + 1)); echo "step $done"; done
"""
_OPEN = ("queued", "starting", "running", "stopping")


def jobs() -> Iterator[Mapping[str, object]]:
    """Give twenty jobs: sums, gangs of two, and two trainings that save what they did."""
    for number in range(12):
        yield {"name": f"sum-{number}", "run": _SUM.format(seconds=1 + number % 3)}
    for number in range(6):
        run = _SUM.format(seconds=4)
        yield {"name": f"gang-{number}", "run": run, "accelerator_count": 2}
    for number in range(2):
        yield {
            "name": f"training-{number}",
            "run": _STEPS.format(seconds=12),
            "accelerator_count": 2,
            "checkpoint_minutes": 0.05,
        }


def main() -> int:
    """Run jobs on two sites, lose one, settle the month; status 1 where something is amiss."""
    parser = argparse.ArgumentParser(prog="python -m tools.demo_operate", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("out/demo-operate"))
    parser.add_argument("--slurm", action="store_true", help="on two real Slurm clusters")
    args = parser.parse_args()
    if args.slurm and reason():
        print(reason(), file=sys.stderr)
        return 1
    began = time.monotonic()
    if args.slurm:
        say("two real Slurm clusters of four nodes begin, with accounting")
        with temporary() as real:
            files = {"installation.yaml": slurm.installation(real)}
            good = show(
                Stage(args.folder, {**files, "portfolio.yaml": slurm.portfolio(real)}), real
            )
    else:
        names = ("installation.yaml", "portfolio.yaml")
        files = {name: (HERE / name).read_text() for name in names}
        good = show(Stage(args.folder, files), None)
    print(f"\n{time.monotonic() - began:.0f} s in all; everything is in {args.folder}.")
    return 0 if good else 1


def show(stage: Stage, real: Slurm | None) -> bool:
    """Run it all on a stage; gives whether all is as it should be."""
    try:
        stage.begin()
        with Caller(stage.url) as caller:
            made = play(caller, real)
    finally:
        stage.end()
    whole = settle(stage, Month.of(datetime.now(UTC).date()))
    return whole and all(job["state"] == "succeeded" for job in made)


def play(caller: Caller, real: Slurm | None) -> Sequence[Mapping[str, Any]]:
    """Hand jobs in, lose a site while they run, and wait until all are over."""
    names = caller.post("/v1/jobs", list(jobs()), key="demo")["jobs"]
    say(f"{len(names)} jobs handed in; two sites run them")
    wait(lambda: running_on(caller, names, LOST) >= 2)
    held = {t for job in seen(caller, names) for t in tokens(job, LOST)}
    caller.post(f"/v1/clusters/{LOST}/lost")
    daemons = () if real is None else tuple(slurm.cut(real, 0))
    killed = cut_power(held) + len(daemons)
    say(f"{LOST} loses power: {killed} processes are gone; it is lost")
    wait(lambda: not any(waits(job) for job in seen(caller, names) if struck(job, held)))
    for job in seen(caller, names):
        if struck(job, held) and len(job["attempts"]) > 1:
            where = " -> ".join(each["cluster"] for each in job["attempts"])
            print(f"  {job['name']:<12} {where}")
    wait(lambda: not any(job["state"] in _OPEN for job in seen(caller, names)))
    if real is not None:
        slurm.restore(real, 0, daemons)
    caller.post(f"/v1/clusters/{LOST}/found")
    time.sleep(1.0)  # the service takes note of that
    made = seen(caller, names)
    states = {state: sum(j["state"] == state for j in made) for state in {j["state"] for j in made}}
    say(f"all jobs are over: {', '.join(f'{n} {state}' for state, n in states.items())}")
    return made


def settle(stage: Stage, month: Month) -> bool:
    """Close the month and show the chain; gives whether what is charged is what was metered."""
    run("usage", "--store", stage.store)
    say("the month is closed early, as of its last second, so that there is something to see")
    run("close", stage.world, month, "--books", stage.store, "--quiet")
    store = open_store(str(stage.store))
    with store.reading() as connection:
        statement = statement_in(connection, month)
        metered = sum(each.metered_s for each in used(watched(connection)))
    store.close()
    charged = sum(c.quantity * 3600 for c in statement.charges if c.kind is ChargeKind.USAGE)
    say(f"wrappers metered {metered} GPU-seconds; the month charges {charged}")
    run("learn", "--store", stage.store, "--world", stage.world, "--quiet")
    return metered == charged and metered > 0


def run(*words: object) -> None:
    """Run a command of offtake as a user does.

    Raises:
        RuntimeError: it failed.
    """
    print(f"\n$ offtake {' '.join(map(str, words))}", flush=True)
    status = offtake([str(word) for word in words])
    sys.stdout.flush()
    if status:
        raise RuntimeError(f"offtake {words[0]} ended with status {status}")


def seen(caller: Caller, names: Sequence[str]) -> list[Mapping[str, Any]]:
    """Give the jobs as they are now."""
    return [caller.get(f"/v1/jobs/{name}") for name in names]


def tokens(job: Mapping[str, Any], cluster: str) -> list[str]:
    """Give the attempts of a job that run on a cluster."""
    return [
        a["token"] for a in job["attempts"] if a["cluster"] == cluster and a["state"] == "begun"
    ]


def running_on(caller: Caller, names: Sequence[str], cluster: str) -> int:
    """Count attempts that run on a cluster."""
    return sum(len(tokens(job, cluster)) for job in seen(caller, names))


def struck(job: Mapping[str, Any], held: set[str]) -> bool:
    """Tell whether one of these attempts is the job's."""
    return any(each["token"] in held for each in job["attempts"])


def waits(job: Mapping[str, Any]) -> bool:
    """Tell whether a job that was struck neither began again nor had ended just before."""
    return len(job["attempts"]) == 1 and job["state"] in _OPEN


def wait(what: Any) -> None:
    """Wait until something is so.

    Raises:
        RuntimeError: it is not, for too long.
    """
    until = time.monotonic() + PATIENCE_S
    while not what():
        if time.monotonic() > until:
            raise RuntimeError("waited too long; serve.log in the folder says what happened")
        time.sleep(0.2)


def say(line: str) -> None:
    """Say what happens."""
    print(f"\n{line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
