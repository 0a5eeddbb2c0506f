"""Levers: inputs that can be turned, each as a factor on what the portfolio says.

A lever changes the portfolio itself, so a turned portfolio is checked, drawn and planned
like any other, and could be written to a file. Scenarios are drawn anew from the same
seed: what the lever does not touch stays as it was, number by number.

The ranges are assumptions, said as such in `basis`; give others to fit a case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from offtake.errors import Exit, Fault, OfftakeError, Where, did_you_mean
from offtake.model.contract import Offer, Tenure
from offtake.model.portfolio import Portfolio
from offtake.model.power import PowerSupply
from offtake.model.what_if import Lever
from offtake.plan.study.words import percent

Turn = Callable[[Portfolio, float], Portfolio]
DISCOUNT = "discount-rate"
WIDER = 0.8, 1.25
"""A fifth down, or as much up in proportion."""


@dataclass(frozen=True, slots=True)
class Handle:
    """A lever with what it does."""

    lever: Lever
    turn: Turn

    def shown(self, portfolio: Portfolio, ratio: float) -> str:
        """Say in words what a factor means for this input."""
        return shown(self.lever.id, portfolio, ratio)

    def reached(self, portfolio: Portfolio, ratio: float) -> str:
        """Say in words from where on something holds: `more than 23 % higher`."""
        if self.lever.id == DISCOUNT:
            way = "above" if ratio > 1 else "below"
            return f"{way} {self.shown(portfolio, ratio)}"
        way = "higher" if ratio > 1 else "lower"
        return f"more than {percent(abs(ratio - 1))} {way}"


def levers(
    portfolio: Portfolio, ranges: Mapping[str, tuple[float, float]] | None = None
) -> tuple[list[Handle], list[str]]:
    """List the levers of a portfolio, and those that would change nothing in it.

    Args:
        portfolio: what is turned.
        ranges: low and high factor by lever, instead of the assumed ones.

    Raises:
        OfftakeError: a range of no lever, or one that does not hold 1 (`OTK-P100`).
    """
    given = dict(ranges or {})
    _check(given)
    found, idle = [], []
    for ident, (name, (low, high), turn) in _LEVERS.items():
        if turn(portfolio, 2.0) == portfolio:
            idle.append(f"{name}: the portfolio has none to turn.")
            continue
        stated = ident in given
        low, high = given.get(ident, (low, high))
        lever = Lever(
            id=ident,
            name=name,
            low_ratio=low,
            high_ratio=high,
            low_shown=shown(ident, portfolio, low),
            high_shown=shown(ident, portfolio, high),
            basis="given by the user" if stated else "assumed: no measured range is known",
        )
        found.append(Handle(lever, turn))
    return found, idle


def _check(given: Mapping[str, tuple[float, float]]) -> None:
    faults = []
    for name, (low, high) in given.items():
        if name not in _LEVERS:
            faults.append(_wrong(name, "there is no such lever", name, did_you_mean(name, _LEVERS)))
        elif not 0 < low <= 1 <= high or low == high:
            what = "a range runs from a factor above 0, at most 1, to one of at least 1"
            faults.append(_wrong(name, what, f"{low:g}…{high:g}", None))
    if faults:
        raise OfftakeError(faults, exit=Exit.USAGE)


def _wrong(name: str, what: str, got: str, hint: str | None) -> Fault:
    return Fault(code="OTK-P100", what=what, where=Where(path=f"levers.{name}"), got=got, hint=hint)


def shown(ident: str, portfolio: Portfolio, ratio: float) -> str:
    """Say in words what a factor on an input means: `10.0 % a year`, `a quarter higher`."""
    if ident == DISCOUNT:
        return f"{portfolio.capital.discount_share_per_year * ratio * 100:.3g} % a year"
    change = ratio - 1
    return "as it is" if change == 0 else f"{'+' if change > 0 else '−'}{percent(abs(change))}"


# ------------------------------------------------------------------ what each lever does


def _demand(portfolio: Portfolio, ratio: float) -> Portfolio:
    demand = portfolio.demand
    asked = tuple(
        replace(i, median_h100e={q: v * ratio for q, v in i.median_h100e.items()})
        for i in demand.inference
    )
    jobs = tuple(replace(j, size_h100e_hours=j.size_h100e_hours * ratio) for j in demand.training)
    return replace(portfolio, demand=replace(demand, inference=asked, training=jobs))


def _revenue(portfolio: Portfolio, ratio: float) -> Portfolio:
    demand = portfolio.demand
    asked = tuple(
        replace(
            i,
            revenue_usd_per_h100e_hour={
                q: v * ratio for q, v in i.revenue_usd_per_h100e_hour.items()
            },
        )
        for i in demand.inference
    )
    jobs = tuple(
        replace(j, value_usd_per_h100e_hour=j.value_usd_per_h100e_hour * ratio)
        for j in demand.training
    )
    return replace(portfolio, demand=replace(demand, inference=asked, training=jobs))


def _unserved(portfolio: Portfolio, ratio: float) -> Portfolio:
    demand = portfolio.demand
    asked = tuple(
        replace(i, unserved_usd_per_h100e_hour=i.unserved_usd_per_h100e_hour * ratio)
        for i in demand.inference
    )
    jobs = tuple(
        replace(j, unserved_usd_per_h100e_hour=j.unserved_usd_per_h100e_hour * ratio)
        for j in demand.training
    )
    return replace(portfolio, demand=replace(demand, inference=asked, training=jobs))


def _delay(portfolio: Portfolio, ratio: float) -> Portfolio:
    uncertain = portfolio.uncertainty
    delays = tuple(
        replace(d, median_days=d.median_days * ratio if d.late_share > 0 else d.median_days)
        for d in uncertain.delays
    )
    return replace(portfolio, uncertainty=replace(uncertain, delays=delays))


def _hourly_price(portfolio: Portfolio, ratio: float) -> Portfolio:
    return _priced(portfolio, ratio, (Tenure.RENT, Tenure.SPOT))


def _lease_price(portfolio: Portfolio, ratio: float) -> Portfolio:
    return _priced(portfolio, ratio, (Tenure.LEASE, Tenure.RESERVE))


def _priced(portfolio: Portfolio, ratio: float, tenures: tuple[Tenure, ...]) -> Portfolio:
    def turned(offer: Offer) -> Offer:
        if offer.tenure not in tenures:
            return offer
        price = offer.price
        return replace(offer, price=replace(price, usd_per_gpu_hour=price.usd_per_gpu_hour * ratio))

    return replace(portfolio, offers=tuple(turned(o) for o in portfolio.offers))


def _own_capex(portfolio: Portfolio, ratio: float) -> Portfolio:
    def turned(offer: Offer) -> Offer:
        price = offer.price
        capex = price.capex_usd_per_it_mw * ratio
        return replace(offer, price=replace(price, capex_usd_per_it_mw=capex))

    return replace(portfolio, offers=tuple(turned(o) for o in portfolio.offers))


def _accelerator_price(portfolio: Portfolio, ratio: float) -> Portfolio:
    # Of those an offer would buy: a price nobody pays changes nothing.
    bought = {o.accelerator for o in portfolio.offers if o.tenure is Tenure.OWN}
    kinds = tuple(
        replace(a, price_usd=a.price_usd * ratio)
        if a.id in bought and a.price_usd is not None
        else a
        for a in portfolio.accelerators
    )
    return replace(portfolio, accelerators=kinds)


def _electricity(portfolio: Portfolio, ratio: float) -> Portfolio:
    def turned(supply: PowerSupply) -> PowerSupply:
        fuel = supply.fuel_usd_per_mmbtu
        return replace(
            supply,
            price_usd_per_mwh=supply.price_usd_per_mwh * ratio,
            fuel_usd_per_mmbtu=None if fuel is None else fuel * ratio,
        )

    sites = tuple(
        replace(
            site,
            supplies=tuple(turned(s) for s in site.supplies),
            power_options=tuple(
                replace(option, supplies=tuple(turned(s) for s in option.supplies))
                for option in site.power_options
            ),
        )
        for site in portfolio.sites
    )
    return replace(portfolio, sites=sites)


def _discount(portfolio: Portfolio, ratio: float) -> Portfolio:
    capital = portfolio.capital
    rate = capital.discount_share_per_year * ratio
    return replace(portfolio, capital=replace(capital, discount_share_per_year=rate))


def _goodput(portfolio: Portfolio, ratio: float) -> Portfolio:
    return replace(
        portfolio,
        contracts=tuple(
            replace(c, goodput_ratio=c.goodput_ratio * ratio) for c in portfolio.contracts
        ),
        offers=tuple(replace(o, goodput_ratio=o.goodput_ratio * ratio) for o in portfolio.offers),
    )


_LEVERS: dict[str, tuple[str, tuple[float, float], Turn]] = {
    "demand": ("Demand", WIDER, _demand),
    "revenue": ("Revenue and worth of work done", WIDER, _revenue),
    "unserved": ("Cost of work not served", (0.5, 2.0), _unserved),
    "delay": ("Days of delay", (0.5, 2.0), _delay),
    "rental-price": ("Price of rent and spot", WIDER, _hourly_price),
    "lease-price": ("Price of leases and reservations", WIDER, _lease_price),
    "own-capex": ("Capital expenditure of own sites", WIDER, _own_capex),
    "accelerator-price": ("Price of accelerators bought", WIDER, _accelerator_price),
    "electricity-price": ("Price of electricity", WIDER, _electricity),
    DISCOUNT: ("Discount rate", (0.75, 1.25), _discount),
    "goodput": ("Work done by what is in service", (0.9, 1.1), _goodput),
}
"""Name, assumed range and effect of every lever, by short name."""
LEVERS = tuple(_LEVERS)
"""Short names of all levers."""
