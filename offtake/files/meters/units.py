"""Units a meter may be in, and what one of them is in the unit of a reading, exactly."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from offtake.errors import Fault, OfftakeError, Where, did_you_mean
from offtake.model.reading import Meter

_JOULE = Fraction(1, 3600)
ENERGY: Mapping[str, Fraction] = {
    "mJ": _JOULE / 1000,
    "J": _JOULE,
    "kJ": _JOULE * 1000,
    "MJ": _JOULE * 10**6,
    "Wh": Fraction(1),
    "kWh": Fraction(10**3),
    "MWh": Fraction(10**6),
    "GWh": Fraction(10**9),
}
"""In Wh."""
POWER: Mapping[str, Fraction] = {
    "mW": Fraction(1, 1000),
    "W": Fraction(1),
    "kW": Fraction(10**3),
    "MW": Fraction(10**6),
}
"""In W."""
_OTHERS: Mapping[Meter, Mapping[str, Fraction]] = {
    Meter.PEAK_POWER: POWER,
    Meter.GPU_TIME: {
        "GPU-seconds": Fraction(1),
        "s": Fraction(1),
        "GPU-hours": Fraction(3600),
        "h": Fraction(3600),
    },
    Meter.TOKENS: {"tokens": Fraction(1), "k": Fraction(10**3), "M": Fraction(10**6)},
}


def known_units(meter: Meter, *, power: bool = False) -> Mapping[str, Fraction]:
    """List the units of a meter; with `power` also those energy is worked out from."""
    if meter in (Meter.IT_ENERGY, Meter.FACILITY_ENERGY):
        return {**ENERGY, **POWER} if power else ENERGY
    return _OTHERS[meter]


def factor(meter: Meter, unit: str, *, power: bool = False) -> Fraction:
    """Give what one `unit` is in the unit of a meter's readings (power: in W).

    Raises:
        OfftakeError: the meter is not in such a unit (`OTK-M101`).
    """
    known = known_units(meter, power=power)
    if unit not in known:
        same = [one for one in known if one.lower() == unit.lower()]
        hint = f"did you mean '{same[0]}'?" if same else did_you_mean(unit, known)
        what = f"{meter} is not metered in this unit"
        raise OfftakeError(
            Fault(code="OTK-M101", what=what, where=Where(), got=f"'{unit}'", hint=hint)
        )
    return known[unit]
