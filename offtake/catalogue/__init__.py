"""Dated public reference facts: sites, contracts, accelerators, prices, power, costs, demand.

    catalogue.sites(as_of=date(2026, 5, 23))     what was known of the sites on that day
    catalogue.fit_delay()                        how late capacity comes
    catalogue.search("narvik")                   rows of any table
    catalogue.hourly("ERCO").carbon_g_per_kwh    8,760 hours

Every fact has a quality, a source and the day from which it was publicly known, so that a
plan can be made with the knowledge of one day and judged with that of a later one.
`data/README.md` tells columns, traps and licences.
"""

from offtake.catalogue.carbon import Boundary, CarbonRate, CarbonTotal, total_carbon
from offtake.catalogue.dates import PartialDate
from offtake.catalogue.days import profiles
from offtake.catalogue.delay import Delay, DelayFit, delays, fit_delay
from offtake.catalogue.facts import QUALITIES, Fact, Quality, columns_of
from offtake.catalogue.figures import BuildCost, Demand
from offtake.catalogue.find import Found, Hit, search
from offtake.catalogue.forecast import DelayForecast, forecast_delay
from offtake.catalogue.grid import HourlyFile, Power
from offtake.catalogue.hours import Hourly, hourly, scaled_to
from offtake.catalogue.lateness import Lateness, naive_score
from offtake.catalogue.machines import Accelerator
from offtake.catalogue.market import Contract, RentalPrice
from offtake.catalogue.outcomes import Outcome, outcomes, redated
from offtake.catalogue.overruns import Overrun, OverrunFit, fit_overruns, overruns
from offtake.catalogue.places import Milestone, Site
from offtake.catalogue.query import (
    TABLES,
    accelerator,
    accelerators,
    build_cost,
    build_costs,
    contract,
    contracts,
    demand,
    milestones,
    power,
    power_zone,
    rental_prices,
    site,
    sites,
    table,
)
from offtake.catalogue.sheet import ALL, Column, Sheet, show

__all__ = [
    "ALL",
    "QUALITIES",
    "TABLES",
    "Accelerator",
    "Boundary",
    "BuildCost",
    "CarbonRate",
    "CarbonTotal",
    "Column",
    "Contract",
    "Delay",
    "DelayFit",
    "DelayForecast",
    "Demand",
    "Fact",
    "Found",
    "Hit",
    "Hourly",
    "HourlyFile",
    "Lateness",
    "Milestone",
    "Outcome",
    "Overrun",
    "OverrunFit",
    "PartialDate",
    "Power",
    "Quality",
    "RentalPrice",
    "Sheet",
    "Site",
    "accelerator",
    "accelerators",
    "build_cost",
    "build_costs",
    "columns_of",
    "contract",
    "contracts",
    "delays",
    "demand",
    "fit_delay",
    "fit_overruns",
    "forecast_delay",
    "hourly",
    "milestones",
    "naive_score",
    "outcomes",
    "overruns",
    "power",
    "power_zone",
    "profiles",
    "redated",
    "rental_prices",
    "scaled_to",
    "search",
    "show",
    "site",
    "sites",
    "table",
    "total_carbon",
]
