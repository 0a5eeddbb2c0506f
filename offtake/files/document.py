"""The portfolio of some files, and where in them each of its values stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import overload

from offtake.checks.references import unknown_names
from offtake.errors import Fault, OfftakeError, Where
from offtake.files.gather import Gathered, gather
from offtake.files.nodes import MapNode, held
from offtake.files.places import reach
from offtake.files.reading import validate
from offtake.files.source import find
from offtake.model.canonical import sha256
from offtake.model.portfolio import Portfolio


@dataclass(frozen=True, slots=True)
class Document:
    """A portfolio together with the files it was read from.

    `files` lists them, the first file first. `sha256` is the hash of what they say: it
    does not change with comments, the order of fields, or how the files are cut.
    """

    portfolio: Portfolio
    files: tuple[Path, ...]
    sha256: str
    root: MapNode
    """The joined tree of all files; see `offtake.files.nodes`."""
    trees: Mapping[Path, MapNode]
    """The tree of each file by itself."""

    @overload
    def place(self, what: str) -> Where: ...
    @overload
    def place(self, what: Fault) -> Fault: ...
    def place(self, what: str | Fault) -> Where | Fault:
        """Give the file, line and column of a dotted path, or a fault with them filled in.

            offers.narvik-b.power_it_mw      offers.3.power_it_mw

        Entries of a list go by name or by index. What is not written out (a default, a
        missing field) stands where the nearest thing around it does.
        """
        return place(what, self.root)


@overload
def place(what: str, root: MapNode) -> Where: ...
@overload
def place(what: Fault, root: MapNode) -> Fault: ...
def place(what: str | Fault, root: MapNode) -> Where | Fault:
    """Do as `Document.place`, for a tree that need not be a sound portfolio."""
    if isinstance(what, Fault):
        return replace(what, where=place(what.where.path, root))
    passed, _ = reach(root, what)
    return passed[-1].at.where(what) if passed else root.span.source.where(0, what)


def read(path: str | Path) -> Portfolio:
    """Read a portfolio from a YAML file, or from the folder that holds portfolio.yaml.

    Raises:
        OfftakeError: with every fault of all its files, each with file, line and column.
    """
    return open_document(path).portfolio


def open_document(
    path: str | Path,
    instead: Mapping[Path, str] | None = None,
    known: Mapping[Path, MapNode] | None = None,
) -> Document:
    """Read a portfolio and keep where each value stands.

    Every field is validated; what the entries mean together is for `offtake.checks`.

    Args:
        path: a YAML file, or the folder that holds portfolio.yaml.
        instead: texts to take in place of files on disk.
        known: trees of sound files to take again where the text has not changed.

    Raises:
        OfftakeError: with every fault of all its files, each with file, line and column.
    """
    gathered = gather(find(Path(path), instead), instead, known)
    portfolio, faults = _validated(gathered)
    if portfolio is None or faults:
        raise OfftakeError(in_order(faults, gathered.order))
    return Document(
        portfolio=portfolio,
        files=tuple(gathered.files),
        sha256=sha256(portfolio),
        root=gathered.root,
        trees=gathered.files,
    )


def _validated(gathered: Gathered) -> tuple[Portfolio | None, list[Fault]]:
    faults = list(gathered.faults)
    if not gathered.files or gathered.newer:
        return None, faults
    portfolio, wrong = validate(gathered.root, Portfolio)
    if not gathered.complete:  # what is missing may stand in a file that was not read
        wrong = [f for f in wrong if not (f.code == "OTK-F102" and "." not in f.where.path)]
    faults += wrong
    if faults and gathered.complete:
        said = {fault.where.path for fault in faults}
        dangling = unknown_names(held(gathered.root))
        faults += [place(f, gathered.root) for f in dangling if f.where.path not in said]
    return portfolio, faults


def in_order(faults: Iterable[Fault], files: Iterable[Path]) -> list[Fault]:
    """Sort faults as a reader goes through the files: by file, then by line and column."""
    listed = list(files)
    return sorted(faults, key=lambda fault: place_in_order(fault, listed))


def place_in_order(fault: Fault, files: Iterable[Path]) -> tuple[int, int, int]:
    """Give the place of a fault as a key to sort by."""
    names = [str(path) for path in files]
    where = fault.where
    rank = names.index(where.file) if where.file in names else len(names)
    return rank, where.line or 0, where.column or 0
