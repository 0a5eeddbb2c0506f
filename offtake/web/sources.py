"""What is shown beside the store: a world and a plan in files, read again when they change.

    offtake serve --world worlds/stargate --plan out/stargate

Without a world, the one an adopted plan was written to is shown.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, FastAPI, Request

from offtake.errors import Fault, OfftakeError
from offtake.files import Document, open_document, read_saved
from offtake.files.hours import read_hours
from offtake.files.records import read_records
from offtake.ledger.case import window
from offtake.measure.carbon import Hours
from offtake.model.month import Month
from offtake.model.plan import Plan
from offtake.model.records import Records
from offtake.model.study import Study
from offtake.operate.access import Role, Who
from offtake.operate.service import Service
from offtake.store.adoptions import Adopted, last_adoption
from offtake.web.access import Whoever
from offtake.web.named import Named

PLAN, STUDY = "plan.json", "study.json"
"""What the files of a plan and of a study are called in a folder."""
_ONE = threading.Lock()
_BESIDE = ("records", "hours")
"""Folders of a world that are read with it."""
Stamp = tuple[tuple[str, int, int], ...]
Held = TypeVar("Held")


@dataclass(frozen=True, slots=True)
class Shown:
    """A world with its records, as its files say it now."""

    document: Document
    records: Records
    stamp: Stamp
    adopted: Adopted | None = None
    """The adoption that wrote it, where nobody named a world."""

    @property
    def key(self) -> str:
        """Tell it from what its files said before."""
        return self.document.sha256


@dataclass(slots=True)
class Kept(Generic[Held]):
    """Something that was read, until the files it was read from change."""

    read: Callable[[Path], Held]
    files: Callable[[Path, Held], Iterable[Path]]
    held: dict[Path, tuple[Stamp, Held]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def at(self, path: Path) -> Held:
        """Give what a path holds now.

        Raises:
            OfftakeError: it cannot be read.
        """
        with self.lock:
            before = self.held.get(path)
            if before is not None and before[0] == stamp(self.files(path, before[1])):
                return before[1]
            made = self.read(path)
            self.held = {path: (stamp(self.files(path, made)), made)}
            return made


def stamp(paths: Iterable[Path]) -> Stamp:
    """Tell files from what they were before: name, moment of the last change, size."""
    found = []
    for path in sorted(set(paths)):
        try:
            at = path.stat()
        except OSError:
            continue
        found.append((str(path), at.st_mtime_ns, at.st_size))
    return tuple(found)


class Sources:
    """The files that pages show; each is read again when it changes."""

    def __init__(self, named: Named) -> None:
        """Name the files; nothing is read yet."""
        self._world, self._plan = named.world, named.plan
        self._worlds: Kept[Shown] = Kept(_read_world, _world_files)
        self._plans: Kept[Plan | Study] = Kept(read_saved, lambda path, _held: [path])
        self._studies: Kept[Plan | Study] = Kept(read_saved, lambda path, _held: [path])

    def world(self, adopted: Adopted | None) -> Shown | None:
        """Give the world that was named, else the one that was adopted; None is none.

        Raises:
            OfftakeError: it cannot be read, or has faults (`OTK-F…`, `OTK-M0…`).
        """
        if self._world is not None:
            return self._worlds.at(self._world)
        if adopted is None or not adopted.folder or not Path(adopted.folder).exists():
            return None
        shown = self._worlds.at(Path(adopted.folder))
        return Shown(shown.document, shown.records, shown.stamp, adopted)

    def plan(self) -> Plan | None:
        """Give the plan that was named.

        Raises:
            OfftakeError: it cannot be read.
        """
        held = self._saved(PLAN, self._plans)
        return held if isinstance(held, Plan) else None

    def study(self) -> Study | None:
        """Give the study that was named, or stands beside the plan.

        Raises:
            OfftakeError: it cannot be read.
        """
        held = self._saved(STUDY, self._studies)
        return held if isinstance(held, Study) else None

    def _saved(self, name: str, kept: Kept[Plan | Study]) -> Plan | Study | None:
        path = self._plan
        if path is None:
            return None
        if path.is_dir():
            path = path / name
            if not path.exists():
                return None
        elif path.name != name and (path.name in (PLAN, STUDY)):
            beside = path.with_name(name)
            path = beside if beside.exists() else path
        return kept.at(path)


def _read_world(path: Path) -> Shown:
    document = open_document(path)
    return Shown(document, read_records(document), ())


def _world_files(_path: Path, held: Shown) -> list[Path]:
    folder = held.document.files[0].parent
    beside = [p for name in _BESIDE for p in (folder / name).rglob("*") if p.is_file()]
    return [*held.document.files, *beside]


def hours_of(shown: Shown, month: Month) -> Mapping[str, Hours]:
    """Give the hours of a month of each site that has any, from the world's folder.

    Raises:
        OfftakeError: they cannot be read.
    """
    folder = shown.document.files[0].parent / "hours"
    span = window(month, "UTC")
    found = {}
    for site in shown.document.portfolio.sites:
        for end in (".csv", ".parquet"):
            path = folder / f"{site.id}{end}"
            if path.is_file():
                found[site.id] = read_hours(path, site.id, span)
    return found


def everything(who: Whoever) -> Who:
    """Let in who may see all of the portfolio: a token of one tenant or party may not.

    Raises:
        OfftakeError: the token is of a tenant or a party (`OTK-W030`), or its role is too low
            (`OTK-H004`).
    """
    if who.tenant is not None or who.party is not None:
        what = "this page is for those who may see the whole portfolio"
        got = f"{who.name}: of {who.tenant or who.party} alone"
        settled = "this token may read its links of closed months (/v1/statements); "
        runs = "this token may look at Fleet (/fleet) and Jobs (/jobs); "
        looks = settled if who.settles else runs
        hint = (
            f"{looks}an owner makes one for all pages, of no tenant and no party: "
            "`offtake token make NAME --role viewer`"
        )
        raise OfftakeError(Fault(code="OTK-W030", what=what, got=got, hint=hint))
    who.may(Role.VIEWER)
    return who


def the_sources(request: Request) -> Sources:
    """Give the files that pages of this application show."""
    return sources_of(request.app)


def sources_of(app: FastAPI) -> Sources:
    """Give the files that pages of an application show, the same to whoever asks."""
    with _ONE:
        if not hasattr(app.state, "sources"):
            app.state.sources = Sources(app.state.named)
        found: Sources = app.state.sources
    return found


def adoption(app: FastAPI) -> Adopted | None:
    """Give the last plan that was adopted into the store."""
    service: Service = app.state.service
    with service.store.reading() as connection:
        return last_adoption(connection)


def world(request: Request) -> Shown | None:
    """Give the world that is shown; None is none."""
    return world_of(request.app)


def world_of(app: FastAPI) -> Shown | None:
    """Give the world an application shows; None is none.

    Raises:
        OfftakeError: it cannot be read, or has faults (`OTK-F…`, `OTK-M0…`).
    """
    return sources_of(app).world(adoption(app))


Everything = Annotated[Who, Depends(everything)]
TheSources = Annotated[Sources, Depends(the_sources)]
TheWorld = Annotated[Shown | None, Depends(world)]
