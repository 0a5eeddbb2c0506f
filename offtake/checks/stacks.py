"""What powers a site hour by hour: profiles, stacks, options, and the basis of their carbon."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np

from offtake.checks.finding import Check, Level
from offtake.checks.walk import fault, paths
from offtake.errors import Fault
from offtake.model.portfolio import Portfolio
from offtake.model.power import DAYS, CleanPurchase, PowerKind, PowerOption, PowerSupply, Profile
from offtake.model.site import Site

MEAN_TOLERANCE = 5e-3
"""What the mean of a price or carbon profile may differ from 1 by."""
GAS_KG_PER_MMBTU = 53.06
"""Direct carbon of natural gas by higher heating value (40 CFR 98, table C-1)."""
GAS_TOLERANCE_SHARE = 0.1
CALM_DAYS = 10
"""Representative days of a month from which on what sun and wind can firmly serve is near
what all hours of the year say."""
FUELLED = (PowerKind.GAS_TURBINE, PowerKind.FUEL_CELL)
STACK_ONLY = (
    *("profile", "price_profile", "carbon_profile", "energy_mwh", "round_trip_share"),
    "curtailed_share",
)
"""Fields of a supply that say nothing in a mix."""

Placed = tuple[str, PowerSupply]


def _supplies(site: Site) -> Iterator[Placed]:
    """Give the supplies of a site and of its options, with their paths."""
    where = f"sites.{site.id}"
    yield from zip(paths(site.supplies, f"{where}.supplies"), site.supplies, strict=True)
    for path, option in _options(site):
        yield from zip(paths(option.supplies, f"{path}.supplies"), option.supplies, strict=True)


def _options(site: Site) -> Iterator[tuple[str, PowerOption]]:
    where = paths(site.power_options, f"sites.{site.id}.power_options")
    yield from zip(where, site.power_options, strict=True)


def _purchases(site: Site) -> Iterator[tuple[str, CleanPurchase]]:
    where = f"sites.{site.id}"
    yield from zip(paths(site.purchases, f"{where}.purchases"), site.purchases, strict=True)
    for path, option in _options(site):
        yield from zip(paths(option.purchases, f"{path}.purchases"), option.purchases, strict=True)


def _dated(site: Site) -> list[tuple[str, PowerSupply | CleanPurchase]]:
    """List supplies and purchases of a site, with their paths."""
    return [*_supplies(site), *_purchases(site)]


# ------------------------------------------------------------------ profiles


def _profiles(portfolio: Portfolio) -> Iterator[Fault]:
    for path, profile in zip(
        paths(portfolio.profiles, "profiles"), portfolio.profiles, strict=True
    ):
        if profile.days_a_month == 0:
            what = f"a profile has 12 months of 24 hours, {DAYS} numbers, or a multiple of that"
            got = str(len(profile.hourly_ratio))
            yield fault("OTK-C310", f"{path}.hourly_ratio", what, got=got)
    known = {p.id: p for p in portfolio.profiles if p.days_a_month}
    for site in portfolio.sites:
        for path, supply in _supplies(site):
            yield from _fits(path, supply, known)
        for path, purchase in _purchases(site):
            if purchase.profile in known:
                yield from _output(f"{path}.profile", known[purchase.profile])
        yield from _days(site, known)


def _fits(path: str, supply: PowerSupply, known: dict[str, Profile]) -> Iterator[Fault]:
    if supply.profile in known:
        yield from _output(f"{path}.profile", known[supply.profile])
    for name in ("price_profile", "carbon_profile"):
        used = known.get(getattr(supply, name) or "")
        mean = float(np.mean(used.hourly_ratio)) if used is not None else 1.0
        if abs(mean - 1) > MEAN_TOLERANCE:
            what = "the mean of its profile is 1, so that the stated number stays the mean"
            yield fault("OTK-C311", f"{path}.{name}", what, got=f"{mean:.4g}")


def _output(path: str, profile: Profile) -> Iterator[Fault]:
    most = max(profile.hourly_ratio)
    if most > 1:
        what = f"output is never above rated power, but profile '{profile.id}' is"
        yield fault("OTK-C311", path, what, got=f"{most:g}")


def _days(site: Site, known: dict[str, Profile]) -> Iterator[Fault]:
    used: dict[str, int] = {}
    for _, supply in _supplies(site):
        for name in (supply.profile, supply.price_profile, supply.carbon_profile):
            if name in known:
                used[name] = known[name].days_a_month
    for _, purchase in _purchases(site):
        if purchase.profile in known:
            used[purchase.profile] = known[purchase.profile].days_a_month
    many = {days for days in used.values() if days > 1}
    if len(many) > 1:
        what = "profiles of one site have one day a month, or equally many"
        got = ", ".join(f"{name} {days}" for name, days in used.items())
        yield fault("OTK-C312", f"sites.{site.id}", what, got=got)


# ------------------------------------------------------------------ stacks and options


def _stacks(portfolio: Portfolio) -> Iterator[Fault]:
    for site in portfolio.sites:
        where = f"sites.{site.id}.supplies"
        if site.has_stack:
            stated = [s for s in site.any_supplies if s.energy_share is not None]
            if stated:
                what = "all supplies of a site have an energy share (a mix), or none (a stack)"
                hint = "a site with `power_options` has a stack" if site.power_options else None
                yield fault("OTK-C313", where, what, got=f"{len(stated)} with one", hint=hint)
        for path, supply in _supplies(site):
            yield from _fuel(path, supply)
            yield from (_stacked if site.has_stack else _mixed)(path, supply)
        for path, _ in _purchases(site):
            if not any(s.kind is PowerKind.GRID for s in site.any_supplies) or not site.has_stack:
                what = "bought for what a stack takes from the grid, and there is none"
                yield fault("OTK-C317", path, what, hint="give the site a supply of kind `grid`")
        for path, option in _options(site):
            if not option.supplies:
                yield fault("OTK-C316", f"{path}.supplies", "an option brings no power at all")


def _fuel(path: str, supply: PowerSupply) -> Iterator[Fault]:
    if (supply.fuel_usd_per_mmbtu is None) != (supply.heat_rate_mmbtu_per_mwh is None):
        what = "the price of a fuel and how much of it is burnt go together"
        yield fault("OTK-C315", path, what, hint="give both, or put fuel into the price")


def _stacked(path: str, supply: PowerSupply) -> Iterator[Fault]:
    if supply.power_facility_mw is None:
        what = "a supply of a stack says how much it can bring"
        yield fault("OTK-C314", f"{path}.power_facility_mw", what)
    stores = supply.energy_mwh is not None and supply.round_trip_share is not None
    if (supply.kind is PowerKind.BATTERY) and not stores:
        what = "a battery says what it holds and what comes back of it"
        hint = "give `energy_mwh` and `round_trip_share`"
        yield fault("OTK-C314", path, what, hint=hint)
    if supply.kind is not PowerKind.BATTERY and (supply.energy_mwh or supply.round_trip_share):
        yield fault("OTK-C314", path, f"only a battery holds energy, not a {supply.kind.value}")


def _mixed(path: str, supply: PowerSupply) -> Iterator[Fault]:
    given = [name for name in STACK_ONLY if getattr(supply, name)]
    if given:
        what = "says nothing in a mix, which is not run by the hour"
        hint = "leave out the `energy_share` of all supplies of the site to make them a stack"
        yield fault("OTK-C318", f"{path}.{given[0]}", what, hint=hint)


def _dates(portfolio: Portfolio) -> Iterator[Fault]:
    for site in portfolio.sites:
        for path, held in _dated(site):
            begin, end = held.available, held.until
            if begin is not None and end is not None and end <= begin:
                what = f"ends before it begins, on {begin}"
                yield fault("OTK-C319", f"{path}.until", what, got=str(end))
        for path, option in _options(site):
            for below, supply in zip(
                paths(option.supplies, f"{path}.supplies"), option.supplies, strict=True
            ):
                if supply.available is not None and supply.available < option.available:
                    what = f"brings power before its option does, on {option.available}"
                    where = f"{below}.available"
                    yield fault("OTK-C319", where, what, got=str(supply.available))


def _early(portfolio: Portfolio) -> Iterator[Fault]:
    """Options outside the plan, and money that should have been spent before it."""
    if portfolio.horizon.first > portfolio.horizon.last:
        return
    first = portfolio.horizon.first.first_day
    last = portfolio.horizon.last.last_day
    for site in portfolio.sites:
        for path, option in _options(site):
            begins = _before(option.available, option.capex_quarters)
            if option.available > last:
                what = f"brings nothing within the plan, which ends on {last}"
                yield fault("OTK-C320", f"{path}.available", what, got=str(option.available))
            elif option.capex_usd > 0 and begins < first:
                what = "its capital would have to be spent from before the plan begins on"
                hint = f"what falls before {first} is counted in the first quarter"
                got = f"from {begins} on"
                yield fault("OTK-C320", f"{path}.capex_quarters", what, got=got, hint=hint)


def _before(day: date, quarters: int) -> date:
    months = day.year * 12 + day.month - 1 - 3 * quarters
    year, month = divmod(months, 12)
    return date(max(year, 1), month + 1, min(day.day, 28))


# ------------------------------------------------------------------ carbon and clean energy


def _calm(portfolio: Portfolio) -> Iterator[Fault]:
    """Sites that some option leaves to the weather alone, with days that know no calm."""
    known = {p.id: p for p in portfolio.profiles if p.days_a_month}
    for site in portfolio.sites:
        where = f"sites.{site.id}.supplies"
        for path, supplies in [(where, site.supplies), *_together(site)]:
            made = [s for s in supplies if s.kind is not PowerKind.BATTERY]
            days = [known[s.profile].days_a_month for s in made if s.profile in known]
            if made and len(days) == len(made) and max(days) < CALM_DAYS:
                what = "nothing but weather powers it, and few days a month hide calm ones"
                hint = f"give its profiles {CALM_DAYS} days a month or more"
                yield fault("OTK-C325", path, what, got=f"{max(days)} days a month", hint=hint)


def _together(site: Site) -> Iterator[tuple[str, tuple[PowerSupply, ...]]]:
    for path, option in _options(site):
        yield f"{path}.supplies", (*site.supplies, *option.supplies)


def _limited(portfolio: Portfolio) -> bool:
    return bool(portfolio.limits.carbon_t_co2 or portfolio.limits.carbon_market_t_co2)


def _basis(portfolio: Portfolio) -> Iterator[Fault]:
    """A basis that is asked for, or that limits need, and that a supply does not state."""
    asked = portfolio.limits.carbon_basis
    if asked is None and not (_limited(portfolio) and portfolio.carbon_basis is None):
        return
    if asked is None:
        yield _two_bases(portfolio, "OTK-C321")
        return
    for site in portfolio.sites:
        for path, held in _dated(site):
            if held.carbon(asked) is None:
                what = f"its carbon is not stated on the basis of the limits, {asked.value}"
                hint = "give `carbon_other_g_per_kwh`"
                got = held.carbon_basis.value
                yield fault("OTK-C321", f"{path}.carbon_basis", what, got=got, hint=hint)


def _mixed_bases(portfolio: Portfolio) -> Iterator[Fault]:
    if portfolio.carbon_basis is None and not _limited(portfolio):
        yield _two_bases(portfolio, "OTK-C322")


def _two_bases(portfolio: Portfolio, code: str) -> Fault:
    first: dict[str, str] = {}
    for site in portfolio.sites:
        for path, supply in _supplies(site):
            first.setdefault(supply.carbon_basis.value, path)
    what = "carbon at the stack and over the life cycle must not be added up"
    got = " and ".join(f"{basis} at {path}" for basis, path in first.items())
    hint = "give every supply `carbon_other_g_per_kwh`, and `limits.carbon_basis` which of the two"
    return fault(code, "limits.carbon_basis", what, got=got, hint=hint)


def _burnt(portfolio: Portfolio) -> Iterator[Fault]:
    for site in portfolio.sites:
        for path, supply in _supplies(site):
            rate = supply.heat_rate_mmbtu_per_mwh
            if rate is None or supply.kind not in FUELLED or supply.carbon_basis != "stack":
                continue
            burnt = rate * GAS_KG_PER_MMBTU
            if abs(supply.carbon_g_per_kwh - burnt) > GAS_TOLERANCE_SHARE * burnt:
                what = f"natural gas at its heat rate gives {burnt:.0f} g/kWh at the stack"
                got = f"{supply.carbon_g_per_kwh:g} g/kWh"
                yield fault("OTK-C323", f"{path}.carbon_g_per_kwh", what, got=got)


def _reach(portfolio: Portfolio) -> Iterator[Fault]:
    known = {p.id: p for p in portfolio.profiles if p.days_a_month}
    limits = portfolio.limits
    for name, least, by_hour in (
        ("least_clean_share", limits.least_clean_share, False),
        ("least_hourly_clean_share", limits.least_hourly_clean_share, True),
    ):
        most = max((_cleanest(site, known, by_hour) for site in portfolio.sites), default=1.0)
        if least is not None and portfolio.sites and least > most + MEAN_TOLERANCE:
            what = f"no site can run on more than {most:.3g} of clean energy, with any option"
            hint = "work will be left undone until there is none"
            yield fault("OTK-C324", f"limits.{name}", what, got=f"{least:g}", hint=hint)


def _cleanest(site: Site, known: dict[str, Profile], by_hour: bool) -> float:
    """Give a share of clean energy a site cannot pass, however small its load."""
    if not site.has_stack:
        weather = (PowerKind.SOLAR, PowerKind.WIND) if by_hour else ()
        return sum(
            s.energy_share or 0.0 for s in site.supplies if s.clean and s.kind not in weather
        )
    bought = [purchase for _, purchase in _purchases(site)]
    clean = [s for s in site.any_supplies if s.clean and s.kind is not PowerKind.BATTERY]
    stored = clean and any(s.kind is PowerKind.BATTERY for s in site.any_supplies)
    if stored or (bought and not by_hour):
        return 1.0
    names = [s.profile for s in clean] + [p.profile for p in bought]
    shapes = [known.get(name or "") for name in names]
    if any(shape is None for shape in shapes):
        return 1.0
    some = [np.array(shape.hourly_ratio) > 0 for shape in shapes if shape is not None]
    if len({len(each) for each in some}) > 1:
        return 1.0
    return float(np.any(some, axis=0).mean()) if some else 0.0


CHECKS = (
    Check(
        name="profiles",
        about="A profile has a number for each hour of its days; output is never above rated "
        "power, and profiles of prices and carbon have a mean of 1.",
        level=Level.ERROR,
        codes={
            "OTK-C310": "A profile has not 288 numbers, or a multiple of that.",
            "OTK-C311": "A profile does not fit what it is used for.",
            "OTK-C312": "Profiles of one site have different numbers of days.",
        },
        look=_profiles,
    ),
    Check(
        name="power-stacks",
        about="A site has a mix (energy shares) or a stack (none); the supplies of a stack and "
        "of options say all that is needed to run them by the hour.",
        level=Level.ERROR,
        codes={
            "OTK-C313": "Some supplies of a site have an energy share and others have none.",
            "OTK-C314": "A supply of a stack, or a battery, does not say what it can bring.",
            "OTK-C315": "A fuel has a price but no heat rate, or a heat rate but no price.",
            "OTK-C316": "A power option has no supply.",
            "OTK-C317": "Clean energy is bought for a site that takes none from a grid.",
            "OTK-C318": "A field that only a stack uses stands in a mix.",
        },
        look=_stacks,
    ),
    Check(
        name="power-days",
        about="Supplies end after they begin, and none of an option comes before the option.",
        level=Level.ERROR,
        codes={"OTK-C319": "The days of a supply are not in order."},
        look=_dates,
    ),
    Check(
        name="power-options",
        about="Options of power come, and their capital is spent, within the plan.",
        level=Level.WARNING,
        codes={"OTK-C320": "A power option, or its capital, lies outside the plan."},
        look=_early,
    ),
    Check(
        name="carbon-basis",
        about="Where carbon is limited, all of it is stated on one basis: at the stack or over "
        "the life cycle.",
        level=Level.ERROR,
        codes={"OTK-C321": "Carbon that is limited is not stated on one basis."},
        look=_basis,
    ),
    Check(
        name="carbon-bases",
        about="Carbon that a plan adds up is stated on one basis, even where nothing limits it.",
        level=Level.WARNING,
        codes={"OTK-C322": "Carbon is stated on two bases: its sum means nothing."},
        look=_mixed_bases,
    ),
    Check(
        name="fuel-carbon",
        about="What gas burns by its heat rate gives the carbon that is stated for it.",
        level=Level.WARNING,
        codes={"OTK-C323": "The carbon of gas does not follow from its heat rate."},
        look=_burnt,
    ),
    Check(
        name="calm-days",
        about="Where sun and wind alone power a site, their profiles have days enough to know "
        "calm ones.",
        level=Level.WARNING,
        codes={"OTK-C325": "Few days a month make sun and wind look firmer than they are."},
        look=_calm,
    ),
    Check(
        name="clean-reach",
        about="A share of clean energy that is asked for can be reached at some site.",
        level=Level.WARNING,
        codes={"OTK-C324": "No site can reach the share of clean energy that is asked for."},
        look=_reach,
    ),
)
