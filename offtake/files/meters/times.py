"""Times as systems write them: with a zone, since 1970, or bare in a zone that has to be told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from offtake.errors import Fault, OfftakeError, Where
from offtake.model.month import zone_of

_BARE = re.compile(r"\d{9,11}\Z")
_LENGTH = re.compile(r"(\d+)\s*(s|m|h|d)\Z")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Clock:
    """Reads times; `zone` is what times without one are in, None where nobody said."""

    zone: ZoneInfo | None = None

    def second(self, text: str) -> int:
        """Give a time as seconds since 1970.

        Raises:
            ValueError: it is no time, has parts of a second, or no zone is known for it.
        """
        if _BARE.match(text):
            return int(text)
        made = datetime.fromisoformat(text)
        if made.microsecond:
            raise ValueError("a time to the second is wanted")
        if made.tzinfo is None:
            if self.zone is None:
                raise ValueError("a time without its zone; say which with --zone")
            return _placed(made, self.zone)
        return int(made.timestamp())


def _placed(bare: datetime, zone: ZoneInfo) -> int:
    """Give the one second a bare time names; none or two where clocks are changed."""
    early, late = (bare.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if early.utcoffset() != late.utcoffset():
        raise ValueError(f"clocks in {zone} are changed then: it names no second, or two")
    return int(early.astimezone(UTC).timestamp())


def clock(zone: str | None) -> Clock:
    """Give what reads times of a zone.

    Raises:
        OfftakeError: there is no such zone (`OTK-L002`).
    """
    return Clock(zone_of(zone) if zone is not None else None)


def length(text: str) -> int:
    """Read a length of time such as `1h` or `15m`, in seconds.

    Raises:
        OfftakeError: it is not written so (`OTK-M100`).
    """
    match = _LENGTH.match(text.strip())
    if match is None or int(match[1]) == 0:
        what = "a length of time is written like 15m, 1h or 1d"
        raise OfftakeError(Fault(code="OTK-M100", what=what, where=Where(), got=f"'{text}'"))
    return int(match[1]) * _SECONDS[match[2]]
