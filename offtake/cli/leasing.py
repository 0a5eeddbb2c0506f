"""The work of `offtake leases`: read a world, book its leases, tell, write."""

from __future__ import annotations

import json
from pathlib import Path

from offtake.capital.lease_books import Books, book
from offtake.capital.lease_plain import plain
from offtake.cli import outputs, screen
from offtake.cli.settling import tabled
from offtake.cli.soundness import sound
from offtake.draw import lease_tables as laid
from offtake.errors import Fault, OfftakeError, Where, did_you_mean
from offtake.files import Document

SAVED = "leases.json"


def leases(
    world: str,
    of: str | None,
    most: int,
    out: Path | None,
    *,
    as_json: bool,
    quiet: bool,
    force: bool,
) -> None:
    """Book the leases of a world, print them, and write what is to be written.

    Raises:
        OfftakeError: the world has faults, a lease cannot be booked, or a file cannot be
            written.
    """
    files = () if out is None else (out / SAVED,)
    outputs.claim(files, force=force)
    document = sound(world, quiet)
    found = booked(document, of)
    data = plain(found)
    text = json.dumps(data, ensure_ascii=False, indent=2) + "\n"
    written = [outputs.fill(path, text) for path in files]
    if as_json:
        screen.say_json(data)
    else:
        _say(found, most)
    for path in written:
        screen.note(f"wrote {path}") if as_json else screen.say(f"wrote {path}")


def booked(document: Document, of: str | None) -> tuple[Books, ...]:
    """Book all leases of a world, or one, with faults placed in its files.

    Raises:
        OfftakeError: there is none, or none of that name (`OTK-C016`), or one cannot be booked.
    """
    held = {lease.id: lease for lease in document.portfolio.capital.leases}
    if not held or (of is not None and of not in held):
        what = "there is no lease of this name" if held else "the world has no `capital.leases`"
        hint = did_you_mean(of or "", held) if held else "describe one there"
        fault = Fault(
            code="OTK-C016", what=what, where=Where(path="capital.leases"), got=of, hint=hint
        )
        raise OfftakeError(document.place(fault))
    faults: list[Fault] = []
    made: list[Books] = []
    for name, lease in held.items():
        if of in (None, name):
            try:
                made.append(book(lease))
            except OfftakeError as error:
                faults += [document.place(fault) for fault in error.faults]
    if faults:
        raise OfftakeError(faults)
    return tuple(made)


def _say(found: tuple[Books, ...], most: int) -> None:
    tabled("Leases", laid.summary(found))
    for books in found:
        name = books.lease.id
        tabled(f"{name}: schedule", laid.schedule(books))
        tabled(f"{name}: changes", laid.measured(books))
        tabled(f"{name}: sublease", laid.sublease(books))
        tabled(f"{name}: journal", laid.journal(books, most))
