"""Carbon of electricity, with the boundary it was counted in.

A rate *at the stack* counts what the power stations burn. A *life-cycle* rate adds mining,
leaks and building, so that wind has 11 g/kWh instead of none and gas 490 instead of about
400. A sum of the two means nothing, so it is refused here. (Within one boundary factors
still differ a little from source to source; each fact's source names its own.)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from offtake.errors import Fault, OfftakeError, Where
from offtake.model.value import Value
from offtake.units import GramsPerKWh, TonnesCO2

Boundary = Literal["stack", "life-cycle"]

_KG_PER_T = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CarbonTotal(Value):
    """Carbon emitted, and the boundary it was counted in."""

    emitted_t_co2: TonnesCO2
    boundary: Boundary


@dataclass(frozen=True, slots=True, kw_only=True)
class CarbonRate(Value):
    """Carbon of one kWh, and the boundary it was counted in."""

    carbon_g_per_kwh: GramsPerKWh
    boundary: Boundary

    def emitted(self, energy_mwh: float) -> CarbonTotal:
        """Give the carbon of an amount of energy, in MWh at the meter.

        1 MWh at 1 g/kWh is 1 kg.
        """
        return CarbonTotal(
            emitted_t_co2=energy_mwh * self.carbon_g_per_kwh / _KG_PER_T, boundary=self.boundary
        )


def total_carbon(totals: Iterable[CarbonTotal]) -> CarbonTotal:
    """Add amounts of carbon that were counted in one boundary.

    Raises:
        OfftakeError: the boundaries differ (`OTK-K301`), or there is nothing to add
            (`OTK-K302`).
    """
    parts = tuple(totals)
    if not parts:
        raise OfftakeError(Fault(code="OTK-K302", what="no amounts of carbon to add"))
    boundaries = sorted({part.boundary for part in parts})
    if len(boundaries) > 1:
        raise OfftakeError(
            Fault(
                code="OTK-K301",
                where=Where(path="carbon"),
                what="carbon at the stack and over the life cycle must not be added",
                got=" and ".join(boundaries),
                hint="take all rates from one boundary, such as eGRID's (stack) "
                "or the hourly files (life-cycle)",
            )
        )
    return CarbonTotal(
        emitted_t_co2=sum(part.emitted_t_co2 for part in parts), boundary=parts[0].boundary
    )
