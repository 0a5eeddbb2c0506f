"""The law of lateness: on time with one chance, else log-normal days.

    F(d) = 0                                             d < 0
         = 1 − late + late·Φ((ln d − ln median) / σ)     d ≥ 0

The same law the planner draws from (`DelayProcess`), as numbers that can be held against
what happened: chances, quantiles, and the score of a forecast.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from offtake.model.uncertainty import DelayProcess
from offtake.model.value import Value
from offtake.units import Days, Share, Sigma

Floats = npt.NDArray[np.float64]

_PANELS = 4_000
"""Steps of the integral of a score, on each side of what happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness(Value):
    """How many days late something is, given that it is more than `already_days` late."""

    late_share: Share
    """Chance of being late at all, before anything was seen."""
    median_days: Days
    """Median lateness of the late ones."""
    log_sigma: Sigma
    """Standard deviation of the logarithm of their days."""
    already_days: Days = 0.0
    """Days it is known to be late by now; 0 is not yet due, or not known."""

    @classmethod
    def of(cls, process: DelayProcess, already_days: float = 0.0) -> Lateness:
        """Give the law a delay process draws from."""
        return cls(
            late_share=process.late_share,
            median_days=process.median_days,
            log_sigma=process.log_sigma,
            already_days=already_days,
        )

    @property
    def is_certain(self) -> bool:
        """Whether it leaves nothing open: nothing is ever late, or later than it is by now."""
        return self.late_share == 0 or self.median_days == 0 or self._ahead == 0

    def chance_within(self, days: float) -> float:
        """Give the chance of being at most so many days late."""
        return float(1 - self._beyond(np.array(days, float)))

    def chance_below(self, days: float) -> float:
        """Give the chance of being less than so many days late."""
        return 0.0 if days <= self.already_days else self.chance_within(days)

    def quantile(self, level: float) -> float:
        """Give the fewest days that at least `level` of the chance lies within.

        Raises:
            ValueError: the level is not between 0 and 1.
        """
        if not 0 < level < 1:
            raise ValueError(f"a level lies between 0 and 1, not at {level}")
        beyond = (1 - level) * self._ahead
        if self.is_certain or beyond >= self.late_share:
            return self.already_days
        days = self.median_days * float(
            np.exp(-self.log_sigma * scipy.special.ndtri(beyond / self.late_share))
        )
        return max(days, self.already_days)

    def score(self, days: float | None, until: float) -> float:
        """Give the continuous ranked probability score of what happened, in days.

            ∫ (F(z) − [happened by z])² dz   for z from 0 to `until`

        A forecast that is one single day scores its absolute error. The integral ends
        where looking ended, so that what has not happened by then can be scored too: it
        is a threshold-weighted score, and still proper.

        Args:
            days: how late it was; None if it had not happened by `until`.
            until: days of lateness up to which anybody looked.
        """
        if until <= 0:
            return 0.0
        at = until if days is None else min(max(days, 0.0), until)
        return self._squares(0.0, at, happened=False) + self._squares(at, until, happened=True)

    def _squares(self, low: float, high: float, *, happened: bool) -> float:
        edges = np.linspace(low, high, _PANELS + 1)
        beyond = self._beyond((edges[:-1] + edges[1:]) / 2)
        return float(((1 - beyond - happened) ** 2).mean() * (high - low))

    @property
    def _ahead(self) -> float:
        """Chance of what is not ruled out by now."""
        return float(self._more(np.array(self.already_days))) if self.already_days > 0 else 1.0

    def _beyond(self, days: Floats) -> Floats:
        """Give the chances of being more days late. Small ones keep their digits."""
        if self.is_certain:
            return (days < self.already_days).astype(float)
        return np.where(days < self.already_days, 1.0, self._more(days) / self._ahead)

    def _more(self, days: Floats) -> Floats:
        """Give the same before anything was seen."""
        if self.late_share == 0 or self.median_days == 0:
            return (days < 0).astype(float)
        if self.log_sigma == 0:
            late = (days < self.median_days).astype(float)
        else:
            late = scipy.special.ndtr(
                -np.log(np.maximum(days, 1e-12) / self.median_days) / self.log_sigma
            )
        return np.where(days < 0, 1.0, self.late_share * late)


def naive_score(days: float | None, until: float) -> float:
    """Give the score of trusting the announced date: the days it was wrong, up to `until`."""
    if until <= 0:
        return 0.0
    return min(max(days, 0.0), until) if days is not None else until
