"""What there is, what was known of it on a day, and one thing by its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TypeVar

from offtake.catalogue.delay import Delay, delays
from offtake.catalogue.facts import QUALITIES, Fact
from offtake.catalogue.figures import BuildCost, Demand
from offtake.catalogue.grid import HourlyFile, Power
from offtake.catalogue.machines import Accelerator
from offtake.catalogue.market import Contract, RentalPrice
from offtake.catalogue.overruns import Overrun
from offtake.catalogue.places import Milestone, Site
from offtake.catalogue.vintages import known, newest
from offtake.errors import Exit, Fault, OfftakeError, did_you_mean

F = TypeVar("F", bound=Fact)

_KINDS: tuple[type[Fact], ...] = (
    *(Site, Contract, Accelerator, RentalPrice, Power, BuildCost, Milestone, Delay, Demand),
    *(Overrun, HourlyFile),
)
TABLES: Mapping[str, type[Fact]] = {kind.TABLE: kind for kind in _KINDS}
"""Every table by its name; `delays` is computed from `milestones`."""


def table(
    name: str,
    as_of: date | None = None,
    *,
    quality: str | None = None,
    history: bool = False,
) -> tuple[Fact, ...]:
    """Give the rows of a table by its name.

    Args:
        name: one of `TABLES`.
        as_of: the day whose knowledge is wanted; what became known later is left out. None
            for all that is known.
        quality: only rows of this quality.
        history: every vintage instead of the latest of each key.

    Raises:
        OfftakeError: no such table (`OTK-K201`) or quality (`OTK-K202`).
    """
    kind = TABLES.get(name)
    if kind is None:
        raise _unknown("OTK-K201", "no such table", name, TABLES)
    if quality is not None and quality not in QUALITIES:
        raise _unknown("OTK-K202", "no such quality", quality, QUALITIES)
    rows = delays(as_of) if kind is Delay else _rows(kind, as_of, history)
    return tuple(row for row in rows if quality in (None, row.quality))


def sites(as_of: date | None = None, *, history: bool = False) -> tuple[Site, ...]:
    """Give the site phases known on a day, each in its latest vintage (or in all of them)."""
    return _rows(Site, as_of, history)


def contracts(as_of: date | None = None, *, history: bool = False) -> tuple[Contract, ...]:
    """Give the contracts known on a day, each in its latest vintage (or in all of them)."""
    return _rows(Contract, as_of, history)


def accelerators(as_of: date | None = None) -> tuple[Accelerator, ...]:
    """Give the accelerators known on a day; power and price only where known by then."""
    return _rows(Accelerator, as_of)


def rental_prices(
    as_of: date | None = None,
    *,
    accelerator: str | None = None,
    provider: str | None = None,
    product: str | None = None,
) -> tuple[RentalPrice, ...]:
    """Give the observed prices known on a day, of one accelerator, provider or product."""
    wanted = {"accelerator": accelerator, "provider": provider, "product": product}
    return tuple(
        row
        for row in _rows(RentalPrice, as_of)
        if all(value in (None, getattr(row, name)) for name, value in wanted.items())
    )


def power(as_of: date | None = None) -> tuple[Power, ...]:
    """Give carbon and price of the grid zones and on-site plants known on a day."""
    return _rows(Power, as_of)


def build_costs(as_of: date | None = None) -> tuple[BuildCost, ...]:
    """Give the parameters of building known on a day; each row names its unit."""
    return _rows(BuildCost, as_of)


def milestones(as_of: date | None = None, *, history: bool = False) -> tuple[Milestone, ...]:
    """Give every milestone in the latest vintage known on a day (or in all of them)."""
    return _rows(Milestone, as_of, history)


def demand(as_of: date | None = None) -> tuple[Demand, ...]:
    """Give the observations, plans and trends of demand known on a day."""
    return _rows(Demand, as_of)


def site(id: str, as_of: date | None = None) -> Site:
    """Give one site phase as it was known on a day.

    Raises:
        OfftakeError: none of that name was known (`OTK-K203`).
    """
    return _one(sites(as_of), id)


def contract(id: str, as_of: date | None = None) -> Contract:
    """Give one contract as it was known on a day.

    Raises:
        OfftakeError: none of that name was known (`OTK-K203`).
    """
    return _one(contracts(as_of), id)


def accelerator(id: str, as_of: date | None = None) -> Accelerator:
    """Give one accelerator as it was known on a day.

    Raises:
        OfftakeError: none of that name was known (`OTK-K203`).
    """
    return _one(accelerators(as_of), id)


def power_zone(zone: str, as_of: date | None = None) -> Power:
    """Give carbon and price of one zone or kind of plant as known on a day.

    Raises:
        OfftakeError: none of that name was known (`OTK-K203`).
    """
    return _one(power(as_of), zone)


def build_cost(parameter: str, as_of: date | None = None) -> BuildCost:
    """Give one parameter of building as it was known on a day.

    Raises:
        OfftakeError: none of that name was known (`OTK-K203`).
    """
    return _one(build_costs(as_of), parameter)


def _rows(kind: type[F], as_of: date | None, history: bool = False) -> tuple[F, ...]:
    rows = known(kind, as_of)
    return rows if history else newest(rows)


def _one(rows: tuple[F, ...], name: str) -> F:
    for row in rows:
        if row.key == (name,):
            return row
    what = f"not among the {rows[0].TABLE} known on that day" if rows else "nothing was known then"
    raise _unknown("OTK-K203", what, name, [row.key[0] for row in rows])


def _unknown(code: str, what: str, got: str, names: Iterable[str]) -> OfftakeError:
    return OfftakeError(
        Fault(code=code, what=what, got=f"'{got}'", hint=did_you_mean(got, names)),
        exit=Exit.USAGE,
    )
