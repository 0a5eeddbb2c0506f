"""Small vehicles for tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from offtake.model.finance import Finance, FinancePhase, Period
from offtake.model.party import Vehicle
from offtake.units import it_mw


def phase(name: str = "one", **changes: Any) -> FinancePhase:
    """Ten MW for ten years, built in a year, sold on the market after five."""
    made = FinancePhase(
        id=name,
        power_it_mw=it_mw(10.0),
        capex_usd=300e6,
        build_months=12,
        price_usd_per_it_kw_month=700.0,
        term_months=60,
        merchant_usd_per_it_kw_month=600.0,
        life_months=120,
        running_usd_per_it_mw_year=900_000.0,
        residual_usd=20e6,
    )
    return replace(made, **changes)


def finance(*phases: FinancePhase, **changes: Any) -> Finance:
    made = Finance(
        close=date(2026, 12, 31),
        period=Period.QUARTER,
        base_rate_share_per_year=0.04,
        margin_share_per_year=0.03,
        upfront_fee_share=0.02,
        commitment_fee_share_per_year=0.01,
        reserve_months=6,
        phases=phases or (phase(),),
    )
    return replace(made, **changes)


def vehicle(held: Finance | None = None, **changes: Any) -> Vehicle:
    made = Vehicle(
        party="ring",
        ownership_share=0.8,
        controlled=True,
        gearing_share=0.7,
        tenor_quarters=28,
        dscr_target_ratio=1.4,
        finance=held or finance(),
    )
    return replace(made, **changes)
