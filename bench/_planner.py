"""The planner's figures on drawn portfolios, each in a process of its own (`bench.plan`).

    python -m bench._planner decomposed_50
    python -m bench._planner decomposed_50 --quick

With `--quick` everything is a tenth of its size, to see that it runs; such figures say
nothing, and their names begin with `quick_`.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import highspy
import numpy as np

from bench._figure import show
from bench._relaxed import decomposed, extensive, question
from bench.instances import FIRST, RISK, SIZES, Size, instance
from offtake.errors import InfeasibleError
from offtake.model import Portfolio, Tenure
from offtake.plan.decision import decision_of
from offtake.plan.front import Solved, build, prepare, solved
from offtake.plan.program import Assembled, Floats
from offtake.plan.question import Part
from offtake.plan.search import Found
from offtake.plan.solve import load
from offtake.plan.study import prepare as prepare_study
from offtake.plan.study.alternatives import alternatives
from offtake.plan.supply import compile_supply
from offtake.plan.tree import grown
from offtake.policy.solving import THREADS
from offtake.units import it_mw

GAP = 1e-3
"""Gap of the relaxation, as a share of the volume of cost."""
PLAN_GAP = 0.005
"""Gap of a plan with whole blocks."""
MIP_S, WHOLE_S = 120.0, 420.0
"""Seconds for branch and bound, and for a whole form to be solved."""
SEED = 0
SMALL = {"tree64": Size(2, 2, 8), "mid": Size(3, 3, 12), "sparse-full": Size(4, 4, 12, sparse=True)}


@dataclass(frozen=True, slots=True)
class Bench:
    """What a figure is measured on, and under which name it is printed."""

    quick: bool

    def portfolio(self, size: str) -> Portfolio:
        """Draw the portfolio of a size."""
        return instance(SMALL.get(size, SMALL["mid"]) if self.quick else SIZES[size], SEED)

    def count(self, scenarios: int) -> int:
        """Scenarios, a tenth when in a hurry."""
        return max(scenarios // 10, 4) if self.quick else scenarios

    def show(self, figure: str, value: float, unit: str, anchor: float | None = None) -> None:
        """Print a figure."""
        show(f"quick_{figure}" if self.quick else figure, value, unit, anchor)

    def plan(self, portfolio: Portfolio, **options: object) -> Solved:
        """Plan with the benchmark's own risk and seed."""
        made = {"risk": RISK.weight, "alpha": RISK.alpha, "seed": SEED, "gap": PLAN_GAP}
        return solved(portfolio, **(made | options))  # type: ignore[arg-type]


def peak_gb() -> float:
    """Peak of resident memory of this process; Linux counts in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def decomposed_50(bench: Bench) -> None:
    """The best whole form in HiGHS over our decomposition, both within 1e-3 of the volume.

    Raises:
        RuntimeError: the two disagree.
    """
    asked = question(bench.portfolio("mid"), bench.count(50), SEED, RISK)
    began = time.process_time()
    ours = decomposed(asked, GAP)
    ours_s = time.process_time() - began
    bench.show("decomposed_50_cpu_s", ours_s, "s")
    part = extensive(asked)
    taken, spent, patience = [], [], WHOLE_S
    for method in ("ipm", "simplex"):
        began, wall = time.process_time(), time.perf_counter()
        values = _whole(part.assembled, method, patience)
        spent.append(time.process_time() - began)
        if values is None or not _agrees(part, values, ours):
            continue
        bench.show(f"extensive_50_{method}_cpu_s", spent[-1], "s")
        taken.append(spent[-1])
        # Whoever takes longer than the best is not the best.
        patience = time.perf_counter() - wall
    name = "decomposed_ratio_50" if taken else "decomposed_ratio_50_at_least"
    bench.show(name, min(taken or spent) / ours_s, "CPU of the whole form over ours", 1.0)


def _agrees(part: Part, values: Floats, ours: Found) -> bool:
    """Tell whether a point of the whole form is within the gap, and refuse a contradiction.

    Raises:
        RuntimeError: it is better than our bound, or ours is not within the gap of it.
    """
    objective = float(part.assembled.cost @ values)
    slack = GAP * _volume(part, values)
    if objective > ours.bound + slack or ours.objective < objective - slack:
        raise RuntimeError(f"whole {objective}, decomposed {ours.objective} to {ours.bound}")
    return objective >= ours.bound - slack


def _whole(program: Assembled, method: str, seconds: float) -> Floats | None:
    """Solve everything at once: interior point to 1e-3 without crossover, or simplex.

    Interior point without crossover may end with duals that are not clean, which HiGHS calls
    an unknown status; its point is taken if it keeps all rows.
    """
    solver = load(program)
    solver.setOptionValue("solver", method)
    solver.setOptionValue("threads", THREADS)
    solver.setOptionValue("run_crossover", "off")
    solver.setOptionValue("ipm_optimality_tolerance", GAP)
    solver.setOptionValue("time_limit", seconds)
    solver.run()
    status = solver.getModelStatus()
    ended = (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kUnknown)
    values = np.array(solver.getSolution().col_value)
    kept = len(values) == len(program.cost) and program.violation(values) < 1e-5
    return values if status in ended and kept else None


def _volume(part: Part, values: Floats) -> float:
    """Mean discounted cash out of a point, in million USD."""
    facts = part.made.facts
    spent = values[part.made.spend] @ facts.discount
    return float(facts.scenarios.probability @ spent)


def sparse_full(count: int, wall_s: float, gb: float | None) -> Callable[[Bench], None]:
    """Time and memory of the relaxation of sparse-full."""

    def measure(bench: Bench) -> None:
        _relaxation(bench, "sparse-full", count, f"sparse_full_{count}", wall_s)
        if gb is not None:
            bench.show(f"sparse_full_{count}_peak_gb", peak_gb(), "GB", gb)

    return measure


def _relaxation(bench: Bench, size: str, count: int, name: str, wall_s: float) -> None:
    began = time.perf_counter()
    decomposed(question(bench.portfolio(size), bench.count(count), SEED, RISK), GAP)
    bench.show(f"{name}_wall_s", time.perf_counter() - began, "s", wall_s)


def mid_200(bench: Bench) -> None:
    """Time of the relaxation of mid with 200 scenarios."""
    _relaxation(bench, "mid", 200, "mid_200", 30.0)


def full_10(bench: Bench) -> None:
    """Time of the relaxation of full with 10 scenarios."""
    _relaxation(bench, "full", 10, "full_10", 90.0)


def full_200_build(bench: Bench) -> None:
    """Time and memory to write the largest program, from drawn scenarios to the matrix."""
    facts = prepare(bench.portfolio("full"), bench.count(200), SEED)
    began = time.perf_counter()
    _, program = build(facts, RISK)
    bench.show("full_200_build_wall_s", time.perf_counter() - began, "s", 3.0)
    bench.show("full_200_build_peak_gb", peak_gb(), "GB")
    bench.show("full_200_columns", len(program.cost), "columns")


def plan_1000(bench: Bench) -> None:
    """Time and memory of a whole plan of mid with 1,000 scenarios."""
    began = time.perf_counter()
    made = bench.plan(bench.portfolio("mid"), scenarios=bench.count(1_000))
    bench.show("plan_1000_wall_s", time.perf_counter() - began, "s", 1_800.0)
    bench.show("plan_1000_peak_gb", peak_gb(), "GB")
    bench.show("plan_1000_gap_share", made.plan.gap_share, "share of the volume of cost", PLAN_GAP)


def mid_mip(bench: Bench) -> None:
    """Gap of mid with 10 scenarios and whole blocks after two minutes."""
    began = time.perf_counter()
    made = bench.plan(
        bench.portfolio("mid"),
        scenarios=bench.count(100) // 10 if bench.quick else 10,
        gap=1e-4,
        seconds=MIP_S / 2,
        stop=lambda: time.perf_counter() - began > (2.0 if bench.quick else MIP_S),
    )
    bench.show("mid_mip_gap_share", made.plan.gap_share, "share of the volume of cost", 0.01)
    bench.show("mid_mip_wall_s", time.perf_counter() - began, "s")


def multistage_64(bench: Bench) -> None:
    """Time to plan a tree of 64 leaves, reviewed after one year and after two."""
    portfolio = bench.portfolio("tree64")
    began = time.perf_counter()
    branching, reviews = ((2, 2, 2), (2, 4)) if bench.quick else ((4, 4, 4), (4, 8))
    samples, node = grown(portfolio, compile_supply(portfolio), branching, reviews, SEED)
    made = bench.plan(portfolio, samples=samples, node=node)
    bench.show("multistage_64_wall_s", time.perf_counter() - began, "s", 90.0)
    bench.show("multistage_64_gap_share", made.plan.gap_share, "share of the volume of cost")


def alternatives_20(bench: Bench) -> None:
    """Time of twenty near-optimal alternatives after a solve, over that of one cold solve.

    A range has two ends, and each of them is an alternative; the time of all is brought to
    twenty.
    """
    portfolio, count = bench.portfolio("mid"), bench.count(50)
    began = time.perf_counter()
    setting = prepare_study(
        portfolio, risk=RISK.weight, alpha=RISK.alpha, scenarios=count, seed=SEED, gap=PLAN_GAP
    )
    cold = time.perf_counter() - began
    began = time.perf_counter()
    found = alternatives(setting)
    took = time.perf_counter() - began
    ends = 2 * len(found.ranges)
    bench.show("alternatives_count", ends, "alternatives")
    bench.show("alternatives_20_ratio", 20 * took / ends / cold, "over one cold solve", 2.0)


def infeasible(bench: Bench) -> None:
    """Time until limits that contradict each other are named."""
    portfolio = contradictory(bench.portfolio("mid"))
    began = time.perf_counter()
    try:
        bench.plan(portfolio, scenarios=bench.count(100) // 10 if bench.quick else 10)
    except InfeasibleError as clash:
        took = time.perf_counter() - began
        if not any("site-0" in str(fault) for fault in clash.faults):
            raise RuntimeError(f"the clash is not named: {clash}") from clash
        bench.show("infeasible_s", took, "s", 1.0)
    else:
        raise RuntimeError("a contradictory portfolio was planned")


def contradictory(portfolio: Portfolio) -> Portfolio:
    """Oblige to sign at once, at one site, twice the power it has."""
    site = portfolio.sites[0]
    most = it_mw((site.power_facility_mw or 0.0) / site.peak_ratio)
    chosen = [
        offer.id
        for offer in portfolio.offers
        if offer.site == site.id and offer.tenure is Tenure.LEASE
    ][:2]
    offers = tuple(
        replace(offer, power_it_mw=most, least_it_mw=most, last_signing=FIRST)
        if offer.id in chosen
        else offer
        for offer in portfolio.offers
    )
    return replace(portfolio, offers=offers)


def resolve_warm(bench: Bench) -> None:
    """Time to plan anew after one price was edited, beginning at the plan before."""
    portfolio = bench.portfolio("mid")
    began = time.perf_counter()
    first = bench.plan(portfolio, scenarios=bench.count(50))
    cold = time.perf_counter() - began
    lease = next(o for o in portfolio.offers if o.tenure is Tenure.LEASE)
    dearer = replace(lease.price, usd_per_gpu_hour=lease.price.usd_per_gpu_hour * 1.05)
    edited = replace(
        portfolio,
        offers=tuple(replace(o, price=dearer) if o.id == lease.id else o for o in portfolio.offers),
    )
    began = time.perf_counter()
    bench.plan(edited, scenarios=bench.count(50), start=decision_of(first))
    bench.show("resolve_warm_s", time.perf_counter() - began, "s")
    bench.show("resolve_cold_s", cold, "s")


FIGURES: dict[str, Callable[[Bench], None]] = {
    "decomposed_50": decomposed_50,
    "mid_200": mid_200,
    "full_10": full_10,
    "full_200_build": full_200_build,
    "sparse_full_50": sparse_full(50, 45.0, None),
    "sparse_full_200": sparse_full(200, 120.0, 1.5),
    "plan_1000": plan_1000,
    "mid_mip": mid_mip,
    "multistage_64": multistage_64,
    "alternatives_20": alternatives_20,
    "infeasible": infeasible,
    "resolve_warm": resolve_warm,
}
"""By name: what measures and prints one or a few figures."""


def main() -> int:
    """Measure one of the figures in this process."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("figure", choices=FIGURES)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    FIGURES[options.figure](Bench(options.quick))
    return 0


if __name__ == "__main__":
    sys.exit(main())
