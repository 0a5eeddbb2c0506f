"""Prices of an accelerator-hour from the catalogue, from the cheapest up, and what owning is.

A contract's price is its total over accelerators, years and hours (`amount / (years · count ·
8760)`), where it tells all of them; it holds for capacity that is paid for whether used or
not. Lists nobody needs to pay are shown, and never taken for the market.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from statistics import median

from offtake import catalogue
from offtake.capital.compare import Question
from offtake.capital.levelised import HOURS_PER_YEAR
from offtake.catalogue.dates import PartialDate
from offtake.errors import Fault, OfftakeError, Where

LEASE, RENT = "lease", "rent"
_MARKET = ("on-demand", "on-demand market", "on-demand SXM")
"""Products that anybody may rent by the hour."""
_SERVERS = "it_capex_usd_per_it_mw"
_SHELL = "construction_capex_usd_per_it_mw"
_RUNNING = "opex_usd_per_it_mw_year"
_CAPITAL = "implied_wacc_share_per_year"
_HELD = ("contract", "reserved")
"""Words of products that are paid for whether used or not."""
DAYS_PER_YEAR = 366
PUBLISHED = {
    3: "ownership_1gw_life3_usd_per_year",
    5: "ownership_1gw_life5_usd_per_year",
    7: "ownership_1gw_life7_usd_per_year",
}
"""What others published a gigawatt costs a year, by the life of servers in years."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One price of the ladder."""

    usd_per_gpu_hour: float
    kind: str
    """`lease` or `rent`."""
    who: str
    accelerator: str
    what: str
    """The product, or how the price was worked out."""
    observed: str
    known_from: date
    quality: str
    source: str


@dataclass(frozen=True, slots=True)
class Given:
    """What the asker says; None takes the catalogue's."""

    servers_usd: float | None = None
    lease_usd_per_gpu_hour: float | None = None
    rent_usd_per_gpu_hour: float | None = None
    discount_share_per_year: float | None = None


def rungs(accelerator: str | None = None, as_of: date | None = None) -> tuple[Rung, ...]:
    """Give the prices known on a day, the cheapest first.

    Args:
        accelerator: Only this one; None is all.
        as_of: The day whose knowledge counts; None is all of it.
    """
    found = [*_rented(as_of), *_leased(as_of)]
    kept = (rung for rung in found if accelerator in (None, rung.accelerator))
    return tuple(sorted(kept, key=lambda rung: (rung.usd_per_gpu_hour, rung.who)))


def _rented(as_of: date | None) -> Iterator[Rung]:
    for row in catalogue.rental_prices(as_of):
        yield Rung(
            usd_per_gpu_hour=row.price_usd_per_gpu_hour,
            kind=LEASE if any(word in row.product for word in _HELD) else RENT,
            who=row.provider,
            accelerator=row.accelerator,
            what=row.product,
            observed=str(row.observed),
            known_from=row.known_from,
            quality=row.quality,
            source=row.source,
        )


def _leased(as_of: date | None) -> Iterator[Rung]:
    for row in catalogue.contracts(as_of):
        amount, years, count = row.amount_usd, row.term_years, row.accelerators_count
        if amount and years and count and row.accelerator:
            yield Rung(
                usd_per_gpu_hour=amount / (years * count * HOURS_PER_YEAR),
                kind=LEASE,
                who=f"{row.seller} to {row.buyer}",
                accelerator=row.accelerator,
                what=f"{amount / 1e9:g} B USD, {years:g} years, {count:,} accelerators",
                observed=str(row.signed),
                known_from=row.known_from,
                quality="derived",
                source=row.source,
            )


def price(accelerator: str, kind: str, as_of: date | None = None) -> float | None:
    """Give the median of the last 12 months of a ladder; None where no price is known.

    The months end with the last observation; of what is rented, spot and lists do not count.
    """
    found = [
        rung
        for rung in rungs(accelerator, as_of)
        if rung.kind == kind and (kind == LEASE or rung.what in _MARKET)
    ]
    if not found:
        return None
    last = max(_day(rung) for rung in found)
    recent = [r.usd_per_gpu_hour for r in found if (last - _day(r)).days < DAYS_PER_YEAR]
    return median(recent)


def _day(rung: Rung) -> date:
    return PartialDate.parse(rung.observed).last


def question(accelerator: str, given: Given, as_of: date | None = None) -> Question:
    """Fill a question in from the catalogue: servers, shell and running cost by power.

    Raises:
        OfftakeError: the accelerator or a cost was not known then (`OTK-K203`), or its power
            or speed is not (`OTK-C032`).
    """
    kind = catalogue.accelerator(accelerator, as_of)
    power, speed = kind.power_it_kw, kind.bf16_dense_tflops
    if power is None or speed is None:
        lacks = "power at the servers" if power is None else "dense BF16 speed"
        what = f"the catalogue does not tell its {lacks}"
        where = Where(path=f"accelerators.{accelerator}")
        hint = "name another accelerator, or a later --as-of"
        raise OfftakeError(Fault(code="OTK-C032", what=what, where=where, hint=hint))

    def cost(name: str) -> float:
        return catalogue.build_cost(name, as_of).value

    by_power = power / 1e3
    servers = given.servers_usd
    rate = given.discount_share_per_year
    lease, rent = given.lease_usd_per_gpu_hour, given.rent_usd_per_gpu_hour
    return Question(
        accelerator=accelerator,
        power_it_kw=power,
        speed_tflops=speed,
        servers_usd=cost(_SERVERS) * by_power if servers is None else servers,
        shell_usd=cost(_SHELL) * by_power,
        running_usd_per_year=cost(_RUNNING) * by_power,
        discount_share_per_year=cost(_CAPITAL) if rate is None else rate,
        lease_usd_per_gpu_hour=price(accelerator, LEASE, as_of) if lease is None else lease,
        rent_usd_per_gpu_hour=price(accelerator, RENT, as_of) if rent is None else rent,
    )


def published(as_of: date | None = None) -> dict[int, tuple[float, str, date]]:
    """Give what was published a gigawatt costs a year: USD, source and day, by servers' life."""
    rows = {row.parameter: row for row in catalogue.build_costs(as_of)}
    return {
        years: (rows[name].value, rows[name].source, rows[name].known_from)
        for years, name in PUBLISHED.items()
        if name in rows
    }
