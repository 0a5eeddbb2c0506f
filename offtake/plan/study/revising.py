"""What revising the plan is worth, as a part of a study: `offtake.plan.rolling` in short."""

from __future__ import annotations

from collections.abc import Sequence

from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.model.period import Quarter
from offtake.model.portfolio import Portfolio
from offtake.model.revising import Revising
from offtake.model.what_if import Rolling
from offtake.plan.rolling import Effort, rolling
from offtake.plan.study.setting import Setting
from offtake.plan.study.words import listed, money, percent

PATHS = 8
"""Futures lived through, unless a number is given."""


def revising(
    setting: Setting, reviews: Sequence[Quarter] | None = None, paths: int = PATHS
) -> Rolling:
    """Simulate looking at the plan again; costs a plan for every path and review.

    Args:
        setting: the plan that is studied, and how plans are made.
        reviews: quarters before whose signings it is made anew; None is every new year.
        paths: futures it is lived through.

    Raises:
        OfftakeError: as `rolling`, or the horizon has no new year to look again (`OTK-P100`).
    """
    when = new_years(setting.portfolio) if reviews is None else tuple(reviews)
    effort = Effort(
        risk=setting.risk.weight,
        alpha=setting.risk.alpha,
        scenarios=setting.count,
        gap=setting.gap,
        seconds=setting.seconds,
    )
    found = rolling(
        setting.portfolio,
        reviews=when,
        paths=paths,
        effort=effort,
        seed=setting.seed,
        progress=setting.tell,
    )
    share = found.worth.mean_usd / setting.base.volume
    return Rolling(
        paths_count=len(found.paths),
        reviews=found.reviews,
        held=found.held,
        revised=found.revised,
        gain=found.worth,
        gain_share=share,
        better_share=found.better_share,
        says=_says(found, share),
    )


def new_years(portfolio: Portfolio) -> tuple[Quarter, ...]:
    """Give the first quarter of every year that begins inside the horizon.

    Raises:
        OfftakeError: there is none (`OTK-P100`).
    """
    quarters = portfolio.horizon.quarters[1:]
    found = tuple(quarter for quarter in quarters if quarter.quarter == 1)
    if not found:
        raise OfftakeError(
            Fault(
                code="OTK-P100",
                what="the horizon has no new year before which to look again",
                where=Where(path="reviews"),
                hint="name the quarters to look again in",
            ),
            exit=Exit.USAGE,
        )
    return found


def _says(found: Revising, share: float) -> str:
    when = listed(str(quarter) for quarter in found.reviews)
    worth = found.worth
    sure = "" if worth.low_usd > 0 or worth.high_usd < 0 else ", which may be nothing"
    return (
        f"Making the plan anew before {when} is worth {money(worth.mean_usd)} on average "
        f"({percent(share)} of the volume of cost), with 95 % confidence between "
        f"{money(worth.low_usd)} and {money(worth.high_usd)}{sure}; it does better on "
        f"{percent(found.better_share)} of {len(found.paths)} futures. {found.about}"
    )
