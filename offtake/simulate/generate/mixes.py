"""Published summaries of the jobs of clusters, with their sources, and what is assumed beside.

median and mean run time ─┐
mean accelerators a job   ├─ marginals and their dependence, solved for in `draw`
accelerator-time a job   ─┘
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_ACME = (
    "cluster summary of Hu et al.: Characterization of Large Language Model Development in the "
    "Datacenter, NSDI 2024 (InternLM/AcmeTrace 6d6ac9c, CC-BY-4.0)"
)
_RSC = (
    "Kokolis, Kuchnik et al. (Meta): Revisiting Reliability in Large-Scale Machine Learning "
    "Research Clusters, HPCA 2025"
)
_POWERS = (
    "sizes are powers of two, falling as a power of the size; run times are lognormal, cut off at "
    "the longest; size and run time hang together as a Gaussian copula; arrivals are Poisson"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """Jobs of one cluster, as its summary has them."""

    source: str
    assumed: str
    median_s: float
    """Half of the jobs ran no longer."""
    mean_s: float
    longest_s: float
    mean_accelerators: float
    most_accelerators: int
    accelerator_s: float
    """Mean accelerator-seconds of a job."""
    time_shares: Mapping[int, float] | None = None
    """Share of all accelerator-time by size, where that is said instead of the mean size."""


def _rsc() -> Mix:
    """Give RSC-1: 12 % of time in jobs of 4,096, the rest spread evenly over the smaller sizes."""
    sizes = [1 << place for place in range(13)]
    shares = dict.fromkeys(sizes[:-1], 0.88 / 12.0) | {sizes[-1]: 0.12}
    mean = 1.0 / sum(share / size for size, share in shares.items())
    each = 0.8 * 16_000.0 * 86_400.0 / 7_200.0
    return Mix(
        source=_RSC,
        assumed="the 88 % of time below 4,096 GPUs lies evenly on powers of two; run times are "
        "lognormal, alike for all sizes, their mean 8 times their median; use is 80 %, as over "
        "80 % is printed; arrivals are Poisson",
        median_s=each / mean / 8.0,
        mean_s=each / mean,
        longest_s=7.0 * 86_400.0,
        mean_accelerators=mean,
        most_accelerators=4_096,
        accelerator_s=each,
        time_shares=shares,
    )


MIXES: Mapping[str, Mix] = {
    "seren": Mix(
        source=_ACME,
        assumed=_POWERS,
        median_s=122.0,
        mean_s=1_414.335,
        longest_s=1_209_604.0,
        mean_accelerators=5.68,
        most_accelerators=1_024,
        accelerator_s=(4_560_592_618.0 + 14_274_584_510.0 + 2_675_447_459.0) / 663_813.0,
    ),
    "kalos": Mix(
        source=_ACME,
        assumed=_POWERS,
        median_s=124.0,
        mean_s=1_259.689,
        longest_s=625_740.0,
        mean_accelerators=26.77,
        most_accelerators=1_024,
        accelerator_s=(1_667_685_146.0 + 3_239_202_064.0 + 426_292_851.0) / 19_907.0,
    ),
    "helios": Mix(
        source=_ACME,
        assumed=_POWERS,
        median_s=206.0,
        mean_s=6_651.681,
        longest_s=4_320_009.0,
        mean_accelerators=3.716,
        most_accelerators=2_048,
        accelerator_s=(39_994_296_320.0 + 30_715_109_125.0 + 7_288_334_702.0) / 1_580_464.0,
    ),
    "philly": Mix(
        source=_ACME,
        assumed=_POWERS,
        median_s=874.0,
        mean_s=18_006.055,
        longest_s=4_240_676.0,
        mean_accelerators=1.928,
        most_accelerators=128,
        accelerator_s=(2_210_176_414.0 + 2_025_326_056.0 + 2_659_215_061.0) / 112_956.0,
    ),
    "rsc": _rsc(),
}
"""Mixes by the name of the cluster."""
