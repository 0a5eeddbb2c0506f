"""What a colour means: the only place that knows one.

Colour is tenure: teal owned, amber leased, violet reserved, red-orange rented, the same
lighter on spot. Hatched is not yet in service. A grey fan is demand that nobody knows.
Money has blues and greys, so that it is not taken for a tenure. Supplies of electricity have
colours of their own, and so have buckets of accelerator time. Red is kept for what is
behind, waiting or beyond its limit.

A chart is drawn in the colours of the light scheme. Each of them stands for one `Colour`
only, so `offtake.draw.svg` can turn it into the CSS variable of that name, and the page
decides between light and dark. The tenures can be told apart with any of the three
colour blindnesses (a test computes it), and each is labelled where it is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from offtake.model.bucket import Bucket
from offtake.model.contract import Tenure

FONT: Final = "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif"
"""Fonts a reader's machine may have; none is fetched."""


class Scheme(StrEnum):
    """Which colours a figure is written in; `auto` follows the page or the reader."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour by what it means, in the light and in the dark scheme."""

    name: str
    light: str
    dark: str
    hatched: bool = False
    """Drawn as stripes of the colour `name` less `-hatch`; the hex is its stand-in."""


GROUND: Final = Colour("ground", "#fbfaf7", "#15161a")
PAPER: Final = Colour("paper", "#ffffff", "#1c1e24")
INK: Final = Colour("ink", "#1b1e23", "#eceae5")
SOFT: Final = Colour("soft", "#5c626c", "#a4a9b2")
GRID: Final = Colour("grid", "#ecebe6", "#2b2e36")
RULE: Final = Colour("rule", "#c9c7c0", "#454953")
FAN: Final = Colour("fan", "#7d7f83", "#b9bbc0")
ALERT: Final = Colour("alert", "#b3261e", "#ff8a7a")
GOOD: Final = Colour("good", "#1d6b3f", "#63c48c")

OWN: Final = Colour("own", "#1f6f6b", "#3fa79f")
LEASE: Final = Colour("lease", "#c68c1d", "#dfac4a")
RESERVE: Final = Colour("reserve", "#766bcc", "#9d95ea")
RENT: Final = Colour("rent", "#b5432a", "#e2664a")
SPOT: Final = Colour("spot", "#efb8a4", "#f8cfbf")

REVENUE: Final = Colour("revenue", "#4574ad", "#7ba7dc")
INVESTMENT: Final = Colour("investment", "#4b535f", "#8d96a5")
PAYMENT: Final = Colour("payment", "#8b94a1", "#676f7c")
ENERGY: Final = Colour("energy", "#bfc5cd", "#454c57")

POWER_GRID: Final = Colour("power-grid", "#7a8794", "#8d9aa8")
POWER_GAS: Final = Colour("power-gas", "#8f5b43", "#b98266")
POWER_STEADY: Final = Colour("power-steady", "#2f7f8f", "#56a9ba")
POWER_WIND: Final = Colour("power-wind", "#8fc1d8", "#a9d6ea")
POWER_SUN: Final = Colour("power-sun", "#e3b53a", "#f0c95a")

_BUCKETS: Final = {
    Bucket.PRODUCTIVE: Colour("time-productive", "#2c7a56", "#5bb58c"),
    Bucket.EXPOSED: Colour("time-exposed", "#9ccbb3", "#a9d9c2"),
    Bucket.CAPPED: Colour("time-capped", "#d8c15f", "#e6d27e"),
    Bucket.CHECKPOINT: Colour("time-checkpoint", "#5681b5", "#86add9"),
    Bucket.LOST: Colour("time-lost", "#a33f5c", "#d9748f"),
    Bucket.RESTART: Colour("time-restart", "#d7895c", "#eaa87f"),
    Bucket.FRAGMENTATION: Colour("time-fragmentation", "#9a86ad", "#bba8cd"),
    Bucket.IDLE: Colour("time-idle", "#cfd3d9", "#3d434c"),
    Bucket.DRAINED: Colour("time-drained", "#9aa2ad", "#596170"),
    Bucket.DOWN: Colour("time-down", "#464d58", "#9da5b2"),
}
_TENURES: Final = {
    Tenure.OWN: OWN,
    Tenure.LEASE: LEASE,
    Tenure.RESERVE: RESERVE,
    Tenure.RENT: RENT,
    Tenure.SPOT: SPOT,
}
_HATCHED: Final = {
    Tenure.OWN: Colour("own-hatch", "#d2e3e2", "#22403f", hatched=True),
    Tenure.LEASE: Colour("lease-hatch", "#f4e8d1", "#4a3f28", hatched=True),
    Tenure.RESERVE: Colour("reserve-hatch", "#e4e1f5", "#363352", hatched=True),
    Tenure.RENT: Colour("rent-hatch", "#f0d9d4", "#4a2c26", hatched=True),
    Tenure.SPOT: Colour("spot-hatch", "#fcf1ed", "#4d403b", hatched=True),
}

COLOURS: Final[tuple[Colour, ...]] = (
    *(GROUND, PAPER, INK, SOFT, GRID, RULE, FAN, ALERT, GOOD),
    *_TENURES.values(),
    *_HATCHED.values(),
    *(REVENUE, INVESTMENT, PAYMENT, ENERGY),
    *(POWER_GRID, POWER_GAS, POWER_STEADY, POWER_WIND, POWER_SUN),
    *_BUCKETS.values(),
)


def of_tenure(tenure: Tenure) -> Colour:
    """Give the colour of a way to hold capacity."""
    return _TENURES[tenure]


def of_bucket(bucket: Bucket) -> Colour:
    """Give the colour of a bucket of accelerator time."""
    return _BUCKETS[bucket]


def not_yet(tenure: Tenure) -> Colour:
    """Give the hatching of capacity that is not yet in service."""
    return _HATCHED[tenure]


def css(dark: bool) -> str:
    """Write the colours of one scheme as CSS custom properties."""
    return "".join(f"--{c.name}:{c.dark if dark else c.light};" for c in COLOURS if not c.hatched)


def config() -> dict[str, Any]:
    """Give the Vega-Lite configuration all figures share."""
    text = {"fontSize": 11, "color": SOFT.light}
    return {
        "font": FONT,
        "background": "transparent",
        "aria": False,
        "autosize": {"type": "none"},
        "view": {"stroke": None},
        "text": {**text, "baseline": "middle"},
        "axis": {
            "domain": False,
            "ticks": False,
            "grid": True,
            "gridColor": GRID.light,
            "labelColor": SOFT.light,
            "labelFontSize": 11,
            "labelPadding": 6,
            "labelOverlap": True,
            "title": None,
        },
        "axisX": {"domain": True, "domainColor": RULE.light, "labelFlush": False},
    }
