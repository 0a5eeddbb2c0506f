"""How late capacity comes: delays between two vintages of a tracker, and their distribution.

    first vintage               first date            later date
    |---------------------------|---------- slip -----|
    2025-12-14                  2026-06-15            2026-12-15 (as seen on 2026-10-05)

A milestone is *due* when its first date is not after its later vintage: then its delay has
shown itself, at least in part. Milestones further off have often just not been looked at
again, so only due ones are fitted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar, Literal

import numpy as np
from annotated_types import Ge

from offtake.catalogue.facts import Fact, SignedDays
from offtake.catalogue.places import Milestone
from offtake.catalogue.vintages import known
from offtake.errors import Fault, OfftakeError, Where
from offtake.model.value import Value
from offtake.units import Count, FacilityMW, Share, Sigma, Unit

Mu = Annotated[float, Unit("ln days", ("_mu",))]
StandardError = Annotated[float, Ge(0), Unit("unit of the estimate", ("_error",))]

TRACKER = "Epoch AI"
"""The tracker whose vintages are compared: the only one read more than once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay(Fact):
    """One milestone in the first and the latest known vintage of one tracker."""

    site: str
    phase: str | None = None
    milestone: str
    power_facility_mw: FacilityMW | None = None
    tracker: str
    kind: Literal["forecast", "re-dated past"]
    """`re-dated past`: the first vintage had recorded it as reached."""
    first_vintage: date
    first_date: date
    later_vintage: date
    later_date: date
    slip_days: SignedDays
    """Positive is later; for a milestone still ahead, a lower bound."""

    TABLE: ClassVar[str] = "delays"
    KEY: ClassVar[tuple[str, ...]] = ("site", "milestone")
    SHOWN: ClassVar[tuple[str, ...]] = (
        *("site", "milestone", "kind", "first_vintage", "first_date", "later_vintage"),
        *("later_date", "slip_days"),
    )

    @property
    def is_due(self) -> bool:
        """Whether it was forecast for a day that has passed by the later vintage."""
        return self.kind == "forecast" and self.first_date <= self.later_vintage

    @property
    def is_late(self) -> bool:
        """Whether it has slipped at all."""
        return self.slip_days > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayFit(Value):
    """How often due milestones are late, and the log-normal law of how late those are.

    `ln(delay in days) ~ Normal(late_mu, late_sigma²)` for the late ones. The sample is
    small: use the standard errors.
    """

    as_of: date
    """The day whose knowledge was used."""
    sample: tuple[Delay, ...]
    """The due milestones, as they were used."""
    due_count: Count
    late_count: Count
    late_share: Share
    late_share_error: StandardError
    """√(p(1-p)/n) over the due milestones."""
    late_mu: Mu
    late_mu_error: StandardError
    """sigma/√k over the k late ones."""
    late_sigma: Sigma
    """With k-1 in the denominator."""
    late_sigma_error: StandardError
    """sigma/√(2(k-1)), for normal ln days."""
    median_days: SignedDays
    """Over all due milestones, those in time included; so are the three below."""
    mean_days: SignedDays
    p25_days: SignedDays
    p75_days: SignedDays
    p90_days: SignedDays
    unseen_count: Count
    """Forecasts that were due by `as_of` but stand in one known vintage only. They are not
    in the sample; many of them would mean that it was picked by who was looked at again."""


def delays(as_of: date | None = None) -> tuple[Delay, ...]:
    """Compare for every milestone the first and the latest vintage known on a day.

    Only vintages of one tracker are compared, and only milestones with two of them are
    listed. A date that is not a single day counts with its last day.
    """
    held: dict[tuple[str, ...], list[Milestone]] = {}
    for row in known(Milestone, as_of):
        held.setdefault((*row.key, row.tracker), []).append(row)
    pairs = (sorted(rows, key=lambda row: row.known_from) for rows in held.values())
    return tuple(_delay(rows[0], rows[-1]) for rows in pairs if len(rows) > 1)


def fit_delay(as_of: date | None = None) -> DelayFit:
    """Fit the delays of the milestones that were due by what was known on a day.

    Without a day, all vintages are used, and `as_of` of the answer is the latest of them.

    Raises:
        OfftakeError: fewer than two late milestones were known (`OTK-K305`).
    """
    rows = [row for row in known(Milestone, as_of) if row.tracker == TRACKER]
    day = as_of or max(row.known_from for row in rows)
    sample = tuple(row for row in delays(as_of) if row.tracker == TRACKER and row.is_due)
    return _fitted(day, sample, _unseen(rows, day))


def _unseen(rows: Iterable[Milestone], day: date) -> int:
    """Count the forecasts due by a day that stand in a single vintage."""
    held: dict[tuple[str, ...], list[Milestone]] = {}
    for row in rows:
        held.setdefault(row.key, []).append(row)
    return sum(
        len(vintages) == 1 and vintages[0].is_forecast and vintages[0].expected.last <= day
        for vintages in held.values()
    )


def _delay(first: Milestone, later: Milestone) -> Delay:
    return Delay(
        site=first.site,
        phase=later.phase,
        milestone=first.milestone,
        power_facility_mw=later.power_facility_mw,
        tracker=first.tracker,
        kind="forecast" if first.is_forecast else "re-dated past",
        first_vintage=first.known_from,
        first_date=first.expected.last,
        later_vintage=later.known_from,
        later_date=later.expected.last,
        slip_days=(later.expected.last - first.expected.last).days,
        quality="derived",
        source=f"{first.source}; {later.source}",
        known_from=later.known_from,
        known_from_basis="later vintage",
    )


def _fitted(day: date, sample: tuple[Delay, ...], unseen: int) -> DelayFit:
    slips = np.array([row.slip_days for row in sample], dtype=float)
    logs = np.log(slips[slips > 0])
    if logs.size < 2:
        raise OfftakeError(
            Fault(
                code="OTK-K305",
                what="a distribution of delays needs at least two late milestones",
                where=Where(path="milestones"),
                got=f"{logs.size} known on {day}",
                hint="ask for a later as_of",
            )
        )
    share = logs.size / slips.size
    sigma = float(logs.std(ddof=1))
    p25, median, p75, p90 = (float(q) for q in np.quantile(slips, (0.25, 0.5, 0.75, 0.9)))
    return DelayFit(
        as_of=day,
        sample=sample,
        due_count=int(slips.size),
        late_count=int(logs.size),
        late_share=share,
        late_share_error=math.sqrt(share * (1 - share) / slips.size),
        late_mu=float(logs.mean()),
        late_mu_error=sigma / math.sqrt(logs.size),
        late_sigma=sigma,
        late_sigma_error=sigma / math.sqrt(2 * (logs.size - 1)),
        median_days=median,
        mean_days=float(slips.mean()),
        p25_days=p25,
        p75_days=p75,
        p90_days=p90,
        unseen_count=unseen,
    )
