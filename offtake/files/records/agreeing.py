"""Whether records agree with themselves and with the portfolio they are of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from operator import attrgetter
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from offtake.errors import Fault, OfftakeError, Where, did_you_mean
from offtake.files.records.named import Named
from offtake.files.records.parts import Found, Metered, Place, each
from offtake.ledger.hosts import hosts
from offtake.model.event import NEEDED, Event
from offtake.model.reading import Fixing, Tariff
from offtake.model.records import Readings

_NAMES = attrgetter(
    *("site", "nodes", "tranches", "contract", "option", "service_level"),
    *("party", "from_party", "payer", "payee", "replaces"),
)
"""What an event refers to; in a table of many, most refer to the same."""

Told = Iterator[tuple[str, Fault]]
"""A field, and a fault of it that has no place yet."""


def disagreements(found: Found, known: Named) -> Iterator[Fault]:
    """Give every fault of records that each for itself can be read."""
    ids = {event.id for event, _, _ in each(found.events)}
    sound: set[object] = set()
    for event, place, row in each(found.events):
        wrong = list(_event(event))
        names = _NAMES(event)
        if names not in sound:
            strange = list(_references(event, known, ids))
            wrong += strange
            if not strange:
                sound.add(names)
        for field, fault in wrong:
            yield _placed(fault, place(row, field))
    for tariff, place, row in each(found.tariffs):
        for field, fault in _tariff(tariff, known):
            yield _placed(fault, place(row, field))
    for part in found.readings:
        yield from _readings(part, known)


def remarks(found: Found, known: Named) -> Iterator[Fault]:
    """Give what a reader of sound records should know: fixings that no clause refers to."""
    told: set[str] = set()
    for fixing, place, row in each(found.fixings):
        if fixing.series not in known.series and fixing.series not in told:
            told.add(fixing.series)
            yield _placed(_unused(fixing, known), place(row, "series"))


def _unused(fixing: Fixing, known: Named) -> Fault:
    what = "no clause refers to this series"
    hint = did_you_mean(fixing.series, known.series)
    return Fault(code="OTK-M016", what=what, got=f"'{fixing.series}'", hint=hint)


def _placed(fault: Fault, where: Where) -> Fault:
    return Fault(code=fault.code, what=fault.what, where=where, got=fault.got, hint=fault.hint)


def _event(event: Event) -> Told:
    for name in NEEDED[event.kind]:
        if getattr(event, name) in (None, ()):
            what = f"an event of kind {event.kind} needs `{name}`"
            yield "kind", Fault(code="OTK-M011", what=what)
    if event.ends is not None and event.ends < event.starts:
        yield "ends", _backwards(event.ends, event.starts)


def _backwards(ends: object, starts: object) -> Fault:
    what = "it ends before it starts"
    return Fault(code="OTK-M013", what=what, got=str(ends), hint=f"it starts at {starts}")


def _references(event: Event, known: Named, ids: Collection[str]) -> Told:
    parties = ("party", "from_party", "payer", "payee")
    singles: list[tuple[str, str, Collection[str]]] = [
        *((name, "party", known.parties) for name in parties),
        ("site", "site", known.sites),
        ("contract", "contract", known.contracts),
        ("replaces", "event", ids),
    ]
    if event.contract in known.contracts:
        options = known.options[cast(str, event.contract)]
        levels = known.service_levels[cast(str, event.contract)]
        singles.append(("option", "option of this contract", options))
        singles.append(("service_level", "service level of this contract", levels))
    for field, what, names in singles:
        name = getattr(event, field)
        if name is not None and name not in names:
            yield field, _unknown(what, name, names)
    for tranche in event.tranches:
        if tranche not in known.tranches:
            yield "tranches", _unknown("tranche", tranche, known.tranches)
    if event.nodes is not None and event.site is not None:
        yield from _nodes(event.nodes, event.site, known)


def _unknown(what: str, name: str, names: Collection[str]) -> Fault:
    near = did_you_mean(name, names) or "there is none at all"
    hint = f"write it CONTRACT.TRANCHE; {near}" if what == "tranche" and "." not in name else near
    return Fault(code="OTK-M012", what=f"there is no such {what}", got=f"'{name}'", hint=hint)


def _nodes(text: str, site: str, known: Named) -> Told:
    there = known.nodes.get(site)
    if there is not None and text in there:
        return
    try:
        listed = hosts(text)
    except OfftakeError as error:
        yield from (("nodes", fault) for fault in error.faults)
        return
    strange = [node for node in listed if there is not None and node not in there]
    if strange:
        more = f" and {len(strange) - 1} more" if len(strange) > 1 else ""
        hint = did_you_mean(strange[0], there or ())
        what = "no tranche at this site has such a node"
        yield "nodes", Fault(code="OTK-M012", what=what, got=f"'{strange[0]}'{more}", hint=hint)


def _tariff(tariff: Tariff, known: Named) -> Told:
    if tariff.site not in known.sites:
        yield "site", _unknown("site", tariff.site, known.sites)
    for field in ("seller", "payer"):
        if getattr(tariff, field) not in known.parties:
            yield field, _unknown("party", getattr(tariff, field), known.parties)
    if tariff.ends is not None and tariff.ends <= tariff.starts:
        yield "ends", _backwards(tariff.ends, tariff.starts)


# ------------------------------------------------------------------ readings


def _readings(part: Metered, known: Named) -> Iterator[Fault]:
    rows, place = part.rows, part.place
    yield from _rows(rows.ends <= rows.starts, place, "ends", lambda row: _no_time())
    early = rows.recorded < rows.ends
    yield from _rows(early, place, "recorded", lambda row: _early())
    for field, what, names in (
        ("site", "site", known.sites),
        ("tranche", "tranche", known.tranches),
    ):
        yield from _strange(rows, place, field, what, names)
    yield from _strange_nodes(rows, place, known)
    yield from _astray(rows, place, known)


def _no_time() -> Fault:
    return Fault(code="OTK-M013", what="it covers no time: it ends when it starts, or before")


def _early() -> Fault:
    what = "it is recorded before it is over"
    hint = "`recorded` is when it became known; are the times in the right zone?"
    return Fault(code="OTK-M014", what=what, hint=hint)


def _rows(
    mask: npt.NDArray[np.bool_], place: Place, field: str, fault: Callable[[int], Fault]
) -> Iterator[Fault]:
    for row in np.flatnonzero(mask).tolist():
        yield _placed(fault(row), place(row, field))


def _strange(
    rows: Readings, place: Place, field: str, what: str, names: Collection[str]
) -> Iterator[Fault]:
    codes = getattr(rows, field)
    wrong = np.array([name not in names for name in rows.names] + [False])
    yield from _rows(
        wrong[codes], place, field, lambda row: _unknown(what, rows.names[codes[row]], names)
    )


def _strange_nodes(rows: Readings, place: Place, known: Named) -> Iterator[Fault]:
    for site, there in known.nodes.items():
        strange = np.array([name not in there for name in rows.names] + [False])
        mask = strange[rows.node] & (rows.site == rows.code(site))
        what = "node of a tranche at this site"

        def fault(row: int, there: Any = there, what: str = what) -> Fault:
            return _unknown(what, rows.names[rows.node[row]], there)

        yield from _rows(mask, place, "node", fault)


def _astray(rows: Readings, place: Place, known: Named) -> Iterator[Fault]:
    """Readings of a tranche that stands at another site."""
    for tranche, site in known.tranches.items():
        mask = (rows.tranche == rows.code(tranche)) & (rows.site != rows.code(site))
        what = f"the tranche '{tranche}' stands at '{site}'"

        def fault(row: int, what: str = what) -> Fault:
            return Fault(code="OTK-M015", what=what, got=f"'{rows.names[rows.site[row]]}'")

        yield from _rows(mask & _known(rows, known), place, "site", fault)


def _known(rows: Readings, known: Named) -> npt.NDArray[np.bool_]:
    return np.array([name in known.sites for name in rows.names] + [False])[rows.site]
