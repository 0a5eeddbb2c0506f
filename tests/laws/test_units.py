"""Every number of the model says its unit, on its type and in its name, and what it is.

A field of any `Value` in `offtake.model` that holds a number, alone or inside a tuple,
a mapping or an optional, has a `Unit`, and its name ends in a suffix of that unit (or is
the suffix alone, `OfferPrice.usd_per_gpu_hour`, where the class says the rest). Every
field, number or not, has a docstring below it that says more than its name.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import Field, dataclass, fields, is_dataclass
from decimal import Decimal
from fractions import Fraction
from operator import attrgetter
from typing import Annotated, Any, ClassVar, Literal, NewType, get_args, get_origin, get_type_hints

import pytest

import offtake.model
from offtake.model.value import Value
from offtake.units import USD, Share, Unit, UsdPerMWh, unit_of

NUMBERS = frozenset({int, float, complex, Decimal, Fraction})
SMALL_WORDS = frozenset("a an and as at by for in is it its of on or per the this to".split())

Kind = type[Value]


def values_of_the_model() -> list[Kind]:
    """Every subclass of `Value` that any module of `offtake.model` makes."""
    for module in pkgutil.walk_packages(offtake.model.__path__, "offtake.model."):
        importlib.import_module(module.name)
    inside = (kind for kind in _subclasses(Value) if kind.__module__.startswith("offtake.model."))
    # `@dataclass(slots=True)` makes a class anew, and the one it replaced lingers until
    # garbage is collected: only the one its module knows counts.
    known = (kind for kind in inside if _looked_up(kind) is kind)
    return sorted(known, key=lambda kind: f"{kind.__module__}.{kind.__qualname__}")


def _subclasses(kind: Kind) -> set[Kind]:
    direct = set(kind.__subclasses__())
    return direct.union(*(_subclasses(found) for found in direct))


def _looked_up(kind: Kind) -> object:
    return attrgetter(kind.__qualname__)(sys.modules[kind.__module__])


def without_unit(kind: Kind) -> Iterator[str]:
    """Give a fault for every number of the class without a unit, or with another's name."""
    hints = get_type_hints(kind, include_extras=True)
    for field in _fields(kind):
        place = f"{kind.__module__}.{kind.__qualname__}.{field.name}"
        for number, unit in _numbers(hints[field.name]):
            if unit is None:
                yield f"{place}: {number.__name__} without a unit; take a type of offtake.units"
            elif not _named_after(unit, field.name):
                wanted = " or ".join(unit.suffixes)
                yield f"{place}: in {unit.label or 'a count'}, so its name ends in {wanted}"
            elif unit_of(hints[field.name]) != unit:
                yield f"{place}: holds two units; make two fields of it"


def _fields(kind: Kind) -> tuple[Field[Any], ...]:
    assert is_dataclass(kind), f"{kind.__qualname__} is not a dataclass"
    return fields(kind)


def _named_after(unit: Unit, name: str) -> bool:
    """Tell whether the name ends in the unit, or is the unit where the class says the rest."""
    return any(
        name.endswith(suffix) or name == suffix.removeprefix("_") for suffix in unit.suffixes
    )


def _numbers(annotation: object, unit: Unit | None = None) -> Iterator[tuple[type, Unit | None]]:
    """Every kind of number an annotation can hold, with the unit that stands on it."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *extras = get_args(annotation)
        yield from _numbers(inner, next((x for x in extras if isinstance(x, Unit)), unit))
    elif origin in (Literal, ClassVar):
        return
    elif isinstance(annotation, NewType):
        yield from _numbers(annotation.__supertype__, unit)
    elif isinstance(annotation, type) and annotation in NUMBERS:
        yield annotation, unit
    else:
        for item in get_args(annotation):
            yield from _numbers(item, unit)


def without_docstring(kind: Kind) -> Iterator[str]:
    """Give a fault for every field of the class's own that is not described."""
    for name, said in _described(kind):
        place = f"{kind.__module__}.{kind.__qualname__}.{name}"
        if said is None:
            yield f"{place}: no docstring below it"
        elif not _words(said) - _words(name):
            yield f"{place}: its docstring only repeats its name"


def _described(kind: Kind) -> Iterator[tuple[str, str | None]]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    body = next(node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)).body
    own = {field.name for field in _fields(kind)}
    for here, below in zip(body, [*body[1:], None], strict=True):
        match here, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(
                value=ast.Constant(value=str(said))
            ) if name in own:
                yield name, said
            case ast.AnnAssign(target=ast.Name(id=name)), _ if name in own:
                yield name, None


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z0-9]+", text.lower())) - SMALL_WORDS


def faults(kinds: Iterable[Kind]) -> list[str]:
    laws = (without_unit, without_docstring)
    return [fault for kind in kinds for law in laws for fault in law(kind)]


@pytest.mark.parametrize("kind", values_of_the_model(), ids=lambda kind: kind.__qualname__)
def test_every_number_says_its_unit_and_every_field_what_it_is(kind: Kind) -> None:
    assert faults([kind]) == []


def test_the_model_was_found() -> None:
    assert len(values_of_the_model()) >= 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Good(Value):
    """Breaks no law."""

    id: str
    """Short name used elsewhere."""
    kind: Literal[1, 2] = 1
    """Which of two forms it takes."""
    open: bool = True
    """Whether anybody may come in."""
    cost_usd: USD | None = None
    """What was paid."""
    spot_usd_per_mwh: tuple[Annotated[UsdPerMWh, "extra"], ...] = ()
    """Price of each hour of a day."""
    limit_share: Mapping[str, Share]
    """Largest part one seller may hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad(Value):
    """Breaks the law in every field."""

    id: str
    name: str
    """The name."""
    count: int
    """How many there are."""
    price: float | None = None
    """What it costs."""
    hours: tuple[float, ...] = ()
    """How long each step took."""
    share: Mapping[str, Decimal]
    """Part of each seller."""
    years: Mapping[int, USD]
    """What each year costs."""
    cost: USD
    """What was paid."""
    mixed_usd: USD | Share
    """What was paid, or its part."""


def test_the_law_passes_what_is_sound() -> None:
    assert faults([Good]) == []


def test_the_law_sees_each_breach() -> None:
    found = [fault.removeprefix(f"{__name__}.Bad.") for fault in faults([Bad])]
    assert found == [
        "count: int without a unit; take a type of offtake.units",
        "price: float without a unit; take a type of offtake.units",
        "hours: float without a unit; take a type of offtake.units",
        "share: Decimal without a unit; take a type of offtake.units",
        "years: int without a unit; take a type of offtake.units",
        "years: in USD, so its name ends in _usd",
        "cost: in USD, so its name ends in _usd",
        "mixed_usd: in share, so its name ends in _share",
        "id: no docstring below it",
        "name: its docstring only repeats its name",
    ]
