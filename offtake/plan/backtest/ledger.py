"""What became of each entry when a portfolio was taken back to an earlier day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from offtake.model.backtest import Fate, Knowledge, Known
from offtake.model.provenance import Provenance
from offtake.plan.backtest.dating import Days, days_of


@dataclass(slots=True)
class Ledger:
    """Notes, entry by entry, what was kept, replaced, held, left out, or has no date."""

    day: date
    """The day whose knowledge is wanted."""
    written: date
    """The portfolio's own day: nothing in it is younger, so a month its sources name ends
    there at the latest."""
    entries: list[Known] = field(default_factory=list)
    kept: int = 0
    """Entries that stand as they are, dated by then."""

    def days(self, provenance: Provenance | None) -> Days | None:
        """Give the days an entry rests on."""
        found = days_of(provenance)
        if found is None:
            return None
        return Days(min(found.first, self.written), min(found.last, self.written))

    def keep(self) -> None:
        """Note an entry that was known as it stands."""
        self.kept += 1

    def leave_out(self, path: str, why: str, since: date | None = None) -> None:
        """Note an entry that was not known."""
        self._note(path, Fate.LEFT_OUT, why, since)

    def replace(self, path: str, why: str, since: date | None = None) -> None:
        """Note an entry that takes an earlier value."""
        self._note(path, Fate.REPLACED, why, since)

    def hold(self, path: str, why: str, since: date | None = None) -> None:
        """Note an entry that stays though its source is younger."""
        self._note(path, Fate.HELD, why, since)

    def undated(self, path: str, why: str) -> None:
        """Note an entry that names no day."""
        self._note(path, Fate.UNDATED, why, None)

    def knowledge(self) -> Knowledge:
        """Give all notes, in the order they were made."""
        return Knowledge(kept_count=self.kept, entries=tuple(self.entries))

    def _note(self, path: str, fate: Fate, why: str, since: date | None) -> None:
        self.entries.append(Known(path=path, fate=fate, known_from=since, why=why))
