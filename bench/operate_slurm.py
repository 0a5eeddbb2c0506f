"""What offtake adds to a real Slurm: latency of a start, share of the throughput.

    python -m bench.operate_slurm

One of the clusters of `tools.cluster` is asked in turn bare and through offtake, in the same run.
Bare: the same REST request, without service, store, wrapper and start fence. A body writes down
when it began; latency is from the request to that moment, throughput how many begin a second
from the first request until the last has begun. Needs Slurm on this machine, as `make cluster`.
"""

from __future__ import annotations

import argparse
import json
import secrets
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench._figure import show
from bench._service import Running, running
from bench.operate import Line
from offtake.model.installation import ClusterSpec
from offtake.operate.engines.port import Launch, Submitted
from offtake.operate.engines.slurm import SlurmEngine
from tools.chaos.stage import clusters
from tools.cluster.installation import temporary

SINGLES = 25
MANY = 300
ROUNDS = 3
PATIENCE_S = 180.0
UNEQUAL = (
    "not equal: bare, nobody keeps what was handed in, nothing is fenced, and no usage is written;"
    " client, service and Slurm's daemons share the machine's cores"
)


class Witness:
    """Where bodies write down when they began."""

    def __init__(self, folder: Path) -> None:
        """Make the folder, for whoever bodies run as."""
        self.folder = folder
        folder.mkdir()
        folder.chmod(0o777)

    def line(self, tag: str) -> str:
        """Give the line of a shell that writes it down, at once and wholly."""
        here = self.folder / tag
        return f"date +%s.%N >{here}.part && mv {here}.part {here}"

    def wait(self, tags: Sequence[str]) -> list[float]:
        """Wait for bodies and give when each began, in seconds since 1970.

        Raises:
            RuntimeError: not all began in time.
        """
        ends = time.monotonic() + PATIENCE_S
        left = set(tags)
        while left:
            left -= {path.name for path in self.folder.iterdir()}
            if time.monotonic() > ends:
                raise RuntimeError(f"{len(left)} of {len(tags)} bodies never began")
            time.sleep(0.005)
        return [float((self.folder / tag).read_text()) for tag in tags]


HandIn = Callable[[Sequence[str]], None]
"""Hands in one job for each tag."""


def bare(spec: ClusterSpec, witness: Witness) -> HandIn:
    """Give what hands jobs to Slurm itself."""
    engine = SlurmEngine(spec.id, spec.engine)

    def hand_in(tags: Sequence[str]) -> None:
        answers = engine.submit(
            [
                Launch(
                    token=secrets.token_hex(16),
                    job=tag,
                    name=tag,
                    command=("/bin/sh", "-c", witness.line(tag)),
                    log="/dev/null",
                    folder=None,
                    script="",
                    accelerator=spec.accelerator,
                    limit_s=60.0,
                )
                for tag in tags
            ]
        )
        if not all(isinstance(answer, Submitted) for answer in answers):
            raise RuntimeError(f"Slurm refused: {answers}")

    return hand_in


def through(service: Running, witness: Witness) -> HandIn:
    """Give what hands jobs to the service."""

    def hand_in(tags: Sequence[str]) -> None:
        jobs = [{"name": tag, "run": witness.line(tag), "limit_hours": 0.1} for tag in tags]
        line = Line(service.port)
        line.post("/v1/jobs", json.dumps(jobs).encode())
        line.close()

    return hand_in


def one_by_one(hand_in: HandIn, witness: Witness, name: str) -> list[float]:
    """Hand jobs in one after the other; give seconds until each began."""
    took = []
    for number in range(SINGLES):
        tag = f"{name}-{number}"
        began = time.time()
        hand_in([tag])
        took.append(witness.wait([tag])[0] - began)
        time.sleep(0.5)  # let Slurm put the last one away
    return took


def together(hand_in: HandIn, witness: Witness, name: str) -> float:
    """Hand many in at once; give how many began a second."""
    tags = [f"{name}-{number}" for number in range(MANY)]
    began = time.time()
    hand_in(tags)
    return MANY / (max(witness.wait(tags)) - began)


def measure(folder: Path, spec: ClusterSpec) -> None:
    """Print the figures of one cluster."""
    witness = Witness(folder / "witness")
    one: dict[str, Any] = {"id": spec.id, "site": spec.site, "accelerator": spec.accelerator}
    one |= {"accelerator_count": spec.accelerator_count, "accelerators_per_node_count": 8}
    kept = ("url", "user", "token_file", "config", "partition", "yard")
    engine = {"kind": "slurm", **{key: getattr(spec.engine, key) for key in kept}}
    made = {"offtake": "installation/1", "clusters": [{**one, "engine": engine}]}
    with running(folder / "service", json.dumps(made)) as service:
        ways = {"bare": bare(spec, witness), "offtake": through(service, witness)}
        for name, hand_in in ways.items():  # rules are loaded, nodes have run something
            hand_in([f"{name}-warm"])
            witness.wait([f"{name}-warm"])
        took: dict[str, list[float]] = {name: [] for name in ways}
        rates: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(ROUNDS):
            for name, hand_in in ways.items():
                took[name] += one_by_one(hand_in, witness, f"{name}-single-{turn}")
                rates[name].append(together(hand_in, witness, f"{name}-many-{turn}"))
                time.sleep(5.0)  # until Slurm has freed what ended
    p50 = {name: statistics.median(each) * 1e3 for name, each in took.items()}
    show("slurm_bare_p50_ms", p50["bare"], "ms")
    show("slurm_through_p50_ms", p50["offtake"], "ms")
    show("slurm_added_p50_ms", p50["offtake"] - p50["bare"], "ms", 200.0)
    rate = {name: statistics.median(each) for name, each in rates.items()}
    show("slurm_bare_per_s", rate["bare"], "1/s")
    show("slurm_through_per_s", rate["offtake"], "1/s")
    show("slurm_throughput_share", rate["offtake"] / rate["bare"], "share", 0.85)
    print(UNEQUAL)


def main() -> int:
    """Start a Slurm of its own, measure, and end it."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    with temporary() as slurm:
        folder = slurm.root / "bench"
        folder.mkdir()
        measure(folder, clusters(slurm)[0])
    return 0


if __name__ == "__main__":
    sys.exit(main())
