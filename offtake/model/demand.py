"""Demand: what the portfolio is for. Training jobs with a deadline, inference by region."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from offtake.model.period import Quarter
from offtake.model.provenance import Provenance
from offtake.model.value import Value
from offtake.units import (
    H100e,
    H100eHours,
    ItMW,
    Milliseconds,
    Share,
    UsdPerH100eHour,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Region(Value):
    """A place users are in, or sites stand in, on the latency map."""

    id: str
    """Short name: `us-central`."""
    name: str = ""
    """Name as people write it."""
    latency_ms: Mapping[str, Milliseconds] = field(default_factory=dict)
    """Round trip to other regions; to itself it is 0, and what is not named is out of reach."""
    provenance: Provenance | None = None
    """Source of this entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inference(Value):
    """Inference asked for by the users of one region, all day at its mean.

    The median path runs through `median_h100e`, between its quarters at a constant rate
    of growth. Scenarios multiply it (see `DemandProcess`).
    """

    id: str
    """Short name used everywhere else in the portfolio."""
    region: str
    """Where its users are."""
    latency_ms: Milliseconds
    """Longest round trip to the site that serves it."""
    countries: tuple[str, ...] = ()
    """Countries it may be served in (residency, sovereignty); empty is any."""
    accelerators: tuple[str, ...] = ()
    """Types it is qualified on; empty is all that do inference."""
    median_h100e: Mapping[Quarter, H100e]
    """Median demand at some quarters, in H100 equivalents busy on average."""
    revenue_usd_per_h100e_hour: Mapping[Quarter, UsdPerH100eHour]
    """Revenue of serving one H100 equivalent for an hour, at some quarters."""
    unserved_usd_per_h100e_hour: UsdPerH100eHour = 0.0
    """What not serving costs beyond the lost revenue (users who leave)."""
    least_served_share: Share = 0.0
    """Share of demand that must be served in every scenario: a hard limit."""
    provenance: Provenance | None = None
    """Source of this entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingJob(Value):
    """One training run: so much work inside a window, in one block at one site."""

    id: str
    """Short name used everywhere else in the portfolio."""
    name: str = ""
    """Name as people write it."""
    size_h100e_hours: H100eHours
    """Work to be done."""
    earliest: Quarter
    """First quarter it can run in."""
    deadline: Quarter
    """Last quarter it can run in."""
    block_it_mw: ItMW
    """Least power in one block of one interconnect; it runs at a single site."""
    accelerators: tuple[str, ...] = ()
    """Types it is qualified on; empty is all that train."""
    countries: tuple[str, ...] = ()
    """Countries it may run in; empty is any."""
    site: str | None = None
    """Site it is placed at already; None leaves the choice to the plan."""
    value_usd_per_h100e_hour: UsdPerH100eHour
    """What a finished hour of it is worth to the lab."""
    unserved_usd_per_h100e_hour: UsdPerH100eHour = 0.0
    """What an hour not done by the deadline costs beyond its lost value."""
    provenance: Provenance | None = None
    """Source of this entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand(Value):
    """All work the portfolio is planned for."""

    inference: tuple[Inference, ...] = ()
    """Inference, by region."""
    training: tuple[TrainingJob, ...] = ()
    """Training jobs."""


def along(points: Mapping[Quarter, float], quarters: Iterable[Quarter]) -> list[float]:
    """Read a path at every quarter: exact at its points, constant growth in between.

    Between two points the value is geometric, v = a·(b/a)^x; linear where either is 0.
    Before the first and after the last point there is no value to be had.

    Raises:
        ValueError: a quarter lies outside the points.
    """
    known = sorted(points)
    if not known:
        raise ValueError("a path needs at least one quarter")
    return [_at(points, known, quarter) for quarter in quarters]


def _at(points: Mapping[Quarter, float], known: list[Quarter], quarter: Quarter) -> float:
    if not known[0] <= quarter <= known[-1]:
        raise ValueError(f"no value for {quarter}: the path runs from {known[0]} to {known[-1]}")
    before = max(q for q in known if q <= quarter)
    after = min(q for q in known if q >= quarter)
    low, high = points[before], points[after]
    if before == after:
        return low
    share = (quarter - before) / (after - before)
    if low > 0 and high > 0:
        return low * math.exp(share * math.log(high / low))
    return low + share * (high - low)
