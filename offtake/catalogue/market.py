"""Bilateral contracts and vehicles in the press, and prices of rented capacity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from offtake.catalogue.dates import PartialDate
from offtake.catalogue.facts import Fact, UnstatedMW
from offtake.units import USD, Count, FacilityMW, SharePerYear, UsdPerGpuHour, Years


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract(Fact):
    """A bilateral contract, a letter, a loan or a vehicle, as it was known from one day on."""

    id: str
    buyer: str
    seller: str
    signed: PartialDate
    """Signed or announced."""
    amount_usd: USD | None = None
    """The total over the term, as announced."""
    amount_low_usd: USD | None = None
    """The lowest total in print."""
    amount_high_usd: USD | None = None
    """The highest total in print, or with all options."""
    term_years: Years | None = None
    power_facility_mw: FacilityMW | None = None
    power_unstated_mw: UnstatedMW | None = None
    power_basis: str | None = None
    """What the announcement calls the capacity."""
    accelerators_count: Count | None = None
    accelerator: str | None = None
    start: PartialDate | None = None
    end: PartialDate | None = None
    coupon_share_per_year: SharePerYear | None = None
    """Interest of the debt that funds it."""
    structure: str | None = None
    status: str | None = None
    status_known_from: date | None = None

    TABLE: ClassVar[str] = "contracts"
    KEY: ClassVar[tuple[str, ...]] = ("id",)
    SHOWN: ClassVar[tuple[str, ...]] = (
        *("id", "buyer", "seller", "signed", "amount_usd", "term_years", "power_facility_mw"),
        *("power_unstated_mw", "accelerators_count", "status", "known_from"),
    )
    PARTS: ClassVar[Mapping[str, tuple[str, ...]]] = {"status_known_from": ("status",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RentalPrice(Fact):
    """What one accelerator cost for one hour, at one provider, in one period."""

    observed: PartialDate
    """The period the price held in."""
    provider: str
    """A provider, a tier of providers, or `index`."""
    region: str | None = None
    accelerator: str
    product: str
    """`on-demand`, `spot`, a reservation or an index; `on-demand list` is a list price,
    which nobody needs to pay."""
    price_usd_per_gpu_hour: UsdPerGpuHour
    low_usd_per_gpu_hour: UsdPerGpuHour | None = None
    high_usd_per_gpu_hour: UsdPerGpuHour | None = None

    TABLE: ClassVar[str] = "rental_prices"
    KEY: ClassVar[tuple[str, ...]] = ("observed", "provider", "region", "accelerator", "product")
    SHOWN: ClassVar[tuple[str, ...]] = (*KEY, "price_usd_per_gpu_hour", "quality", "known_from")
