"""Records: everything that was recorded about a portfolio's contracts, append-only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from offtake.model.event import Event
from offtake.model.month import epoch
from offtake.model.reading import Fixing, Meter, Reading, Tariff

METERS = tuple(Meter)
"""Meters in the order of their codes in `Readings.meter`."""

Codes = npt.NDArray[np.int32]
Seconds = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Readings:
    """Readings as columns, so that millions fit: row i is one `Reading`.

    Names are codes into `names` (-1 is None); times are seconds since 1970 UTC. Rows are
    in the order they were recorded in.
    """

    names: tuple[str, ...] = ()
    """Every source, site, tranche and node that is named."""
    source: Codes
    """Code of the source."""
    id: npt.NDArray[Any]
    """Name inside the source (text), or its whole number."""
    meter: npt.NDArray[np.int8]
    """Index into `METERS`."""
    site: Codes
    """Code of the site."""
    tranche: Codes
    """Code of the tranche."""
    node: Codes
    """Code of the node."""
    starts: Seconds
    """First second covered."""
    ends: Seconds
    """First second no longer covered."""
    amount: Seconds
    """How much, in the unit of the meter."""
    recorded: Seconds
    """When it became known."""

    def __len__(self) -> int:
        """Count the readings."""
        return len(self.amount)

    def where(self, mask: npt.NDArray[np.bool_]) -> Readings:
        """Give the readings a mask picks, with the same names."""
        columns = ("source", "id", "meter", "site", "tranche", "node")
        times = ("starts", "ends", "amount", "recorded")
        picked = {name: getattr(self, name)[mask] for name in (*columns, *times)}
        return Readings(names=self.names, **picked)

    def code(self, name: str) -> int:
        """Give the code of a name; -2, which no row has, where it is not there."""
        return self.names.index(name) if name in self.names else -2

    @classmethod
    def of(cls, readings: Iterable[Reading]) -> Readings:
        """Turn readings into columns.

        Raises:
            OfftakeError: a moment without a time zone (`OTK-L001`).
        """
        rows = tuple(readings)
        known: dict[str, int] = {}

        def codes(texts: Sequence[str | None]) -> Codes:
            found = (-1 if t is None else known.setdefault(t, len(known)) for t in texts)
            return np.fromiter(found, np.int32, len(rows))

        def seconds(moments: Sequence[datetime]) -> Seconds:
            return np.fromiter((epoch(m) for m in moments), np.int64, len(rows))

        source, site = codes([r.source for r in rows]), codes([r.site for r in rows])
        tranche, node = codes([r.tranche for r in rows]), codes([r.node for r in rows])
        return cls(
            names=tuple(known),
            source=source,
            id=np.array([r.id for r in rows], dtype=object),
            meter=np.fromiter((METERS.index(r.meter) for r in rows), np.int8, len(rows)),
            site=site,
            tranche=tranche,
            node=node,
            starts=seconds([r.starts for r in rows]),
            ends=seconds([r.ends for r in rows]),
            amount=np.fromiter((r.amount for r in rows), np.int64, len(rows)),
            recorded=seconds([r.recorded for r in rows]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Events, readings, fixings and tariffs, as recorded."""

    events: tuple[Event, ...] = ()
    """What happened."""
    readings: Readings = field(default_factory=lambda: Readings.of(()))
    """What was metered."""
    fixings: tuple[Fixing, ...] = ()
    """What was published."""
    tariffs: tuple[Tariff, ...] = ()
    """What electricity costs."""
