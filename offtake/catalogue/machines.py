"""Accelerators: speed, memory and power a package, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from offtake.catalogue.dates import PartialDate
from offtake.catalogue.facts import Fact, Quality
from offtake.units import GB, USD, Count, GBPerSecond, ItKW, TBPerSecond, Tflops, Watts


@dataclass(frozen=True, slots=True, kw_only=True)
class Accelerator(Fact):
    """One type of accelerator; every number is for one package.

    Specifications count as known from the release of the product. Power with its share of
    the system and the price came to be known later and are parts of their own.
    """

    id: str
    vendor: str
    release: PartialDate
    bf16_dense_tflops: Tflops | None = None
    """Without sparsity, as all speeds here."""
    fp8_dense_tflops: Tflops | None = None
    fp4_dense_tflops: Tflops | None = None
    memory_gb: GB
    memory_tb_per_s: TBPerSecond
    tdp_watts: Watts
    """The package alone, as designed."""
    scale_up_count: Count | None = None
    """How many packages the fast fabric joins."""
    scale_up_gb_per_s: GBPerSecond | None = None
    """Bandwidth of the fast fabric a package, both directions together."""
    interconnect: str
    power_it_kw: ItKW | None = None
    """Power at the servers a package, with its share of processors, network and storage."""
    power_quality: Quality | None = None
    power_source: str | None = None
    power_known_from: date | None = None
    price_low_usd: USD | None = None
    price_high_usd: USD | None = None
    price_basis: str | None = None
    """What the price is for: a board, or a share of a rack."""
    price_quality: Quality | None = None
    price_source: str | None = None
    price_known_from: date | None = None

    TABLE: ClassVar[str] = "accelerators"
    KEY: ClassVar[tuple[str, ...]] = ("id",)
    SHOWN: ClassVar[tuple[str, ...]] = (
        *("id", "vendor", "release", "bf16_dense_tflops", "fp8_dense_tflops", "memory_gb"),
        *("memory_tb_per_s", "tdp_watts", "power_it_kw", "price_low_usd", "price_high_usd"),
        *("quality", "known_from"),
    )
    PARTS: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "power_known_from": ("power_it_kw", "power_quality", "power_source"),
        "price_known_from": (
            *("price_low_usd", "price_high_usd", "price_basis", "price_quality", "price_source"),
        ),
    }
