"""`offtake study`: what a decision maker must know beyond the plan itself."""

from __future__ import annotations

from pathlib import Path

from offtake.cli.options import Json, Whole


def study(
    world: str,
    /,
    *,
    parts: str | None = None,
    risk: float = 0.2,
    alpha: float = 0.9,
    scenarios: Whole = None,
    seed: Whole = None,
    fresh: Whole = None,
    replications: Whole = None,
    weights: str | None = None,
    levers: str | None = None,
    hold: bool = False,
    gap: float = 0.005,
    seconds: float = 60.0,
    workers: str | None = None,
    out: Path | None = None,
    report: Path | None = None,
    as_json: Json = False,
    quiet: bool = False,
    force: bool = False,
) -> None:
    """Study a plan: strategies side by side, the price of safety, what it hangs on.

    Plans the world and holds the plan against others on the same scenarios: build, lease
    first or a hybrid; other weights of the tail; inputs turned down and up; futures it was
    not made on. Says what would have to be true for another strategy to win. All parts of a
    large world take a while: name the parts you want.

        offtake study worlds/three-sites --parts out-of-sample
        offtake study worlds/three-sites --parts strategies,regret --scenarios 10 --out out/study

    Args:
        world: Folder or file of a portfolio, or the name of a world that comes with offtake.
        parts: Which parts, by commas: value, out-of-sample, frontier, strategies, regret,
            tornado, conditions, alternatives; else all.
        risk: Weight of the tail: 0 plans for the mean alone, 1 for the worst cases alone.
        alpha: Confidence of the tail; 0.9 looks at the worst tenth of scenarios.
        scenarios: How many to draw; else as many as the portfolio says.
        seed: Seed of the draw; else the portfolio's own.
        fresh: How many fresh scenarios plans are held in; else ten times as many, 200 at least.
        replications: How often fresh scenarios are planned on, to say how much better any plan
            could be.
        weights: Weights of the tail for the frontier, by commas, such as 0,0.2,0.5,1.
        levers: Which inputs are turned, by commas, such as demand,delay.
        hold: Hold plans where an input is turned, instead of planning anew: quicker.
        gap: Gap to the best possible plan that is good enough, as a share of cost.
        seconds: Time limit of each search for whole blocks.
        workers: Who solves the scenarios, as for `offtake plan`.
        out: Save to: a folder for study.json and study.html, or a .json file.
        report: Write the report to this file, .html or .md.
        as_json: Print the study as JSON, in the form offtake.study/1.
        quiet: Tell no progress and no warnings.
        force: Replace files that offtake did not write.
    """
    from offtake.cli import studying

    asked = studying.Asked(
        parts=studying.names("parts", parts),
        levers=studying.names("levers", levers),
        weights=studying.numbers("weights", weights),
        fresh=fresh,
        replications=replications or 0,
        replan=not hold,
        workers=workers,
    )
    draw = studying.Draw(risk, alpha, scenarios, seed, gap, seconds)
    files = studying.files_of(out, report, force=force)
    studying.study(world, draw, asked, files, as_json=as_json, quiet=quiet)
