"""Numbers of values are held to the bounds of their types, however they are made."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any

import pytest
from annotated_types import Ge, Gt, Le, Lt
from hypothesis import example, given
from hypothesis import strategies as st

from offtake.errors import OfftakeError
from offtake.model.value import Value, broken

Inside = Annotated[float, Ge(0), Le(1)]
Between = Annotated[float, Gt(0), Lt(1)]
Whole = Annotated[int, Ge(1)]
Large = Annotated[int, Gt(2**60), Lt(2**61)]
BOUNDS: Mapping[str, tuple[Any, ...]] = {
    "inside": (Ge(0), Le(1)),
    "between": (Gt(0), Lt(1)),
    "whole": (Ge(1),),
    "large": (Gt(2**60), Lt(2**61)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers(Value):
    """One of each kind of bound, and several in one field."""

    inside: Inside = 0.5
    between: Between = 0.5
    whole: Whole = 1
    large: Large = 2**60 + 1
    some: tuple[Inside, ...] = ()
    named: Mapping[str, Between | None] = field(default_factory=dict)
    maybe: Inside | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Words(Value):
    """Nothing with a bound."""

    name: str = ""


edges = st.sampled_from(
    [
        *(0, 1, -1, 0.0, -0.0, 1.0, 5e-324, -5e-324, math.nextafter(1, 0), math.nextafter(1, 2)),
        *(math.inf, -math.inf, math.nan, 2**60, 2**60 + 1, 2**61 - 1, 2**61, 10**400, -(10**400)),
        *(Decimal("0"), Decimal("1e-400"), Decimal("1.0000000000000000001"), 1.7e308),
    ]
)
numbers = st.one_of(edges, st.floats(), st.integers(), st.decimals(allow_nan=False))


@given(st.sampled_from(sorted(BOUNDS)), numbers)
@example("large", 2**60 + 1)
@example("large", 2**61 - 1)
@example("between", 5e-324)
@example("whole", 10**400)
@example("whole", -(10**5000))
def test_what_a_value_takes_is_what_its_bounds_say(name: str, number: Any) -> None:
    wrong = broken(number, BOUNDS[name])
    if wrong is None:
        assert getattr(Numbers(**{name: number}), name) is number
        return
    with pytest.raises(OfftakeError) as caught:
        Numbers(**{name: number})
    (fault,) = caught.value.faults
    assert (fault.code, str(fault.where)) == ("OTK-F120", f"Numbers.{name}")
    assert fault.what == f"must be {wrong}"


def test_several_numbers_of_a_field_are_each_looked_at() -> None:
    assert Numbers(some=(0.0, 1.0), named={"a": 0.5, "b": None}, maybe=None).whole == 1
    with pytest.raises(OfftakeError) as caught:
        Numbers(some=(0.5, 2.0), named={"a": 0.0}, maybe=-1.0)
    places = [str(fault.where) for fault in caught.value.faults]
    assert places == ["Numbers.some[1]", "Numbers.named.a", "Numbers.maybe"]


def test_a_value_without_bounds_is_taken_as_it_is() -> None:
    assert Words(name="x") == Words(name="x")
