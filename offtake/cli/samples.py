"""`offtake samples`: a world's own futures as a file, for those who bring their own."""

from __future__ import annotations

from pathlib import Path

from offtake.cli.options import Json, Whole


def samples(
    world: str,
    /,
    *,
    out: Path,
    scenarios: Whole = None,
    seed: Whole = None,
    drawn: Whole = None,
    reviews: str = "",
    branches: int = 4,
    as_json: Json = False,
    quiet: bool = False,
    force: bool = False,
) -> None:
    """Write the scenarios a world is planned on as a table, to change and plan on.

    A row for every number: scenario, its chance, what it is of, quarter, value and unit.
    With --reviews also what is known when, as a tree (columns `node` and `parent`). Change
    what you know better, or write your own; `offtake plan WORLD --samples FILE` plans on it.

        offtake samples worlds/three-sites --out samples.csv
        offtake samples worlds/three-sites --reviews 2028Q1 --out tree.parquet

    Args:
        world: Folder or file of a portfolio, or the name of a world that comes with offtake.
        out: File to write, CSV, or Parquet if it ends in .parquet.
        scenarios: How many; else as many as the portfolio says.
        seed: Seed of the draw; else the portfolio's own.
        drawn: Draw so many, and keep the `--scenarios` that stand for all of them best.
        reviews: Quarters before whose signings the plan is looked at again: 2027Q1,2028Q1.
        branches: Most states of knowledge one parts into at a review.
        as_json: Tell what was written as JSON.
        quiet: Tell no warnings.
        force: Replace a file that offtake did not write.
    """
    from offtake.cli import sampling

    draw = sampling.Sampling(
        scenarios, seed, drawn, sampling.quarters(reviews, "samples"), branches
    )
    sampling.write(world, draw, out, as_json=as_json, quiet=quiet, force=force)
