"""Backtests to show: one worked out on the small portfolio, and one with names that attack."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from offtake.model.backtest import Backtest
from offtake.plan.backtest import backtest
from tests.plan.backtest.small import DECEMBER, OCTOBER, small


@cache
def a_backtest() -> Backtest:
    """As of December, scored in October: thirteen milestones, one tranche."""
    return backtest(small(), as_of=DECEMBER, score_at=OCTOBER, scenarios=8)


def a_hostile_backtest() -> Backtest:
    """The same with names that would like to be markup."""
    made = a_backtest()
    attack = "</script><script>alert(1)</script><b>"
    forecasts = tuple(replace(f, id=f"{f.id}{attack}") for f in made.calibration.forecasts)
    return replace(
        made,
        portfolio=attack,
        about=attack,
        says=(*made.says, attack),
        calibration=replace(made.calibration, forecasts=forecasts),
        arrivals=tuple(replace(a, id=attack) for a in made.arrivals),
    )
