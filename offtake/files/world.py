"""A new portfolio from an example: a copy that editors understand."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

from offtake.errors import Fault, OfftakeError, Where
from offtake.files.document import Document, open_document
from offtake.files.json_schema import form_schema, part_schema, schema, schema_text
from offtake.files.source import LIMIT_BYTES, RECORDS
from offtake.files.writing import write_bytes, write_text

SCHEMA_FOLDER = ".offtake"
WHOLE, PART = "portfolio.schema.json", "part.schema.json"
RECORD = "records.schema.json"
_MARK = "# yaml-language-server: $schema="


def init(folder: str | Path, world: str | Path, *, force: bool = False) -> tuple[Path, ...]:
    """Copy a world and its records into a folder, ready to be changed; give the files written.

    Beside the copy, `.offtake/` holds the JSON Schema of its files, and the first line of
    each YAML file names it: editors then complete fields, show units and mark faults.

    Args:
        folder: where to; made if it is not there.
        world: the folder of the world.
        force: overwrite files of the same name instead of refusing.

    Raises:
        OfftakeError: the world is not sound (with all its faults), a file to be written is
            there already (`OTK-F040`), or it cannot be written (`OTK-F041`).
    """
    target = Path(folder)
    document = open_document(world)
    texts = {target / name: text for name, text in (*_texts(document), *_records(document))}
    _refuse_overwriting(target, texts, force)
    for path, text in texts.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            what = f"the folder cannot be made: {error.strerror or error}"
            where = Where(file=str(path.parent))
            raise OfftakeError(Fault(code="OTK-F041", what=what, where=where)) from None
        write_bytes(path, text) if isinstance(text, bytes) else write_text(path, text)
    return tuple(texts)


def _texts(document: Document) -> Iterator[tuple[Path, str]]:
    """The files of the copy, relative to it: schemas, the portfolio, and what explains it."""
    yield Path(SCHEMA_FOLDER, WHOLE), schema_text(schema())
    yield Path(SCHEMA_FOLDER, PART), schema_text(part_schema())
    origin = document.files[0].parent
    for path in document.files:
        name = _relative(path, origin)
        kind = WHOLE if path == document.files[0] else PART
        up = "../" * (len(name.parts) - 1)
        text = document.trees[path].span.source.text
        if text.startswith(_MARK):
            text = text.partition("\n")[2]
        yield name, f"{_MARK}{up}{SCHEMA_FOLDER}/{kind}\n{text}"
    readme = origin / "README.md"
    if readme.is_file() and readme.stat().st_size < LIMIT_BYTES:
        yield Path(readme.name), readme.read_text(encoding="utf-8", errors="replace")


def _records(document: Document) -> Iterator[tuple[Path, str | bytes]]:
    """The records of the copy, and the schema of those people write; none where there are none."""
    folder = document.files[0].parent / RECORDS
    if not folder.is_dir():
        return
    form = import_module("offtake.files.records.form")
    made = form_schema(form.RecordFile, form.FORMAT, "Records of a world (offtake)")
    yield Path(SCHEMA_FOLDER, RECORD), schema_text(made)
    for path in import_module("offtake.files.records.reading").files_in(folder):
        name = path.relative_to(folder.parent)
        data = path.read_bytes()
        if path.suffix.lower() not in (".yaml", ".yml"):
            yield name, data
            continue
        text = data.decode("utf-8-sig")
        up = "../" * (len(name.parts) - 1)
        rest = text.partition("\n")[2] if text.startswith(_MARK) else text
        yield name, f"{_MARK}{up}{SCHEMA_FOLDER}/{RECORD}\n{rest}"


def _relative(path: Path, origin: Path) -> Path:
    return Path(os.path.relpath(path.resolve(), origin.resolve()))


def _refuse_overwriting(target: Path, texts: Mapping[Path, str | bytes], force: bool) -> None:
    there = [target] if target.exists() and not target.is_dir() else []
    if not force:
        there += [path for path in texts if path.exists()]
    if there:
        raise OfftakeError(
            [
                Fault(
                    code="OTK-F040",
                    what="something is there already, and it is kept",
                    where=Where(file=str(path)),
                    hint="name another folder, or add --force to overwrite",
                )
                for path in there
            ]
        )
