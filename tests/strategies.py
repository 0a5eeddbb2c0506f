"""Portfolios, plans and their parts for property tests, made from the model's own types.

`values(kind)` gives any value of a class, as wild as its fields allow; `portfolios()` any
portfolio; `sound_portfolios()` one that every check of level error lets pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast

from annotated_types import Ge, Gt, Le
from hypothesis import strategies as st

from offtake.files.shape import Shape, fields_of
from offtake.model import (
    Accelerator,
    Demand,
    Horizon,
    Inference,
    Offer,
    OfferPrice,
    Party,
    Phase,
    Portfolio,
    PowerKind,
    PowerSupply,
    Quarter,
    Region,
    Site,
    Tenure,
    TrainingJob,
    Workload,
)
from offtake.model.month import Month
from offtake.model.plan import Plan
from offtake.model.value import Bound, Value
from offtake.units import facility_mw, it_mw

WORDS = st.sampled_from(
    ["a", "narvik-b", "NO", "no", "on", "12", "1e3", "1_000", "x: y", "# x", "2026Q3", "", " a "]
)
TEXT = st.one_of(
    WORDS,
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.text(st.sampled_from("abc :#-'\"\\\n\t{}[],&*!|>%@`é☃𝄞"), max_size=60),
    st.lists(st.sampled_from(["word", "a", "longer-word", "-", ":", "#"]), max_size=40).map(
        " ".join
    ),
)
QUARTERS = st.builds(Quarter, st.integers(1970, 2200), st.integers(1, 4))
MONTHS = st.builds(Month, st.integers(1970, 2199), st.integers(1, 12))
MOMENTS = st.integers(31_536_000, 7_226_582_400).map(lambda s: datetime.fromtimestamp(s, UTC))
DAYS = st.dates(date(1000, 1, 1), date(9999, 12, 31))


def values(kind: type[Value]) -> st.SearchStrategy[Any]:
    """Any value of a class of the model, each field as its type allows."""

    def made(drawn: dict[str, Any]) -> Value:
        return kind(**drawn)

    known = fields_of(kind)
    required = {name: _of(field.shape) for name, field in known.items() if field.required}
    optional = {name: _of(field.shape) for name, field in known.items() if not field.required}
    return st.fixed_dictionaries(required, optional=optional).map(made)


def portfolios() -> st.SearchStrategy[Portfolio]:
    """Any portfolio: each field is right by itself, names need not meet."""
    return cast(st.SearchStrategy[Portfolio], values(Portfolio))


def plans() -> st.SearchStrategy[Plan]:
    """Any plan, as `portfolios`."""
    return cast(st.SearchStrategy[Plan], values(Plan))


def _of(shape: Shape) -> st.SearchStrategy[Any]:
    made = st.deferred(lambda: _LEAVES[shape.kind](shape))
    return st.one_of(st.none(), made) if shape.optional else made


def _within(bounds: tuple[Bound, ...], least: float, most: float) -> Mapping[str, Any]:
    """The limits of numbers as hypothesis takes them."""
    made: dict[str, Any] = {"min_value": least, "max_value": most}
    for bound in bounds:
        match bound:
            case Ge(ge):
                made["min_value"] = ge
            case Gt(gt):
                made |= {"min_value": gt, "exclude_min": True}
            case Le(le):
                made["max_value"] = le
            case _:
                raise AssertionError(bound)
    return made


def _numbers(shape: Shape) -> st.SearchStrategy[float]:
    return st.floats(**_within(shape.bounds, -1e12, 1e12), allow_nan=False)


def _wholes(shape: Shape) -> st.SearchStrategy[int]:
    limits = _within(shape.bounds, -(10**12), 10**12)
    return st.integers(limits["min_value"], limits["max_value"])


def _exacts(shape: Shape) -> st.SearchStrategy[Decimal]:
    limits = _within(shape.bounds, -(10**12), 10**12)
    made = st.decimals(limits["min_value"], limits["max_value"], allow_nan=False, places=6)
    return made.filter(lambda number: number != 0) if "exclude_min" in limits else made


def _lists(shape: Shape) -> st.SearchStrategy[Any]:
    assert shape.item is not None
    return st.lists(_of(shape.item), max_size=2).map(tuple)


def _maps(shape: Shape) -> st.SearchStrategy[Any]:
    assert shape.key is not None
    assert shape.item is not None
    keys = _of(shape.key).filter(lambda key: key != "")
    return st.dictionaries(keys, _of(shape.item), max_size=3)


_LEAVES: Mapping[str, Callable[[Shape], st.SearchStrategy[Any]]] = {
    "entry": lambda shape: values(cast(type[Value], shape.made)),
    "list": _lists,
    "map": _maps,
    "text": lambda shape: TEXT,
    "number": _numbers,
    "whole": _wholes,
    "exact": _exacts,
    "flag": lambda shape: st.booleans(),
    "day": lambda shape: DAYS,
    "quarter": lambda shape: QUARTERS,
    "month": lambda shape: MONTHS,
    "moment": lambda shape: MOMENTS,
    "choice": lambda shape: st.sampled_from(list(cast(Any, shape.made))),
}


@st.composite
def sound_portfolios(draw: st.DrawFn) -> Portfolio:
    """A small portfolio whose names meet and whose numbers add up; it can be planned."""
    first = Quarter(2026, 3)
    last = first + draw(st.integers(1, 5))
    sizes = st.floats(1, 200).map(lambda size: round(size, 1))
    kinds = tuple(
        Accelerator(
            id=name,
            vendor="vendor",
            power_it_kw=draw(st.floats(0.5, 4)),
            throughput_ratio={work: draw(st.floats(0.5, 6)) for work in Workload},
            price_usd=draw(st.floats(20_000, 150_000)),
        )
        for name in ("new", "old")
    )
    sites, offers = [], []
    for number in range(draw(st.integers(1, 3))):
        size = draw(sizes)
        clean = draw(st.floats(0.1, 0.9))
        grid = PowerSupply(
            kind=PowerKind.GRID,
            energy_share=1 - clean,
            price_usd_per_mwh=draw(st.floats(10, 120)),
            carbon_g_per_kwh=300,
        )
        sites.append(
            Site(
                id=f"site-{number}",
                name=f"Site {number}",
                country=draw(st.sampled_from(["NO", "US"])),
                region="here",
                power_facility_mw=facility_mw(size * 1.4),
                supplies=(
                    grid,
                    replace(grid, kind=PowerKind.WIND, energy_share=clean, clean=True),
                ),
                phases=(Phase(id="hall", power_it_mw=it_mw(size)),),
            )
        )
        offers.append(_offer(draw, number, size))
    return Portfolio(
        name="drawn",
        as_of=date(2026, 5, 23),
        lab="lab",
        horizon=Horizon(first=first, last=last),
        parties=tuple(Party(id=name, name=name) for name in ("lab", "vendor", "seller")),
        regions=(Region(id="here"),),
        sites=tuple(sites),
        accelerators=kinds,
        offers=tuple(offers),
        demand=_demand(draw, first, last),
    )


def _offer(draw: st.DrawFn, number: int, size: float) -> Offer:
    tenure = draw(st.sampled_from(list(Tenure)))
    own = tenure is Tenure.OWN
    return Offer(
        id=f"offer-{number}",
        tenure=tenure,
        seller="seller",
        site=f"site-{number}",
        phase=None if tenure.is_hourly else "hall",
        accelerator=draw(st.sampled_from(["new", "old"])),
        power_it_mw=it_mw(size),
        lead_quarters=0 if tenure.is_hourly else draw(st.integers(0, 3)),
        term_quarters=None if own or tenure.is_hourly else draw(st.integers(1, 20)),
        price=OfferPrice(
            capex_usd_per_it_mw=10e6 if own else 0.0,
            usd_per_gpu_hour=0.0 if own else draw(st.floats(1, 8)),
            includes_energy=not own,
        ),
    )


def _demand(draw: st.DrawFn, first: Quarter, last: Quarter) -> Demand:
    inference = Inference(
        id="chat",
        region="here",
        latency_ms=50,
        median_h100e={first: draw(st.floats(0, 5e4)), last: draw(st.floats(0, 5e4))},
        revenue_usd_per_h100e_hour={first: 3.0, last: draw(st.floats(0.5, 4))},
    )
    job = TrainingJob(
        id="run",
        size_h100e_hours=draw(st.floats(0, 1e8)),
        earliest=first,
        deadline=last,
        block_it_mw=it_mw(1),
        value_usd_per_h100e_hour=draw(st.floats(0, 4)),
    )
    return Demand(inference=(inference,), training=(job,))


@st.composite
def changes(draw: st.DrawFn, value: Value) -> Value:
    """The same value with one field somewhere inside it changed, added to or cut."""
    known = fields_of(type(value))
    name = draw(st.sampled_from(sorted(known)))
    held = getattr(value, name)
    if isinstance(held, Value) and draw(st.booleans()):
        return replace(value, **{name: draw(changes(held))})  # type: ignore[type-var]
    if isinstance(held, tuple) and held and draw(st.integers(0, 9)):
        return replace(value, **{name: draw(_list_changes(held, known[name].shape))})  # type: ignore[type-var]
    if isinstance(held, Mapping) and held and draw(st.booleans()):
        key = draw(st.sampled_from(sorted(held, key=str)))
        rest = {k: v for k, v in held.items() if k != key}
        return replace(value, **{name: rest})  # type: ignore[type-var]
    return replace(value, **{name: draw(_of(known[name].shape))})  # type: ignore[type-var]


@st.composite
def _list_changes(draw: st.DrawFn, held: tuple[Any, ...], shape: Shape) -> tuple[Any, ...]:
    assert shape.item is not None
    index = draw(st.integers(0, len(held) - 1))
    before, item, after = held[:index], held[index], held[index + 1 :]
    match draw(st.sampled_from(["change", "change", "cut", "add", "turn"])):
        case "cut":
            return (*before, *after)
        case "add":
            return (*before, item, draw(_of(shape.item)), *after)
        case "turn":
            return (*after, item, *before)
        case _:
            made = draw(changes(item)) if isinstance(item, Value) else draw(_of(shape.item))
            return (*before, made, *after)
