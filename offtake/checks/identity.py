"""Names are unique, and what is called an assumption is a field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any, cast

from offtake.checks.finding import Check, Level
from offtake.checks.walk import entries, fault
from offtake.errors import Fault, did_you_mean
from offtake.model.portfolio import Portfolio
from offtake.model.provenance import Provenance
from offtake.model.value import Value


def _unique_names(portfolio: Portfolio) -> Iterator[Fault]:
    for path, value in entries(portfolio):
        for field in fields(cast(Any, value)):
            items = getattr(value, field.name)
            if isinstance(items, tuple):
                yield from _within(items, f"{path}.{field.name}" if path else field.name)


def _within(items: tuple[object, ...], path: str) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for index, item in enumerate(items):
        key = next((k for k in ("id", "party") if hasattr(item, k)), None)
        if key is None or not isinstance(item, Value) or getattr(item, key) is None:
            continue
        name = str(getattr(item, key))
        where = f"{path}.{index}.{key}"
        if name != name.strip() or not name or "\n" in name:
            what = "a name is empty, or begins or ends with a space"
            yield fault("OTK-C202", where, what, got=f"'{name}'")
        elif name in first:
            hint = f"it is first entry {first[name] + 1} of `{path}`; rename one of the two"
            yield fault("OTK-C201", where, "the name is given twice", got=f"'{name}'", hint=hint)
        else:
            first[name] = index


def _assumed_fields(portfolio: Portfolio) -> Iterator[Fault]:
    for path, value in entries(portfolio):
        provenance = getattr(value, "provenance", None)
        if not isinstance(provenance, Provenance):
            continue
        for name in provenance.assumptions:
            if not _is_field(value, name):
                known = [f.name for f in fields(cast(Any, value)) if f.name != "provenance"]
                where = f"{path}.provenance.assumptions.{name}".lstrip(".")
                what = "an assumption about a field this entry does not have"
                hint = did_you_mean(name, known)
                yield fault("OTK-C284", where, what, got=f"'{name}'", hint=hint)


def _is_field(value: Value, path: str) -> bool:
    """Whether a name is a field of an entry, or of what stands right inside it.

    `price_share_per_year` of an offer is a field of its `price`, which has no provenance
    of its own; `price.price_share_per_year` says the same.
    """
    head, _, rest = path.partition(".")
    own = {field.name: getattr(value, field.name) for field in fields(cast(Any, value))}
    if head in own:
        inner = own[head]
        return not rest or not isinstance(inner, Value) or _is_field(inner, rest)
    inside = [held for held in own.values() if isinstance(held, Value)]
    return any(head in {f.name for f in fields(cast(Any, held))} for held in inside)


CHECKS = (
    Check(
        name="unique-ids",
        about="No two entries of one list have the same name, and no name is empty.",
        level=Level.ERROR,
        codes={
            "OTK-C201": "A name is given twice in one list.",
            "OTK-C202": "A name is empty, or begins or ends with a space.",
        },
        look=_unique_names,
    ),
    Check(
        name="assumptions",
        about="Every field that is listed as an assumption is a field of its entry.",
        level=Level.ERROR,
        codes={"OTK-C284": "An assumption about a field that does not exist."},
        look=_assumed_fields,
    ),
)
