"""Single figures, each with its own unit: what building costs, and how demand grows.

The name of a figure ends in the suffix of its unit, as a column's name would.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from offtake.catalogue.dates import PartialDate
from offtake.catalogue.facts import Fact, Figure

ENDINGS: Mapping[str, tuple[str, ...]] = {
    "USD": ("_usd",),
    "USD per year": ("_usd_per_year",),
    "USD per MW IT": ("_usd_per_it_mw",),
    "USD per MW IT and year": ("_usd_per_it_mw_year",),
    "USD per MW (boundary not stated)": ("_usd_per_unstated_mw",),
    "USD per H100e": ("_usd_per_h100e",),
    "USD/kW": ("_usd_per_kw",),
    "USD/kWh": ("_usd_per_kwh",),
    "USD/W": ("_usd_per_watt",),
    "EUR/kW": ("_eur_per_kw",),
    "MW (boundary not stated)": ("_unstated_mw",),
    "FTE per MW IT": ("_fte_per_it_mw",),
    "share": ("_share",),
    "share per year": ("_share_per_year",),
    "ratio": ("_ratio",),
    "ratio per year": ("_ratio_per_year",),
    "years": ("_years",),
    "months": ("_months",),
    "days": ("_days",),
    "ln days": ("_mu", "_sigma"),
    "H100e": ("_h100e",),
    "users": ("_users_count",),
    "messages per day": ("messages_per_day",),
    "tokens per minute": ("tokens_per_minute",),
    "words per day": ("words_per_day",),
}
"""For each unit of a figure, the endings its name may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildCost(Fact):
    """A parameter of building and running: a cost, a share, a lead time, a life."""

    parameter: str
    value: Figure
    low: Figure | None = None
    """Low end of the range, or a low percentile as `scope` says."""
    high: Figure | None = None
    """High end of the range, or a high percentile as `scope` says."""
    unit: str
    scope: str | None = None
    """What it holds for."""

    TABLE: ClassVar[str] = "build_costs"
    KEY: ClassVar[tuple[str, ...]] = ("parameter",)
    SHOWN: ClassVar[tuple[str, ...]] = (
        *("parameter", "value", "low", "high", "unit", "scope", "quality", "known_from"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand(Fact):
    """One observation, plan or trend of demand, revenue and the use of compute."""

    observed: PartialDate | None = None
    """The period it holds for, which may lie ahead; none for a trend over years."""
    entity: str
    metric: str
    value: Figure
    unit: str

    TABLE: ClassVar[str] = "demand"
    KEY: ClassVar[tuple[str, ...]] = ("entity", "metric", "observed")
    SHOWN: ClassVar[tuple[str, ...]] = (
        *("observed", "entity", "metric", "value", "unit", "quality", "known_from"),
    )
