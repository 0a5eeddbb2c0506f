"""Supply: contracts and offers as the program sees them, one MW of IT at a time.

A `Source` is something that delivers accelerators of one type at one site at one price:
a tranche that was signed, or an offer signed in one given quarter. Sources that differ
in nothing a user of the capacity would notice share a `Pool`; work is placed on pools.

Money is in million USD, power in MW of IT, time in quarters since the first of the plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt

from offtake.model.accelerator import Accelerator
from offtake.model.contract import Offer, Tenure
from offtake.model.period import HOURS_PER_QUARTER, quarters_since
from offtake.model.portfolio import Portfolio
from offtake.model.site import Site
from offtake.plan.pricing import Terms, contract_terms, offer_terms
from offtake.plan.stacks import Power, compile_power

Floats = npt.NDArray[np.float64]

DAYS_PER_QUARTER = 365.0 / 4
TWO_BASES = (
    "Carbon is stated at the stack for some sites and over the life cycle for others: "
    "its sum means nothing."
)
FOREVER = 10_000.0
"""Quarters of a term that never ends inside any plan."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Capacity that work cannot tell apart: one site, one accelerator, one price of use."""

    site: Site
    accelerator: Accelerator
    buys_energy: bool
    """Whether the lab pays for the electricity used."""
    markup_share: float
    """Fee on electricity handed on."""
    use_m_usd: float
    """Price of using one MW for a quarter, beyond what is paid anyway."""

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two pools the same."""
        return (
            self.site.id,
            self.accelerator.id,
            self.buys_energy,
            round(self.markup_share, 9),
            round(self.use_m_usd, 9),
        )

    @property
    def accelerators_per_mw(self) -> float:
        """Accelerators one MW of IT feeds."""
        return 1e3 / self.accelerator.power_it_kw


@dataclass(frozen=True, slots=True)
class Source:
    """What one signature brings, and when, if nothing is late."""

    id: str
    """`contract/tranche`, or the offer's name."""
    path: str
    """Entry of the portfolio."""
    name: str
    tenure: Tenure
    seller: str
    pool: int
    """Index into the pools."""
    power_it_mw: float
    """Signed power, or the most that can be signed."""
    start: float
    """Quarter of first service; for an offer, counted from its signing."""
    ramp: float
    term: float
    terms: Terms
    availability: float
    """Share of the power that does the work asked for while the site is up."""
    delay: str | None
    facility_ratio: float = 1.0
    """Peak facility power over IT power: its phase's where stated, else its site's."""
    already_days: float = 0.0
    """How late it is known to be by now."""
    accepted: bool = False
    market_ratio: float = 1.0
    """Rental price over its path in the first quarter: what a quoted price was quoted at."""
    due: date | None = None
    signed: date | None = None


@dataclass(frozen=True, slots=True)
class Supply:
    """All sources of a portfolio and the pools they fill."""

    pools: tuple[Pool, ...]
    committed: tuple[Source, ...]
    """Signed before the plan, bought by the lab or its vehicles."""
    offered: tuple[Source, ...]
    """May be signed ahead: own, lease, reserve."""
    hourly: tuple[Source, ...]
    """May be taken when the time comes: rent, spot."""
    offers: tuple[Offer, ...]
    """The offers of `offered`, in the same order."""
    hourly_offers: tuple[Offer, ...]
    power: Power
    """What may power sites that have a stack."""
    remarks: tuple[str, ...] = field(default=())
    """What was simplified, in sentences."""


def facility_ratio(site: Site, phase: str | None) -> float:
    """Give the peak facility power over IT power of a phase, or of its site."""
    for part in site.phases:
        if part.id == phase and part.power_facility_mw is not None and part.power_it_mw > 0:
            return part.power_facility_mw / part.power_it_mw
    return site.peak_ratio


@dataclass(slots=True)
class _Pools:
    found: dict[tuple[object, ...], int] = field(default_factory=dict)
    pools: list[Pool] = field(default_factory=list)

    def place(self, pool: Pool) -> int:
        if pool.key not in self.found:
            self.found[pool.key] = len(self.pools)
            self.pools.append(pool)
        return self.found[pool.key]


def compile_supply(portfolio: Portfolio) -> Supply:
    """Read all contracts and offers of a portfolio as sources and pools.

    Raises:
        OfftakeError: a contract has a price the planner cannot use (see `pricing`).
    """
    sites = {s.id: s for s in portfolio.sites}
    accelerators = {a.id: a for a in portfolio.accelerators}
    pools = _Pools()
    remarks: dict[str, None] = {}
    committed = tuple(_committed(portfolio, sites, accelerators, pools, remarks))
    ahead = [o for o in portfolio.offers if not o.tenure.is_hourly]
    hourly = [o for o in portfolio.offers if o.tenure.is_hourly]

    def source(offer: Offer) -> Source:
        terms = offer_terms(offer, accelerators[offer.accelerator], portfolio.horizon, remarks)
        return _offer_source(portfolio, offer, terms, sites, accelerators, pools)

    if portfolio.carbon_basis is None:
        remarks[TWO_BASES] = None
    offered = tuple(source(o) for o in ahead)
    rented = tuple(source(o) for o in hourly)
    return Supply(
        pools=tuple(pools.pools),
        committed=committed,
        offered=offered,
        hourly=rented,
        offers=tuple(ahead),
        hourly_offers=tuple(hourly),
        power=compile_power(portfolio, [_payer(pool) for pool in pools.pools]),
        remarks=tuple(remarks),
    )


def _payer(pool: Pool) -> tuple[str, float]:
    """Give a pool's site, and what the lab pays over what its energy costs."""
    return pool.site.id, 1 + pool.markup_share if pool.buys_energy else 0.0


def _offer_source(
    portfolio: Portfolio,
    offer: Offer,
    terms: Terms,
    sites: Mapping[str, Site],
    accelerators: Mapping[str, Accelerator],
    pools: _Pools,
) -> Source:
    use = 0.0 if offer.tenure.is_hourly else terms.use_m_usd
    pool = Pool(
        site=sites[offer.site],
        accelerator=accelerators[offer.accelerator],
        buys_energy=terms.buys_energy,
        markup_share=terms.markup_share,
        use_m_usd=use,
    )
    lasts = offer.term_quarters
    if lasts is None and offer.tenure is Tenure.OWN:
        lasts = round(accelerators[offer.accelerator].life_years * 4)
    return Source(
        id=offer.id,
        path=f"offers.{offer.id}",
        name=offer.name or offer.id,
        tenure=offer.tenure,
        seller=offer.seller,
        pool=pools.place(pool),
        power_it_mw=float(offer.power_it_mw),
        start=float(offer.lead_quarters),
        ramp=float(offer.ramp_quarters),
        term=FOREVER if lasts is None else float(lasts),
        terms=terms,
        availability=offer.availability_share * offer.goodput_ratio,
        delay=offer.delay or portfolio.uncertainty.default_delay,
        facility_ratio=facility_ratio(pool.site, offer.phase),
        market_ratio=portfolio.uncertainty.rental_price.start_ratio,
    )


def _committed(
    portfolio: Portfolio,
    sites: Mapping[str, Site],
    accelerators: Mapping[str, Accelerator],
    pools: _Pools,
    remarks: dict[str, None],
) -> Iterator[Source]:
    buyers = {portfolio.lab} | {v.party for v in portfolio.capital.vehicles}
    first = portfolio.horizon.first
    for contract in portfolio.contracts:
        if contract.buyer not in buyers:
            continue
        for tranche in contract.tranches:
            terms = contract_terms(contract, tranche, accelerators, first, remarks)
            kind = accelerators[str(tranche.accelerator)]
            pool = Pool(
                site=sites[tranche.site],
                accelerator=kind,
                buys_energy=terms.buys_energy,
                markup_share=terms.markup_share,
                use_m_usd=terms.use_m_usd,
            )
            since = tranche.accepted or tranche.due
            yield Source(
                id=f"{contract.id}/{tranche.id}",
                path=f"contracts.{contract.id}.tranches.{tranche.id}",
                name=f"{contract.name or contract.id}, {tranche.id}",
                tenure=contract.tenure,
                seller=contract.seller,
                pool=pools.place(pool),
                power_it_mw=terms.power_it_mw,
                start=quarters_since(first, since),
                ramp=0.0 if tranche.accepted else float(tranche.ramp_quarters),
                term=tranche.term_months / 3,
                terms=terms,
                availability=contract.availability_share * contract.goodput_ratio,
                delay=contract.delay or portfolio.uncertainty.default_delay,
                facility_ratio=facility_ratio(pool.site, tranche.phase),
                already_days=float(max((portfolio.as_of - tranche.due).days, 0)),
                accepted=tranche.accepted is not None,
                due=tranche.due,
                signed=contract.signed,
            )


def in_service(start: Floats, ramp: float, term: float, periods: int) -> Floats:
    """Give the mean share of a source in service in each quarter, [..., T].

    A source begins at `start` (quarters), grows evenly over `ramp` quarters and ends
    `term` quarters after it began; the share of a quarter is the exact integral:

        1 |        ________________
          |      /                 |
        0 |_____/                  |______
              start  start+ramp  start+term
    """
    edges = np.arange(periods + 1, dtype=float)
    begun = np.asarray(start, float)[..., np.newaxis]
    return np.diff(_grown(edges - begun, ramp, term), axis=-1)


def _grown(age: Floats, ramp: float, term: float) -> Floats:
    """Integrate the share in service from the start to `age` quarters after it."""
    lived = np.clip(age, 0.0, term)
    if ramp <= 0:
        return lived
    rising = np.minimum(lived, ramp)
    return rising**2 / (2 * ramp) + np.maximum(lived - ramp, 0.0)


def hours(power_mw: float, accelerators_per_mw: float) -> float:
    """Count the accelerator-hours of a power over one quarter."""
    return power_mw * accelerators_per_mw * HOURS_PER_QUARTER
