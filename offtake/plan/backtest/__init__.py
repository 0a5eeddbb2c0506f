"""A plan made as of one day, scored on what had happened by another.

backtest(portfolio, as_of=…, score_at=…)    the whole, a `Backtest` (`front`)
as_of_portfolio(portfolio, day)             a portfolio taken back, with its ledger (`asof`)
calibrate(days, score_at, law)              forecasts of dates against outcomes (`calibrate`)
"""

from offtake.plan.backtest.asof import AsOf, as_of_portfolio
from offtake.plan.backtest.calibrate import calibrate
from offtake.plan.backtest.front import backtest

__all__ = ["AsOf", "as_of_portfolio", "backtest", "calibrate"]
