"""Exports: a plan or a study as tables, for programs and for people who live in Excel."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from offtake.errors import Fault, OfftakeError, Where, did_you_mean
from offtake.files.frames import Frame
from offtake.files.tables import tables
from offtake.files.writing import make_folder, write_bytes
from offtake.model.plan import Plan
from offtake.model.study import Study
from offtake.model.value import Value

PACKAGE = "datapackage.json"
"""File of a folder of tables that describes them."""
FORM = "offtake.tables/1"
"""Name and version of the form of an export; a folder and a Parquet file say it."""
WORKBOOK = ".xlsx"
TABLES = (".parquet", ".csv")
AUTHOR = "offtake"
"""Author of our workbooks; by it one is known as ours."""


@dataclass(frozen=True, slots=True)
class Content:
    """A file of an export before it is written."""

    data: bytes
    holds: str
    """What is in it, in words: `14 rows, 14 columns`."""


def export(
    held: Plan | Study, path: str | Path, *, csv: bool = False, table: str | None = None
) -> tuple[Path, ...]:
    """Write a plan or a study as tables, and give the files written.

    A folder gets one Parquet file a table (CSV with `csv`), and a `datapackage.json` that
    says the unit and the meaning of every column. A file that ends in .xlsx gets a workbook
    whose totals, discounting and checks are live formulas; one that ends in .parquet or
    .csv gets one table, which `table` names.

        offtake.export(plan, "tables")
        offtake.export(plan, "plan.xlsx")
        offtake.export(plan, "signings.csv", table="signings")

    Raises:
        OfftakeError: the file's ending is none of these (`OTK-F045`), there is no such table
            (`OTK-F046`), what writes a workbook is not installed (`OTK-F044`), or a file
            cannot be written (`OTK-F041`).
    """
    contents = exported(held, path, csv=csv, table=table)
    for file, content in contents.items():
        make_folder(file.parent)
        write_bytes(file, content.data)
    return tuple(contents)


def exported(
    held: Plan | Study, path: str | Path, *, csv: bool = False, table: str | None = None
) -> dict[Path, Content]:
    """Give what `export` would write, by file; nothing is written.

    Raises:
        OfftakeError: as `export`, but for what the disk refuses.
    """
    path = Path(path)
    ending = path.suffix.lower()
    made = tables(held)
    if table is not None and table not in made:
        raise _fault("OTK-F046", "there is no such table", path, table, did_you_mean(table, made))
    if ending == WORKBOOK and table is None and not csv:
        return {path: _workbook(held, made, path)}
    if ending in TABLES and table is not None:
        return {path: _content(made[table], ending, _about(held), path)}
    if ending in (WORKBOOK, *TABLES):
        what, hint = _MISFITS[ending if table is None else WORKBOOK]
        raise _fault("OTK-F045", what, path, path.name, hint)
    if ending and not path.is_dir():
        what = "an export is a folder, or a file that ends in .xlsx, .parquet or .csv"
        raise _fault("OTK-F045", what, path, f"'{ending}'", "name a folder, or a file like it")
    chosen = made if table is None else {table: made[table]}
    return _folder(held, chosen, path, ".csv" if csv else ".parquet")


_MISFITS: Mapping[str, tuple[str, str]] = {
    WORKBOOK: ("a workbook holds all tables", "name a folder, or a file that ends in .csv"),
    ".csv": ("a file holds one table", "name the table too (--table), or a folder for all of them"),
    ".parquet": (
        "a file holds one table",
        "name the table too (--table), or a folder for all of them",
    ),
}


def _folder(
    held: Value, chosen: Mapping[str, Frame], path: Path, ending: str
) -> dict[Path, Content]:
    about = _about(held)
    files = {
        f"{name}{ending}": _content(frame, ending, about, path) for name, frame in chosen.items()
    }
    data = _arrow().package(
        f"offtake-{about['of']}", about, {n: c.data for n, c in files.items()}, chosen
    )
    described = Content(data, "units, meanings and hashes of all columns and files")
    return {
        **{path / name: content for name, content in files.items()},
        path / PACKAGE: described,
    }


def _content(frame: Frame, ending: str, about: Mapping[str, str], path: Path) -> Content:
    write: Callable[[Frame, Mapping[str, str]], bytes] = (
        _arrow().csv if ending == ".csv" else _arrow().parquet
    )
    try:
        data = write(frame, about)
    except UnicodeEncodeError as error:
        what = f"the table {frame.name} holds text no file can say: {error.reason}"
        raise _fault("OTK-F041", what, path) from None
    rows, columns = len(frame), len(frame.columns)
    words = f"{rows:,} row{'s' * (rows != 1)}, {columns} column{'s' * (columns != 1)}"
    return Content(data, words)


def _workbook(held: Value, made: Mapping[str, Frame], path: Path) -> Content:
    # A workbook needs a library of its own, which only this form asks for.
    try:
        module = import_module("offtake.files.workbook")
    except ModuleNotFoundError as error:
        got = f"no module '{error.name}'"
        hint = "pip install 'offtake[excel]'"
        raise _fault("OTK-F044", "a workbook cannot be written", path, got, hint) from None
    try:
        data, sheets = module.workbook(held, made)
    except ValueError as error:  # also what no UTF-8 can say
        raise _fault("OTK-F041", f"a cell cannot hold this: {error}", path) from None
    return Content(data, f"{len(sheets)} sheets: {', '.join(sheets)}")


def _arrow() -> Any:
    """Give the module of Arrow, which takes a quarter of a second to load."""
    return import_module("offtake.files.arrow")


def _about(held: Value) -> dict[str, str]:
    """Give what a reader of a table must know of where it comes from."""
    names = ("portfolio", "as_of", "inputs_sha256", "version", "scenarios", "seed")
    told = {name: str(getattr(held, name)) for name in names if hasattr(held, name)}
    return {"form": FORM, "of": type(held).__name__.lower(), **told}


def is_export(path: Path) -> bool:
    """Tell whether a file is one that an export wrote, and nobody has changed since."""
    try:
        data = path.read_bytes()
    except OSError:
        return False
    if path.name == PACKAGE:
        return _form(data) == FORM
    if path.suffix.lower() == WORKBOOK:
        return _author(data) == AUTHOR
    if path.suffix.lower() == ".parquet" and _arrow().is_ours(data):
        return True
    return f"sha256:{hashlib.sha256(data).hexdigest()}" == _hashes(path.parent).get(path.name)


def _form(data: bytes) -> str | None:
    try:
        held = json.loads(data)
    except ValueError:
        return None
    form = held.get("form") if isinstance(held, dict) else None
    return form if isinstance(form, str) else None


def _hashes(folder: Path) -> dict[str, str]:
    """Give the hashes a folder's description tells, by file; none where it has none."""
    try:
        data = (folder / PACKAGE).read_bytes()
    except OSError:
        return {}
    if _form(data) != FORM:
        return {}
    resources = json.loads(data).get("resources", [])
    return {str(one.get("path")): str(one.get("hash")) for one in resources}


def _author(data: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            text = archive.read("docProps/core.xml").decode("utf-8", "replace")
    except (zipfile.BadZipFile, KeyError, OSError):
        return None
    return text.partition("<dc:creator>")[2].partition("</dc:creator>")[0]


def _fault(
    code: str, what: str, path: Path, got: str | None = None, hint: str | None = None
) -> OfftakeError:
    fault = Fault(code=code, what=what, where=Where(file=str(path)), got=got, hint=hint)
    return OfftakeError(fault)
