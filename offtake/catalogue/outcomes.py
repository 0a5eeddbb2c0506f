"""What became of milestones: announced on one day's knowledge, and seen on another's.

    vintage        announced            seen
    |--------------|--------------------|
    2025-12-14     2026-04-01           2026-10-05: reached on 2026-05-23, or still open

Only what a later vintage says counts as an outcome. A milestone that was still ahead in
it is open up to the day of that vintage, and no further: nobody looked later.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from offtake.catalogue.places import Milestone
from offtake.catalogue.vintages import known
from offtake.model.value import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Value):
    """One milestone that was ahead on a day, and what was known of it on a later one."""

    site: str
    milestone: str
    phase: str | None = None
    """The row of `sites` it belongs to, if there is one."""
    announced: date
    """When it was expected, by the last vintage of the first day; the last day of a span."""
    vintage: date
    """The day of that vintage."""
    tracker: str
    """Who said so."""
    seen: date | None = None
    """The day of the last vintage of the second day; None if nobody looked again."""
    looked: date | None = None
    """The last day anybody looked: `seen` of an open one; of one that was reached, which
    stays reached, the last day anything was looked at. A score ends there, so that how
    long was looked does not depend on how soon it came. None if nobody looked again."""
    reached: date | None = None
    """When it was reached, by that vintage; None if it was still open."""
    expected: date | None = None
    """When an open one was expected by that vintage."""

    @property
    def key(self) -> tuple[str, str]:
        """Its name in the table `milestones`."""
        return self.site, self.milestone

    @property
    def name(self) -> str:
        """Its name in one text, as a `fact` of a portfolio gives it."""
        return f"{self.site}/{self.milestone}"

    @property
    def late_days(self) -> float | None:
        """Days it came late, early ones negative; None while it is open."""
        return None if self.reached is None else float((self.reached - self.announced).days)

    @property
    def looked_days(self) -> float | None:
        """Days from the announced day to the last look; negative before it was due."""
        return None if self.looked is None else float((self.looked - self.announced).days)

    @property
    def is_due(self) -> bool:
        """Whether the announced day had come by the last look, or it was reached sooner."""
        looked = self.looked_days
        return looked is not None and (looked >= 0 or self.reached is not None)


def outcomes(as_of: date, score_at: date) -> tuple[Outcome, ...]:
    """List the milestones ahead by what was known on one day, with what became of them.

    Raises:
        ValueError: the second day comes before the first.
    """
    if score_at < as_of:
        raise ValueError(f"{score_at} comes before {as_of}")
    before, after = _latest(known(Milestone, as_of)), _latest(known(Milestone, score_at))
    last = max((row.known_from for row in after.values()), default=score_at)
    ahead = {key: row for key, row in before.items() if row.is_forecast}
    return tuple(_outcome(row, after[key], last) for key, row in ahead.items())


def redated(as_of: date, score_at: date) -> tuple[tuple[Milestone, Milestone], ...]:
    """List the milestones recorded as reached on one day and dated otherwise on a later one."""
    before, after = _latest(known(Milestone, as_of)), _latest(known(Milestone, score_at))
    return tuple(
        (row, after[key])
        for key, row in before.items()
        if not row.is_forecast and after[key].expected.last != row.expected.last
    )


def _latest(rows: Iterable[Milestone]) -> dict[tuple[str, ...], Milestone]:
    held: dict[tuple[str, ...], Milestone] = {}
    for row in rows:
        before = held.get(row.key)
        if before is None or row.known_from > before.known_from:
            held[row.key] = row
    return held


def _outcome(first: Milestone, later: Milestone, last: date) -> Outcome:
    again = later.known_from > first.known_from
    reached = later.expected.last if again and not later.is_forecast else None
    return Outcome(
        site=first.site,
        milestone=first.milestone,
        phase=later.phase,
        announced=first.expected.last,
        vintage=first.known_from,
        tracker=first.tracker,
        seen=later.known_from if again else None,
        looked=None if not again else later.known_from if reached is None else last,
        reached=reached,
        expected=later.expected.last if again and later.is_forecast else None,
    )
