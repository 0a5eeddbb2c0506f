"""`offtake plan`: from a world to what to sign."""

from __future__ import annotations

from pathlib import Path

from offtake.cli.options import Json, Whole


def plan(
    world: str,
    /,
    *,
    risk: float = 0.2,
    alpha: float = 0.9,
    scenarios: Whole = None,
    seed: Whole = None,
    gap: float = 0.005,
    seconds: float = 60.0,
    derating: Path | None = None,
    samples: Path | None = None,
    drawn: Whole = None,
    reviews: str = "",
    branches: int = 4,
    workers: str | None = None,
    resume: Path | None = None,
    watch: bool = False,
    out: Path | None = None,
    report: Path | None = None,
    as_json: Json = False,
    quiet: bool = False,
    force: bool = False,
) -> None:
    """Plan what to sign, where and when, and say why.

    Reads the world, checks it, draws scenarios of demand, delays, prices and outages, and
    finds the plan with the best mean and tail of net present value. Nothing is written
    unless --out or --report says where.

        offtake plan worlds/three-sites
        offtake plan worlds/three-sites --risk 0.5 --out out/three-sites
        offtake plan worlds/norway-chain --reviews 2027Q4

    Args:
        world: Folder or file of a portfolio, or the name of a world that comes with offtake.
        risk: Weight of the tail: 0 plans for the mean alone, 1 for the worst cases alone.
        alpha: Confidence of the tail; 0.9 looks at the worst tenth of scenarios.
        scenarios: How many to plan on; else as many as the portfolio says, or all samples.
        seed: Seed of the draw; else the portfolio's own.
        gap: Gap to the best possible plan that is good enough, as a share of cost.
        seconds: Time limit of each search for whole blocks.
        derating: File of what accelerators really did, as `offtake simulate plan` writes it: its
            goodput takes the place of what offers and contracts assume.
        samples: File of futures of your own, instead of a draw; see `offtake samples --help`.
        drawn: Draw so many, and keep the `--scenarios` that stand for all of them best.
        reviews: Quarters before whose signings the plan is looked at again, 2027Q1,2028Q1: what
            is signed from then on may follow what was observed before.
        branches: Most states of knowledge one parts into at a review.
        workers: Who solves the scenarios: a number of processes, `ray` for Ray on this
            machine, or `ray://HOST:PORT?4` for four workers on a Ray cluster.
        resume: Folder to leave what is known in, and to go on from: after Ctrl-C (which
            gives the best plan found) or a crash, the same command goes on where it was.
        watch: Plan anew whenever a file of the world is saved, and tell what changed.
        out: Save to: a folder for plan.json and report.html, or a .json file.
        report: Write the report to this file, .html or .md.
        as_json: Print the plan as JSON, in the form offtake.plan/1.
        quiet: Tell no progress and no warnings.
        force: Replace files that offtake did not write.
    """
    from offtake.cli import planning, sampling

    looks = sampling.quarters(reviews)
    draw = planning.Draw(
        risk,
        alpha,
        scenarios,
        seed,
        gap,
        seconds,
        workers,
        resume,
        samples=samples,
        drawn=drawn,
        reviews=looks,
        branches=branches,
        derating=derating,
    )
    if watch:
        from offtake.cli import watching

        watching.refuse_json(as_json)
        files = planning.files_of(out, report, force=force)
        watching.start(world, draw, files, quiet=quiet)
        return
    files = planning.files_of(out, report, force=force)
    planning.plan(world, draw, files, as_json=as_json, quiet=quiet)
