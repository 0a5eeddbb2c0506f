"""The work of `offtake invoice`: read FOCUS, tell its charges, add its readings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from offtake.cli import screen, settling, worlds
from offtake.draw import statement_tables as laid
from offtake.draw.tables import Table
from offtake.errors import Exit, Fault, OfftakeError, Where, did_you_mean
from offtake.files import open_document
from offtake.files.focus.foreign import Foreign, Reads, read_foreign
from offtake.files.records import Appended, append_records
from offtake.ledger.stated import charge_plain
from offtake.model.records import Readings, Records

SHOWN = 10
"""Refused rows that are told one by one; the counts have all."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How an invoice is to be read, as it was asked for."""

    world: str
    month: str
    link: str
    regions: tuple[str, ...]
    gpus: tuple[str, ...]
    recorded: str | None


def read(file: Path, asked: Asked, *, dry_run: bool, as_json: bool) -> None:
    """Read an invoice, print what it came to, and add its readings to the world's records.

    Raises:
        OfftakeError: an option cannot be, the file cannot be read, or its readings do not
            agree with what is there.
    """
    document = open_document(worlds.find(asked.world) if dry_run else worlds.own(asked.world))
    names = [contract.id for contract in document.portfolio.contracts]
    if asked.link not in names:
        what, hint = "there is no contract of this name", did_you_mean(asked.link, names)
        raise _wrong("OTK-U022", what, asked.link, "--link", hint)
    sites = [site.id for site in document.portfolio.sites]
    regions = dict(_pairs(asked.regions, "--region"))
    for site in regions.values():
        if site not in sites:
            what, hint = "there is no such site", did_you_mean(site, sites)
            raise _wrong("OTK-U022", what, site, "--region", hint)
    recorded = (
        datetime.now(UTC).replace(microsecond=0)
        if asked.recorded is None
        else settling.moment_of(asked.recorded)
    )
    made = read_foreign(
        file,
        Reads(
            contract=asked.link,
            month=settling.month_of(asked.month),
            recorded=recorded,
            sites={**{site: site for site in sites}, **regions},
            gpus=dict(_counts(asked.gpus)),
        ),
    )
    said = Records(readings=Readings.of(made.readings))
    told = append_records(document, said, name="invoice", dry_run=dry_run)
    if as_json:
        _say_json(made, told)
    else:
        _say(made, told, dry_run)


def _pairs(texts: tuple[str, ...], option: str) -> Iterator[tuple[str, str]]:
    for text in texts:
        name, sign, value = text.partition("=")
        if not (name and sign and value):
            raise _wrong("OTK-U004", "it is written NAME=VALUE", text, option, None)
        yield name, value


def _counts(texts: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    for name, value in _pairs(texts, "--gpus"):
        if not value.isdecimal() or int(value) < 1:
            what = "accelerators of a machine are a whole number of at least 1"
            raise _wrong("OTK-U004", what, value, "--gpus", None)
        yield name, int(value)


def _wrong(code: str, what: str, got: str, option: str, hint: str | None) -> OfftakeError:
    where = Where(path=f"offtake invoice {option}")
    return OfftakeError(
        Fault(code=code, what=what, where=where, got=got, hint=hint), exit=Exit.USAGE
    )


def _refused(made: Foreign) -> Counter[str]:
    return Counter(f"{fault.code} {fault.what}" for fault in made.refused)


def _say(made: Foreign, told: Appended, dry_run: bool) -> None:
    rows = tuple(
        (
            c.text,
            c.kind.value,
            laid.exact(c.quantity),
            c.unit,
            laid.money(c.minor, c.places),
            c.currency,
        )
        for c in made.charges
    )
    head = ("What", "Kind", "Quantity", "Unit", "Amount", "Currency")
    caption = f"{made.row_count:,} rows of the month; rows of one thing together"
    settling.tabled("Charges", Table(caption, head, rows, frozenset({0, 1, 3, 5})))
    if made.other_count:
        screen.say(f"left alone: {made.other_count:,} rows of other months")
    for reason, count in _refused(made).most_common():
        screen.say(f"refused: {count:,} rows, {reason}")
    for fault in made.refused[:SHOWN]:
        screen.say(f"  {fault}")
    there = f"; {told.again_count:,} were there already" if told.again_count else ""
    if not told.files:
        screen.say(f"no new readings{there}")
    for path in told.files:
        verb = "would write" if dry_run else "wrote"
        screen.say(f"{verb} {path}: {told.added_count:,} readings{there}")


def _say_json(made: Foreign, told: Appended) -> None:
    screen.say_json(
        {
            "schema": "offtake.invoice/1",
            "charges": [charge_plain(charge) for charge in made.charges],
            "rows": made.row_count,
            "rows_of_other_months": made.other_count,
            "refused": dict(_refused(made)),
            "files": [str(path) for path in told.files],
            "readings_added": told.added_count,
            "readings_there_already": told.again_count,
        }
    )
