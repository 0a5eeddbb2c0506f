"""What all values of the model share: frozen, validated when made, described by their source."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Annotated, Any, ClassVar, cast, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Le, Lt

from offtake.errors import Fault, OfftakeError, Where

Bound = Ge | Gt | Le | Lt
_LONGEST = 308
"""Digits of the longest whole number that is written as it is."""
Ranges = tuple[tuple[str, float, float], ...]
Bounds = tuple[tuple[str, tuple[Bound, ...]], ...]


class Value:
    """A frozen value of the model: equal by content, checked on construction.

    Subclasses are standard-library dataclasses
    (`@dataclass(frozen=True, slots=True, kw_only=True)`) whose numbers carry unit and
    bounds on their type. The bounds hold however the value is made: from a file,
    through the API, or in Python.

    Raises:
        OfftakeError: a number is outside its bounds or not finite (`OTK-F120`).
    """

    __slots__ = ()
    # Read by pydantic at the doors; plain data, so nothing is imported for it.
    __pydantic_config__: ClassVar[Mapping[str, Any]] = {
        "extra": "forbid",
        "allow_inf_nan": False,
    }

    def __post_init__(self) -> None:
        """Check every number against the bounds of its type."""
        kind = type(self)
        for name, least, most in _RANGES[kind] if kind in _RANGES else _ranges(kind):
            held = getattr(self, name)
            if held is None:
                continue
            made = held.__class__
            if (made is not int and made is not float) or not least <= held <= most:
                break  # several numbers, of another type, or out of bounds: looked at closely
        else:
            return
        faults = list(_faults(self))
        if faults:
            raise OfftakeError(faults)


def _faults(made: Value) -> Iterator[Fault]:
    for name, bounds in _KNOWN[type(made)]:
        held = getattr(made, name)
        if held is None:
            continue
        for where, number in _numbers(name, held):
            wrong = broken(number, bounds)
            if wrong:
                owner = type(made).__name__
                ident = getattr(made, "id", None)
                path = f"{owner}({ident}).{where}" if ident else f"{owner}.{where}"
                yield Fault(
                    code="OTK-F120",
                    what=f"must be {wrong}",
                    where=Where(path=path),
                    got=_short(number),
                )


def _short(number: float | Decimal) -> str:
    """Write a number; of a whole one that is too long only that is told."""
    if isinstance(number, int) and abs(number) >= 10**_LONGEST:
        return f"a number of more than {_LONGEST} digits"
    return repr(number)


def _numbers(name: str, held: object) -> Iterator[tuple[str, float | Decimal]]:
    if isinstance(held, (int, float, Decimal)) and not isinstance(held, bool):
        yield name, held
    elif isinstance(held, tuple):
        for index, item in enumerate(held):
            yield from _numbers(f"{name}[{index}]", item)
    elif isinstance(held, Mapping):
        for key, item in held.items():
            yield from _numbers(f"{name}.{key}", item)


def broken(number: float | Decimal, bounds: tuple[Bound, ...]) -> str | None:
    """Say which of its bounds a number breaks, such as `at least 0`; None breaks none."""
    try:
        if not math.isfinite(number):
            return "a finite number"
    except OverflowError:  # a whole number of more than 308 digits
        return "a number of at most 308 digits"
    for bound in bounds:
        match bound:
            case Ge(ge) if not number >= cast(Any, ge):
                return f"at least {ge}"
            case Gt(gt) if not number > cast(Any, gt):
                return f"above {gt}"
            case Le(le) if not number <= cast(Any, le):
                return f"at most {le}"
            case Lt(lt) if not number < cast(Any, lt):
                return f"below {lt}"
            case _:
                pass
    return None


def _bounds(kind: type[Value]) -> Bounds:
    hints = get_type_hints(kind, include_extras=True)
    found = (
        (field.name, tuple(_bounds_of(hints[field.name]))) for field in fields(cast(Any, kind))
    )
    return tuple((name, bounds) for name, bounds in found if bounds)


def _ranges(kind: type[Value]) -> Ranges:
    """Give for each field with bounds a range that lies within them; what is in it is right.

    Values are made by the thousand where jobs are handed in, and nearly all are right.
    """
    _KNOWN[kind] = _bounds(kind)
    found = []
    for name, bounds in _KNOWN[kind]:
        least, most = -sys.float_info.max, sys.float_info.max
        for bound in bounds:
            match bound:
                case Ge(ge):
                    least = max(least, cast(float, ge))
                case Gt(gt):
                    least = max(least, math.nextafter(cast(float, gt), math.inf))
                case Le(le):
                    most = min(most, cast(float, le))
                case Lt(lt):
                    most = min(most, math.nextafter(cast(float, lt), -math.inf))
        found.append((name, least, most))
    _RANGES[kind] = tuple(found)
    return _RANGES[kind]


def _bounds_of(annotation: object) -> Iterator[Bound]:
    if get_origin(annotation) is Annotated:
        yield from (item for item in get_args(annotation)[1:] if isinstance(item, Bound))
        return
    for item in get_args(annotation):
        yield from _bounds_of(item)


_KNOWN: dict[type[Value], Bounds] = {}
_RANGES: dict[type[Value], Ranges] = {}
