"""Accelerators: what one of each type computes, draws and costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from offtake.model.period import Quarter
from offtake.model.provenance import Provenance
from offtake.model.value import Value
from offtake.units import (
    GB,
    USD,
    GBPerSecond,
    Growth,
    ItKW,
    Positive,
    Ratio,
    TBPerSecond,
    Tflops,
    Watts,
    Years,
)


class Workload(StrEnum):
    """The two kinds of work a portfolio does; accelerators differ in how well they do each."""

    TRAINING = "training"
    INFERENCE = "inference"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accelerator(Value):
    """One type of accelerator (package), with everything that is bought along with it.

    Work is counted in H100 equivalents (H100e): `throughput_ratio.training = 2.5` says
    that one of these does the training work of 2.5 H100.
    """

    id: str
    """Name in the field: `GB300`, `TPUv7`, `MI355X`."""
    vendor: str
    """Party that makes it."""
    power_it_kw: ItKW
    """Power at the servers per accelerator, with its share of CPU, network and storage."""
    throughput_ratio: Mapping[Workload, Ratio]
    """H100 equivalents of one accelerator, for each workload it is qualified for."""
    tdp_watts: Watts | None = None
    """Thermal design power of the package alone."""
    bf16_dense_tflops: Tflops | None = None
    """Dense BF16 peak of one package."""
    fp8_dense_tflops: Tflops | None = None
    """Dense FP8 peak of one package."""
    fp4_dense_tflops: Tflops | None = None
    """Dense FP4 peak of one package."""
    memory_gb: GB | None = None
    """Memory of one package."""
    memory_tb_per_s: TBPerSecond | None = None
    """Memory bandwidth of one package."""
    domain_count: Positive | None = None
    """Accelerators in one scale-up domain (8 in a node, 72 in an NVL72 rack)."""
    scale_up_gb_per_s: GBPerSecond | None = None
    """Scale-up bandwidth of one accelerator, both directions."""
    available: Quarter | None = None
    """First quarter it can be delivered in; None is any."""
    price_usd: USD | None = None
    """Price of one at `price_quarter`, with its share of server and network; for owned capacity."""
    price_quarter: Quarter | None = None
    """Quarter the price is of; None is the first quarter of the plan."""
    price_share_per_year: Growth = 0.0
    """Yearly change of the price; −0.15 falls by 15 % a year."""
    life_years: Years = 5.0
    """Useful life, for residual value at the end of the plan."""
    provenance: Provenance | None = None
    """Source of this entry."""

    @property
    def workloads(self) -> tuple[Workload, ...]:
        """The workloads this accelerator is qualified for."""
        return tuple(w for w in Workload if w in self.throughput_ratio)
