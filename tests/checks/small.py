"""A small portfolio in which every check finds nothing, and a way to put one thing wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from offtake.checks import run
from offtake.model import (
    Accelerator,
    Capital,
    Contract,
    Demand,
    Horizon,
    Inference,
    Limits,
    NamedScenario,
    Offer,
    OfferPrice,
    Party,
    Phase,
    Portfolio,
    PowerKind,
    PowerSupply,
    Provenance,
    Quarter,
    Region,
    Role,
    Site,
    Tenure,
    TrainingJob,
    Tranche,
    Uncertainty,
    Vehicle,
    Workload,
)
from offtake.model.clause import (
    Basis,
    CreditTier,
    DelayDamages,
    Quantity,
    Rate,
    Scope,
    ServiceLevel,
    TakeOrPay,
)
from offtake.model.uncertainty import DelayProcess
from offtake.units import facility_mw, it_mw

FIRST, LAST = Quarter(2026, 3), Quarter(2028, 4)


def _link(name: str, seller: str, buyer: str, upstream: tuple[str, ...], basis: Basis) -> Contract:
    return Contract(
        id=name,
        seller=seller,
        buyer=buyer,
        upstream=upstream,
        signed=date(2025, 3, 1),
        tranches=(
            Tranche(
                id="t1",
                site="s",
                phase="p",
                accelerator=None if basis is Basis.KW_MONTH else "A1",
                accelerator_count=None if basis is Basis.KW_MONTH else 4_000,
                power_it_mw=it_mw(8) if basis is Basis.KW_MONTH else None,
                due=date(2027, 3, 1),
                term_months=60,
            ),
        ),
        rates=(Rate(id="r", basis=basis, price=Decimal(2)),),
        commitments=(TakeOrPay(level_share=Decimal(1)),),
        service_levels=(
            ServiceLevel(
                id="up",
                scope=Scope.NODE,
                credits=(CreditTier(below_share=Decimal("0.99"), credit_share=Decimal("0.1")),),
            ),
        ),
        delay_damages=(DelayDamages(daily_fee_share=Decimal("0.5"), grace_days=5),),
    )


def _offer(name: str, tenure: Tenure, power: float) -> Offer:
    own = tenure is Tenure.OWN
    return Offer(
        id=name,
        tenure=tenure,
        seller="infra" if own else "hyperco",
        site="s",
        phase=None if tenure.is_hourly else "q",
        accelerator="A1",
        power_it_mw=it_mw(power),
        block_it_mw=it_mw(5) if own else None,
        lead_quarters=4,
        price=OfferPrice(
            capex_usd_per_it_mw=1e7 if own else 0,
            usd_per_gpu_hour=0 if own else 2.5,
            includes_energy=not own,
        ),
        provenance=Provenance(assumptions={"power_it_mw": "made up", "capex_usd_per_it_mw": "too"}),
    )


SOUND = Portfolio(
    name="small",
    as_of=date(2026, 5, 23),
    lab="lab",
    horizon=Horizon(first=FIRST, last=LAST),
    parties=(
        Party(id="lab", name="Lab", roles=(Role.LAB,), country="US"),
        Party(id="infra", name="Infra", roles=(Role.VEHICLE,)),
        Party(id="siteco", name="SiteCo", country="NO"),
        Party(id="opco", name="OpCo"),
        Party(id="hyperco", name="HyperCo", group="hyper"),
        Party(id="vendor", name="Vendor", roles=(Role.VENDOR,)),
    ),
    regions=(
        Region(id="eu", latency_ms={"us": 90}),
        Region(id="us", latency_ms={"eu": 90}),
    ),
    sites=(
        Site(
            id="s",
            name="S",
            country="NO",
            region="eu",
            owner="siteco",
            power_facility_mw=facility_mw(28),
            supplies=(
                PowerSupply(
                    kind=PowerKind.HYDRO,
                    energy_share=0.7,
                    price_usd_per_mwh=30,
                    carbon_g_per_kwh=20,
                ),
                PowerSupply(
                    kind=PowerKind.GRID,
                    energy_share=0.3,
                    price_usd_per_mwh=60,
                    carbon_g_per_kwh=100,
                ),
            ),
            phases=(
                Phase(id="p", power_it_mw=it_mw(10), announced=date(2025, 1, 1)),
                Phase(id="q", power_it_mw=it_mw(10)),
            ),
        ),
    ),
    accelerators=(
        Accelerator(
            id="A1",
            vendor="vendor",
            power_it_kw=2,
            throughput_ratio={Workload.TRAINING: 2, Workload.INFERENCE: 2},
            price_usd=50_000,
        ),
        Accelerator(
            id="A2",
            vendor="vendor",
            power_it_kw=1,
            throughput_ratio={Workload.INFERENCE: 1},
            available=Quarter(2028, 1),
        ),
    ),
    contracts=(
        _link("0", "siteco", "opco", (), Basis.KW_MONTH),
        _link("A", "opco", "hyperco", ("0",), Basis.GPU_HOUR),
        _link("B", "hyperco", "lab", ("A",), Basis.GPU_HOUR),
    ),
    offers=(
        _offer("own", Tenure.OWN, 5),
        _offer("lease", Tenure.LEASE, 5),
        _offer("rent", Tenure.RENT, 50),
    ),
    demand=Demand(
        inference=(
            Inference(
                id="chat",
                region="eu",
                latency_ms=50,
                countries=("NO",),
                accelerators=("A1",),
                median_h100e={FIRST: 100, LAST: 200},
                revenue_usd_per_h100e_hour={FIRST: 3, LAST: 2},
            ),
        ),
        training=(
            TrainingJob(
                id="run",
                size_h100e_hours=1e6,
                earliest=Quarter(2027, 1),
                deadline=Quarter(2027, 4),
                block_it_mw=it_mw(1),
                value_usd_per_h100e_hour=2,
            ),
        ),
    ),
    uncertainty=Uncertainty(
        delays=(DelayProcess(id="d", late_share=0.5, median_days=90, log_sigma=0.5),),
        default_delay="d",
        scenarios=(
            NamedScenario(id="low", probability_share=0.4, demand_ratio={FIRST: 1, LAST: 0.5}),
            NamedScenario(id="high", probability_share=0.6),
        ),
    ),
    capital=Capital(
        investment_limit_usd={FIRST: 1e9},
        vehicles=(Vehicle(party="infra", ownership_share=0.51),),
    ),
    limits=Limits(
        seller_share={"hyper": 0.8, "siteco": 0.5},
        vendor_share={"vendor": 1},
        carbon_t_co2={"2027": 1e6},
    ),
)

USED = Quantity.USED


def put(value: Any, path: str, new: object) -> Any:
    """The same value with something else at a dotted path of names and indexes."""
    if not path:
        return new
    step, _, rest = path.partition(".")
    if isinstance(value, tuple):
        at = next((n for n, one in enumerate(value) if getattr(one, "id", n) == step), None)
        index = int(step) if at is None else at
        return (*value[:index], put(value[index], rest, new), *value[index + 1 :])
    if isinstance(value, Mapping):
        return {**value, step: put(value.get(step), rest, new)}
    return replace(value, **{step: put(getattr(value, step), rest, new)})


def told(check: str, portfolio: Portfolio) -> list[str]:
    """What one check says of a portfolio."""
    return [str(finding.fault) for finding in run(portfolio, only=[check])]


def wrong(check: str, *changes: tuple[str, object]) -> list[str]:
    """What one check says of the sound portfolio with some things changed."""
    portfolio = SOUND
    for path, new in changes:
        portfolio = put(portfolio, path, new)
    return told(check, portfolio)
