"""`offtake revise`: what it is worth to look at a plan again."""

from __future__ import annotations

from pathlib import Path

from offtake.cli.options import Json, Whole


def revise(
    world: str,
    /,
    *,
    reviews: str,
    paths: int = 8,
    scenarios: int = 20,
    risk: float = 0.2,
    alpha: float = 0.9,
    seed: Whole = None,
    gap: float = 0.01,
    seconds: float = 20.0,
    out: Path | None = None,
    as_json: Json = False,
    quiet: bool = False,
    force: bool = False,
) -> None:
    """Say what looking at a plan again is worth, on futures it was not made for.

    Plans once, then lives through futures: before the signings of each review it plans anew
    with what has been observed by then, holding what was signed. The same futures with the
    first plan held throughout tell what that was worth, with an interval. Takes a plan for
    each future and review.

        offtake revise worlds/norway-chain --reviews 2027Q4 --paths 6
        offtake revise worlds/norway-chain --reviews 2027Q3,2028Q1 --paths 2 --scenarios 6

    Args:
        world: Folder or file of a portfolio, or the name of a world that comes with offtake.
        reviews: Quarters before whose signings the plan is made anew, 2027Q3,2028Q3.
        paths: Futures to live through; more make the interval narrower.
        scenarios: Scenarios each plan is made on.
        risk: Weight of the tail in every plan: 0 plans for the mean alone.
        alpha: Confidence of the tail; 0.9 looks at the worst tenth of scenarios.
        seed: Seed of futures and scenarios; else the portfolio's own.
        gap: Gap to the best possible plan that is good enough, as a share of cost.
        seconds: Time limit of each search for whole blocks.
        out: Save as JSON to this file.
        as_json: Print as JSON, in the form offtake.revising/1.
        quiet: Tell no progress and no warnings.
        force: Replace a file that offtake did not write.
    """
    from offtake.cli import revising, sampling
    from offtake.plan.rolling import Effort

    asked = revising.Asked(
        sampling.quarters(reviews, "revise"),
        paths,
        seed,
        Effort(risk, alpha, scenarios, gap, seconds),
    )
    revising.revise(world, asked, out, as_json=as_json, quiet=quiet, force=force)
