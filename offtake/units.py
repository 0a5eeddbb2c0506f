"""Units of measure: every number says its unit on its type and in its name.

`ItMW` is power at the servers and `FacilityMW` is power at the meter. They are
different types: adding one to the other is an error mypy finds, and only
`facility_mw` and `it_mw` convert between them.

A `Unit` is put on a type with `typing.Annotated` together with its bounds. From that
one declaration come the validation, the JSON Schema, the axis label and the column
header, and the law (a test) that a number's name ends in its unit's suffix.

A quantity in a file may be a plain number in the unit of the field, or text with a
unit of the same dimension: `1.2 GW` for a field in MW is 1200, `1.2 GWh` is a fault.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, NewType, get_args, get_origin

from annotated_types import Ge, Gt, Le

_PREFIXED: dict[str, dict[str, float]] = {
    "power": {"W": 1e-6, "kW": 1e-3, "MW": 1.0, "GW": 1e3},
    "energy": {"Wh": 1e-6, "kWh": 1e-3, "MWh": 1.0, "GWh": 1e3, "TWh": 1e6},
    "money": {"USD": 1.0, "k USD": 1e3, "M USD": 1e6, "B USD": 1e9},
    "time": {"hours": 1.0, "days": 24.0, "weeks": 168.0},
    "share": {"share": 1.0, "%": 0.01},
    "memory": {"GB": 1.0, "TB": 1e3},
    "speed": {"TFLOP/s": 1.0, "PFLOP/s": 1e3, "EFLOP/s": 1e6},
}
"""For each dimension, what one of the unit is in the dimension's first unit."""

_QUANTITY = re.compile(r"^\s*([-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(\S.*?)\s*$")


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit of a number, placed on its type with `Annotated`.

    `symbol` is what is printed behind the number, `suffixes` are the endings a field
    of this unit may have, `boundary` tells where it is measured (`IT` at the servers,
    `facility` at the meter, empty where the question does not arise).
    """

    symbol: str
    suffixes: tuple[str, ...]
    boundary: str = ""

    @property
    def label(self) -> str:
        """The unit as a column header or axis shows it, such as `MW IT`."""
        return f"{self.symbol} {self.boundary}".strip()

    @property
    def symbols(self) -> tuple[str, ...]:
        """The units a file may write behind a number of this one, its own among them."""
        for family in _PREFIXED.values():
            if self.symbol in family:
                return tuple(family)
        return (self.symbol,)

    def scale_of(self, symbol: str) -> float | None:
        """Tell what one `symbol` is in this unit; None if the dimensions differ."""
        for family in _PREFIXED.values():
            if self.symbol in family and symbol in family:
                return family[symbol] / family[self.symbol]
        return 1.0 if symbol == self.symbol else None

    def parse(self, raw: object) -> object:
        """Turn text such as `1.2 GW` into a number in this unit; pass anything else on.

        Raises:
            ValueError: the text has a unit of another dimension, or none at all.
        """
        if not isinstance(raw, str):
            return raw
        match = _QUANTITY.match(raw)
        if match is None:
            raise ValueError(f"a number in {self.label} is wanted, not text")
        scale = self.scale_of(match[2])
        if scale is None:
            raise ValueError(f"wrong unit '{match[2]}'; this field is in {self.label}")
        return float(Decimal(match[1].replace("_", "")) * Decimal(repr(scale)))

    # The two hooks below are how pydantic asks a type what it is. They are plain
    # functions over plain dicts, so the model itself never imports pydantic.
    def __get_pydantic_core_schema__(
        self, source: object, handler: Callable[[object], dict[str, Any]]
    ) -> dict[str, Any]:
        """Let a file say `1.2 GW`: parse the text before the number is validated."""
        return {
            "type": "function-before",
            "function": {"type": "no-info", "function": self.parse},
            "schema": handler(source),
        }

    def __get_pydantic_json_schema__(
        self, core: Mapping[str, Any], handler: Callable[[Any], dict[str, Any]]
    ) -> dict[str, Any]:
        """Write the unit into the JSON Schema, and allow text with a unit."""
        schema = handler(core)
        number = {k: v for k, v in schema.items() if k not in ("title", "description", "default")}
        rest = {k: v for k, v in schema.items() if k not in number}
        text = {"type": "string", "pattern": r"^[-+]?[0-9.][0-9._eE+-]* ?\S.*$"}
        return {**rest, "anyOf": [number, text], "unit": self.label}


_ItMW = NewType("_ItMW", float)
_FacilityMW = NewType("_FacilityMW", float)

ItMW = Annotated[_ItMW, Ge(0), Unit("MW", ("_it_mw",), "IT")]
"""Power at the servers."""
BlockItMW = Annotated[_ItMW, Gt(0), Unit("MW", ("_it_mw",), "IT")]
"""The same for a size that cannot be 0."""
FacilityMW = Annotated[_FacilityMW, Ge(0), Unit("MW", ("_facility_mw",), "facility")]
"""Power at the meter: servers, cooling and losses."""

ItKW = Annotated[float, Gt(0), Unit("kW", ("_it_kw",), "IT")]
Watts = Annotated[float, Gt(0), Unit("W", ("_watts",))]
Share = Annotated[float, Ge(0), Le(1), Unit("share", ("_share",))]
PositiveShare = Annotated[float, Gt(0), Le(1), Unit("share", ("_share",))]
"""A share of something that cannot be nothing."""
Ratio = Annotated[float, Gt(0), Unit("ratio", ("_ratio",))]
HourlyRatio = Annotated[float, Ge(0), Unit("ratio", ("_ratio",))]
"""A ratio that may be 0, as the output of a solar plant at night."""
Overhead = Annotated[float, Ge(0), Unit("ratio", ("_ratio",))]
"""Waiting over working; 0 where nothing waits."""
CoverRatio = Annotated[float, Ge(0), Unit("ratio", ("_ratio",))]
"""Cash over the debt service it has to pay; 0 where nothing comes in."""
ReturnPerYear = Annotated[float, Ge(-1), Unit("share per year", ("_share_per_year",))]
"""A yearly return; −1 is the loss of everything."""
Growth = Annotated[float, Gt(-1), Unit("share per year", ("_share_per_year",))]
SharePerYear = Annotated[float, Ge(0), Le(1), Unit("share per year", ("_share_per_year",))]
RateShift = Annotated[float, Ge(-1), Le(1), Unit("share per year", ("_share_per_year",))]
"""A change of a yearly rate, up or down."""
Volatility = Annotated[float, Ge(0), Unit("per √year", ("_per_root_year",))]
Sigma = Annotated[float, Ge(0), Unit("ln days", ("_sigma",))]
Count = Annotated[int, Ge(0), Unit("", ("_count",))]
Positive = Annotated[int, Ge(1), Unit("", ("_count", "scenarios"))]
Seed = Annotated[int, Ge(0), Unit("", ("seed",))]
Rank = Annotated[int, Ge(-1000), Le(1000), Unit("", ("priority",))]
"""Who stands before whom; the higher the sooner."""
Quarters = Annotated[int, Ge(0), Unit("quarters", ("_quarters",))]
Months = Annotated[int, Ge(0), Unit("months", ("_months",))]
Days = Annotated[float, Ge(0), Unit("days", ("_days",))]
Weeks = Annotated[float, Ge(0), Unit("weeks", ("_weeks",))]
Hours = Annotated[float, Ge(0), Unit("hours", ("_hours",))]
Minutes = Annotated[float, Ge(0), Unit("minutes", ("_minutes",))]
Years = Annotated[float, Gt(0), Unit("years", ("_years",))]
YearsAhead = Annotated[float, Ge(0), Unit("years", ("_years",))]
"""Years from now to something that may be now."""
Milliseconds = Annotated[float, Ge(0), Unit("ms", ("_ms",))]
USD = Annotated[float, Ge(0), Unit("USD", ("_usd",))]
SignedUSD = Annotated[float, Unit("USD", ("_usd",))]
"""Money that may be negative: a net present value, a shadow price."""
SignedShare = Annotated[float, Unit("share", ("_share",))]
UsdPerUnit = Annotated[float, Unit("USD per unit of the limit", ("_usd_per_unit",))]
Amount = Annotated[float, Unit("unit of the limit", ("_amount",))]
Seconds = Annotated[float, Ge(0), Unit("s", ("_s",))]
UsdPerItMW = Annotated[float, Ge(0), Unit("USD per MW IT", ("_usd_per_it_mw",))]
UsdPerItKWMonth = Annotated[
    float, Gt(0), Unit("USD per kW IT and month", ("_usd_per_it_kw_month",))
]
UsdPerItMWYear = Annotated[float, Ge(0), Unit("USD per MW IT and year", ("_usd_per_it_mw_year",))]
MWh = Annotated[float, Ge(0), Unit("MWh", ("_mwh",))]
UsdPerMWh = Annotated[float, Ge(0), Unit("USD/MWh", ("_usd_per_mwh",))]
UsdPerMMBtu = Annotated[float, Ge(0), Unit("USD/MMBtu", ("_usd_per_mmbtu",))]
MMBtuPerMWh = Annotated[float, Gt(0), Unit("MMBtu/MWh", ("_mmbtu_per_mwh",))]
"""Fuel burnt for electricity, by higher heating value."""
UsdPerYear = Annotated[float, Ge(0), Unit("USD per year", ("_usd_per_year",))]
UsdPerGpuHour = Annotated[float, Ge(0), Unit("USD/GPU-hour", ("_usd_per_gpu_hour",))]
UsdPerH100eHour = Annotated[float, Ge(0), Unit("USD/H100e-hour", ("_usd_per_h100e_hour",))]
GramsPerKWh = Annotated[float, Ge(0), Unit("g/kWh", ("_g_per_kwh",))]
TonnesCO2 = Annotated[float, Ge(0), Unit("t CO2", ("_t_co2",))]
Tflops = Annotated[float, Gt(0), Unit("TFLOP/s", ("_tflops",))]
GB = Annotated[float, Gt(0), Unit("GB", ("_gb",))]
TBPerSecond = Annotated[float, Gt(0), Unit("TB/s", ("_tb_per_s",))]
GBPerSecond = Annotated[float, Gt(0), Unit("GB/s", ("_gb_per_s",))]
H100e = Annotated[float, Ge(0), Unit("H100e", ("_h100e",))]
"""Accelerators counted in H100 equivalents for the workload in question."""
H100eHours = Annotated[float, Ge(0), Unit("H100e-hours", ("_h100e_hours",))]
Degrees = Annotated[float, Ge(-180), Le(180), Unit("degrees", ("_degrees",))]
Price = Annotated[
    Decimal, Ge(0), Unit("contract currency per unit of the basis", ("price", "_price"))
]
Money = Annotated[Decimal, Ge(0), Unit("contract currency", ("amount", "_amount"))]
ExactShare = Annotated[Decimal, Ge(0), Unit("share", ("_share",))]
"""An exact share that enters an invoice; may exceed 1 (a markup, a PUE)."""
ExactSharePerYear = Annotated[Decimal, Ge(0), Unit("share per year", ("_share_per_year",))]
"""An exact yearly rate: interest of a lease."""
SignedExactShare = Annotated[Decimal, Unit("share", ("_share",))]
"""An exact share that may be negative: a price that steps down."""
Threshold = Annotated[Decimal, Unit("unit of the metric", ("_amount",))]
"""A value to reach, in the unit of the metric it is set for."""
ExactPowerMW = Annotated[Decimal, Ge(0), Unit("MW", ("_mw",), "facility")]
"""Power at the meter that enters an invoice, exact."""
ExactHours = Annotated[Decimal, Ge(0), Unit("hours", ("_hours",))]
"""Hours that enter an invoice, exact."""
ExactAmount = Annotated[Decimal, Gt(0), Unit("unit of the series", ("_amount",))]
"""A published number a clause refers to, exact."""
MetricAmount = Annotated[float, Unit("unit of the metric", ("_amount",))]
"""What a metric comes to, or a part of it, in the unit its definition names."""
WholeAmount = Annotated[int, Ge(0), Unit("unit of the meter", ("amount", "_amount"))]
"""What a meter showed, in whole units of it."""
MonthNumber = Annotated[int, Ge(1), Unit("month of service", ("_month",))]
"""A month of service, counted from 1."""
ExactRatio = Annotated[Decimal, Gt(0), Unit("ratio", ("_ratio",))]
PerDay = Annotated[float, Ge(0), Unit("per day", ("_per_day",))]
"""How often something happens, on average."""
NodeDays = Annotated[float, Ge(0), Unit("node-days", ("_node_days",))]
"""Days of nodes that were watched."""
PerThousandNodeDays = Annotated[float, Ge(0), Unit("per 1,000 node-days", ("_per_1000_node_days",))]
"""How often something happens in 1,000 days of a node."""
Shape = Annotated[float, Gt(0), Unit("", ("_shape",))]
"""Shape of a distribution: Weibull's k, the sigma of a lognormal's logarithm."""
Billions = Annotated[float, Gt(0), Unit("billion", ("_billions",))]
"""Parameters of a model, tokens of a training run."""
RequestsPerSecond = Annotated[float, Gt(0), Unit("requests/s", ("requests_per_s",))]
TokensPerSecond = Annotated[float, Ge(0), Unit("tokens/s", ("tokens_per_s",))]


def it_mw(value: float) -> _ItMW:
    """Call a number power at the servers, in MW.

    Raises:
        ValueError: negative or not finite.
    """
    return _ItMW(_power(value))


def facility_mw(value: float) -> _FacilityMW:
    """Call a number power at the meter, in MW.

    Raises:
        ValueError: negative or not finite.
    """
    return _FacilityMW(_power(value))


def at_meter(power: _ItMW, facility_over_it_ratio: float) -> _FacilityMW:
    """Give the power at the meter that `power` at the servers asks for.

    facility = IT · ratio, where the ratio is the design peak for a limit, the annual
    PUE for energy. Abilene: 843 MW IT · 1.40 = 1,180 MW facility.
    """
    return facility_mw(power * facility_over_it_ratio)


def at_servers(power: _FacilityMW, facility_over_it_ratio: float) -> _ItMW:
    """Give the power left for servers behind a meter: the inverse of `at_meter`."""
    return it_mw(power / facility_over_it_ratio)


def _power(value: float) -> float:
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"power must be a finite number of MW, at least 0; got {value!r}")
    return float(value)


def unit_of(annotation: object) -> Unit | None:
    """Find the unit in a field's annotation, looking through optionals and containers."""
    if get_origin(annotation) is Annotated:
        for item in get_args(annotation)[1:]:
            if isinstance(item, Unit):
                return item
        return unit_of(get_args(annotation)[0])
    for item in get_args(annotation):
        found = unit_of(item)
        if found is not None:
            return found
    return None
