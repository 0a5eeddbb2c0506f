"""The public facts of the world stargate, as they stood on 23 May 2026."""

from __future__ import annotations

import math
from datetime import date
from itertools import groupby
from statistics import mean, stdev

import pytest

from offtake import plan
from offtake.catalogue import delays
from offtake.model import Phase, Site, Tenure
from offtake.model.chain import links, parties
from tests.worlds.worlds import contract, world

LAB = "openai"
STARGATE = {
    "abilene": 843,
    "shackelford": 1400,
    "donaana": 1578,
    "lordstown": 214,
    "milam": 857,
    "saline": 988,
    "portwash": 902,
    "uae": 1000,
}
"""IT power of the eight campuses, in MW, by the vintage of May 2026."""


def site(ident: str) -> Site:
    return next(s for s in world("stargate").sites if s.id == ident)


def announced(ident: str) -> list[Phase]:
    """Phases of a campus that are the lab's and were made public."""
    return [p for p in site(ident).phases if p.offtaker == LAB and p.announced]


def test_the_eight_campuses_have_the_power_of_the_may_vintage() -> None:
    found = {name: sum(float(p.power_it_mw) for p in announced(name)) for name in STARGATE}
    assert found == STARGATE
    assert sum(found.values()) == 7782


def test_abilene_is_843_mw_it_and_403_200_accelerators() -> None:
    phases = announced("abilene")
    assert sum(p.accelerator_count or 0 for p in phases) == 403_200
    assert sum(float(p.power_facility_mw or 0) for p in phases) == 1180
    bought = sum(t.accelerator_count or 0 for t in contract("stargate", "abilene-cloud").tranches)
    assert bought == 403_200


def test_half_of_abilene_was_in_service_and_half_was_to_come() -> None:
    accepted = {t.id: t.accepted for t in contract("stargate", "abilene-cloud").tranches}
    assert accepted == {
        "bldg-1": date(2025, 9, 26),
        "bldg-2": date(2025, 12, 24),
        "bldg-3-4": date(2026, 5, 23),
        "bldg-5-8": None,
    }


def test_the_expansion_of_abilene_is_not_the_labs() -> None:
    expansion = next(p for p in site("abilene").phases if p.id == "expansion")
    assert (expansion.offtaker, float(expansion.power_it_mw)) == ("microsoft", 672)
    sold = [
        c
        for c in world("stargate").contracts
        for t in c.tranches
        if (t.site, t.phase) == ("abilene", "expansion")
    ]
    assert {(c.seller, c.buyer) for c in sold} == {("crusoe", "microsoft")}
    assert not [o for o in world("stargate").offers if o.site == "abilene"]


@pytest.mark.parametrize(
    ("ident", "chain"),
    [
        ("narvik-a-lab", ("aker-nscale", "microsoft", LAB)),
        ("narvik-b-lab", ("aker-nscale", "nscale", "microsoft", LAB)),
        ("abilene-cloud", ("crusoe-jv", "oracle", LAB)),
        ("uae-cloud", ("g42", "oracle", LAB)),
        ("milam-site", ("sb-energy", LAB)),
        ("coreweave-denton", ("core-scientific", "coreweave", LAB)),
    ],
)
def test_a_chain_names_its_parties_end_to_end(ident: str, chain: tuple[str, ...]) -> None:
    contracts = {c.id: c for c in world("stargate").contracts}
    assert parties(contracts[ident], contracts) == chain


def test_narvik_delivers_the_same_accelerators_at_every_link() -> None:
    contracts = {c.id: c for c in world("stargate").contracts}
    for ident, count in (("narvik-a-lab", 52_000), ("narvik-b-lab", 30_000)):
        for link in links(contracts[ident], contracts):
            counted = [t.accelerator_count for t in link.tranches if t.accelerator]
            assert not counted or sum(c or 0 for c in counted) == count


def test_the_uk_is_paused_and_argentina_a_letter() -> None:
    assert [p.status for p in site("cobalt").phases] == ["paused"]
    assert [p.status for p in site("argentina").phases] == ["letter-of-intent"]
    assert not [c for c in world("stargate").contracts if c.tranches[0].site == "cobalt"]


def test_what_was_accepted_by_2025_is_what_the_lab_was_estimated_to_use() -> None:
    ratios = {a.id: a.throughput_ratio for a in world("stargate").accelerators}
    total = sum(
        (t.accelerator_count or 0)
        * {w.value: r for w, r in ratios[t.accelerator].items()}["training"]
        for c in world("stargate").contracts
        for t in c.tranches
        if c.buyer == LAB and t.accelerator and t.accepted and t.accepted <= date(2025, 12, 31)
    )
    assert total == pytest.approx(1_743_000, rel=0.01)


def test_prices_follow_from_the_totals_they_are_said_to_follow_from() -> None:
    def counted(ident: str) -> int:
        return sum(t.accelerator_count or 0 for t in contract("stargate", ident).tranches)

    def price(ident: str) -> float:
        return float(contract("stargate", ident).rates[0].price)

    assert counted("oracle-cloud") == 1_397_608
    assert price("oracle-cloud") == pytest.approx(300e9 / 5 / 8760 / 1_397_608, abs=0.005)
    assert price("abilene-cloud") == pytest.approx(price("oracle-cloud") / 3.483 * 2.091, abs=0.005)
    assert price("narvik-a-cloud") == pytest.approx(6.2e9 / 5 / 8760 / 52_000, abs=0.005)
    coreweave = counted("coreweave-first") + counted("coreweave-denton")
    assert price("coreweave-denton") == pytest.approx(22.4e9 / 5 / 8760 / coreweave, abs=0.005)
    assert price("aws-nvidia") == pytest.approx(38e9 / 7 / 8760 / counted("aws-nvidia"), abs=0.01)
    trainium = counted("aws-trainium")
    assert price("aws-trainium") == pytest.approx(100e9 / 8 / 8760 / trainium, abs=0.006)


def test_the_delays_are_those_known_in_may() -> None:
    fitted = next(d for d in world("stargate").uncertainty.delays if d.id == "fit-out")
    known = sorted(d.slip_days for d in delays(date(2026, 5, 23)) if d.slip_days)
    assert known == [16, 30, 52, 73, 89, 90]
    logs = [math.log(days) for days in known]
    assert fitted.median_days == pytest.approx(math.exp(mean(logs)), abs=0.1)
    assert fitted.log_sigma == pytest.approx(stdev(logs), abs=0.005)
    assert fitted.late_share == pytest.approx(7 / 8)
    assert world("stargate").uncertainty.default_delay == "fit-out"


def test_no_date_of_october_is_used_where_may_knew_one() -> None:
    due = {
        f"{c.id}/{t.id}": t.due
        for c in world("stargate").contracts
        if c.buyer == LAB
        for t in c.tranches
    }
    assert due["abilene-cloud/bldg-5-8"] == date(2026, 7, 1)  # October: 2026-11-01
    assert due["oracle-cloud/shackelford-1"] == date(2027, 1, 1)  # October: 2027-08-15
    assert due["oracle-cloud/shackelford-8-10"] == date(2028, 12, 31)  # October: 2028-11-11
    assert due["lordstown-cloud/phase-1"] == date(2026, 12, 31)  # October: 2027-03-01
    assert due["fairwater-atlanta/bldg-3-4"] == date(2026, 3, 26)  # October: 2026-06-14


def test_the_ceilings_leave_room_for_what_investors_were_told() -> None:
    capital = world("stargate").capital
    assert set(capital.spending_limit_usd) == set(world("stargate").horizon.quarters)
    assert 600e9 < sum(capital.spending_limit_usd.values()) < 800e9
    by_year = groupby(sorted(capital.investment_limit_usd.items()), lambda at: at[0].year)
    assert max(sum(usd for _, usd in year) for _, year in by_year) <= 28e9


def test_the_vehicle_is_majority_owned_and_an_idea() -> None:
    (vehicle,) = world("stargate").capital.vehicles
    assert vehicle.ownership_share > 0.5
    assert vehicle.provenance is not None
    assert "discussed only" in vehicle.provenance.source
    own = [o for o in world("stargate").offers if o.tenure is Tenure.OWN]
    assert {o.seller for o in own} == {vehicle.party}


@pytest.mark.slow
def test_the_lab_neither_wants_everything_nor_nothing() -> None:
    made = plan(world("stargate"), scenarios=4, gap=0.02, seconds=30)
    offered = {o.id for o in world("stargate").offers}
    signed = {s.offer for s in made.signed}
    assert 5 < len(signed) < len(offered) - 5
    assert {Tenure.OWN, Tenure.LEASE} <= {s.tenure for s in made.signed}
    assert made.npv.mean_usd > 0
    assert 0.02 < made.unserved_share < 0.4
    spent = sum(
        p.investment_cash_usd + p.payment_cash_usd + p.energy_cash_usd for p in made.by_period
    )
    assert 400e9 < spent < 700e9
