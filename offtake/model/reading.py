"""Readings: what was metered, in whole units over whole seconds.

A reading is known by `(source, id)`: the same reading sent twice counts once, and one that
is sent again with another amount is an error. Counters are turned into amounts before they
become readings.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from offtake.model.value import Value
from offtake.units import ExactAmount, Money, Price, WholeAmount


class Meter(StrEnum):
    """What is metered, and so the unit of an amount."""

    GPU_TIME = "gpu-time"
    """GPU-seconds used."""
    IT_ENERGY = "it-energy"
    """Wh at the servers."""
    FACILITY_ENERGY = "facility-energy"
    """Wh at the site's meter."""
    PEAK_POWER = "peak-power"
    """Highest power at the site's meter, in W."""
    TOKENS = "tokens"
    """Tokens served."""

    @property
    def unit(self) -> str:
        """The unit its amounts are in."""
        return _UNITS[self]

    @property
    def adds_up(self) -> bool:
        """Whether amounts of several readings are added; of a peak the highest counts."""
        return self is not Meter.PEAK_POWER


_UNITS = {
    Meter.GPU_TIME: "GPU-seconds",
    Meter.IT_ENERGY: "Wh",
    Meter.FACILITY_ENERGY: "Wh",
    Meter.PEAK_POWER: "W",
    Meter.TOKENS: "tokens",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading(Value):
    """What one meter showed over `[starts, ends)`.

    It is of a site; of one node of it, where the meter is a node's; and of one tranche
    (CONTRACT.TRANCHE) where only that contract's use is meant.
    """

    source: str
    """Meter or system it comes from."""
    id: str
    """Name no other reading of the source has."""
    meter: Meter
    """What was metered."""
    site: str
    """Site it was metered at."""
    tranche: str | None = None
    """Tranche it is of, written CONTRACT.TRANCHE; None is the site or the node."""
    node: str | None = None
    """Node it is of; None is all of the site or tranche."""
    starts: datetime
    """First second it covers."""
    ends: datetime
    """First second it no longer covers."""
    amount: WholeAmount
    """How much, in the unit of the meter."""
    recorded: datetime
    """When it became known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixing(Value):
    """A published number a clause refers to: a rate of exchange, or an index."""

    series: str
    """Name of the series; of exchange `USD/NOK`, which is NOK for one USD."""
    day: date
    """Day it is the fixing of."""
    value_amount: ExactAmount
    """The number."""
    recorded: datetime
    """When it became known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff(Value):
    """What a supplier of electricity charges at a site's meter.

    A month costs energy · `energy_price` + peak · `demand_price` + `fixed_amount`.
    """

    id: str
    """Name no other tariff has."""
    site: str
    """Site whose meter it prices."""
    seller: str
    """Party that is paid."""
    payer: str
    """Party that pays it: the first link of the chain that hands electricity on."""
    currency: str
    """ISO 4217 code of its prices."""
    energy_price: Price
    """Price of a kWh at the site's meter."""
    demand_price: Price
    """Price of a kW of the month's highest power at the site's meter."""
    fixed_amount: Money
    """Paid each month whatever is drawn."""
    starts: date
    """First day it holds."""
    ends: date | None = None
    """First day it no longer holds; None is open."""
    recorded: datetime
    """When it became known."""
