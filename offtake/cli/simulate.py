"""`offtake simulate`: what a fleet will really deliver. Each question is a command."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from offtake.cli.options import Json, Whole, whole
from offtake.errors import Exit, Fault, OfftakeError, Where

Count = Annotated[int, Parameter(converter=whole)]
"""A whole number."""


def train(
    *accelerators: Count,
    on: str = "H100",
    precision: Literal["bf16", "fp8"] = "bf16",
    peak_tflops: float | None = None,
    model: float = 405.0,
    tokens: float = 15_600.0,
    mfu: float = 0.4,
    node: Count = 8,
    failures: float = 6.5,
    restart: float = 10.0,
    write: float = 30.0,
    every: float | None = None,
    repair: float = 24.0,
    spares: Whole = None,
    cap: float = 1.0,
    replications: Count = 200,
    seed: Count = 1,
    processes: Count = 1,
    out: Path | None = None,
    as_json: Json = False,
    quiet: bool = False,
    force: bool = False,
) -> None:
    """Days and goodput of a training run, its best checkpoint interval and spares.

    Simulates the run on each number of accelerators, failure by failure, many times over, and
    says where all accelerator time goes. The defaults are Llama 3 405B on a cluster that fails
    like Meta's RSC-1; MFU is taken as the same at every scale. The first run on a machine
    compiles the simulation, which takes about half a minute.

        offtake simulate train 16384 100000 300000
        offtake simulate train 98304 --failures 3.8 --restart 3 --write 5
        offtake simulate train 18432 --on GB200 --node 72 --cap 0.8 --out out/train --json

    Args:
        accelerators: How many it runs on; several are compared.
        on: Accelerator, by its name in `offtake catalogue accelerators`.
        precision: Number format whose dense peak counts.
        peak_tflops: Peak of an accelerator instead of the catalogue's, in TFLOP/s.
        model: Parameters a token meets, in billions.
        tokens: Tokens it is trained on, in billions.
        mfu: Utilisation of that peak while it steps, 0 to 1.
        node: Accelerators that fail together.
        failures: Failures per 1000 node-days.
        restart: Minutes from a failure to the first step after it.
        write: Seconds for which a checkpoint stops the run.
        every: Minutes of work between checkpoints; else the best.
        repair: Hours a broken node is away, on average.
        spares: Nodes that stand by; else so many that it is short 1 % of the time.
        cap: Power allowed over full power, 0 to 1.
        replications: How often the run is simulated.
        seed: Seed of the draws; all numbers of accelerators meet the same luck.
        processes: Processes that share the replications.
        out: Save training.json and training.svg to this folder, or one of them to a file.
        as_json: Print JSON, in the form offtake.training/1.
        quiet: Tell no progress.
        force: Replace files that offtake did not write.
    """
    ready()
    from offtake.cli import simulating

    asked = simulating.Asked(
        accelerators=accelerators,
        peak=simulating.peak(on, precision, peak_tflops),
        model=model,
        tokens=tokens,
        replications=replications,
        seed=seed,
        processes=processes,
    )
    cluster = simulating.Cluster(
        mfu=mfu,
        node=node,
        failures=failures,
        restart=restart,
        write=write,
        every=every,
        repair=repair,
        spares=spares,
        cap=cap,
    )
    simulating.train(asked, cluster, out, as_json=as_json, quiet=quiet, force=force)


def ready() -> None:
    """Make sure that what compiles the simulation is installed.

    Raises:
        OfftakeError: it is not (`OTK-S007`).
    """
    if find_spec("numba") is None:
        fault = Fault(
            code="OTK-S007",
            what="simulation needs numba",
            where=Where(path="offtake simulate"),
            hint="pip install 'offtake[simulate]'",
        )
        raise OfftakeError(fault, exit=Exit.FAILED)
