"""How late large projects come by what was published of them: the law used where no own record is.

Studies print points of one curve: a share of projects, and by what share of their planned
time these overran at most. The point at 0 is the share in time. Through two further points
goes one log-normal law,

    ln(overrun) of the late ones ~ Normal(mu, sigma²)

and days come from the planned time of the projects the catalogue tracks on that day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Annotated, ClassVar

import numpy as np
import scipy
from annotated_types import Ge

from offtake.catalogue.facts import Fact
from offtake.catalogue.places import Milestone, Site
from offtake.catalogue.vintages import known, newest
from offtake.model.value import Value
from offtake.units import Count, Days, Share, Sigma, Unit

OverrunShare = Annotated[float, Ge(0), Unit("share of planned time", ("overrun_share",))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrun(Fact):
    """One point of the distribution of overruns in a published study."""

    study: str
    scope: str
    """The projects it looked at."""
    overrun_share: OverrunShare
    """Overrun over planned time; 0 is in time."""
    within_share: Share
    """Share of the projects that overran by no more."""

    TABLE: ClassVar[str] = "overruns"
    KEY: ClassVar[tuple[str, ...]] = ("study",)
    SHOWN: ClassVar[tuple[str, ...]] = (
        *("study", "scope", "overrun_share", "within_share", "quality", "known_from"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrunFit(Value):
    """The law through the published points that were known on a day, in days."""

    late_share: Share
    median_days: Days
    """Median lateness of the late ones."""
    log_sigma: Sigma
    planned_days: Days
    """Planned time of a project: the median of those tracked on that day."""
    planned_count: Count
    """Projects whose planned time was known."""
    studies: tuple[Overrun, ...]
    """The points, by overrun."""


def overruns(as_of: date | None = None) -> tuple[Overrun, ...]:
    """Give the published points known on a day, by overrun."""
    return tuple(sorted(newest(known(Overrun, as_of)), key=lambda row: row.overrun_share))


def fit_overruns(as_of: date | None = None) -> OverrunFit | None:
    """Fit the law of published overruns known on a day; None where too little was known.

    The point at 0 gives the share in time, and two further points are needed. Through more
    of them the line of least squares is laid, in normal quantiles over logarithms.
    """
    points = overruns(as_of)
    planned = planned_days(as_of)
    in_time = max((p.within_share for p in points if p.overrun_share == 0), default=0.0)
    late = [p for p in points if p.overrun_share > 0 and in_time < p.within_share < 1]
    if len({p.overrun_share for p in late}) < 2 or not planned:
        return None
    places = [float(scipy.special.ndtri((p.within_share - in_time) / (1 - in_time))) for p in late]
    logs = [float(np.log(p.overrun_share)) for p in late]
    sigma, mu = (float(number) for number in np.polyfit(places, logs, 1))
    if sigma < 0:
        return None
    middle = median(planned)
    return OverrunFit(
        late_share=1 - in_time,
        median_days=float(np.exp(mu)) * middle,
        log_sigma=sigma,
        planned_days=middle,
        planned_count=len(planned),
        studies=points,
    )


def planned_days(as_of: date | None = None) -> tuple[float, ...]:
    """Give the days from announcement to the expected day of every open milestone.

    Only milestones of a phase whose announcement is known count; a date that is not a
    single day counts with its last day.
    """
    announced = {s.id: s.announced.last for s in newest(known(Site, as_of)) if s.announced}
    return tuple(
        float((row.expected.last - announced[row.phase]).days)
        for row in newest(known(Milestone, as_of))
        if row.is_forecast and row.phase in announced
    )
