"""`offtake simulate`: what a fleet will really deliver. Each question is a command."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from offtake.cli.asked import Asked
from offtake.cli.options import Json, Whole, whole
from offtake.errors import Exit, Fault, OfftakeError, Where

Count = Annotated[int, Parameter(converter=whole)]
"""A whole number."""
SMALL = "small-fleet"
"""The scene that is taken where none is named."""


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


def cap(
    scene: str = SMALL,
    /,
    *,
    caps: Annotated[tuple[float, ...], Parameter(consume_multiple=True)] = (),
    hours: float = 72.0,
    replications: Count = 8,
    seed: Count = 1,
    out: Path | None = None,
    as_json: Json = False,
    quiet: bool = False,
    force: bool = False,
) -> None:
    """Work, energy and FLOPs a watt of a fleet under each of several power caps.

    Simulates the fleet of a scene under each cap, with the same jobs and the same chance, and
    says at which cap most is computed a joule. How a cap slows a step is assumed:
    1 − loss · (1 − cap)², with the loss the scene's parameters say.

        offtake simulate cap
        offtake simulate cap small-fleet --caps 0.6 0.7 0.8 0.9 1.0 --out out/cap --json

    Args:
        scene: File or folder of a scene, or the name of a shipped one.
        caps: Power allowed over full power, 0 to 1; else eleven from 0.5 to 1.
        hours: Time to simulate.
        replications: How often each is simulated.
        seed: Seed of the first replication; all caps meet the same luck.
        out: Save power-caps.json and power-caps.svg to this folder, or one of them to a file.
        as_json: Print JSON, in the form offtake.power-caps/1.
        quiet: Tell no progress.
        force: Replace files that offtake did not write.
    """
    ready()
    from offtake.cli import simulate_cap
    from offtake.simulate.shock.cap import CAPS

    asked = Asked(scene, hours, replications, seed, out, as_json, quiet, force)
    simulate_cap.simulate(asked, caps or CAPS)


def curtail(
    scene: str = SMALL,
    /,
    *,
    cluster: str | None = None,
    cut: float = 0.25,
    at: float = 24.0,
    lasts: float = 3.0,
    hours: float = 72.0,
    replications: Count = 8,
    seed: Count = 1,
    out: Path | None = None,
    as_json: Json = False,
    quiet: bool = False,
    force: bool = False,
) -> None:
    """What a power curtailment costs: accelerator-hours lost, by bucket.

    Simulates the fleet of a scene twice with the same jobs and the same chance: once a cluster
    may draw less for a while, once it may not. What differs is of the curtailment alone.

        offtake simulate curtail
        offtake simulate curtail --cluster south --cut 0.4 --lasts 6 --out out/curtail --json

    Args:
        scene: File or folder of a scene, or the name of a shipped one.
        cluster: Which cluster; else the first.
        cut: Power cut over the full power of its nodes, 0 to 1.
        at: Hours from the beginning to the curtailment.
        lasts: Hours it lasts.
        hours: Time to simulate.
        replications: How often it is simulated, with the curtailment and without.
        seed: Seed of the first replication.
        out: Save curtailment.json and curtailment.svg to this folder, or one of them to a file.
        as_json: Print JSON, in the form offtake.curtailment/1.
        quiet: Tell no progress.
        force: Replace files that offtake did not write.
    """
    ready()
    from offtake.cli import simulate_curtail
    from offtake.simulate.shock import Curtailment

    asked = Asked(scene, hours, replications, seed, out, as_json, quiet, force)
    told = Curtailment(cluster=cluster, cut_share=cut, at_hours=at, lasts_hours=lasts)
    simulate_curtail.simulate(asked, told)


def loss(
    scene: str = SMALL,
    /,
    *,
    site: str | None = None,
    at: float = 24.0,
    lasts: float = 24.0,
    for_good: bool = False,
    hours: float = 72.0,
    replications: Count = 8,
    seed: Count = 1,
    out: Path | None = None,
    as_json: Json = False,
    quiet: bool = False,
    force: bool = False,
) -> None:
    """What one lost site costs: work undone, and how long until jobs run again.

    Simulates the fleet of a scene twice with the same jobs and the same chance: once all nodes
    of a site are gone at once, once they are not. Jobs that ran there go back to their last
    checkpoint and wait for room elsewhere.

        offtake simulate loss
        offtake simulate loss --site south --at 12 --for-good --out out/loss --json

    Args:
        scene: File or folder of a scene, or the name of a shipped one.
        site: Which site, or a cluster; else that of the first cluster.
        at: Hours from the beginning to the loss.
        lasts: Hours until the nodes are back.
        for_good: They never come back, whatever `--lasts` says.
        hours: Time to simulate.
        replications: How often it is simulated, with the loss and without.
        seed: Seed of the first replication.
        out: Save site-loss.json and site-loss.svg to this folder, or one of them to a file.
        as_json: Print JSON, in the form offtake.site-loss/1.
        quiet: Tell no progress.
        force: Replace files that offtake did not write.
    """
    ready()
    from offtake.cli import simulate_loss
    from offtake.simulate.shock import SiteLoss

    asked = Asked(scene, hours, replications, seed, out, as_json, quiet, force)
    gone = SiteLoss(site=site, at_hours=at, lasts_hours=None if for_good else lasts)
    simulate_loss.simulate(asked, gone)


def day(
    scene: str = SMALL,
    /,
    *,
    hours: float = 24.0,
    replications: Count = 8,
    seed: Count = 1,
    out: Path | None = None,
    as_json: Json = False,
    quiet: bool = False,
    force: bool = False,
) -> None:
    """A day of inference and training on one fleet: tokens, goodput, joules, dollars.

    Inference takes the nodes its users need now, with some headroom; training has the rest and
    gives nodes up when they are asked for. Beside it stands a fleet that is not shared, on
    which inference holds all day what it needs at its peak.

        offtake simulate day
        offtake simulate day small-fleet --replications 20 --out out/day --json

    Args:
        scene: File or folder of a scene, or the name of a shipped one.
        hours: Time to simulate, in steps of five minutes.
        replications: How often it is simulated.
        seed: Seed of the first replication; shared and apart meet the same users and jobs.
        out: Save day.json and day.svg to this folder, or one of them to a file.
        as_json: Print JSON, in the form offtake.day/1.
        quiet: Tell no progress.
        force: Replace files that offtake did not write.
    """
    ready()
    from offtake.cli import simulate_day

    simulate_day.simulate(Asked(scene, hours, replications, seed, out, as_json, quiet, force))


def policies(
    *,
    trace: Path,
    accelerators: Annotated[tuple[str, ...], Parameter(consume_multiple=True)] = (),
    fleet: str | None = None,
    policy: Annotated[tuple[str, ...], Parameter(consume_multiple=True)] = (),
    format: Literal["csv", "philly", "gavel", "openb", "sacct"] | None = None,
    speeds: Path | None = None,
    per_hour: float | None = None,
    zone: str | None = None,
    node: Count = 1,
    price: float | None = None,
    failures: float = 0.0,
    seed: Count = 1,
    out: Path | None = None,
    as_json: Json = False,
    quiet: bool = False,
    force: bool = False,
) -> None:
    """Which scheduling policy suits a trace: times, fairness, use and cost of each.

    Runs the same jobs under each policy: time from arrival to end (mean, median and tails),
    makespan, finish-time fairness, accelerator-hours and dollars, stops, and use by type.

    By events, jobs running to their end once begun (priority alone pushes others aside):
    fifo, easy (EASY backfill), priority, shortest, least (attained service), furthest (behind).
    By rounds of 6 minutes, jobs stopped and moved at no cost: fifo-rounds, srtf (shortest
    remaining time), las (least attained service), ftf (finish-time fairness, Themis),
    max-min (by speed, the linear program of Gavel).

        offtake simulate policies --trace jobs.csv --accelerators 64 --price 2.5
        offtake simulate policies --trace jobs.csv --fleet small-fleet --policy easy ftf
        offtake simulate policies --trace sacct.txt --zone Europe/Oslo --accelerators A100=512

    Args:
        trace: Jobs: CSV or Parquet (id, submit_s, duration_s, accelerators_count; priority if
            there), Philly's, Gavel's, Alibaba's (openb), or sacct's.
        accelerators: How many there are, such as 512, or v100=36 p100=36: fastest first.
        fleet: A scene instead: its clusters and prices, one type each.
        policy: Policies to compare; else all that apply.
        format: Format of the trace; else told by its columns.
        speeds: Gavel's steps a second by type and job.
        per_hour: Arrivals an hour of a trace of Gavel.
        zone: Time zone of sacct's times, such as Europe/Oslo.
        node: Accelerators that are given out together.
        price: USD an accelerator-hour.
        failures: Failures per 1000 node-days, the same for every policy; events only.
        seed: Seed of failures, and of the order blind rounds go through types in.
        out: Save policies.json and policies.svg to this folder, or one of them to a file.
        as_json: Print JSON, in the form offtake.policies/1.
        quiet: Tell no progress.
        force: Replace files that offtake did not write.
    """
    ready()
    from offtake.cli import simulate_policies as work
    from offtake.files.meters.times import clock
    from offtake.files.traces.detect import Form, Source

    form = None if format is None else Form(format)
    asked = work.Asked(
        source=Source(path=trace, form=form, speeds=speeds, per_hour=per_hour, clock=clock(zone)),
        accelerators=accelerators,
        fleet=fleet,
        policies=policy,
        node=node,
        price=price,
        failures=failures,
        seed=seed,
        out=out,
        as_json=as_json,
        quiet=quiet,
        force=force,
    )
    work.simulate(asked)


def trace(
    *,
    like: Literal["seren", "kalos", "helios", "philly", "rsc"],
    accelerators: Count,
    out: Path,
    days: float = 7.0,
    load: float = 0.8,
    seed: Count = 1,
    as_json: Json = False,
    force: bool = False,
) -> None:
    """Write a trace of jobs drawn like those of a cluster that was summed up in print.

    Median and mean run time, mean size and accelerator-time a job are those published for
    Acme's Seren and Kalos, Helios and Philly, or Meta's RSC-1; what is printed beside the
    file says how near the drawn jobs come, and what was assumed.

        offtake simulate trace --like seren --accelerators 1024 --days 2 --out seren.csv
        offtake simulate trace --like rsc --accelerators 100000 --days 1 --out rsc.csv --json

    Args:
        like: Cluster whose summary is met.
        accelerators: Accelerators of the fleet; jobs above that are not drawn.
        out: File to write, as CSV: id, submit_s, duration_s, accelerators_count.
        days: Days over which jobs arrive.
        load: Accelerator-time asked for over what there is.
        seed: Seed of the draws.
        as_json: Print JSON, in the form offtake.trace/1.
        force: Replace a file that offtake did not write.
    """
    from offtake.cli import simulate_trace

    asked = simulate_trace.Asked(
        like=like, accelerators=accelerators, days=days, load=load, seed=seed
    )
    simulate_trace.write(asked, out, as_json=as_json, force=force)


def plan(
    plan: Path,
    world: str,
    /,
    *,
    replications: Count = 20,
    until: str | None = None,
    failures: float = 6.5,
    restart: float = 10.0,
    write: float = 30.0,
    repair: float = 24.0,
    seed: Count = 1,
    processes: Count = 1,
    ray: str | None = None,
    out: Path | None = None,
    resume: bool = False,
    as_json: Json = False,
    quiet: bool = False,
    force: bool = False,
) -> None:
    """What a plan's fleet really delivers: late, failing, and asked for work.

    Lives through futures of the world it was planned for: what was signed comes late, sites go
    dark, nodes fail and are repaired, and demand is worked off job by job. Tells what is
    delivered of what was planned, what took the rest, and what work is not served. Ctrl-C gives
    what is done so far.

        offtake plan worlds/three-sites --out out/three-sites
        offtake simulate plan out/three-sites worlds/three-sites --out out/stress
        offtake plan worlds/three-sites --derating out/stress/derating.json

    Args:
        plan: Saved plan: plan.json, or the folder it is in.
        world: World it was made from: folder, file, or the name of one that comes with offtake.
        replications: Futures to live through, at most 1000.
        until: End sooner, once the mean of productive hours is this sure: 0.5%.
        failures: Failures per 1000 days of a node of 8 accelerators; RSC-1 measured 6.5.
        restart: Minutes from a failure to the first step after it.
        write: Seconds for which a checkpoint stops a job; the interval is the best, Young's.
        repair: Hours a broken node is away, on average.
        seed: Seed of futures and failures; plans with one seed meet the same luck.
        processes: Processes that share the replications; the numbers stay the same.
        ray: Share them over Ray instead: `local`, or the address of a cluster.
        out: Save stress.json, stress.svg, derating.json and all replications to this folder.
        resume: Go on from the replications in the folder of --out.
        as_json: Print JSON, in the form offtake.stress/1.
        quiet: Tell no progress and no warnings.
        force: Replace files that offtake did not write.
    """
    ready()
    from offtake.cli import simulate_plan

    asked = simulate_plan.Asked(
        replications=replications,
        seed=seed,
        processes=processes,
        ray=ray,
        until_share=simulate_plan.share_of(until),
        out=out,
        resume=resume,
        as_json=as_json,
        quiet=quiet,
        force=force,
    )
    told = simulate_plan.parameters(failures, restart, write, repair)
    simulate_plan.simulate(plan, world, told, asked)


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
