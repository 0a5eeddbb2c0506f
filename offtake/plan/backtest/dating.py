"""When an entry of a portfolio could be known: the days its provenance names.

A stated `as_of` counts. Otherwise the days in the words of `source` do, what stands in
brackets apart (there stands what a source says, often of years to come). A month or a year
counts with its last day, as in the catalogue, so that no earlier day sees it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from offtake.catalogue.dates import PartialDate
from offtake.model.provenance import Provenance

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_BRACKETS = re.compile(r"\([^()]*\)")
_DAY = re.compile(
    r"(?P<iso>\b(?:19|20)\d\d-\d\d(?:-\d\d)?\b)"
    r"|(?:\b(?P<day>[0-3]?\d)\s+)?\b(?P<month>"
    + "|".join(_MONTHS)
    + r")[a-z]*\.?\s+(?P<of>20\d\d)\b"
    r"|\b(?P<year>(?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_ONLY = re.compile(r"known\b[^.;]*?\bonly (?:as of|from)\b(?P<rest>[^.;]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Days:
    """The first and the last day of what an entry rests on."""

    first: date
    last: date


def days_of(provenance: Provenance | None) -> Days | None:
    """Give the days an entry rests on; None where it names none."""
    if provenance is None:
        return None
    if provenance.as_of is not None:
        return Days(provenance.as_of, provenance.as_of)
    outside = _BRACKETS.sub(" ", provenance.source)
    named = sorted(named_days(outside)) or sorted(named_days(provenance.source))
    return Days(named[0], named[-1]) if named else None


def only_from(provenance: Provenance | None, *fields: str) -> date | None:
    """Give the day a field is said to be known from only, `known only from October 2026`.

    Of several fields that say so, the latest counts.
    """
    found = [
        day
        for field in fields
        for said in _ONLY.finditer(provenance.assumptions.get(field, "") if provenance else "")
        for day in named_days(said["rest"])
    ]
    return max(found, default=None)


def named_days(text: str) -> Iterator[date]:
    """Give every day, month or year a text names, by its last day."""
    for found in _DAY.finditer(text):
        if found["iso"]:
            written = found["iso"]
        elif found["month"]:
            number = _MONTHS.index(found["month"].lower()[:3]) + 1
            written = f"{found['of']}-{number:02d}"
            if found["day"]:
                written += f"-{int(found['day']):02d}"
        else:
            written = found["year"]
        try:
            yield PartialDate.parse(written).last
        except ValueError:
            continue  # such as 31 June: no day at all
