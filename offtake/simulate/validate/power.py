"""Power: what a site holds, which cap is best, and what accelerators draw in use."""

from __future__ import annotations

import math

from offtake.simulate.parameters import Power
from offtake.simulate.validate.case import Case, Kind, Row

SITE_MW, SITE_COUNT = 150.0, 83_000
"""Meta's site: a data centre of 150 MW, and the GB200 in it."""
TDP_WATTS, SET_WATTS, BEST_WATTS = 1200.0, 960.0, 1000.0
"""Of a GB200: its design power, what Meta provisions, and where its model puts the optimum."""
SERVER_WATTS = 2090.0
"""A GB200 with its share of CPU, network and storage at full power (offtake's catalogue)."""
ACME_WATTS = 400.0
"""Design power of Acme's A100."""
ACME = {
    "Kalos": (191.9, 63.0, 0.698, 0.385),
    "Seren": (168.6, 63.0, 0.661, 0.416),
}
"""Mean watts of a GPU, watts of the tenth percentile, mean GPU_UTIL and mean SM activity, worked
out from the published percentiles."""


def best_watts(rest: float) -> float:
    """Give the cap at which work over all power is best, where `rest` is not capped.

    The maximum over c of (1 − k·(1 − c)²) / (c + a), a = rest / TDP, lies at
    1 − c = (1 + a) − √((1 + a)² − 1/k).
    """
    k, a = Power().loss_ratio, rest / TDP_WATTS
    return TDP_WATTS * (1.0 - (1.0 + a) + math.sqrt((1.0 + a) ** 2 - 1.0 / k))


def site() -> Case:
    """Hold caps and sizes against Meta's site."""
    rest = SERVER_WATTS - TDP_WATTS
    return Case(
        title="Meta's 150 MW site of GB200: how many it holds, and the best cap",
        source="Ardestani et al. (Meta): Provisioning to Runtime Optimization of a 100 MW-Scale AI "
        "Cluster, arXiv 2605.24461, May 2026 (83K GB200, 150 MW); the watts as reported by "
        "supercomputing.news",
        convention="Watts are of the package; 150 MW is taken as power at the servers, which the "
        "source does not say.",
        calibrated="The loss of a cap (25/9) puts the optimum of a package at 80 % of its design "
        f"power. {SERVER_WATTS:,.0f} W for a GB200 with its server are the catalogue's.",
        rows=(
            _watts("best cap, package alone", SET_WATTS, best_watts(0.0), Kind.CALIBRATED),
            _watts("best cap, server counted in", BEST_WATTS, best_watts(rest)),
            _fits("GB200 in 150 MW, capped at 960 W", SET_WATTS + rest),
            _fits("the same without a cap", SERVER_WATTS),
        ),
        remarks=(
            "The rest of a server is taken not to fall with a cap. Where it does, the optimum lies "
            "lower: the miss of the best cap points there.",
            "Without the cap the site holds an eighth fewer: the cap is what fills it.",
            "If 150 MW are at the meter, all counts fall by its overhead, 5 to 30 %.",
        ),
    )


def _watts(what: str, published: float, ours: float, kind: Kind = Kind.HELD_OUT) -> Row:
    return Row(what=what, published=published, ours=ours, unit="W", kind=kind)


def _fits(what: str, watts: float) -> Row:
    return Row(what=what, published=float(SITE_COUNT), ours=SITE_MW * 1e6 / watts, digits=5)


def acme() -> Case:
    """Hold the watts of idle and of busy accelerators against Acme's telemetry."""
    power = Power(tdp_watts=ACME_WATTS)
    idle = power.idle_share * ACME_WATTS

    def drawn(busy: float) -> float:
        return idle + busy * (ACME_WATTS - idle)

    rows = []
    for name, (mean, low, used, active) in ACME.items():
        rows += [
            _watts(f"{name}: idle GPU (tenth percentile)", low, idle),
            _watts(f"{name}: mean, time in use by GPU_UTIL", mean, drawn(used)),
            _watts(f"{name}: mean, time in use by SM activity", mean, drawn(active)),
        ]
    return Case(
        title="Acme: watts of A100, idle and in use",
        source="Hu et al.: Characterization of Large Language Model Development in the "
        "Datacenter, NSDI 2024; AcmeTrace 6d6ac9c, percentiles of telemetry",
        convention="Watts of a GPU alone. A mean is that of the published percentiles, 0 to 100.",
        calibrated="Nothing: idle at 15 % of design power, in use at all of it, as the defaults.",
        rows=tuple(rows),
        remarks=(
            "In use is full power in this simulator. GPU_UTIL counts time in which any kernel "
            "runs, however small: by it, energy comes out about half as much again too high. "
            "Energies simulated here are of jobs that fill their accelerators.",
            "Peaks above design power (up to 600 W) are not simulated at all.",
        ),
    )
