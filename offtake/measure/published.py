"""A sheet held against the definitions: what somebody publishes means what it says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from offtake.errors import Fault, OfftakeError, Where
from offtake.measure.definitions import SCOPE_2, definition
from offtake.measure.taking import against
from offtake.model.metric import Metric, Sheet
from offtake.model.month import Month


def against_definitions(sheet: Sheet) -> Iterator[Fault]:
    """Give all a sheet says that no definition allows; `OTK-Q001` to `OTK-Q005`, `OTK-Q03…`."""
    for metric in sheet.metrics:
        yield from _known(metric)
        yield from _windowed(metric, sheet)
    yield from _twice(sheet)
    yield from _scopes(sheet)
    yield from _mixed(sheet)


def _known(metric: Metric) -> Iterator[Fault]:
    try:
        known = definition(metric.id, metric.version)
    except OfftakeError as error:
        yield from error.faults
        return
    yield from against(metric, known)


def _windowed(metric: Metric, sheet: Sheet) -> Iterator[Fault]:
    where = Where(path=f"{metric.of.name}: {metric.id}")
    got = f"{metric.starts.isoformat()} to {metric.ends.isoformat()}"
    if metric.starts.tzinfo is None or metric.ends.tzinfo is None:
        what = "moments say their time zone"
        yield Fault(code="OTK-Q035", what=what, where=where, got=got)
        return
    if metric.ends <= metric.starts:
        yield Fault(code="OTK-Q035", what="it ends before it begins", where=where, got=got)
    if sheet.month is None:
        return
    try:
        month = Month.parse(sheet.month)
    except ValueError as error:
        yield Fault(code="OTK-Q035", what=str(error), where=Where(path="month"), got=sheet.month)
        return
    # A month begins up to 14 hours apart on earth.
    most = timedelta(hours=14)
    first = datetime.combine(month.first_day, datetime.min.time(), UTC) - most
    last = datetime.combine((month + 1).first_day, datetime.min.time(), UTC) + most
    if metric.starts < first or metric.ends > last:
        what = f"its window leaves {sheet.month}"
        yield Fault(code="OTK-Q035", what=what, where=where, got=got)


def _key(metric: Metric) -> tuple[object, ...]:
    return (metric.of, metric.starts, metric.ends)


def _twice(sheet: Sheet) -> Iterator[Fault]:
    seen: set[tuple[object, ...]] = set()
    for metric in sheet.metrics:
        key = (*_key(metric), metric.id, metric.boundary)
        if key in seen:
            where = Where(path=f"{metric.of.name}: {metric.id}")
            what = "it is said twice of one window and boundary"
            yield Fault(code="OTK-Q033", what=what, where=where)
        seen.add(key)


def _scopes(sheet: Sheet) -> Iterator[Fault]:
    found: dict[tuple[object, ...], set[str]] = {}
    names: dict[tuple[object, ...], str] = {}
    for metric in sheet.metrics:
        if metric.id in SCOPE_2:
            found.setdefault(_key(metric), set()).add(metric.id)
            names[_key(metric)] = metric.of.name
    for key, told in found.items():
        lacking = [name for name in SCOPE_2 if name not in told]
        if lacking:
            what = "the three figures of Scope 2 stand together"
            got = f"without {', '.join(lacking)}"
            yield Fault(code="OTK-Q032", what=what, where=Where(path=names[key]), got=got)


def _mixed(sheet: Sheet) -> Iterator[Fault]:
    kinds: dict[tuple[object, ...], set[tuple[str, str]]] = {}
    names: dict[tuple[object, ...], str] = {}
    for metric in sheet.metrics:
        if metric.counting is not None and metric.carbon_basis is not None:
            told = (str(metric.carbon_basis), str(metric.counting))
            kinds.setdefault(_key(metric), set()).add(told)
            names[_key(metric)] = metric.of.name
    for key, held in kinds.items():
        if len(held) > 1:
            what = "carbon of one subject is on one basis, average or marginal"
            got = " and ".join(", ".join(one) for one in sorted(held))
            yield Fault(code="OTK-Q020", what=what, where=Where(path=names[key]), got=got)
