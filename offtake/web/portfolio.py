"""Portfolio: what is signed, how it is held, what of it serves, on any day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import FastAPI, Query, Request, Response

from offtake.draw import holdings as held
from offtake.draw import map as sitemap
from offtake.draw import numbers, words
from offtake.draw.holdings import Holding, Tranched
from offtake.draw.tables import Table
from offtake.model.contract import Tenure
from offtake.model.period import Quarter
from offtake.model.portfolio import Portfolio
from offtake.web import adding, data, frame, pictures
from offtake.web.sources import Everything, Shown, TheWorld, world_of

router = frame.router()
Day = Annotated[date | None, Query()]
_ADDRESS = "/portfolio/data/{key}.{form}"


@dataclass(frozen=True, slots=True)
class Tile:
    """How much is held in one way."""

    tenure: str
    power: numbers.Shown
    note: str
    late: str
    """What of it is late, in words; empty is nothing."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A day on the slider."""

    day: date
    text: str
    here: bool


@router.get("/portfolio")
def portfolio(request: Request, _who: Everything, world: TheWorld, as_of: Day = None) -> Response:
    """Show contracts, tranches and sites as they stand on a day."""
    if world is None:
        return frame.page(request, "portfolio-none.html", title="Portfolio")
    known = world.document.portfolio
    day = as_of or known.as_of
    holdings = held.of_portfolio(known, day)
    address = f"{_ADDRESS}?as_of={day}"
    return frame.page(
        request,
        "portfolio.html",
        title="Portfolio",
        as_of=words.day(day),
        it=known,
        world=world,
        day=day,
        stops=list(stops(known, day)),
        tiles=list(tiles(holdings, exactness(held.tranches(known, day)))),
        tenures=[t.value for t in Tenure if any(h.tenure is t and h.held_it_mw for h in holdings)],
        pictures=_map(request.app, world, day, holdings),
        tables=_tables(known, day),
        address=address,
        links=pictures.links,
        words=words,
    )


def prepare(app: FastAPI) -> Iterator[None]:
    """Read the world and draw its map, so that whoever asks first need not wait.

    Raises:
        OfftakeError: the world cannot be read, or has faults.
    """
    world = world_of(app)
    yield
    if world is not None:
        known = world.document.portfolio
        _map(app, world, known.as_of, held.of_portfolio(known, known.as_of))


def _map(
    app: FastAPI, world: Shown, day: date, holdings: tuple[Holding, ...]
) -> list[pictures.Picture]:
    address = f"{_ADDRESS}?as_of={day}"
    return pictures.shown(app, f"{world.key}:{day}", holdings, [sitemap.figure(holdings)], address)


@router.get("/portfolio/data/{key}.{form}")
def portfolio_data(
    key: str, form: str, _who: Everything, world: TheWorld, as_of: Day = None
) -> Response:
    """Give the numbers of one of its figures or tables."""
    known = _known(world)
    day = as_of or known.as_of
    made = {**_tables(known, day), "map": held.table(held.of_portfolio(known, day))}
    return data.as_file(pictures.chosen(made, key, "/portfolio"), form, f"{key}-{day}")


def _known(world: Shown | None) -> Portfolio:
    if world is None:
        raise pictures.nothing("/portfolio")
    return world.document.portfolio


def exactness(found: Sequence[Tranched]) -> int:
    """Give the decimals at which tranches add up to what the tiles say of them."""
    known = [each for each in found if each.power_it_mw]
    mine = [[each for each in known if each.contract.tenure is tenure] for tenure in Tenure]
    groups = [
        [each.power_it_mw or 0.0 for each in some if counts(each)]
        for some in mine
        for counts in (_any, _serving, _late)
    ]
    smallest = min((each.power_it_mw or 0.0 for each in known), default=0.0)
    return adding.decimals(groups, _least(smallest))


def _any(_each: Tranched) -> bool:
    return True


def _serving(each: Tranched) -> bool:
    return each.accepted


def _late(each: Tranched) -> bool:
    return each.late


def _least(power_it_mw: float) -> int:
    """Give the decimals that the smallest of several powers is told in."""
    return len(numbers.power(power_it_mw).number.partition(".")[2])


def tiles(holdings: Sequence[Holding], many: int) -> Iterator[Tile]:
    """Give how much is held in each way, and what of it serves, with as many decimals."""
    for tenure in Tenure:
        mine = [h for h in holdings if h.tenure is tenure and h.held_it_mw > 0]
        if not mine:
            continue
        serving, late = sum(h.serving_it_mw for h in mine), sum(h.late_it_mw for h in mine)
        told = f"{_power(late, many)} late" if late else ""
        whole = _power(sum(h.held_it_mw for h in mine), many)
        yield Tile(tenure.value, whole, f"{_power(serving, many)} in service", told)


def _power(power_it_mw: float, many: int) -> numbers.Shown:
    return numbers.Shown(adding.written(power_it_mw, many), "MW IT")


def stops(portfolio: Portfolio, day: date) -> Iterator[Stop]:
    """Give the days of the slider: the world's own, and the first of quarters around it."""
    own = portfolio.as_of
    yield Stop(own, f"the world's day, {words.day(own)}", day == own)
    first = Quarter.of(own) + -2
    for step in range(11):
        quarter = first + step
        yield Stop(quarter.first_day, str(quarter), day == quarter.first_day)


def _tables(portfolio: Portfolio, day: date) -> dict[str, Table]:
    return {
        "contracts": _contracts(portfolio, day),
        "tranches": _tranches(held.tranches(portfolio, day), day),
        "offers": _offers(portfolio),
    }


def _contracts(portfolio: Portfolio, day: date) -> Table:
    """Give the contracts signed by a day, those of the whole chain, each with its links."""
    rows = tuple(
        (
            words.plain(contract.id),
            words.plain(contract.name) or numbers.NOTHING,
            words.plain(contract.seller),
            words.plain(contract.buyer),
            contract.tenure.value,
            words.day(contract.signed),
            words.listed(contract.upstream) or numbers.NOTHING,
            f"{len(contract.tranches)}",
        )
        for contract in portfolio.contracts
        if contract.signed is None or contract.signed <= day
    )
    return Table(
        caption=f"Contracts signed by {words.day(day)}, all links of the chains, as written",
        head=("Contract", "Name", "Seller", "Buyer", "Held", "Signed", "Upstream", "Tranches"),
        rows=rows,
        texts=frozenset({0, 1, 2, 3, 4, 5, 6}),
    )


def _tranches(found: Sequence[Tranched], day: date) -> Table:
    many = exactness(found)
    rows = tuple(
        (
            f"{words.plain(each.contract.id)}/{words.plain(each.tranche.id)}",
            words.plain(each.tranche.site),
            each.contract.tenure.value,
            "in service" if each.accepted else "late" if each.late else "to come",
            numbers.NOTHING if each.power_it_mw is None else adding.written(each.power_it_mw, many),
            words.plain(each.tranche.accelerator or "") or numbers.NOTHING,
            numbers.count(each.tranche.accelerator_count)
            if each.tranche.accelerator_count is not None
            else numbers.NOTHING,
            words.day(each.tranche.due),
            words.day(each.tranche.accepted if each.accepted else None),
        )
        for each in sorted(found, key=lambda t: (t.tranche.due, t.contract.id, t.tranche.id))
    )
    return Table(
        caption=f"Tranches the lab and its vehicles hold on {words.day(day)}; MW IT as written",
        head=(
            *("Tranche", "Site", "Held", "State", "MW IT"),
            *("Accelerator", "Accelerators", "Due", "Accepted"),
        ),
        rows=rows,
        texts=frozenset({0, 1, 2, 3, 5, 7, 8}),
    )


def _offers(portfolio: Portfolio) -> Table:
    rows = tuple(
        (
            words.plain(offer.name) or words.plain(offer.id),
            words.plain(offer.site),
            offer.tenure.value,
            words.plain(offer.seller),
            numbers.power(offer.power_it_mw).number,
            words.plain(offer.accelerator),
        )
        for offer in portfolio.offers
    )
    return Table(
        caption="Offers: what may be signed, MW IT as written",
        head=("Offer", "Site", "Held", "Seller", "MW IT", "Accelerator"),
        rows=rows,
        texts=frozenset({0, 1, 2, 3, 5}),
    )
