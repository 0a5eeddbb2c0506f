"""Numbers a reader can recompute, from the shipped rows alone."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import pytest

from offtake.catalogue import accelerator, build_cost, contract, delays, demand, site

HOURS_A_YEAR = 8_760
ABILENE = ("abilene-1", "abilene-2", "abilene-3")
STARGATE = (
    *ABILENE,
    *("shackelford", "donaana", "lordstown", "milam", "saline", "portwash", "uae-1", "uae-2"),
)


def have(value: float | None) -> float:
    assert value is not None
    return float(value)


def cost(parameter: str) -> float:
    return build_cost(parameter).value


def annuity(rate: float, years: float) -> float:
    return rate / (1 - math.pow(1 + rate, -years))


def own_a_gw(life_years: float) -> float:
    """B USD a year for 1 GW at the servers."""
    wacc = cost("implied_wacc_share_per_year")
    a_mw = (
        cost("it_capex_usd_per_it_mw") * annuity(wacc, life_years)
        + cost("construction_capex_usd_per_it_mw") * annuity(wacc, 14)
        + cost("opex_usd_per_it_mw_year")
    )
    return a_mw * 1e3 / 1e9


def it_mw(*ids: str) -> float:
    return sum(have(site(id).power_it_mw) for id in ids)


def abilene_gpus() -> float:
    return sum(have(site(id).accelerators_count) for id in ABILENE)


def abilene_facility_mw() -> float:
    return sum(have(site(id).power_facility_mw) for id in ABILENE)


def own_an_hour() -> float:
    return own_a_gw(5) * 1e9 * it_mw(*ABILENE) / 1e3 / (abilene_gpus() * HOURS_A_YEAR)


def lease_an_hour(id: str, *, low: bool = False, term_years: float | None = None) -> float:
    held = contract(id)
    amount = have(held.amount_low_usd if low else held.amount_usd)
    term = have(term_years if held.term_years is None else held.term_years)
    return amount / (term * have(held.accelerators_count) * HOURS_A_YEAR)


def contract_a_gw_year(id: str) -> float:
    held = contract(id)
    power = held.power_facility_mw if held.power_unstated_mw is None else held.power_unstated_mw
    return have(held.amount_usd) / 1e9 / have(held.term_years) / (have(power) / 1e3)


def oracle_an_hour() -> float:
    held = contract("oracle-300")
    a_year = have(held.amount_usd) / have(held.term_years)
    gpus = have(held.power_facility_mw) / (abilene_facility_mw() / abilene_gpus())
    return a_year / (gpus * HOURS_A_YEAR)


def observed(entity: str, metric: str, period: str) -> float:
    (row,) = (
        row
        for row in demand()
        if (row.entity, row.metric, str(row.observed)) == (entity, metric, period)
    )
    return row.value


def revenue_a_gw(year: str) -> float:
    revenue = observed("OpenAI", "annualised_revenue_usd_per_year", year) / 1e9
    return revenue / (observed("OpenAI", "compute_unstated_mw", year) / 1e3)


def spend_a_gw() -> float:
    ends = [observed("OpenAI", "compute_unstated_mw", year) / 1e3 for year in ("2024", "2025")]
    return observed("OpenAI", "compute_spend_usd", "2025") / 1e9 / (sum(ends) / 2)


def narvik_mw() -> float:
    phases = (site("narvik-a"), site("narvik-b"))
    kilowatts = (
        have(phase.accelerators_count) * have(accelerator(phase.accelerator or "").power_it_kw)
        for phase in phases
    )
    return sum(kilowatts) / 1e3


def system_kw(id: str) -> float:
    """Divide the MW by the accelerators that a row names as its source."""
    text = accelerator(id).power_source or ""
    match = re.search(r"([\d,]+) MW IT / ([\d,]+)", text)
    assert match
    megawatts, packages = (float(part.replace(",", "")) for part in match.groups())
    return megawatts * 1e3 / packages


def shackelford_slip() -> float:
    (row,) = (row for row in delays() if row.key == ("shackelford", "bldg 1"))
    return row.slip_days


def note_service() -> float:
    held = contract("meta-hyperion-spv")
    assert held.start is not None
    assert held.end is not None
    years = held.end.first.year - held.start.first.year
    return have(held.amount_usd) / 1e9 * annuity(have(held.coupon_share_per_year), years)


CHECKS: dict[str, tuple[Callable[[], float], float, float]] = {
    # name: how, expected, half a unit of the last digit printed
    "own 1 GW a year, IT life 5, B USD": (lambda: own_a_gw(5), 8.491, 5e-4),
    "own 1 GW a year, IT life 3, B USD": (lambda: own_a_gw(3), 12.066, 5e-4),
    "own 1 GW a year, IT life 7, B USD": (lambda: own_a_gw(7), 6.968, 5e-4),
    "accelerators at Abilene": (abilene_gpus, 403_200, 0),
    "kW IT an accelerator at Abilene": (
        lambda: it_mw(*ABILENE) * 1e3 / abilene_gpus(),
        2.091,
        5e-4,
    ),
    "kW facility an accelerator at Abilene": (
        lambda: abilene_facility_mw() * 1e3 / abilene_gpus(),
        2.927,
        5e-4,
    ),
    "own Abilene, USD an accelerator-hour": (own_an_hour, 2.027, 5e-4),
    "lease Narvik": (lambda: lease_an_hour("nscale-ms-narvik"), 2.722, 5e-4),
    "lease Nscale's four sites, low": (
        lambda: lease_an_hour("nscale-ms-200k", low=True, term_years=5),
        1.598,
        5e-4,
    ),
    "lease Nscale's four sites, high": (
        lambda: lease_an_hour("nscale-ms-200k", term_years=5),
        2.74,
        5e-4,
    ),
    "lease Nebius": (lambda: lease_an_hour("nebius-ms"), 3.973, 5e-4),
    "lease Colossus 1": (lambda: lease_an_hour("anthropic-spacex"), 5.269, 5e-4),
    "Oracle, B USD a GW-year": (lambda: contract_a_gw_year("oracle-300"), 13.333, 5e-4),
    "Oracle, USD an accelerator-hour": (oracle_an_hour, 4.454, 5e-4),
    "AWS, B USD a GW-year": (lambda: contract_a_gw_year("aws-100"), 6.25, 5e-4),
    "Cerebras, B USD a GW-year": (lambda: contract_a_gw_year("cerebras-20"), 8.889, 5e-4),
    "revenue a GW, 2023": (lambda: revenue_a_gw("2023"), 10.0, 5e-4),
    "revenue a GW, 2024": (lambda: revenue_a_gw("2024"), 10.0, 5e-4),
    "revenue a GW, 2025": (lambda: revenue_a_gw("2025"), 10.526, 5e-4),
    "spend a GW, 2025": (spend_a_gw, 12.8, 5e-4),
    "Narvik, MW IT": (narvik_mw, 213.17, 5e-3),
    "eight Stargate sites, GW IT": (lambda: it_mw(*STARGATE) / 1e3, 7.954, 5e-4),
    "the same, GW facility": (
        lambda: it_mw(*STARGATE) / 1e3 * cost("facility_over_it_abilene_ratio"),
        11.136,
        5e-4,
    ),
    "slip of Shackelford's first building, days": (shackelford_slip, 226, 0),
    "tokens a day, 2025, T": (
        lambda: observed("OpenAI API", "tokens_per_minute", "2025-10") * 1440 / 1e12,
        8.64,
        5e-4,
    ),
    "kW IT an H100 at Colossus 1": (lambda: system_kw("H100"), 1.39, 5e-4),
    "kW IT a Rubin": (lambda: system_kw("VR200"), 3.483, 5e-4),
    "Hyperion's notes, B USD a year": (note_service, 2.493, 5e-4),
}


@pytest.mark.parametrize("name", list(CHECKS))
def test_a_reader_finds_the_same_number(name: str) -> None:
    how, expected, tolerance = CHECKS[name]
    assert how() == pytest.approx(expected, abs=tolerance or 1e-12)


def test_the_costs_of_ownership_are_those_epoch_prints() -> None:
    for life, digits in ((5, 1), (3, 0), (7, 0)):
        printed = cost(f"ownership_1gw_life{life}_usd_per_year") / 1e9
        assert round(own_a_gw(life), digits) == printed


@pytest.mark.parametrize("id", ["H100", "GB200", "VR200", "TPUv7", "Trainium2"])
def test_power_a_package_is_what_its_source_gives(id: str) -> None:
    assert system_kw(id) == pytest.approx(have(accelerator(id).power_it_kw), abs=1.5e-3)
