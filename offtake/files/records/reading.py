"""The records of a world, read from all its files, with every fault at once."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from offtake.errors import Fault, OfftakeError, few
from offtake.files.document import Document, open_document
from offtake.files.records.agreeing import disagreements, remarks
from offtake.files.records.columns import read_readings
from offtake.files.records.named import Named, named
from offtake.files.records.parts import Found
from offtake.files.records.tables import ENDINGS, kind_of, nameless, read_table
from offtake.files.records.trees import read_trees
from offtake.files.records.uniting import united
from offtake.files.source import RECORDS
from offtake.model.records import Records

_MOST_FAULTS = 10_000


@dataclass(frozen=True, slots=True)
class Looked:
    """What is to be said about a world's records."""

    records: Records
    """What they say; not to be used where there are faults."""
    faults: tuple[Fault, ...] = ()
    """What is wrong with them."""
    remarks: tuple[Fault, ...] = ()
    """What a reader should know."""
    files: tuple[Path, ...] = ()
    """The files they were read from."""


def read_records(world: str | Path | Document) -> Records:
    """Read the records of a world: the folder `records/` beside its portfolio.yaml.

    YAML files and tables are joined; a record that is there twice counts once. A world
    without the folder has no records.

    Raises:
        OfftakeError: with every fault of the portfolio, or else of all files of records
            (`OTK-F…` and `OTK-M0…`), each with file and line or row.
    """
    document = world if isinstance(world, Document) else open_document(world)
    looked = look(document)
    if looked.faults:
        raise OfftakeError(looked.faults)
    return looked.records


def look(document: Document) -> Looked:
    """Read the records of a world and say what is wrong with them."""
    folder = folder_of(document)
    files = tuple(files_in(folder))
    if not files:
        return Looked(Records())
    found = gathered(folder)
    known = named(document.portfolio)
    judge(found, known)
    records = united(found)
    return Looked(records, tuple(found.faults), tuple(remarks(found, known)), files)


def gathered(folder: Path) -> Found:
    """Read every file of records in a folder; what they mean together is not looked at."""
    found = Found()
    files = files_in(folder)
    read_trees([path for path in files if path.suffix.lower() not in ENDINGS], found)
    for path in files:
        if path.suffix.lower() in ENDINGS:
            _table(path, folder, found)
    return found


def judge(found: Found, known: Named) -> None:
    """Add the faults of records that do not agree with a portfolio."""
    found.faults += few(islice(disagreements(found, known), _MOST_FAULTS))


def folder_of(document: Document) -> Path:
    """Give the folder of a world's records, there or not."""
    return document.files[0].parent / RECORDS


def files_in(folder: Path) -> list[Path]:
    """List the files of records below a folder, by name; those that begin with a dot are left."""
    endings = (".yaml", ".yml", *ENDINGS)
    if not folder.is_dir():
        return []
    found = (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in endings)
    return [p for p in found if not any(s.startswith(".") for s in p.relative_to(folder).parts)]


def _table(path: Path, folder: Path, found: Found) -> None:
    kind = kind_of(path, folder)
    if kind is None:
        found.faults.append(nameless(path))
    elif kind == "readings":
        read_readings(path, found)
    else:
        read_table(path, kind, found)
