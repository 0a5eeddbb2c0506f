"""What was known at a moment: records as they stood, corrections applied, found by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from offtake.errors import Fault, OfftakeError, Where
from offtake.ledger.flaws import Flaw, sound
from offtake.model.event import Event, EventKind
from offtake.model.month import epoch
from offtake.model.reading import Fixing, Tariff
from offtake.model.records import Readings, Records


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Records as known at one moment, in an order that does not depend on how they came."""

    as_of: datetime
    """The moment."""
    events: Mapping[EventKind, tuple[Event, ...]]
    """Events that count, by kind, sorted by start and id."""
    readings: Readings
    """Readings that had been recorded, each once."""
    fixings: Mapping[str, tuple[Fixing, ...]]
    """Fixings by series, sorted by day; of one day the last recorded."""
    tariffs: tuple[Tariff, ...]
    """Tariffs, sorted by id."""
    flaws: tuple[Flaw, ...] = ()
    """What is wrong with readings; a fault for who asks for their meter at their site."""
    memo: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """What was worked out from these records before and is asked for again; never a fact."""

    def of(self, kind: EventKind) -> tuple[Event, ...]:
        """Give the events of a kind."""
        return self.events.get(kind, ())


def known(records: Records, as_of: datetime) -> Known:
    """Take from records what was known at a moment.

    An event that another known one replaces counts no more; of several fixings of one day
    the last recorded counts; the same event or reading sent twice counts once.

    Raises:
        OfftakeError: a moment without a time zone (`OTK-L001`); two events of one name that
            say different things (`OTK-L047`).
    """
    moment = epoch(as_of)
    events = _each_once(event for event in records.events if epoch(event.recorded) <= moment)
    replaced = {event.replaces for event in events if event.replaces}
    kinds: dict[EventKind, list[Event]] = {}
    for event in sorted(events, key=lambda e: (e.starts, e.id)):
        if event.id not in replaced:
            kinds.setdefault(event.kind, []).append(event)
    series: dict[str, dict[str, Fixing]] = {}
    for fixing in sorted(records.fixings, key=lambda f: (f.recorded, f.day, f.value_amount)):
        if epoch(fixing.recorded) <= moment:
            series.setdefault(fixing.series, {})[str(fixing.day)] = fixing
    tariffs = (t for t in records.tariffs if epoch(t.recorded) <= moment)
    early = records.readings.recorded <= moment
    recorded = records.readings if early.all() else records.readings.where(early)
    readings, flaws = sound(recorded)
    return Known(
        as_of=as_of,
        events={kind: tuple(found) for kind, found in kinds.items()},
        readings=readings,
        fixings={
            name: tuple(by_day[day] for day in sorted(by_day)) for name, by_day in series.items()
        },
        tariffs=tuple(sorted(tariffs, key=lambda t: t.id)),
        flaws=flaws,
    )


def _each_once(events: Iterable[Event]) -> list[Event]:
    """Give each event once; the same sent again, and recorded later, is still the first."""
    found: dict[str, Event] = {}
    faults: dict[str, Fault] = {}
    for event in events:
        kept = found.setdefault(event.id, event)
        if kept is event or kept == event:
            continue
        early, late = sorted((kept, event), key=lambda one: one.recorded)
        found[event.id] = early
        if replace(late, recorded=early.recorded) != early:
            what = "two events have this name and say different things"
            hint = "give each a name of its own; one that corrects another `replaces` it"
            where = Where(path=f"events.{event.id}")
            faults[event.id] = Fault(code="OTK-L047", what=what, where=where, hint=hint)
    if faults:
        raise OfftakeError(faults[name] for name in sorted(faults))
    return list(found.values())
