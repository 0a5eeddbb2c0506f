"""The work of `offtake meter`: read files of meters, say what was in them, add the readings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from offtake.cli import screen, tables, worlds
from offtake.errors import Exit, Fault, OfftakeError, Where, did_you_mean
from offtake.files import Document, open_document
from offtake.files.meters import (
    Covered,
    Imported,
    Layout,
    Metric,
    Target,
    clock,
    length,
    metric_of,
    read_meter_table,
    read_prometheus,
    read_sacct,
)
from offtake.files.meters.imported import stamp
from offtake.files.meters.prometheus import DCGM
from offtake.files.meters.tables import FIELDS
from offtake.files.records import Appended, append_records
from offtake.files.records.named import named
from offtake.ledger.hosts import hosts
from offtake.ledger.spans import Span
from offtake.model.contract import Tranche
from offtake.model.month import Month, midnight
from offtake.model.portfolio import Portfolio
from offtake.model.reading import Meter
from offtake.model.records import Readings, Records

SCHEMA = "offtake.meter/1"
"""Name and version of the form an account is printed in as JSON."""
SHOWN = 20
"""Meters that are listed; the least covered first."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where readings belong, as it was asked for."""

    world: str
    site: str | None
    tranche: str | None
    since: str | None
    until: str | None
    every: str
    zone: str | None
    source: str | None
    recorded: str | None


@dataclass(frozen=True, slots=True)
class How:
    """How files are read, as it was asked for."""

    format: str
    metrics: tuple[str, ...]
    node_label: str | None
    gap: str
    meter: str | None
    unit: str | None
    period: str | None
    columns: tuple[str, ...]


def add(files: Sequence[Path], place: Place, how: How, *, dry_run: bool, as_json: bool) -> None:
    """Read files of meters, say what was in them, and add what is new to a world's records.

    Raises:
        OfftakeError: an option cannot be, a file cannot be read, nothing in the files is a
            reading (`OTK-M109`), or the readings do not agree with what is there.
    """
    if not files:
        where = Where(path="offtake meter")
        fault = Fault(code="OTK-U003", what="FILES are missing", where=where)
        raise OfftakeError(fault, exit=Exit.USAGE)
    document = open_document(worlds.find(place.world) if dry_run else worlds.own(place.world))
    target = _target(place, document.portfolio)
    imported = _read(files, target, place, how)
    imported.account.notes.extend(_uncut(target, place, document.portfolio))
    if not imported.readings:
        raise OfftakeError(_nothing(imported))
    said = Records(readings=Readings.of(imported.readings))
    told = append_records(document, said, name=how.format, dry_run=dry_run)
    if as_json:
        screen.say_json(_data(imported, told, dry_run))
    else:
        _say(imported, told, document, dry_run)


def _read(files: Sequence[Path], target: Target, place: Place, how: How) -> Imported:
    if how.format == "prometheus":
        metrics: list[Metric] = [metric_of(text) for text in how.metrics] or [DCGM]
        gap = length(how.gap)
        return read_prometheus(files, target, metrics, node_label=how.node_label, gap=gap)
    if how.format == "sacct":
        return read_sacct(files, target, clock(place.zone))
    return read_meter_table(files, target, _layout(how), clock(place.zone))


def _layout(how: How) -> Layout:
    columns: dict[str, str] = {}
    for text in how.columns:
        field, sign, column = text.partition("=")
        if not sign or field not in FIELDS:
            what = "a column is written FIELD=COLUMN"
            hint = did_you_mean(field, FIELDS)
            raise OfftakeError(_wrong(what, text, "--column", hint), exit=Exit.USAGE)
        columns[field] = column
    if how.meter is not None and how.meter not in set(Meter):
        hint = did_you_mean(how.meter, Meter)
        raise OfftakeError(_wrong("there is no such meter", how.meter, "--meter", hint))
    return Layout(
        columns,
        Meter(how.meter) if how.meter else None,
        how.unit,
        length(how.period) if how.period else None,
    )


def _wrong(what: str, got: str, option: str, hint: str | None = None) -> Fault:
    where = Where(path=f"offtake meter {option}")
    return Fault(code="OTK-M100", what=what, where=where, got=f"'{got}'", hint=hint)


# ------------------------------------------------------------------ where


def _target(place: Place, portfolio: Portfolio) -> Target:
    tranche = _tranche(place.tranche, portfolio) if place.tranche else None
    site = _site(place, portfolio, tranche)
    every = length(place.every)
    nodes = named(portfolio).nodes.get(site)
    if tranche is not None and tranche.nodes is not None:
        nodes = frozenset(hosts(tranche.nodes))
    recorded = place.recorded
    return Target(
        site=site,
        recorded=(
            datetime.fromtimestamp(_second(recorded, place, "--recorded"), UTC)
            if recorded is not None
            else datetime.now(UTC).replace(microsecond=0)
        ),
        tranche=place.tranche,
        nodes=nodes,
        window=_window(place, every),
        every=every,
        source=place.source,
    )


def _tranche(name: str, portfolio: Portfolio) -> Tranche:
    known = {f"{c.id}.{t.id}": t for c in portfolio.contracts for t in c.tranches}
    if name not in known:
        hint = did_you_mean(name, known)
        raise OfftakeError(_wrong("there is no such tranche", name, "--tranche", hint))
    return known[name]


def _site(place: Place, portfolio: Portfolio, tranche: Tranche | None) -> str:
    sites = [site.id for site in portfolio.sites]
    wanted = place.site or (tranche.site if tranche else sites[0] if len(sites) == 1 else "")
    if wanted not in sites:
        what = "there is no such site" if wanted else "say which site was metered"
        raise OfftakeError(_wrong(what, wanted, "--site", did_you_mean(wanted, sites)))
    if tranche is not None and tranche.site != wanted:
        what = f"the tranche stands at '{tranche.site}'"
        raise OfftakeError(_wrong(what, wanted, "--site"))
    return wanted


def _window(place: Place, every: int) -> Span | None:
    if place.since is None and place.until is None:
        return None
    if place.since is None or place.until is None:
        missing = "--since" if place.since is None else "--until"
        what = "time that is wanted has a beginning and an end"
        raise OfftakeError(_wrong(what, "", missing), exit=Exit.USAGE)
    window = (_second(place.since, place, "--since"), _second(place.until, place, "--until"))
    if window[1] <= window[0]:
        raise OfftakeError(_wrong("it ends before it begins", place.until, "--until"))
    for second, option in zip(window, ("--since", "--until"), strict=True):
        if second % every:
            what = f"it does not lie where {place.every} is full"
            hint = "cut finer with --every"
            raise OfftakeError(_wrong(what, stamp(second), option, hint))
    return window


def _uncut(target: Target, place: Place, portfolio: Portfolio) -> Iterator[str]:
    """Tell of contracts whose months begin between two cuts: a reading would be of both."""
    month = Month.of(target.recorded.date())
    for contract in portfolio.contracts:
        here = any(tranche.site == target.site for tranche in contract.tranches)
        if here and midnight(month.first_day, contract.time_zone) % target.every:
            yield (
                f"months of contract {contract.id} begin in {contract.time_zone}, not where "
                f"{place.every} is full: readings across that cannot be settled; cut finer "
                "with --every"
            )


def _second(text: str, place: Place, option: str) -> int:
    """Read a moment; a day is its first second, in UTC where no zone is told."""
    try:
        return clock(place.zone or "UTC").second(f"{text}T00:00:00" if len(text) == 10 else text)
    except ValueError as error:
        hint = "write it like 2027-06-01 or 2027-06-01T00:00:00Z"
        raise OfftakeError(_wrong(str(error), text, option, hint), exit=Exit.USAGE) from None


def _nothing(imported: Imported) -> Fault:
    reasons = [f"{count:,} {reason}" for reason, count in imported.account.refused.most_common(5)]
    return Fault(
        code="OTK-M109",
        what="nothing in the files became a reading",
        where=Where(path="offtake meter"),
        got="; ".join(reasons) or "nothing at all",
    )


# ------------------------------------------------------------------ what is said


def _say(imported: Imported, told: Appended, document: Document, dry_run: bool) -> None:
    covered = sorted(imported.coverage(), key=lambda c: (c.share, c.name))
    heads = ("meter", "of", "from", "until", "read", "gaps", "amount", "unit", "readings")
    rows = [_row(one) for one in covered[:SHOWN]]
    tables.say(heads, rows, right=(4, 5, 6, 8))
    if len(covered) > SHOWN:
        screen.say(f"… and {len(covered) - SHOWN:,} more, read as well or better")
    for word, counts in (
        ("taken", imported.account.taken),
        ("merged", imported.account.merged),
        ("refused", imported.account.refused),
    ):
        for reason, count in counts.most_common():
            screen.say(f"{word}: {count:,} {reason}")
    for note in imported.account.notes:
        screen.say(f"note: {note}")
    _say_gaps(covered)
    there = f"; {told.again_count:,} were there already" if told.again_count else ""
    if not told.files:
        screen.say(f"nothing new{there}")
    for path in told.files:
        verb = "would write" if dry_run else "wrote"
        screen.say(f"{verb} {path}: {told.added_count:,} readings{there}")


def _row(one: Covered) -> tuple[str, ...]:
    share = f"{100 * one.share:.2f} %"
    first, last = stamp(one.span[0]), stamp(one.span[1])
    amount, count = f"{one.amount:,}", f"{one.reading_count:,}"
    gaps = str(len(one.gaps))
    return (str(one.meter), one.name, first, last, share, gaps, amount, one.meter.unit, count)


def _say_gaps(covered: Sequence[Covered]) -> None:
    gaps = sorted(
        ((end - start, one.name, start, end) for one in covered for start, end in one.gaps),
        reverse=True,
    )
    for _, name, start, end in gaps[:SHOWN]:
        screen.say(f"gap: {name} from {stamp(start)} until {stamp(end)}")
    if len(gaps) > SHOWN:
        screen.say(f"… and {len(gaps) - SHOWN:,} shorter gaps")


def _data(imported: Imported, told: Appended, dry_run: bool) -> dict[str, Any]:
    account = imported.account
    return {
        "schema": SCHEMA,
        "files": [str(path) for path in told.files],
        "dry_run": dry_run,
        "added": told.added_count,
        "there_already": told.again_count,
        "taken": dict(account.taken),
        "merged": dict(account.merged),
        "refused": dict(account.refused),
        "notes": account.notes,
        "meters": [
            {
                "meter": str(one.meter),
                "of": one.name,
                "from": stamp(one.span[0]),
                "until": stamp(one.span[1]),
                "read_share": one.share,
                "amount": one.amount,
                "unit": one.meter.unit,
                "readings": one.reading_count,
                "gaps": [[stamp(start), stamp(end)] for start, end in one.gaps],
            }
            for one in imported.coverage()
        ],
    }
