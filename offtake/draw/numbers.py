"""How a number is written wherever a person reads it: three significant digits and a unit.

    usd(12_345e6)    12.3 B USD       power(411.2)   411 MW IT       share(0.0237)   2.4 %

A `Shown` keeps number and unit apart, so that a page can print the unit smaller; `str`
puts them together. What is not known or not finite is written `—`, never `nan`. A column
of a table has one unit for all its rows: `column` chooses it from the largest of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

NOTHING: Final = "—"
MINUS: Final = "−"

Ladder = tuple[tuple[str, float], ...]
"""Units of one dimension, the smallest first, each with its size in the model's unit."""

USD: Final[Ladder] = (("USD", 1.0), ("k USD", 1e3), ("M USD", 1e6), ("B USD", 1e9))
H100E: Final[Ladder] = (("H100e", 1.0), ("k H100e", 1e3), ("M H100e", 1e6))
ENERGY: Final[Ladder] = (("MWh", 1.0), ("GWh", 1e3), ("TWh", 1e6))
CARBON: Final[Ladder] = (("t CO2", 1.0), ("kt CO2", 1e3), ("Mt CO2", 1e6))
POWER: Final[Ladder] = (("MW IT", 1.0),)


@dataclass(frozen=True, slots=True)
class Shown:
    """A number as it is read: digits and unit, kept apart."""

    number: str
    unit: str = ""

    def __str__(self) -> str:
        """Write `12.3 B USD`; the unit is left out where nothing is known."""
        return f"{self.number} {self.unit}".rstrip() if self.number != NOTHING else NOTHING


@dataclass(frozen=True, slots=True)
class Column:
    """The unit and the decimals all numbers of a column, or of an axis, are written in."""

    unit: str
    size: float
    decimals: int

    def __call__(self, value: float | None, *, signed: bool = False) -> str:
        """Write one number of the column, without its unit."""
        if value is None or not math.isfinite(value):
            return NOTHING
        return _digits(value / self.size, self.decimals, signed=signed)

    def scaled(self, value: float) -> float:
        """Give the number in the column's unit, to draw with."""
        return value / self.size


def column(values: Iterable[float | None], ladder: Ladder) -> Column:
    """Choose the unit for many numbers: the one that suits the largest of them."""
    known = [abs(v) for v in values if v is not None and math.isfinite(v)]
    top = max(known, default=0.0)
    unit, size = _rung(top, ladder)
    decimals = _decimals(top / size) if top else 0
    if ladder is POWER:
        decimals = 0 if top >= 10 else decimals
    elif size > 1 and top:
        decimals = max(decimals, 1)
    return Column(unit, size, decimals)


def usd(value: float | None, *, signed: bool = False) -> Shown:
    """Write money: `12.3 B USD`; `signed` writes a plus before a gain."""
    return _quantity(value, USD, signed=signed)


def h100e(value: float | None, *, signed: bool = False) -> Shown:
    """Write capacity in H100 equivalents: `1.23 M H100e`."""
    return _quantity(value, H100E, signed=signed)


def energy(value: float | None, *, signed: bool = False) -> Shown:
    """Write facility energy: `34.5 TWh`."""
    return _quantity(value, ENERGY, signed=signed)


def carbon(value: float | None, *, signed: bool = False) -> Shown:
    """Write carbon: `6.7 Mt CO2` has its three digits as `6.70 Mt CO2`."""
    return _quantity(value, CARBON, signed=signed)


def power(value: float | None, *, signed: bool = False) -> Shown:
    """Write power at the servers, always in MW so that rows compare: `1,234 MW IT`."""
    if value is None or not math.isfinite(value):
        return Shown(NOTHING)
    decimals = 0 if value == 0 or abs(value) >= 9.95 else 1 if abs(value) >= 0.995 else 2
    return Shown(_digits(value, decimals, signed=signed), "MW IT")


def share(value: float | None, *, signed: bool = False) -> Shown:
    """Write a share in per cent: `2.4 %`; below a hundredth of one, `<0.01 %`."""
    if value is None or not math.isfinite(value):
        return Shown(NOTHING)
    percent = value * 100
    if 0 < abs(percent) < 0.01:
        return Shown(("<" if value > 0 else f">{MINUS}") + "0.01", "%")
    decimals = 0 if percent == 0 or abs(percent) >= 99.95 else 1 if abs(percent) >= 0.995 else 2
    return Shown(_digits(percent, decimals, signed=signed), "%")


def points(difference: float) -> Shown:
    """Write how far two shares are apart: `+1.2 percentage points`."""
    shown = share(difference, signed=True)
    return Shown(shown.number, "percentage points" if shown.unit else "")


def count(value: float | None, *, signed: bool = False) -> str:
    """Write a whole number: `24,576`."""
    if value is None or not math.isfinite(value):
        return NOTHING
    return _digits(value, 0, signed=signed)


def amount(value: float | None, unit: str) -> Shown:
    """Write a number of any unit: money and shares in their own way, the rest as it is."""
    if unit == "USD":
        return usd(value)
    if unit == "share":
        return share(value)
    if value is None or not math.isfinite(value):
        return Shown(NOTHING)
    return Shown(_digits(value, _decimals(abs(value)) if value else 0), unit)


def seconds(value: float | None) -> Shown:
    """Write elapsed time: `0.42 s`, `41.0 s`, `2 min 3 s`."""
    if value is None or not math.isfinite(value):
        return Shown(NOTHING)
    if value < 120:
        return Shown(_digits(value, 2 if value < 1 else 1), "s")
    minutes, rest = divmod(round(value), 60)
    return Shown(f"{minutes:,} min {rest}", "s")


def interval(mean: float, half: float) -> str:
    """Write a change with half its interval: `−178 ± 26`; what rounds to nothing has no sign."""
    digits = 0 if abs(mean) >= 100 else 1
    return f"{_digits(mean, digits, signed=True)} ± {_digits(half, digits)}"


def tiny(value: float | None) -> str:
    """Write a residual, which spans many powers of ten: `3.1e−9`."""
    if value is None or not math.isfinite(value):
        return NOTHING
    return "0" if value == 0 else f"{value:.1e}".replace("e-0", "e-").replace("-", MINUS)


def _quantity(value: float | None, ladder: Ladder, *, signed: bool) -> Shown:
    if value is None or not math.isfinite(value):
        return Shown(NOTHING)
    unit, size = _rung(abs(value), ladder)
    scaled = value / size
    return Shown(_digits(scaled, _decimals(abs(scaled)) if scaled else 0, signed=signed), unit)


def _rung(size: float, ladder: Ladder) -> tuple[str, float]:
    """Find the largest unit in which the number, once rounded, is at least 1."""
    fitting = [rung for rung in ladder if size / rung[1] >= 0.9995]
    return fitting[-1] if fitting else ladder[0]


def _decimals(size: float) -> int:
    """Tell how many decimals make three significant digits."""
    return 2 if size < 9.995 else 1 if size < 99.95 else 0


def _digits(value: float, decimals: int, *, signed: bool = False) -> str:
    text = f"{abs(value):,.{decimals}f}"
    if not any(digit in text for digit in "123456789"):
        return text  # nothing is left after rounding: no sign
    return (MINUS if value < 0 else "+" if signed else "") + text
