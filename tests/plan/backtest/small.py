"""A portfolio whose backtest can be worked out by hand.

One tranche of 100 MW is bought and tracked: due 2026-04-01 by the vintage of December 2025,
reached on 2026-05-23. 100 MW of demand follow. A reserve of stock that is never late may be
signed for one quarter at a time. One MW is one accelerator and one H100e; nothing fails, no
discount.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from offtake.model import Horizon, Offer, Portfolio, Quarter, Tenure
from offtake.model.clause import Basis, Rate
from offtake.model.contract import Contract, Tranche
from offtake.model.provenance import Provenance
from offtake.model.uncertainty import DelayProcess, Uncertainty
from offtake.units import it_mw
from tests.plan.portfolios import offer, per_hour, unit, wanted

DECEMBER, MAY, OCTOBER = date(2025, 12, 14), date(2026, 5, 23), date(2026, 10, 5)
FIRST = Quarter(2026, 3)
"""The portfolio's own first quarter; as of December it is 2026Q1."""
RENT, RESERVED, REVENUE, PENALTY = 1.0, 2.0, 5.0, 10.0
"""Million USD a MW and quarter."""
TRACKED = Provenance(source="tracker", fact="milestones/abilene/bldg 3-4")


def tranche(**fields: Any) -> Tranche:
    made: dict[str, Any] = {
        "id": "hall",
        "site": "here",
        "accelerator": "unit",
        "power_it_mw": it_mw(100),
        "due": date(2026, 4, 1),
        "accepted": date(2026, 5, 23),
        "term_months": 120,
        "provenance": TRACKED,
    }
    return Tranche(**(made | fields))


def contract(*tranches: Tranche, **fields: Any) -> Contract:
    made: dict[str, Any] = {
        "id": "lease",
        "seller": "seller",
        "buyer": "lab",
        "signed": date(2025, 3, 18),
        "tranches": tranches or (tranche(),),
        "rates": (Rate(id="rent", basis=Basis.GPU_HOUR, price=Decimal(str(per_hour(RENT)))),),
        "delay": "late",
        "availability_share": 1.0,
        "provenance": Provenance(source="press, 18 March 2025"),
    }
    return Contract(**(made | fields))


def reserve(**fields: Any) -> Offer:
    made: dict[str, Any] = {
        "lead_quarters": 1,
        "term_quarters": 1,
        "delay": "stock",
        "provenance": Provenance(assumptions={"price": "ours"}),
    }
    return offer("stock", Tenure.RESERVE, RESERVED, 100.0, **(made | fields))


DELAYS = (
    DelayProcess(
        id="late",
        late_share=0.9,
        median_days=5.0,
        log_sigma=0.1,
        provenance=Provenance(source="a tracker of May 2026"),
    ),
    DelayProcess(id="stock", late_share=0.0, median_days=1.0, log_sigma=0.0),
)


def small(*offers: Offer, **fields: Any) -> Portfolio:
    need = wanted(100.0, revenue=REVENUE, penalty=PENALTY)
    path = {FIRST: 100.0, FIRST + 1: 100.0}
    earned = dict.fromkeys(path, per_hour(REVENUE))
    made: dict[str, Any] = {
        "as_of": MAY,
        "horizon": Horizon(first=FIRST, last=FIRST + 1),
        "contracts": (contract(),),
        "uncertainty": Uncertainty(scenario_count=20, seed=3, delays=DELAYS, default_delay="late"),
    }
    return unit(
        offers or (reserve(),),
        (replace(need, median_h100e=path, revenue_usd_per_h100e_hour=earned),),
        **(made | fields),
    )
