"""The work of `offtake measure`: find what is to be measured, measure, tell and write."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from offtake.cli import outputs, pagefile, screen, settling
from offtake.draw import measure_tables as laid
from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.files.device_samples import is_samples, reduce_samples
from offtake.files.histories import is_history, read_history
from offtake.files.hours import read_hours
from offtake.files.transparency import read_sheet, sheet_plain, sheet_table, sheet_text
from offtake.ledger.case import window
from offtake.ledger.known import known
from offtake.measure import asked as asking
from offtake.measure.carbon import Hours
from offtake.measure.history import of_history
from offtake.measure.month import sheet_of
from offtake.measure.reduced import sheet_of_devices
from offtake.model.metric import Sheet
from offtake.report.transparency import sheet_html

SAVED, TABLE, PAGE = "transparency.json", "transparency.parquet", "transparency.html"
"""What the files of a sheet are called in the folder of `--sheet`."""
HOURS = "hours"
"""Folder of a world with the hours of its sites."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be measured, as it was asked for."""

    what: str
    month: str | None
    site: str | None
    hours: Path | None
    flop_per_token: float | None
    embodied_kg: float | None
    design_watts: float | None
    publisher: str | None
    as_of: str | None


def check(asked: Asked, *, as_json: bool) -> None:
    """Hold a sheet against the schema and the definitions, and say that it is sound.

    Raises:
        OfftakeError: with all that is wrong with it.
    """
    sheet = read_sheet(Path(asked.what))
    if as_json:
        screen.say_json(sheet_plain(sheet))
        return
    subjects = len({m.of for m in sheet.metrics})
    screen.say(
        f"{asked.what}: sound; {len(sheet.metrics):,} metrics of {subjects:,} subjects, "
        f"{len(sheet.absent):,} absent with a reason"
    )


def measure(asked: Asked, folder: Path | None, *, as_json: bool, quiet: bool, force: bool) -> None:
    """Measure, print the sheet, and write what is to be written.

    Raises:
        OfftakeError: what is to be measured has faults, or a file cannot be written.
    """
    files = _files(folder, force=force)
    sheet = _sheet(asked, quiet)
    written = [_fill(path, sheet) for path in files]
    if as_json:
        screen.say_json(sheet_plain(sheet))
    else:
        _say(sheet)
    for path in written:
        screen.note(f"wrote {path}") if as_json else screen.say(f"wrote {path}")


def _sheet(asked: Asked, quiet: bool) -> Sheet:
    _positive(asked)
    path = Path(asked.what)
    if path.suffix == ".parquet":
        _not_of_a_month(asked)
        return _of_file(asked, path)
    if asked.month is None:
        raise _usage("OTK-U003", "MONTH is missing: a world is measured a month at a time")
    if asked.design_watts is not None:
        raise _usage("OTK-U023", "--design-watts goes with samples of devices")
    held = settling.read(settling.Asked(asked.what, asked.month, None, asked.as_of), quiet)
    facts = known(held.records, held.as_of)
    portfolio = held.document.portfolio
    case = asking.Asked(
        portfolio=portfolio,
        known=facts,
        month=held.month,
        statement=settling.settled(held),
        hours=dict(_hours(asked, held)),
        flop_per_token=asked.flop_per_token,
        embodied_kg=asked.embodied_kg,
    )
    return sheet_of(case, asked.publisher or portfolio.lab)


def _of_file(asked: Asked, path: Path) -> Sheet:
    if not path.is_file():
        where = Where(file=str(path))
        raise OfftakeError(Fault(code="OTK-F001", what="there is no such file", where=where))
    publisher = asked.publisher or "unnamed"
    if is_history(path):
        history = read_history(path)
        metrics, absent = of_history(history, source=path.name)
        return Sheet(publisher=publisher, metrics=metrics, absent=absent)
    if is_samples(path):
        devices = reduce_samples([path])
        site = asked.site or path.stem
        return sheet_of_devices(devices, publisher, site=site, design_w=asked.design_watts)
    what = "neither a history nor samples of devices, by its columns"
    raise OfftakeError(Fault(code="OTK-Q011", what=what, where=Where(file=str(path))))


def _positive(asked: Asked) -> None:
    for name in ("flop_per_token", "embodied_kg", "design_watts"):
        held = getattr(asked, name)
        if held is not None and not 0.0 < held < float("inf"):
            option = f"--{name.replace('_', '-')}"
            raise _usage("OTK-U004", f"{option} must be above 0", f"{held:g}")


def _not_of_a_month(asked: Asked) -> None:
    given = [
        f"--{name.replace('_', '-')}" if name != "month" else "MONTH"
        for name in ("month", "hours", "flop_per_token", "embodied_kg", "as_of")
        if getattr(asked, name) is not None
    ]
    if given:
        raise _usage("OTK-U023", f"{', '.join(given)}: goes with a world", asked.what)


def _hours(asked: Asked, held: settling.Held) -> Iterator[tuple[str, Hours]]:
    sites = [site.id for site in held.document.portfolio.sites]
    span = window(held.month, "UTC")
    if asked.hours is not None:
        site = asked.site or (sites[0] if len(sites) == 1 else None)
        if site not in sites or site is None:
            what = "say which site the hours are of, with --site"
            raise _usage("OTK-U023", what, asked.site)
        yield site, read_hours(asked.hours, site, span)
        return
    folder = held.document.files[0].parent / HOURS
    for site in sites:
        found = [folder / f"{site}{end}" for end in (".csv", ".parquet")]
        there = [path for path in found if path.is_file()]
        if len(there) > 1:
            names = " and ".join(path.name for path in there)
            where = Where(file=str(folder))
            what = "hours of a site are in one file"
            raise OfftakeError(Fault(code="OTK-Q022", what=what, where=where, got=names))
        if there:
            yield site, read_hours(there[0], site, span)


def _usage(code: str, what: str, got: str | None = None) -> OfftakeError:
    fault = Fault(code=code, what=what, where=Where(path="offtake measure"), got=got)
    return OfftakeError(fault, exit=Exit.USAGE)


def _files(folder: Path | None, *, force: bool) -> tuple[Path, ...]:
    if folder is None:
        return ()
    lacking = pagefile.missing()
    if lacking is not None:
        screen.note(f"{PAGE} will not be written: {lacking}")
    names = (SAVED, TABLE, *((PAGE,) if lacking is None else ()))
    files = tuple(folder / name for name in names)
    outputs.claim(files, force=force)
    return files


def _fill(path: Path, sheet: Sheet) -> Path:
    if path.name == SAVED:
        return outputs.fill(path, sheet_text(sheet))
    if path.name == PAGE:
        return outputs.fill(path, sheet_html(sheet))
    held = io.BytesIO()
    pq.write_table(sheet_table(sheet), held)
    return outputs.fill(path, held.getvalue())


def _say(sheet: Sheet) -> None:
    screen.say(laid.title(sheet))
    screen.say("")
    for subject in laid.subjects(sheet):
        settling.tabled(laid.name_of(subject), laid.metrics(sheet, subject))
    settling.tabled("Not given", laid.absent(sheet))
    for note in sheet.notes:
        screen.say(f"- {note}")
