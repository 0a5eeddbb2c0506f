"""The command: `python -m tools.chaos --seed 1 --jobs 500 --kills 5`."""

from __future__ import annotations

import argparse
import json
import random
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from offtake.cli.calling import Caller
from offtake.errors import OfftakeError
from offtake.operate.engines.slurm import SlurmEngine
from tools.chaos.count import Count, counted, tokens
from tools.chaos.stage import Stage, clusters, here, raised
from tools.cluster.needs import reason

BATCH = 5
"""Jobs of one request."""
BODY = """\
echo "$OFFTAKE_TOKEN $(date +%s.%N)" >>{witness}/begins
sleep {seconds}
echo "$OFFTAKE_TOKEN $(date +%s.%N)" >>{witness}/ends
"""
PATIENCE_S = 300.0
"""Longest to wait, after the last kill, until all jobs are over."""
SHORT = (60, 1)
"""Jobs and kills of each kind of a short run."""


@dataclass
class Client:
    """Hands jobs in all the while, each request under its key until it is acknowledged."""

    stage: Stage
    jobs: int
    pause_s: float
    rng: random.Random
    acknowledged: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Hand everything in."""
        for first in range(0, self.jobs, BATCH):
            batch = [self._job() for _ in range(min(BATCH, self.jobs - first))]
            self._send(batch, f"chaos-{first}")
            time.sleep(self.pause_s)

    def _job(self) -> dict[str, object]:
        script = BODY.format(witness=self.stage.witness, seconds=self.rng.choice((0, 1, 2, 4)))
        count = self.rng.choice((1, 1, 2, 4))
        return {"name": "chaos", "run": script, "accelerator_count": count, "restarts_count": 100}

    def _send(self, batch: Sequence[object], key: str) -> None:
        while True:
            try:
                with Caller(self.stage.url) as caller:
                    self.acknowledged += caller.post("/v1/jobs", batch, key=key)["jobs"]
                return
            except OfftakeError as error:
                self.refusals.append(error.faults[0].code)
                time.sleep(0.2)


def schedule(rng: random.Random, kills: int, *, sqlite: bool) -> list[str]:
    """Give what is killed, in order: each kind so often, the clusters in turn."""
    kinds = ["service", "slurmctld", "slurmd", "slurmrestd", *([] if sqlite else ["database"])]
    made = [kind for kind in kinds for _ in range(kills)]
    rng.shuffle(made)
    return made


def strike(stage: Stage, kind: str, rng: random.Random) -> str:
    """Kill something, wait a little, start it again; gives what it was."""
    down_s = rng.choice((0.0, 0.5, 2.0))
    if kind == "service":
        stage.kill()
        time.sleep(down_s)
        stage.begin()
        return kind
    if kind == "database":
        stage.database()
        return kind
    place = rng.choice(stage.slurm.places)
    name = f"slurmd-{rng.choice(place.site.node_names)}" if kind == "slurmd" else kind
    stage.slurm.kill(place.site.name, name)
    time.sleep(down_s)
    stage.slurm.revive(place.site.name, name)
    return f"{place.site.name}/{name}"


def play(seed: int, jobs: int, kills: int, *, sqlite: bool, tell: Callable[[str], None]) -> Count:
    """Run it all once, and count.

    Args:
        seed: of the order of kills, of pauses and of jobs.
        jobs: how many.
        kills: how often each kind is killed.
        sqlite: keep work in a file instead of a PostgreSQL.
        tell: told what happens.

    Raises:
        RuntimeError: jobs are not over in time, or something does not come up again.
    """
    rng = random.Random(seed)
    with raised(sqlite=sqlite) as stage:
        plan = schedule(rng, kills, sqlite=sqlite)
        pause_s = max(0.2, 2.5 * len(plan) * BATCH / jobs)
        client = Client(stage, jobs, pause_s, random.Random(seed + 1))
        thread = threading.Thread(target=client.run, name="client", daemon=True)
        thread.start()
        began = time.monotonic()
        for kind in plan:
            # Jobs go in all the while: Slurm has acknowledged some within the last seconds.
            time.sleep(rng.uniform(0.5, 3.0))
            name = strike(stage, kind, rng)
            tell(f"{time.monotonic() - began:7.1f} s  {name}, {len(client.acknowledged)} jobs")
        thread.join(PATIENCE_S)
        if thread.is_alive():
            raise RuntimeError(f"jobs are still not acknowledged: {client.refusals[-5:]}")
        _wait(stage, tell)
        tell(f"{time.monotonic() - began:7.1f} s  all is over; {len(client.refusals)} retries")
        stage.kill()
        return counted(stage.store, stage.witness, client.acknowledged, _sacct(stage))


def _wait(stage: Stage, tell: Callable[[str], None]) -> None:
    """Wait until no job is open; whatever still begins afterwards is counted too."""
    until = time.monotonic() + PATIENCE_S
    found: dict[str, int] = {}
    with Caller(stage.url) as caller:
        while time.monotonic() < until:
            found = caller.get("/v1/counts")
            if not any(found[state] for state in ("queued", "starting", "running", "stopping")):
                time.sleep(10.0)
                return
            time.sleep(0.5)
    tell(f"not over: {found}")


def _sacct(stage: Stage) -> dict[str, float]:
    found: dict[str, float] = {}
    made = tokens(stage.store)
    for one in clusters(stage.slurm):
        engine = SlurmEngine(one.id, one.engine)
        usage = engine.usage(made.get(one.id, ()))
        found.update((token, used.gpu_seconds) for token, used in usage.items())
        engine.close()
    return found


def main() -> int:
    """Run chaos, print what was counted, and end with 1 where a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tools.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=500)
    parser.add_argument("--kills", type=int, default=5, help="of each kind")
    parser.add_argument("--short", action="store_true", help="60 jobs, one kill of each kind")
    parser.add_argument("--sqlite", action="store_true", help="a file instead of a PostgreSQL")
    args = parser.parse_args()
    if reason():
        print(reason(), file=sys.stderr)
        return 1
    jobs, kills = SHORT if args.short else (args.jobs, args.kills)
    count = play(args.seed, jobs, kills, sqlite=args.sqlite, tell=_note)
    for name, value in count.plain().items():
        print(f"{name:26} {value}", file=sys.stderr)
    today = datetime.now(UTC).date().isoformat()
    head = {"date": today, "on": here(), "seed": args.seed, "kills_of_each": kills}
    print(json.dumps({**head, **count.plain()}, indent=2))
    return 1 if count.broken() else 0


def _note(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
