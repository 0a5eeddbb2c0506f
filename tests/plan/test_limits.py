"""Every limit of a portfolio, one at a time, where it binds: what is left, by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from offtake.model import (
    Capital,
    Limits,
    Party,
    Phase,
    Portfolio,
    PowerKind,
    PowerSupply,
    Region,
    Tenure,
)
from offtake.model.clause import Basis, Rate
from offtake.model.contract import Contract, Tranche
from offtake.model.plan import Plan
from offtake.plan.front import plan
from offtake.units import facility_mw, it_mw
from tests.plan.portfolios import FIRST, SITE, UNIT, offer, signed_mw, unit, wanted


def limited(path: str, made: Plan) -> float:
    """What one more unit is worth, in million USD."""
    return sum(b.worth_usd_per_unit for b in made.limits if b.path == path) / 1e6


def lease(mw: float = 30.0, **fields: Any) -> Portfolio:
    """A lease at 1.0 and demand that pays 2.0 a MW: every MW that may be signed is."""
    return unit(
        [offer("lease", Tenure.LEASE, 1.0, mw, **fields)],
        [wanted(50.0, revenue=2.0, penalty=0.0)],
    )


def test_the_power_of_an_offer() -> None:
    assert signed_mw(lease(), risk=0.0) == pytest.approx({"lease": 30.0})
    assert limited("offers.lease.power_it_mw", plan(lease(), risk=0.0)) == pytest.approx(1.0)


def test_the_meter_of_a_site() -> None:
    """26 MW at the meter are 20 at the servers at a peak ratio of 1.3 (and a thousandth more).

    One more MW at the meter is 1/1.3 at the servers.
    """
    site = replace(SITE, power_facility_mw=facility_mw(26.0), peak_ratio=1.3)
    made = replace(lease(), sites=(site,))
    assert signed_mw(made, risk=0.0) == pytest.approx({"lease": 20.02})
    told = plan(made, risk=0.0)
    assert limited("sites.here.power_facility_mw", told) == pytest.approx(1 / 1.3)
    assert told.limits[0].allowed_amount == 26.0


HALLS = (Phase(id="a", power_it_mw=it_mw(12)), Phase(id="b", power_it_mw=it_mw(40)))


def test_the_room_of_a_phase() -> None:
    """The hall holds 12, of which a contract takes 5."""
    site = replace(SITE, phases=HALLS)
    signed = Contract(
        id="C",
        seller="seller",
        buyer="lab",
        tranches=(
            Tranche(
                id="T",
                site="here",
                phase="a",
                accelerator="unit",
                power_it_mw=it_mw(5),
                due=date(2026, 1, 1),
                accepted=date(2026, 1, 1),
                term_months=60,
            ),
        ),
        rates=(Rate(id="r", basis=Basis.KW_MONTH, price=Decimal(1)),),
    )
    made = replace(lease(phase="a"), sites=(site,), contracts=(signed,))
    assert signed_mw(made, risk=0.0) == pytest.approx({"lease": 7.0})


def test_a_phase_that_is_anothers_is_not_ours() -> None:
    """Without a stated meter the phases add up to it, less the one with another offtaker."""
    taken = (HALLS[0], replace(HALLS[1], offtaker="other"))
    made = replace(lease(), sites=(replace(SITE, phases=taken),))
    assert signed_mw(made, risk=0.0) == pytest.approx({"lease": 12 * 1.001})


def test_investment_in_a_quarter() -> None:
    """Half of 1.0 is paid ahead: 5 M USD of prepayment are 10 MW; a dollar more brings two."""
    capital = Capital(discount_share_per_year=0.0, investment_limit_usd={FIRST: 5e6})
    made = replace(lease(term_quarters=1, price={"prepayment_share": 0.5}), capital=capital)
    assert signed_mw(made, risk=0.0) == pytest.approx({"lease": 10.0})
    worth = limited("capital.investment_limit_usd", plan(made, risk=0.0)) * 1e6
    assert worth == pytest.approx(2.0)


def test_spending_in_a_quarter() -> None:
    """All cash out counts, in every scenario: 8 M USD are 8 MW."""
    made = replace(
        lease(), capital=Capital(discount_share_per_year=0.0, spending_limit_usd={FIRST: 8e6})
    )
    assert signed_mw(made, risk=0.0) == pytest.approx({"lease": 8.0})


def test_spending_over_revenue() -> None:
    """A lease that earns half of what it costs may be no more than the ratio lets it.

    Not serving costs 10; spending 1.0 a MW against revenue of 0.5 is a ratio of 2.
    """
    need = wanted(50.0, revenue=0.5, penalty=10.0)

    def served(ratio: float) -> float:
        capital = Capital(discount_share_per_year=0.0, spending_to_revenue_ratio={FIRST: ratio})
        base = replace(lease(), capital=capital)
        made = replace(base, demand=replace(base.demand, inference=(need,)))
        return signed_mw(made, risk=0.0).get("lease", 0.0)

    assert served(2.1) == pytest.approx(30.0)
    assert served(1.9) == pytest.approx(0.0)


def two_sellers(limits: Limits, **fields: Any) -> dict[str, float]:
    """A cheap and a dear offer, 40 MW each, of two sellers; demand of 50."""
    return signed_mw(
        unit(
            [
                offer("cheap", Tenure.LEASE, 1.0, 40),
                offer("dear", Tenure.LEASE, 1.5, 40, seller="other"),
            ],
            [wanted(50.0, revenue=2.0, penalty=0.0)],
            limits=limits,
            **fields,
        ),
        risk=0.0,
    )


def test_the_share_of_a_seller() -> None:
    """Without a limit 40 + 10; with at most half from one, 25 + 25."""
    assert two_sellers(Limits()) == pytest.approx({"cheap": 40, "dear": 10})
    for limits in (Limits(seller_share={"seller": 0.5}), Limits(any_seller_share=0.5)):
        assert two_sellers(limits) == pytest.approx({"cheap": 25, "dear": 25})
    later = Limits(any_seller_share=0.5, shares_from=FIRST + 1)
    assert two_sellers(later) == pytest.approx({"cheap": 40, "dear": 10})


def test_parties_of_a_group_count_as_one() -> None:
    """Both sellers under one roof: half from that roof leaves no plan with anything signed."""
    parties = (
        Party(id="lab", name="lab"),
        Party(id="maker", name="maker"),
        Party(id="seller", name="seller", group="roof"),
        Party(id="other", name="other", group="roof"),
    )
    assert two_sellers(Limits(any_seller_share=0.5), parties=parties) == {}


def test_the_share_of_a_vendor() -> None:
    """At most 30 % on the second maker's accelerators, cheap as they are: 15 + 35."""
    second = replace(UNIT, id="second", vendor="other")
    made = unit(
        [
            offer("cheap", Tenure.LEASE, 1.0, 40, accelerator="second"),
            offer("dear", Tenure.LEASE, 1.5, 40),
        ],
        [wanted(50.0, revenue=2.0, penalty=0.0)],
        accelerators=(UNIT, second),
        limits=Limits(vendor_share={"other": 0.3}),
    )
    assert signed_mw(made, risk=0.0) == pytest.approx({"cheap": 15, "dear": 35})


def two_grids(limits: Limits) -> Plan:
    """A dirty site at 1.0 and a clean one at 1.5; demand of 50 MW."""

    def supply(carbon: float) -> tuple[PowerSupply, ...]:
        return (
            PowerSupply(
                kind=PowerKind.GRID,
                energy_share=1.0,
                price_usd_per_mwh=0.0,
                carbon_g_per_kwh=carbon,
                clean=carbon == 0,
            ),
        )

    return plan(
        unit(
            [
                offer("dirty", Tenure.LEASE, 1.0),
                offer("clean", Tenure.LEASE, 1.5, site="there"),
            ],
            [wanted(50.0, revenue=2.0, penalty=0.0, latency_ms=50.0)],
            sites=(
                replace(SITE, supplies=supply(500.0)),
                replace(SITE, id="there", name="There", region="there", supplies=supply(0.0)),
            ),
            regions=(Region(id="here", latency_ms={"there": 10.0}), Region(id="there")),
            limits=limits,
        ),
        risk=0.0,
    )


def test_carbon_of_a_year() -> None:
    """A MW at work emits 2,190·0.5 = 1,095 t a quarter; 21,900 t are 20 MW.

    A tonne more moves 1/1,095 MW from 1.5 to 1.0: 0.5e6/1,095 = 457 USD.
    """
    made = two_grids(Limits(carbon_t_co2={"2027": 21_900.0}))
    assert {s.offer: s.power_it_mw for s in made.signed} == pytest.approx(
        {"dirty": 20, "clean": 30}
    )
    assert made.carbon_t_co2 == pytest.approx(21_900)
    worth = limited("limits.carbon_t_co2.2027", made) * 1e6
    assert worth == pytest.approx(0.5e6 / 1_095)


def test_the_share_of_clean_energy() -> None:
    made = two_grids(Limits(least_clean_share=0.8))
    assert {s.offer: s.power_it_mw for s in made.signed} == pytest.approx(
        {"dirty": 10, "clean": 40}
    )
    assert made.clean_share == pytest.approx(0.8)


def test_a_floor_of_service() -> None:
    """Nobody would serve at a loss; a floor of 60 % makes it 30 of 50."""
    base = lease(40.0)
    need = wanted(50.0, revenue=0.5, penalty=0.0, least_served_share=0.6)
    made = replace(base, demand=replace(base.demand, inference=(need,)))
    assert signed_mw(made, risk=0.0) == pytest.approx({"lease": 30.0})
    path = "demand.inference.chat.least_served_share"
    # Serving one H100e, or MW, less saves 1.0 − 0.5.
    assert abs(limited(path, plan(made, risk=0.0))) == pytest.approx(0.5)


def test_latency_and_borders() -> None:
    """Out of reach, or in the wrong country: not served, whatever it earns."""
    base = lease()
    for need in (
        wanted(50.0, revenue=2.0, region="far"),
        wanted(50.0, revenue=2.0, region="near", latency_ms=5.0),
    ):
        regions = (
            Region(id="here"),
            Region(id="far"),
            Region(id="near", latency_ms={"here": 10.0}),
        )
        made = replace(base, regions=regions, demand=replace(base.demand, inference=(need,)))
        with_other = (wanted(1.0, ident="other"), need)
        made = replace(made, demand=replace(made.demand, inference=with_other))
        assert signed_mw(made, risk=0.0).get("lease", 0.0) == pytest.approx(1.0)
