from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from offtake.model import (
    CarbonBasis,
    CleanPurchase,
    Limits,
    Portfolio,
    PowerKind,
    PowerOption,
    PowerSupply,
    Profile,
)
from offtake.units import facility_mw
from tests.checks.small import SOUND, put, told

SUN = Profile(id="sun", hourly_ratio=(0.0,) * 6 + (1.0,) * 12 + (0.0,) * 6)
SUN = replace(SUN, hourly_ratio=SUN.hourly_ratio * 12)


def supply(kind: PowerKind, **more: Any) -> PowerSupply:
    made: dict[str, Any] = {
        "kind": kind,
        "power_facility_mw": facility_mw(28),
        "price_usd_per_mwh": 50.0,
        "carbon_g_per_kwh": 100.0,
    }
    return PowerSupply(**(made | more))


GRID = supply(PowerKind.GRID)
PANELS = supply(PowerKind.SOLAR, profile="sun", clean=True)
BATTERY = supply(PowerKind.BATTERY, energy_mwh=40.0, round_trip_share=0.9)
OPTION = PowerOption(
    id="o", available=date(2027, 1, 1), supplies=(replace(GRID, available=date(2027, 1, 1)),)
)
BOUGHT = CleanPurchase(
    id="b", kind=PowerKind.SOLAR, power_facility_mw=facility_mw(5), profile="sun"
)


def stacked(*supplies: PowerSupply, **site: Any) -> Portfolio:
    """The sound portfolio with a stack at its site."""
    portfolio: Portfolio = put(replace(SOUND, profiles=(SUN,)), "sites.s.supplies", supplies)
    for name, held in site.items():
        portfolio = put(portfolio, f"sites.s.{name}", held)
    return portfolio


SOUND_STACK = stacked(GRID, PANELS, BATTERY, power_options=(OPTION,), purchases=(BOUGHT,))
NEW = (
    *("profiles", "power-stacks", "power-days", "power-options", "carbon-basis"),
    *("carbon-bases", "fuel-carbon", "calm-days", "clean-reach", "references", "unique-ids"),
)


def test_a_sound_stack_has_no_fault() -> None:
    assert [line for check in NEW for line in told(check, SOUND_STACK)] == []
    assert [
        line for check in ("power-sums", "site-power") for line in told(check, SOUND_STACK)
    ] == []


def with_profile(*ratios: float) -> Portfolio:
    return replace(SOUND_STACK, profiles=(replace(SUN, hourly_ratio=ratios),))


FAULTS: dict[str, tuple[str, Portfolio, list[str]]] = {
    "a profile of 287 hours": (
        "profiles",
        with_profile(*(0.5,) * 287),
        [
            "OTK-C310 profiles.sun.hourly_ratio: a profile has 12 months of 24 hours, 288 numbers, "
            "or a multiple of that; got 287"
        ],
    ),
    "a price profile whose mean is not 1": (
        "profiles",
        put(SOUND_STACK, "sites.s.supplies.0.price_profile", "sun"),
        [
            "OTK-C311 sites.s.supplies.0.price_profile: the mean of its profile is 1, so that the "
            "stated number stays the mean; got 0.5"
        ],
    ),
    "a mix and a stack": (
        "power-stacks",
        stacked(replace(GRID, energy_share=1.0), PANELS),
        [
            "OTK-C313 sites.s.supplies: all supplies of a site have an energy share (a mix), or "
            "none (a stack); got 1 with one"
        ],
    ),
    "a mix with options": (
        "power-stacks",
        stacked(replace(GRID, energy_share=1.0), power_options=(OPTION,)),
        [
            "OTK-C313 sites.s.supplies: all supplies of a site have an energy share (a mix), or "
            "none (a stack); got 1 with one; a site with `power_options` has a stack"
        ],
    ),
    "a supply that does not say how much": (
        "power-stacks",
        stacked(replace(GRID, power_facility_mw=None)),
        [
            "OTK-C314 sites.s.supplies.0.power_facility_mw: a supply of a stack says how much it "
            "can bring"
        ],
    ),
    "a battery that does not say what it holds": (
        "power-stacks",
        stacked(GRID, replace(BATTERY, energy_mwh=None)),
        [
            "OTK-C314 sites.s.supplies.1: a battery says what it holds and what comes back of it; "
            "give `energy_mwh` and `round_trip_share`"
        ],
    ),
    "a grid that holds energy": (
        "power-stacks",
        stacked(replace(GRID, energy_mwh=4.0)),
        ["OTK-C314 sites.s.supplies.0: only a battery holds energy, not a grid"],
    ),
    "fuel without a heat rate": (
        "power-stacks",
        stacked(replace(GRID, fuel_usd_per_mmbtu=4.0)),
        [
            "OTK-C315 sites.s.supplies.0: the price of a fuel and how much of it is burnt go "
            "together; give both, or put fuel into the price"
        ],
    ),
    "an option without supply": (
        "power-stacks",
        stacked(GRID, power_options=(replace(OPTION, supplies=()),)),
        ["OTK-C316 sites.s.power_options.o.supplies: an option brings no power at all"],
    ),
    "a purchase without a grid": (
        "power-stacks",
        stacked(replace(GRID, kind=PowerKind.HYDRO), purchases=(BOUGHT,)),
        [
            "OTK-C317 sites.s.purchases.b: bought for what a stack takes from the grid, and there "
            "is none; give the site a supply of kind `grid`"
        ],
    ),
    "a profile in a mix": (
        "power-stacks",
        put(SOUND, "sites.s.supplies.0.curtailed_share", 0.1),
        [
            "OTK-C318 sites.s.supplies.0.curtailed_share: says nothing in a mix, which is not run "
            "by the hour; leave out the `energy_share` of all supplies of the site to make them a "
            "stack"
        ],
    ),
    "an end before its beginning": (
        "power-days",
        stacked(replace(GRID, available=date(2027, 1, 1), until=date(2027, 1, 1))),
        ["OTK-C319 sites.s.supplies.0.until: ends before it begins, on 2027-01-01; got 2027-01-01"],
    ),
    "a supply before its option": (
        "power-days",
        put(SOUND_STACK, "sites.s.power_options.o.supplies.0.available", date(2026, 12, 1)),
        [
            "OTK-C319 sites.s.power_options.o.supplies.0.available: brings power before its option "
            "does, on 2027-01-01; got 2026-12-01"
        ],
    ),
    "an option after the plan": (
        "power-options",
        put(SOUND_STACK, "sites.s.power_options.o.available", date(2040, 1, 1)),
        [
            "OTK-C320 sites.s.power_options.o.available: brings nothing within the plan, which "
            "ends on 2028-12-31; got 2040-01-01"
        ],
    ),
    "capital before the plan": (
        "power-options",
        put(SOUND_STACK, "sites.s.power_options.o.capex_usd", 1e6),
        [
            "OTK-C320 sites.s.power_options.o.capex_quarters: its capital would have to be spent "
            "from before the plan begins on; got from 2026-01-01 on; what falls before 2026-07-01 "
            "is counted in the first quarter"
        ],
    ),
    "a basis that nobody states": (
        "carbon-basis",
        put(SOUND, "limits.carbon_basis", CarbonBasis.LIFE_CYCLE),
        [
            f"OTK-C321 sites.s.supplies.{n}.carbon_basis: its carbon is not stated on the basis of "
            "the limits, life-cycle; got stack; give `carbon_other_g_per_kwh`"
            for n in (0, 1)
        ],
    ),
    "a limit on a sum of two bases": (
        "carbon-basis",
        put(SOUND, "sites.s.supplies.0.carbon_basis", CarbonBasis.LIFE_CYCLE),
        [
            "OTK-C321 limits.carbon_basis: carbon at the stack and over the life cycle must not be "
            "added up; got life-cycle at sites.s.supplies.0 and stack at sites.s.supplies.1; give "
            "every supply `carbon_other_g_per_kwh`, and `limits.carbon_basis` which of the two"
        ],
    ),
    "gas that emits too little": (
        "fuel-carbon",
        stacked(
            replace(
                GRID,
                kind=PowerKind.GAS_TURBINE,
                fuel_usd_per_mmbtu=4.0,
                heat_rate_mmbtu_per_mwh=9.4,
                carbon_g_per_kwh=400.0,
            )
        ),
        [
            "OTK-C323 sites.s.supplies.0.carbon_g_per_kwh: natural gas at its heat rate gives "
            "499 g/kWh at the stack; got 400 g/kWh"
        ],
    ),
    "more clean energy by the hour than there is sun": (
        "clean-reach",
        replace(stacked(GRID, PANELS), limits=Limits(least_hourly_clean_share=0.6)),
        [
            "OTK-C324 limits.least_hourly_clean_share: no site can run on more than 0.5 of clean "
            "energy, with any option; got 0.6; work will be left undone until there is none"
        ],
    ),
    "sun alone": (
        "calm-days",
        stacked(PANELS, BATTERY),
        [
            "OTK-C325 sites.s.supplies: nothing but weather powers it, and few days a month hide "
            "calm ones; got 1 days a month; give its profiles 10 days a month or more"
        ],
    ),
    "a profile that is not there": (
        "references",
        put(SOUND_STACK, "sites.s.supplies.1.profile", "sum"),
        [
            "OTK-C210 sites.s.supplies.1.profile: there is no such profile; got 'sum'; "
            "did you mean 'sun'?"
        ],
    ),
}


@pytest.mark.parametrize(("check", "portfolio", "said"), FAULTS.values(), ids=FAULTS)
def test_faults_of_stacks(check: str, portfolio: Portfolio, said: list[str]) -> None:
    assert told(check, portfolio) == said


def test_output_is_never_above_rated_power() -> None:
    bright = replace(SOUND_STACK, profiles=(replace(SUN, hourly_ratio=(1.2,) * 288),))
    assert [line.split(":")[0] for line in told("profiles", bright)] == [
        "OTK-C311 sites.s.supplies.1.profile",
        "OTK-C311 sites.s.purchases.b.profile",
    ]


def test_days_of_one_site_are_equally_many() -> None:
    wind = Profile(id="wind", hourly_ratio=(0.5,) * 576)
    calm = Profile(id="calm", hourly_ratio=(0.5,) * 864)
    more = supply(PowerKind.WIND, profile="calm"), supply(PowerKind.WIND, profile="wind")
    portfolio = replace(stacked(GRID, PANELS, *more), profiles=(SUN, wind, calm))
    (said,) = told("profiles", portfolio)
    assert said.startswith("OTK-C312 sites.s: profiles of one site have one day a month")
    once = replace(stacked(GRID, PANELS, more[1]), profiles=(SUN, wind, calm))
    assert told("profiles", once) == []


def test_a_sum_that_nothing_limits_is_a_warning() -> None:
    mixed = put(SOUND, "sites.s.supplies.0.carbon_basis", CarbonBasis.LIFE_CYCLE)
    free = put(mixed, "limits.carbon_t_co2", {})
    assert told("carbon-basis", free) == []
    assert [line[:8] for line in told("carbon-bases", free)] == ["OTK-C322"]
    both = put(free, "sites.s.supplies.0.carbon_other_g_per_kwh", 15.0)
    assert told("carbon-bases", both) == []
    assert both.carbon_basis is CarbonBasis.STACK


def test_a_clean_share_that_a_battery_or_a_purchase_can_reach_is_not_told() -> None:
    for supplies, limits in (
        ((GRID, PANELS, BATTERY), Limits(least_hourly_clean_share=0.9)),
        ((GRID, PANELS), Limits(least_hourly_clean_share=0.5)),
        ((GRID, supply(PowerKind.HYDRO, clean=True)), Limits(least_hourly_clean_share=1.0)),
    ):
        assert told("clean-reach", replace(stacked(*supplies), limits=limits)) == []
    dirty = replace(stacked(GRID), limits=Limits(least_clean_share=0.1))
    assert len(told("clean-reach", dirty)) == 1
    assert told("clean-reach", put(dirty, "sites.s.purchases", (BOUGHT,))) == []
