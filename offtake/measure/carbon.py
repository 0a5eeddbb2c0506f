"""Carbon of a site's energy, hour by hour: Scope 1 and the three figures of Scope 2.

    location        Σ load · grid factor
    market annual   max(0, Σ load − Σ clean) · residual
    market hourly   Σ max(0, load − clean) · residual

Load is what comes over the site's meter from the grid; power made on site is Scope 1 by its
fuel and never in Scope 2. Factors of two bases, or average and marginal ones, never meet in
one sum. A residual factor that changes over the period is weighted by load for the annual
figure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offtake.errors import Fault, OfftakeError, Where
from offtake.model.metric import Counting
from offtake.model.power import CarbonBasis

Floats = npt.NDArray[np.float64]
HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hours:
    """Hours of one site, as columns in order of time; an hour without a row was not read."""

    site: str
    starts: npt.NDArray[np.int64]
    """First second of each hour, since 1970 UTC."""
    load_mwh: Floats
    """Taken from the grid, at the meter."""
    clean_mwh: Floats
    """Carbon-free energy bought for the hour by contract."""
    grid_t_per_mwh: Floats
    """Location-based factor."""
    residual_t_per_mwh: Floats
    """Factor of what nobody bought as clean."""
    basis: CarbonBasis
    """Of all factors."""
    counting: Counting
    """Of all factors."""
    fuel_mmbtu: Floats | None = None
    """Gas burnt behind the meter, by higher heating value."""
    fuel_kg_per_mmbtu: float | None = None
    """Carbon of that gas."""
    water_l: Floats | None = None
    """Water the site took in."""

    def __post_init__(self) -> None:
        """Refuse hours that cannot be.

        Raises:
            OfftakeError: they repeat or are out of order, columns differ in length, or a
                number is negative or none (`OTK-Q021`).
        """
        faults = [
            Fault(code="OTK-Q021", what=what, where=Where(path=f"hours of {self.site}"), got=got)
            for what, got in self._wrong()
        ]
        if faults:
            raise OfftakeError(faults)

    def _wrong(self) -> Iterable[tuple[str, str]]:
        if np.any(self.starts % HOUR):
            yield "an hour must begin at a full hour", f"{int((self.starts % HOUR > 0).sum())} rows"
        if np.any(np.diff(self.starts) <= 0):
            at = int(np.flatnonzero(np.diff(self.starts) <= 0)[0])
            yield "hours must follow each other", f"row {at + 2} does not"
        names = ("load_mwh", "clean_mwh", "grid_t_per_mwh", "residual_t_per_mwh")
        more = tuple(n for n in ("fuel_mmbtu", "water_l") if getattr(self, n) is not None)
        for name in (*names, *more):
            held = getattr(self, name)
            if len(held) != len(self.starts):
                yield f"{name} must have a number an hour", f"{len(held)} of {len(self.starts)}"
            elif not np.all(np.isfinite(held) & (held >= 0.0)):
                at = int(np.flatnonzero(~(np.isfinite(held) & (held >= 0.0)))[0])
                yield f"{name} must be a number, at least 0", f"row {at + 1}: {held[at]:g}"
        if self.fuel_mmbtu is not None and self.fuel_kg_per_mmbtu is None:
            yield "fuel needs its carbon, fuel_kg_per_mmbtu", "none"

    def __len__(self) -> int:
        """Count the hours that were read."""
        return len(self.starts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Emissions:
    """Carbon of a site's energy, with the kind of its factors; parts of one kind add up."""

    basis: CarbonBasis
    counting: Counting
    scope_1_t: float
    location_t: float
    market_annual_t: float
    market_hourly_t: float

    def __add__(self, other: Emissions) -> Emissions:
        """Add the emissions of another site.

        Raises:
            OfftakeError: factors of another basis, or average and marginal (`OTK-Q020`).
        """
        one_kind([(self.basis, self.counting), (other.basis, other.counting)])
        return Emissions(
            basis=self.basis,
            counting=self.counting,
            scope_1_t=self.scope_1_t + other.scope_1_t,
            location_t=self.location_t + other.location_t,
            market_annual_t=self.market_annual_t + other.market_annual_t,
            market_hourly_t=self.market_hourly_t + other.market_hourly_t,
        )


def one_kind(kinds: Iterable[tuple[CarbonBasis, Counting]]) -> tuple[CarbonBasis, Counting]:
    """Give the one kind of factors there is.

    Raises:
        OfftakeError: there are several, or none (`OTK-Q020`).
    """
    found = sorted(set(kinds))
    if len(found) != 1:
        told = " and ".join(f"{basis}, {counting}" for basis, counting in found) or "none"
        what = "carbon factors of several kinds must not meet in one sum"
        raise OfftakeError(Fault(code="OTK-Q020", what=what, where=Where(path="carbon"), got=told))
    return found[0]


def emissions(hours: Hours) -> Emissions:
    """Give the emissions of a site over the hours that were read.

    Raises:
        OfftakeError: there are none (`OTK-Q012`).
    """
    _some(hours)
    load, clean, left = hours.load_mwh, hours.clean_mwh, hours.residual_t_per_mwh
    whole = float(load.sum())
    residual = float((load * left).sum()) / whole if whole else 0.0
    fuel = 0.0 if hours.fuel_mmbtu is None else float(hours.fuel_mmbtu.sum())
    return Emissions(
        basis=hours.basis,
        counting=hours.counting,
        scope_1_t=fuel * (hours.fuel_kg_per_mmbtu or 0.0) / 1000.0,
        location_t=float((load * hours.grid_t_per_mwh).sum()),
        market_annual_t=max(0.0, whole - float(clean.sum())) * residual,
        market_hourly_t=float((np.maximum(0.0, load - clean) * left).sum()),
    )


def clean_mwh(hours: Hours) -> tuple[float, float]:
    """Give the clean energy that counts, matched over the period and hour by hour.

    Raises:
        OfftakeError: there are no hours (`OTK-Q012`).
    """
    _some(hours)
    whole = float(hours.load_mwh.sum())
    annual = min(whole, float(hours.clean_mwh.sum()))
    return annual, float(np.minimum(hours.load_mwh, hours.clean_mwh).sum())


def _some(hours: Hours) -> None:
    if not len(hours):
        where = Where(path=f"hours of {hours.site}")
        raise OfftakeError(Fault(code="OTK-Q012", what="there are no hours", where=where))
