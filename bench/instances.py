"""Drawn portfolios in a few fixed sizes, for benchmarks: `instance("mid", seed=0)`.

    python -m bench.instances                        # sizes of the programs they make
    python -m bench.instances mid --scenarios 10 50

| size | sites | accelerators at each | quarters |
|---|---|---|---|
| `tree64` | 6 | 4 of 4 | 16 |
| `mid` | 10 | 5 of 5 | 16 |
| `sparse-full` | 20 | 3 to 4 of 8 | 24 |
| `full` | 20 | 8 of 8 | 24 |

All figures are assumed, in the magnitudes of 2026: shells at 9 to 13 million USD a MW of
IT, accelerators at 24 to 32, electricity at 35 to 90 USD a MWh, four generations of
hardware, demand that grows by 13 % a quarter with a volatility of 20 % a root year, sites
late by whole quarters more often than not. The same size and seed give the same portfolio,
number by number.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from bench._figure import show
from offtake.model import (
    Accelerator,
    Capital,
    DelayProcess,
    Demand,
    DemandProcess,
    Horizon,
    Inference,
    Limits,
    Offer,
    OfferPrice,
    Party,
    Phase,
    Portfolio,
    PowerKind,
    PowerSupply,
    PriceProcess,
    Quarter,
    Region,
    Role,
    Site,
    Tenure,
    TrainingJob,
    Uncertainty,
    Workload,
)
from offtake.plan.formulate import Risk
from offtake.plan.front import build, prepare
from offtake.units import facility_mw, it_mw

Floats = npt.NDArray[np.float64]

FIRST = Quarter(2027, 1)
HOURS = 2190.0
"""Hours of a planning quarter."""
H100_IT_KW = 1.4
"""Power at the servers of one H100 with its share of everything else."""
UNIT_H100E = 1000.0 / H100_IT_KW
"""H100 equivalents in a unit of work: what one MW of the oldest generation does."""
INTRO = (0, 0, 2, 4, 8, 10, 14, 16)
"""Quarter in which each accelerator can first be delivered."""
GENERATION = (1.0, 1.05, 1.4, 1.6, 2.4, 2.6, 4.0, 4.4)
"""Work of one MW over that of the oldest generation."""
LEASES = ((12, 1.0), (8, 1.1), (4, 1.3))
"""Terms in quarters, and price over that of the longest."""
LEASE_LEAD, RAMP, WINDOW, REGIONS, PROVIDERS, PHASES = 2, 4, 4, 5, 6, 3
BLOCK_MW = 50.0
UNSERVED_M_USD = 1.5
"""What a unit of inference not served for a quarter costs beyond its revenue."""
RISK = Risk(0.3, 0.9)
"""How the tail counts in the benchmarks."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a portfolio is."""

    sites: int
    accelerators: int
    quarters: int
    sparse: bool = False
    """Whether a site has three or four of the accelerators instead of all."""


SIZES = {
    "tree64": Size(6, 4, 16),
    "mid": Size(10, 5, 16),
    "sparse-full": Size(20, 8, 24, sparse=True),
    "full": Size(20, 8, 24),
}


def instance(size: str | Size, seed: int = 0) -> Portfolio:
    """Draw a portfolio of a size, by its name or as a `Size` of its own.

    Raises:
        KeyError: no size of that name.
        ValueError: more accelerators than there are generations of.
    """
    shape = SIZES[size] if isinstance(size, str) else size
    if shape.accelerators > len(INTRO):
        raise ValueError(f"at most {len(INTRO)} accelerators, not {shape.accelerators}")
    rng = np.random.default_rng(seed)
    machines = _machines(shape, rng)
    sites = _sites(shape, rng)
    stands = _stands(shape, rng)
    offers = tuple(_offers(shape, sites, machines, stands, rng))
    return Portfolio(
        name=size if isinstance(size, str) else "own-size",
        about="Drawn for benchmarks; every number is assumed.",
        as_of=date(2026, 12, 31),
        lab="lab",
        horizon=Horizon(first=FIRST, last=FIRST + (shape.quarters - 1)),
        parties=tuple(_parties()),
        regions=tuple(_regions()),
        sites=sites,
        accelerators=machines,
        offers=offers,
        demand=_demand(shape, machines, rng),
        uncertainty=_uncertainty(sites),
        capital=_capital(shape),
        limits=_limits(shape),
    )


def _parties() -> Iterator[Party]:
    yield Party(id="lab", name="The lab", roles=(Role.LAB,))
    for number in range(2):
        yield Party(id=f"maker-{number}", name=f"Maker {number}", roles=(Role.VENDOR,))
    for number in range(PROVIDERS):
        yield Party(id=f"provider-{number}", name=f"Provider {number}", roles=(Role.OPERATOR,))


def _regions() -> Iterator[Region]:
    """Users are served from their own region and the one before it."""
    for number in range(REGIONS):
        before = f"region-{(number - 1) % REGIONS}"
        yield Region(id=f"region-{number}", latency_ms={before: 40.0})


def _machines(shape: Size, rng: np.random.Generator) -> tuple[Accelerator, ...]:
    """Accelerators: newer ones do more with a MW that costs about the same."""
    dear = rng.uniform(24.0, 32.0, shape.accelerators)
    train = rng.uniform(0.8, 1.1, shape.accelerators)
    serve = rng.uniform(0.8, 1.2, shape.accelerators)

    def made(number: int) -> Accelerator:
        power = H100_IT_KW * GENERATION[number] ** 0.5
        ratio = GENERATION[number] * power / H100_IT_KW
        return Accelerator(
            id=f"gen-{number}",
            vendor=f"maker-{number % 2}",
            power_it_kw=power,
            throughput_ratio={
                Workload.TRAINING: ratio * train[number],
                Workload.INFERENCE: ratio * serve[number],
            },
            available=FIRST + INTRO[number],
            price_usd=dear[number] * 1e6 * power / 1e3,
            price_quarter=FIRST + INTRO[number],
            price_share_per_year=0.97**4 - 1,
            life_years=4.0,
        )

    return tuple(made(number) for number in range(shape.accelerators))


def _sites(shape: Size, rng: np.random.Generator) -> tuple[Site, ...]:
    """Sites of three phases, with as much power again for what is leased there."""

    def made(number: int) -> Site:
        phases = tuple(
            Phase(id=f"phase-{k}", power_it_mw=it_mw(float(mw)))
            for k, mw in enumerate(rng.choice([50, 100, 150, 200], PHASES))
        )
        pue = rng.uniform(1.08, 1.4)
        room = sum(p.power_it_mw for p in phases) + rng.uniform(80.0, 250.0)
        grid = PowerSupply(
            kind=PowerKind.GRID,
            energy_share=1.0,
            price_usd_per_mwh=rng.uniform(35.0, 90.0),
            carbon_g_per_kwh=rng.uniform(20.0, 500.0),
        )
        return Site(
            id=f"site-{number}",
            name=f"Site {number}",
            country="US",
            region=f"region-{number % REGIONS}",
            power_facility_mw=facility_mw(room * pue),
            peak_ratio=pue,
            pue_ratio=pue,
            supplies=(grid,),
            phases=phases,
        )

    return tuple(made(number) for number in range(shape.sites))


def _stands(shape: Size, rng: np.random.Generator) -> list[list[int]]:
    """List the accelerators that can stand at each site."""
    every = list(range(shape.accelerators))
    if not shape.sparse:
        return [every] * shape.sites
    some = [rng.choice(shape.accelerators, 3, replace=False) for _ in range(shape.sites)]
    return [sorted({*map(int, at), s % shape.accelerators}) for s, at in enumerate(some)]


def _offers(
    shape: Size,
    sites: tuple[Site, ...],
    machines: tuple[Accelerator, ...],
    stands: list[list[int]],
    rng: np.random.Generator,
) -> Iterator[Offer]:
    """Build each phase with one of two accelerators, lease for three terms, rent by the hour."""
    for site, able in zip(sites, stands, strict=True):
        seller = f"provider-{rng.integers(0, PROVIDERS)}"
        shell = rng.uniform(9.0, 13.0) * 1e6
        room = float(site.power_facility_mw or 0.0) / site.peak_ratio - site.planned_it_mw
        for phase in site.phases:
            lead = int(rng.integers(5, 10))
            for number in sorted(rng.choice(able, 2, replace=False)):
                if INTRO[number] + 1 < shape.quarters and lead + 1 < shape.quarters:
                    yield _build(site, phase, machines[number], lead, shell)
        for number in able:
            swing = rng.uniform(0.92, 1.1)
            for term, ratio in LEASES:
                price = _lease_price(shape, machines[number], number, ratio * swing)
                yield _lease(site, machines[number], seller, term, price, room)
            rented = _lease_price(shape, machines[number], number, 1.9)
            yield _rent(site, machines[number], seller, rented, rng.uniform(2.0, 14.0))


def _build(site: Site, phase: Phase, machine: Accelerator, lead: int, shell: float) -> Offer:
    return Offer(
        id=f"own-{site.id}-{phase.id}-{machine.id}",
        tenure=Tenure.OWN,
        seller="lab",
        site=site.id,
        phase=phase.id,
        accelerator=machine.id,
        power_it_mw=phase.power_it_mw,
        block_it_mw=it_mw(BLOCK_MW),
        lead_quarters=lead,
        ramp_quarters=RAMP,
        delay=f"delay-{site.id}",
        price=OfferPrice(capex_usd_per_it_mw=shell, includes_energy=False),
    )


def _lease(
    site: Site, machine: Accelerator, seller: str, term: int, price: OfferPrice, room: float
) -> Offer:
    return Offer(
        id=f"lease-{site.id}-{machine.id}-{term}",
        tenure=Tenure.LEASE,
        seller=seller,
        site=site.id,
        accelerator=machine.id,
        power_it_mw=it_mw(room),
        lead_quarters=LEASE_LEAD,
        term_quarters=term,
        delay=f"delay-{site.id}",
        price=price,
    )


def _rent(site: Site, machine: Accelerator, seller: str, price: OfferPrice, most: float) -> Offer:
    return Offer(
        id=f"rent-{site.id}-{machine.id}",
        tenure=Tenure.RENT,
        seller=seller,
        site=site.id,
        accelerator=machine.id,
        power_it_mw=it_mw(most),
        first_signing=machine.available,
        price=price,
    )


def _lease_price(shape: Size, machine: Accelerator, number: int, ratio: float) -> OfferPrice:
    """Price of the hour: shell and hardware over four years, with a margin, as it ages.

    (hardware + 11)/16·1.75 + 0.15 million USD a MW and quarter, hardware 3 % cheaper every
    quarter; between the first quarter and the last of the plan it falls at a constant rate.
    """
    ages = np.array([0.0, max(shape.quarters - 1 - INTRO[number], 1)])
    hardware = float(machine.price_usd or 0.0) / machine.power_it_kw / 1e3 * 0.97**ages
    first, last = ((hardware + 11.0) / 16.0 * 1.75 + 0.15) * ratio
    return OfferPrice(
        usd_per_gpu_hour=first * 1e3 * machine.power_it_kw / HOURS,
        quarter=machine.available,
        price_share_per_year=float((last / first) ** (4.0 / ages[1]) - 1.0),
        includes_energy=False,
    )


def _demand(shape: Size, machines: tuple[Accelerator, ...], rng: np.random.Generator) -> Demand:
    """Inference by region growing 13 % a quarter; a training job a year."""
    last, scale = shape.quarters - 1, shape.sites / 20.0
    ends = (FIRST, FIRST + last)
    regions = rng.dirichlet(np.full(REGIONS, 6.0))
    inference = tuple(
        Inference(
            id=f"users-{number}",
            region=f"region-{number}",
            latency_ms=50.0,
            median_h100e={
                q: 260.0 * scale * part * 1.13**t * UNIT_H100E
                for q, t in zip(ends, (0, last), strict=True)
            },
            revenue_usd_per_h100e_hour={
                q: per_hour(2.6 * 0.985**t) for q, t in zip(ends, (0, last), strict=True)
            },
            unserved_usd_per_h100e_hour=per_hour(UNSERVED_M_USD),
        )
        for number, part in enumerate(regions)
    )
    return Demand(inference=inference, training=tuple(_jobs(shape, machines, scale, rng)))


def per_hour(m_usd: float) -> float:
    """Price of an H100e-hour at which a unit of work costs so much a quarter."""
    return m_usd * 1e6 / UNIT_H100E / HOURS


def _jobs(
    shape: Size, machines: tuple[Accelerator, ...], scale: float, rng: np.random.Generator
) -> Iterator[TrainingJob]:
    count = shape.quarters // WINDOW
    sizes, blocks = np.linspace(150.0, 1800.0, count), np.linspace(25.0, 120.0, count)
    named = rng.random((count, len(machines))) < 0.6
    for job in range(count):
        here = [m for m in range(len(machines)) if INTRO[m] <= job * WINDOW]
        if not named[job, here].any():
            named[job, here[-1]] = True
        yield TrainingJob(
            id=f"run-{job}",
            size_h100e_hours=sizes[job] * scale * UNIT_H100E * HOURS,
            earliest=FIRST + job * WINDOW,
            deadline=FIRST + (job * WINDOW + WINDOW - 1),
            block_it_mw=it_mw(float(blocks[job])),
            accelerators=tuple(
                m.id for m, is_in in zip(machines, named[job], strict=True) if is_in
            ),
            value_usd_per_h100e_hour=per_hour(4.5),
        )


def _uncertainty(sites: tuple[Site, ...]) -> Uncertainty:
    """Sites late as a whole, demand that walks, a rental price that swings.

    The rental price has the spread after six years of a walk of 6 % a quarter.
    """
    return Uncertainty(
        scenario_count=10,
        demand=DemandProcess(
            inference_per_root_year=0.2, training_per_root_year=0.2, common_share=0.8
        ),
        delays=tuple(
            DelayProcess(
                id=f"delay-{site.id}",
                late_share=2 / 3,
                median_days=228.0,
                log_sigma=0.6,
                common_share=1.0,
            )
            for site in sites
        ),
        rental_price=PriceProcess(per_root_year=0.28, half_life_years=1.5),
    )


def _capital(shape: Size) -> Capital:
    grown = 4.0 * (300.0 + 60.0 * np.arange(shape.quarters)) * 1e6 * shape.sites / 20.0
    return Capital(
        discount_share_per_year=0.975**-4 - 1,
        investment_limit_usd={FIRST + t: float(usd) for t, usd in enumerate(grown)},
    )


def _limits(shape: Size) -> Limits:
    """Carbon by calendar year, 200 to 1,000 kt a quarter for twenty sites."""
    kilotonnes = np.linspace(200.0, 1000.0, shape.quarters) * shape.sites / 20.0
    years: dict[str, float] = {}
    for t, kt in enumerate(kilotonnes):
        year = str((FIRST + t).year)
        years[year] = years.get(year, 0.0) + float(kt) * 1e3
    return Limits(carbon_t_co2=years)


def main() -> int:
    """Print how large the programs of each size are."""
    parser = argparse.ArgumentParser(description="Sizes of the programs of drawn portfolios.")
    parser.add_argument("sizes", nargs="*", metavar="SIZE", help=f"of {', '.join(SIZES)}")
    parser.add_argument("--scenarios", type=int, nargs="+", default=[10])
    options = parser.parse_args()
    for size in options.sizes or SIZES:
        for count in options.scenarios:
            began = time.perf_counter()
            made, assembled = build(prepare(instance(size), count, 0), RISK)
            took = time.perf_counter() - began
            name = f"{size.replace('-', '_')}_{count}"
            for what, value in (
                ("columns", len(assembled.cost)),
                ("rows", len(assembled.row_upper)),
                ("nonzeros", assembled.matrix.nnz),
                ("integers", int(assembled.integer.sum())),
                ("signings", len(made.facts.offered)),
            ):
                show(f"{name}_{what}", value, what)
            show(f"{name}_build_wall_s", took, "s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
