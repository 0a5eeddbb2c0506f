"""The work of `offtake simulate`: from options to parameters, simulate, tell and write."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from offtake.catalogue import table
from offtake.catalogue.machines import Accelerator
from offtake.cli import outputs, pagefile, screen, tables
from offtake.cli.interruptible import interruptible
from offtake.cli.progress import Status
from offtake.draw import numbers
from offtake.errors import Exit, Fault, OfftakeError, Where, did_you_mean
from offtake.model.bucket import Bucket
from offtake.progress import Progress
from offtake.simulate.parameters import (
    Cause,
    Checkpoint,
    Hazard,
    Interval,
    Parameters,
    Power,
    Recovery,
    Repair,
    Spares,
    Speed,
    Topology,
)
from offtake.simulate.train import Trained, Training
from offtake.simulate.train import train as trained

SCHEMA = "offtake.training/1"
"""Name and version of the form a simulated training run is written in."""
SAVED, FIGURE = "training.json", "training.svg"
"""What the files are called in the folder of `--out`."""
_WHERE = "offtake simulate train"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which runs, and how often each."""

    accelerators: tuple[int, ...]
    peak: float
    model: float
    tokens: float
    replications: int
    seed: int
    processes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """What the cluster is like, as options say it."""

    mfu: float
    node: int
    failures: float
    restart: float
    write: float
    every: float | None
    repair: float
    spares: int | None
    cap: float


@dataclass(frozen=True, slots=True)
class Files:
    """Where results are to be written; None is nowhere."""

    saved: Path | None
    figure: Path | None


def peak(name: str, precision: str, given: float | None) -> float:
    """Give the peak of an accelerator in TFLOP/s: what is given, else the catalogue's.

    Raises:
        OfftakeError: there is no such accelerator, or no such peak (`OTK-S011`).
    """
    if given is not None:
        return given
    known = {row.id: row for row in table("accelerators") if isinstance(row, Accelerator)}
    where = Where(path=f"{_WHERE} --on")
    if name not in known:
        hint = did_you_mean(name, known)
        what = "there is no such accelerator"
        raise _usage(Fault(code="OTK-S011", what=what, where=where, got=f"'{name}'", hint=hint))
    found: float | None = getattr(known[name], f"{precision}_dense_tflops")
    if found is None:
        what = f"the catalogue has no {precision} peak of it"
        hint = "give --peak-tflops"
        raise _usage(Fault(code="OTK-S011", what=what, where=where, got=f"'{name}'", hint=hint))
    return found


def _usage(fault: Fault) -> OfftakeError:
    return OfftakeError(fault, exit=Exit.USAGE)


def parameters(cluster: Cluster) -> Parameters:
    """Turn options into the parameters of a simulation.

    Raises:
        OfftakeError: a number is out of its bounds (`OTK-F120`).
    """
    every = cluster.every
    return Parameters(
        topology=Topology(accelerators_per_node_count=cluster.node),
        hazards=(Hazard(cause=Cause.UNKNOWN, rate_per_day=cluster.failures / 1000.0),),
        recovery=Recovery(restart_minutes=cluster.restart),
        spares=Spares(standby_count=cluster.spares),
        repair=Repair(automatic_hours=cluster.repair),
        checkpoint=Checkpoint(
            interval=Interval.YOUNG_DALY if every is None else Interval.FIXED,
            interval_minutes=60.0 if every is None else every,
            write_s=cluster.write,
        ),
        speed=Speed(mfu_share=cluster.mfu),
        power=Power(cap_share=cluster.cap),
    )


def files_of(out: Path | None, *, force: bool) -> Files:
    """Say what is to be written where, and make sure that it may be.

    Raises:
        OfftakeError: a file cannot or must not be written.
    """
    if out is None:
        return Files(None, None)
    ending = out.suffix.lower()
    lacking = None if ending == ".json" else pagefile.missing()
    if lacking is not None:
        screen.note(f"the figure will not be written: {lacking}")
    if ending == ".json":
        files = Files(out, None)
    elif ending == ".svg":
        files = Files(None, out if lacking is None else None)
    else:
        files = Files(out / SAVED, out / FIGURE if lacking is None else None)
    outputs.claim([path for path in (files.saved, files.figure) if path is not None], force=force)
    return files


def train(
    asked: Asked, cluster: Cluster, out: Path | None, *, as_json: bool, quiet: bool, force: bool
) -> None:
    """Simulate the run on each number of accelerators, print it, and write what is wanted.

    Raises:
        OfftakeError: options do not fit, or a run does not end.
    """
    if not asked.accelerators:
        what = "the number of accelerators is missing"
        hint = "name one or more, as in `offtake simulate train 16384 100000`"
        raise _usage(Fault(code="OTK-U003", what=what, where=Where(path=_WHERE), hint=hint))
    told = parameters(cluster)
    files = files_of(out, force=force)
    made = _made(asked, told, quiet)
    text = json.dumps(as_data(made), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    written: list[Path] = []
    try:
        written += _written(made, text, files)
    finally:
        screen.say_json_text(text) if as_json else _say(made)
    for path in written:
        screen.note(f"wrote {path}") if as_json else screen.say(f"wrote {path}")
    short = [run for run in made if run.outcome.replications < asked.replications]
    if short:
        screen.note(f"interrupted: {short[0].outcome.replications} replications were done")


def _made(asked: Asked, told: Parameters, quiet: bool) -> list[Trained]:
    status, stop = Status(screen.err(), quiet=quiet), threading.Event()

    def task() -> list[Trained]:
        found: list[Trained] = []
        status(Progress("load", "the simulation; the first time on a machine it is compiled"))
        for count in asked.accelerators:

            def tell(done: int, all_of: int, count: int = count) -> None:
                words = f"{count:,} accelerators: {done:,} of {all_of:,} replications"
                status(Progress("simulate", words))

            training = Training(
                accelerators_count=count,
                model_billions=asked.model,
                tokens_billions=asked.tokens,
                peak_tflops=asked.peak,
            )
            found.append(
                trained(
                    told,
                    training,
                    replications=asked.replications,
                    seed=asked.seed,
                    processes=asked.processes,
                    progress=tell,
                    stopped=stop.is_set,
                )
            )
            if stop.is_set():
                break
        return found

    def interrupted() -> None:
        status.stop()
        sys.stderr.write("offtake: interrupted; nothing was written\n")

    with status:
        return interruptible(task, interrupted, stop.set)


def as_data(made: Sequence[Trained]) -> dict[str, Any]:
    """Give the runs in the form offtake.training/1."""
    return {"schema": SCHEMA, "runs": [_as_data(run) for run in made]}


def _as_data(run: Trained) -> dict[str, Any]:
    data = asdict(run)
    data["goodput_share"] = run.goodput_share
    data["outcome"]["shares"] = {str(b): v for b, v in run.outcome.shares.items()}
    data["outcome"]["causes"] = {str(c): asdict(v) for c, v in run.outcome.causes.items()}
    return data


def _written(made: Sequence[Trained], text: str, files: Files) -> Iterator[Path]:
    if files.saved is not None:
        yield outputs.fill(files.saved, text)
    if files.figure is not None:
        yield outputs.fill(files.figure, figure(made))


def figure(made: Sequence[Trained]) -> str:
    """Draw where accelerator time goes, a bar for each run, as SVG text."""
    from offtake.draw import bucket
    from offtake.draw.layout import WIDE
    from offtake.draw.svg import to_svg

    fleets = [(f"{r.training.accelerators_count:,}", r.outcome.shares) for r in made]
    says = "; ".join(
        f"{name} accelerators: {numbers.share(shares[Bucket.PRODUCTIVE])} productive"
        for name, shares in fleets
    )
    described = f"offtake: where accelerator time goes in a training run. {says}."
    return to_svg(bucket.draw(fleets, WIDE), ident="training", described=described, alone=True)


def _say(made: Sequence[Trained]) -> None:
    first = made[0].training
    model = f"{first.model_billions:,g} B parameters, {first.tokens_billions:,g} B tokens"
    screen.say(f"Training a model of {model}, {made[0].outcome.replications} replications each\n")
    heads = "accelerators,days,8 of 10 runs,undisturbed,ETTR,goodput,h to failure,every,spares"
    rows = [list(_cells(run)) for run in made]
    tables.say(heads.split(","), rows, range(1, len(rows[0])))
    buckets = [b for b in Bucket if any(run.outcome.shares[b] > 0.0 for run in made)]
    shares = [[run.outcome.shares[b] for b in buckets] for run in made]
    _say_shares("Where accelerator time goes", made, list(map(str, buckets)), shares)
    if all(run.by_rate for run in made):
        title = "ETTR if nodes fail half as often, as said, and twice as often"
        heads_of = [f"× {ratio:g}" for ratio, _ in made[0].by_rate]
        _say_shares(title, made, heads_of, [[e for _, e in run.by_rate] for run in made])
    for run in made:
        _say_choices(run)
    screen.say("\nETTR: hours of stepping kept over hours passed. Goodput: share of all")
    screen.say("accelerator time, spares included, in steps that were kept.")


def _say_shares(
    title: str, made: Sequence[Trained], heads: Sequence[str], shares: Sequence[Sequence[float]]
) -> None:
    screen.say(f"\n{title}")
    rows = [
        [f"{run.training.accelerators_count:,}", *(str(numbers.share(v)) for v in row)]
        for run, row in zip(made, shares, strict=True)
    ]
    tables.say(["accelerators", *heads], rows, range(1, len(heads) + 1))


def _say_choices(run: Trained) -> None:
    """Print what other intervals and other numbers of spares would come to."""
    count = f"{run.training.accelerators_count:,}"
    if run.by_interval:
        told = (f"{m:.1f} min {numbers.share(e)}" for m, e in run.by_interval)
        screen.say(f"\n{count}: ETTR by interval, spares enough")
        screen.say("  " + ", ".join(told))
    told = (f"{n} {numbers.share(short)}" for n, short in run.by_spares)
    screen.say(f"{count}: share of time short of nodes, by standby nodes")
    screen.say("  " + ", ".join(told))


def _cells(run: Trained) -> Iterator[str]:
    yield f"{run.training.accelerators_count:,}"
    yield f"{run.days.mean:,.1f} ± {run.days.half_width:.1g}"
    yield f"{run.days.low:,.1f} to {run.days.high:,.1f}"
    yield f"{run.undisturbed_days:,.1f}"
    yield str(numbers.share(run.outcome.ettr.mean))
    yield str(numbers.share(run.goodput_share))
    yield f"{run.hours_between:.2f}"
    yield f"{run.interval_minutes:.1f} min"
    yield f"{run.spares:,}"
