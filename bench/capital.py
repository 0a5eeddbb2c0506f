"""The benchmark of capital: a vehicle's waterfall in 10,000 runs, and NREL PySAM beside it.

    python -m bench.capital [--quick]

The waterfall: two phases built over 24 and 36 months, then 20 years by the month, 10,000
random runs of late phases, market prices, defaults and the base rate; cash, debt service,
reserve, sweep, lock-up, distributions, and the shareholders' return of every run. PySAM:
60 random projects of debt sculpted to a cover, and the largest relative error of any amount.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date
from time import perf_counter

import numpy as np

from bench import _singleowner
from bench._figure import show
from offtake.capital.vehicle import closing, scenarios
from offtake.model.finance import Finance, FinancePhase, Period, Risks
from offtake.model.party import Vehicle
from offtake.units import it_mw

RUNS, QUICK = 10_000, 500
CASES, QUICK_CASES = 60, 5
SEED = 7


def vehicle() -> Vehicle:
    """A vehicle of two phases that pays by the month for 20 years."""

    def phase(name: str, begin: int, build: int) -> FinancePhase:
        return FinancePhase(
            id=name,
            power_it_mw=it_mw(100.0),
            capex_usd=3.0e9,
            spend_from_months=begin,
            build_months=build,
            price_usd_per_it_kw_month=420.0,
            term_months=120,
            merchant_usd_per_it_kw_month=350.0,
            merchant_share_per_year=-0.01,
            life_months=240,
            running_usd_per_it_mw_year=902_000.0,
            running_share_per_year=0.02,
            residual_usd=1e8,
            maintenance_usd=2e7,
            maintenance_every_months=60,
        )

    finance = Finance(
        close=date(2026, 12, 31),
        period=Period.MONTH,
        base_rate_share_per_year=0.04,
        margin_share_per_year=0.025,
        hedged_share=0.7,
        hedge_rate_share_per_year=0.038,
        upfront_fee_share=0.02,
        commitment_fee_share_per_year=0.008,
        reserve_months=6,
        sweep_share=0.25,
        phases=(phase("one", 0, 24), phase("two", 12, 24)),
        risks=Risks(
            late_share=0.6,
            late_median_weeks=16.0,
            late_log_sigma=0.7,
            price_per_root_year=0.25,
            default_share_per_year=0.01,
            recovery_share=0.4,
            base_rate_per_root_year=0.01,
        ),
    )
    return Vehicle(
        party="ring",
        ownership_share=0.8,
        gearing_share=0.8,
        tenor_quarters=60,
        dscr_target_ratio=1.35,
        termination_quarters=8,
        finance=finance,
    )


def main(argv: list[str] | None = None) -> int:
    """Measure, and print one JSON object a figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="500 runs and 5 cases")
    quick = parser.parse_args(argv).quick
    runs, cases = (QUICK, QUICK_CASES) if quick else (RUNS, CASES)
    closed = closing.close(vehicle())
    shocks = scenarios.sampled(closed.finance, runs, np.random.default_rng(SEED))
    began = perf_counter()
    made = closing.run(closed, shocks)
    told = scenarios.told(made)
    took = perf_counter() - began
    show(f"waterfall_{runs}_runs_s", took, "s")
    print(f"# {made.equity.shape[0]} periods; {told}", file=sys.stderr)
    rng = np.random.default_rng(SEED)
    projects = [_singleowner.SECTION_5, *(_singleowner.random_project(rng) for _ in range(cases))]
    errors = [_singleowner.worst(project) for project in projects]
    show("pysam_worst_relative_error", max(error for error, _ in errors), "ratio")
    show("pysam_stated_irr_relative_error", max(error for _, error in errors), "ratio")
    return 0


if __name__ == "__main__":
    sys.exit(main())
