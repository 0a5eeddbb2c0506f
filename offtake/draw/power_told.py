"""How sites are powered, in words and tables; `power` draws it."""

from __future__ import annotations

from collections.abc import Iterator

from offtake.draw import numbers, words
from offtake.draw.numbers import NOTHING, Column
from offtake.draw.tables import Table
from offtake.model.plan import Plan, PowerYear, SitePower


def powered(plan: Plan) -> list[SitePower]:
    """List the sites with a stack that use any energy, the largest user first."""
    return sorted(
        (site for site in plan.power if _used(site) > 0), key=lambda site: (-_used(site), site.site)
    )


def _used(site: SitePower) -> float:
    return sum(year.load_mwh for year in site.by_year)


def says(plan: Plan) -> str:
    """Tell which option every site with options takes, and what else would cost."""
    return " ".join(sentence for site in plan.power for sentence in sentences(site))


def sentences(site: SitePower) -> Iterator[str]:
    """Tell of one site: what is taken and why, then its carbon by both methods."""
    yield f"{words.plain(site.site)}: {words.sentence(site.why)}"
    used = _used(site)
    if used > 0:
        location = sum(year.carbon_t_co2 for year in site.by_year)
        market = sum(year.carbon_market_t_co2 for year in site.by_year)
        last = site.by_year[-1]
        clean, hourly = numbers.share(last.clean_share), numbers.share(last.hourly_clean_share)
        yield (
            f"Its {numbers.energy(used)} emit {numbers.carbon(location)} by location and "
            f"{numbers.carbon(market)} by contract; in {words.plain(last.year)} {clean} of them "
            f"are carbon-free by the year and {hourly} in the hour they are used."
        )


def energy(plan: Plan) -> Table:
    """Give the energy of each supply by site and year, with carbon and clean shares."""
    sites = powered(plan)
    unit = numbers.column((mwh for s in sites for mwh in _amounts(s)), numbers.ENERGY)
    carbon = numbers.column(
        (y.carbon_t_co2 for site in sites for y in site.by_year), numbers.CARBON
    )
    money = numbers.column((y.energy_cash_usd for s in sites for y in s.by_year), numbers.USD)
    rows = [
        (
            words.plain(site.site),
            words.plain(year.year),
            _by_supply(year, unit),
            unit(year.load_mwh),
            numbers.count(year.firm_facility_mw),
            carbon(year.carbon_t_co2),
            carbon(year.carbon_market_t_co2),
            str(numbers.share(year.clean_share)),
            str(numbers.share(year.hourly_clean_share)),
            money(year.energy_cash_usd),
        )
        for site in sites
        for year in site.by_year
    ]
    return Table(
        caption=f"Modelled, mean: energy of sites with a stack, {unit.unit}; carbon by location "
        f"and by contract, {carbon.unit}; paid by the lab for power, {money.unit}",
        head=(
            *("Site", "Year", "By supply", "Used", "Firm MW at the meter"),
            *("Carbon", "By contract", "Clean", "By the hour", "Paid"),
        ),
        rows=tuple(rows),
        texts=frozenset({0, 1, 2}),
    )


def _amounts(site: SitePower) -> Iterator[float]:
    for year in site.by_year:
        yield year.load_mwh
        yield from year.energy_mwh.values()


def _by_supply(year: PowerYear, unit: Column) -> str:
    found = [(name, mwh) for name, mwh in year.energy_mwh.items() if mwh > 0]
    told = [f"{words.plain(name)} {unit(mwh)}" for name, mwh in found]
    return ", ".join(told) or NOTHING


def choices(plan: Plan) -> Table:
    """Give the options of every site, and what the plan would gain or lose with each."""
    many = len([site for site in plan.power if site.choices]) > 1
    return Table(
        caption="Modelled: options of power; what the objective would gain with each instead, all "
        "that is signed held, and what it costs beside energy",
        head=("Option", "Instead", "Fixed cost"),
        rows=tuple(
            (
                f"{words.plain(site.site)}: {words.plain(choice.name)}"
                if many
                else words.plain(choice.name),
                "taken" if choice.taken else str(numbers.usd(choice.gain_usd, signed=True)),
                str(numbers.usd(choice.cost_usd)),
            )
            for site in plan.power
            for choice in site.choices
        ),
    )


# ------------------------------------------------------------------ the figure
