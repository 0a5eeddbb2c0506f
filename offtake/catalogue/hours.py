"""Hourly series of a balancing authority for one year, as arrays.

Arrays instead of objects, because a year has 8,760 hours and the planner and the simulator
multiply them with powers of the same shape.
"""

from __future__ import annotations

import gzip
import io
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from offtake.catalogue.carbon import Boundary, CarbonTotal
from offtake.catalogue.grid import HourlyFile
from offtake.catalogue.vintages import data_file, shipped
from offtake.errors import Fault, OfftakeError, Where, did_you_mean

Series = npt.NDArray[np.float64]

_COLUMNS = {
    "avg_carbon_g_per_kwh": 1.0,
    "wind_permille_of_max": 1e-3,
    "solar_permille_of_max": 1e-3,
    "generation_permille_of_max": 1e-3,
    "dry_bulb_c_tmyx": 1.0,
}
"""The columns of a file, and what one of its numbers is in ours."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hourly:
    """One year of one zone; all arrays are read-only, hour 0 begins on 1 January 00:00 UTC.

    Shares are of the largest hour of the year, not of installed capacity: the mean of
    `wind_share` overstates a capacity factor by about a third (ERCOT 0.47 against 0.35).
    Use `scaled_to` before they stand for a plant.
    """

    zone: str
    year: int
    carbon_g_per_kwh: Series
    """Average carbon of all generation; life-cycle, so never add it to a stack rate."""
    carbon_boundary: Boundary
    wind_share: Series
    solar_share: Series
    generation_share: Series
    temperature_celsius: Series | None
    """Dry bulb of a typical year at a nearby airport, not of the year itself."""

    def emitted(self, energy_mwh: Series) -> CarbonTotal:
        """Give the carbon of energy taken hour by hour, in MWh at the meter.

        Raises:
            OfftakeError: not one number for each hour of the year (`OTK-K303`).
        """
        if energy_mwh.shape != self.carbon_g_per_kwh.shape:
            raise OfftakeError(
                Fault(
                    code="OTK-K303",
                    what="one number for each hour is wanted",
                    where=Where(path=f"hourly.{self.zone}"),
                    got=f"shape {energy_mwh.shape} for {self.carbon_g_per_kwh.shape[0]} hours",
                )
            )
        kilograms = float(self.carbon_g_per_kwh @ energy_mwh)
        return CarbonTotal(emitted_t_co2=kilograms / 1000.0, boundary=self.carbon_boundary)


def scaled_to(shares: Series, capacity_factor_share: float) -> Series:
    """Turn shares of the largest hour into shares of capacity with a given mean.

    Every hour is multiplied by the same number, and cut at 1; what the cut takes away is
    put on the other hours, until the mean is met.

    Raises:
        OfftakeError: no such mean can be reached from these shares (`OTK-K304`).
    """
    reachable = float(np.count_nonzero(shares)) / shares.size
    if not 0.0 <= capacity_factor_share <= reachable:
        raise OfftakeError(
            Fault(
                code="OTK-K304",
                what=f"the capacity factor must lie between 0 and {reachable:.3f} here",
                got=repr(capacity_factor_share),
            )
        )
    low, high = 0.0, 1.0
    while np.minimum(shares * high, 1.0).mean() < capacity_factor_share and high < 1e6:
        high *= 2.0
    for _ in range(80):
        middle = (low + high) / 2.0
        if np.minimum(shares * middle, 1.0).mean() < capacity_factor_share:
            low = middle
        else:
            high = middle
    return np.minimum(shares * high, 1.0)


@cache
def hourly(zone: str) -> Hourly:
    """Read the hourly series of a zone, such as `ERCO`.

    Raises:
        OfftakeError: no such zone (`OTK-K204`), or its file is missing or faulty
            (`OTK-K106`, `OTK-K107`).
    """
    entry = next((row for row in shipped(HourlyFile) if row.zone == zone), None)
    if entry is None:
        zones = [row.zone for row in shipped(HourlyFile)]
        raise OfftakeError(
            Fault(
                code="OTK-K204",
                what="no hourly file for this zone",
                got=f"'{zone}'",
                hint=did_you_mean(zone, zones),
            )
        )
    raw = gzip.decompress(data_file(entry.file).read_bytes()).decode("ascii")
    held = read_series(raw, entry.file, entry.hours_count)
    return Hourly(
        zone=zone,
        year=entry.year,
        carbon_g_per_kwh=held["avg_carbon_g_per_kwh"],
        carbon_boundary=entry.carbon_boundary,
        wind_share=held["wind_permille_of_max"],
        solar_share=held["solar_permille_of_max"],
        generation_share=held["generation_permille_of_max"],
        temperature_celsius=held.get("dry_bulb_c_tmyx"),
    )


def read_series(text: str, file: str, hours_count: int) -> dict[str, Series]:
    """Read the columns of an hourly file, each in our unit.

    Raises:
        OfftakeError: a column is missing or unknown, a cell is no number, or an hour is
            missing or out of order (all `OTK-K107`, with the line where there is one).
    """
    header, _, body = text.partition("\n")
    names = header.split(",")
    wanted = {"hour", *_COLUMNS} - {"dry_bulb_c_tmyx"}
    if not wanted <= set(names) <= {"hour", *_COLUMNS}:
        raise _faulty(file, 1, f"the columns must be hour, {', '.join(_COLUMNS)}", header)
    try:
        table = np.loadtxt(io.StringIO(body), delimiter=",", ndmin=2)
    except ValueError as wrong:
        raise _faulty(file, None, "a cell is no number", str(wrong)) from None
    hours = table[:, names.index("hour")]
    if len(hours) != hours_count:
        raise _faulty(file, None, f"{hours_count} hours are wanted", str(len(hours)))
    astray = np.flatnonzero(hours != np.arange(hours_count))
    if astray.size:
        line = int(astray[0]) + 2
        raise _faulty(file, line, f"hour {line - 2} is wanted", f"{hours[astray[0]]:g}")
    held = {name: table[:, names.index(name)] * _COLUMNS[name] for name in names if name != "hour"}
    for series in held.values():
        series.setflags(write=False)
    return held


def _faulty(file: str, line: int | None, what: str, got: str) -> OfftakeError:
    return OfftakeError(
        Fault(code="OTK-K107", what=what, where=Where(file=file, line=line), got=got)
    )
