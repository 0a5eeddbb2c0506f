"""`offtake backtest`: a plan as of one day, scored on what had happened by another."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

from offtake.cli.options import Json, Whole


def backtest(
    world: str,
    /,
    *,
    as_of: list[date],
    score_at: date,
    every: Literal["month", "quarter"] | None = None,
    risk: float = 0.2,
    alpha: float = 0.9,
    scenarios: Whole = None,
    seed: Whole = None,
    gap: float = 0.005,
    seconds: float = 60.0,
    out: Path | None = None,
    as_json: Json = False,
    quiet: bool = False,
    force: bool = False,
) -> None:
    """Plan on what was known on one day, and score it on what had happened since.

    Takes the world back to the first day: what was signed, offered or published later falls
    out or takes the value then in print, and each such entry is named. Makes two plans, one
    with lateness as could be known on that day and one that trusts announced dates, and
    scores both on the deliveries on record. Tells how good the forecasts of dates were, and
    what the sample is too small for.

        offtake backtest stargate --as-of 2025-12-14 --score-at 2026-10-05 --scenarios 16

    Args:
        world: Folder or file of a portfolio, or the name of a world that comes with offtake.
        as_of: The day whose knowledge counts. Given again: later days on which dates are
            forecast anew.
        score_at: The day by which things had happened.
        every: Forecast dates anew every month or quarter between the two days.
        risk: Weight of the tail, for both plans: 0 plans for the mean alone.
        alpha: Confidence of the tail; 0.9 looks at the worst tenth of scenarios.
        scenarios: How many to draw; else as many as the portfolio says.
        seed: Seed of the draw; else the portfolio's own.
        gap: Gap to the best possible plan that is good enough, as a share of cost.
        seconds: Time limit of each search for whole blocks.
        out: Save backtest.json and backtest.html to this folder, or to a .json file alone.
        as_json: Print the backtest as JSON, in the form offtake.backtest/1.
        quiet: Tell no progress and no warnings.
        force: Replace files that offtake did not write.
    """
    from offtake.cli import backtesting, planning

    draw = planning.Draw(risk, alpha, scenarios, seed, gap, seconds)
    days = backtesting.days_of(as_of, score_at, every)
    files = backtesting.files_of(out, force=force)
    backtesting.backtest(world, days, draw, files, as_json=as_json, quiet=quiet)
