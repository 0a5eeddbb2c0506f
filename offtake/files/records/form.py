"""What a file of records may hold, and what it is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from offtake.model.event import Event
from offtake.model.reading import Fixing, Reading, Tariff
from offtake.model.value import Value

FORMAT = "records/1"
"""Name and version of the form of its YAML files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFile(Value):
    """What the YAML files of a world's records say, all together."""

    events: tuple[Event, ...] = ()
    """What happened."""
    readings: tuple[Reading, ...] = ()
    """What was metered."""
    fixings: tuple[Fixing, ...] = ()
    """What was published."""
    tariffs: tuple[Tariff, ...] = ()
    """What electricity costs."""


KINDS: Mapping[str, type[Value]] = {
    "events": Event,
    "readings": Reading,
    "fixings": Fixing,
    "tariffs": Tariff,
}
"""Each list of records, and what one of them is."""
