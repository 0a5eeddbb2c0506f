"""Money, chances and limits name what exists and add up."""

from __future__ import annotations

from collections.abc import Iterator

from offtake.checks.finding import Check, Level
from offtake.checks.walk import ROUNDING_SHARE, buyers, fault, is_year
from offtake.errors import Fault, did_you_mean
from offtake.model.contract import Offer, Tenure
from offtake.model.party import Role
from offtake.model.portfolio import Portfolio


def _currencies(portfolio: Portfolio) -> Iterator[Fault]:
    for contract in portfolio.contracts:
        if contract.buyer in buyers(portfolio) and contract.currency != "USD":
            what = "the lab's own contracts are planned in USD"
            path = f"contracts.{contract.id}.currency"
            hint = "its prices are read as if they were USD"
            yield fault("OTK-C280", path, what, got=f"'{contract.currency}'", hint=hint)


def _prices(portfolio: Portfolio) -> Iterator[Fault]:
    kinds = {kind.id: kind for kind in portfolio.accelerators}
    for offer in portfolio.offers:
        if offer.tenure is not Tenure.OWN:
            if offer.price.usd_per_gpu_hour == 0:
                path = f"offers.{offer.id}.price"
                hint = "give `usd_per_gpu_hour`"
                yield fault("OTK-C281", path, "an hour of it costs nothing", hint=hint)
            continue
        yield from _own_prices(offer)
        kind = kinds.get(offer.accelerator)
        if kind is not None and kind.price_usd is None:
            what = "owned capacity has no price of this accelerator"
            hint = f"give `price_usd` of '{kind.id}': no plan is made without it"
            yield fault("OTK-C281", f"offers.{offer.id}.accelerator", what, hint=hint)


def _own_prices(offer: Offer) -> Iterator[Fault]:
    path = f"offers.{offer.id}.price"
    if offer.price.usd_per_gpu_hour > 0:
        what = "owned capacity has no price per hour"
        hint = "give `capex_usd_per_it_mw` and `running_usd_per_it_mw_year`"
        yield fault("OTK-C281", f"{path}.usd_per_gpu_hour", what, hint=hint)
    if offer.price.includes_energy:
        what = "owned capacity pays for its own energy"
        hint = "write `includes_energy: false`"
        yield fault("OTK-C281", f"{path}.includes_energy", what, hint=hint)


def _chances(portfolio: Portfolio) -> Iterator[Fault]:
    scenarios = portfolio.uncertainty.scenarios
    total = sum(scenario.probability_share for scenario in scenarios)
    if scenarios and abs(total - 1) > ROUNDING_SHARE:
        what = "the chances of the named scenarios add up to 1"
        yield fault("OTK-C282", "uncertainty.scenarios", what, got=f"{total:.6g}")


def _limits(portfolio: Portfolio) -> Iterator[Fault]:
    parties = {party.id for party in portfolio.parties}
    groups = {party.group for party in portfolio.parties if party.group}
    for name in portfolio.limits.seller_share:
        if name not in parties | groups:
            hint = did_you_mean(name, parties | groups)
            path = f"limits.seller_share.{name}"
            yield fault("OTK-C290", path, "no such party or group", got=f"'{name}'", hint=hint)
    vendors = {kind.vendor for kind in portfolio.accelerators}
    vendors |= {party.id for party in portfolio.parties if Role.VENDOR in party.roles}
    for name in portfolio.limits.vendor_share:
        if name not in vendors:
            hint = did_you_mean(name, vendors)
            path = f"limits.vendor_share.{name}"
            yield fault("OTK-C290", path, "no such vendor", got=f"'{name}'", hint=hint)
    for year in portfolio.limits.carbon_t_co2:
        if not is_year(year):
            path = f"limits.carbon_t_co2.{year}"
            hint = 'a year is written like "2027"'
            yield fault("OTK-C291", path, "not a calendar year", got=f"'{year}'", hint=hint)


CHECKS = (
    Check(
        name="currency",
        about="Contracts the lab buys by are in USD, the currency of the plan.",
        level=Level.WARNING,
        codes={"OTK-C280": "A contract of the lab is in another currency."},
        look=_currencies,
    ),
    Check(
        name="prices",
        about="Nothing is free: every offer has the prices its tenure is paid by.",
        level=Level.WARNING,
        codes={"OTK-C281": "An offer lacks the price of its tenure, or has one of another."},
        look=_prices,
    ),
    Check(
        name="probabilities",
        about="The chances of the named scenarios add up to 1.",
        level=Level.ERROR,
        codes={"OTK-C282": "Chances do not add up to 1."},
        look=_chances,
    ),
    Check(
        name="limits",
        about="Limits name parties, groups, vendors and years that exist.",
        level=Level.ERROR,
        codes={
            "OTK-C290": "A limit on a party, group or vendor that does not exist.",
            "OTK-C291": "A limit on something that is no calendar year.",
        },
        look=_limits,
    ),
)
