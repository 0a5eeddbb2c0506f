"""The desk for services: taken in, changed, told their load, looked at, ended."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from offtake.errors import Exit, Fault, OfftakeError, Where, did_you_mean, few
from offtake.model.work import ServiceSpec
from offtake.operate.desk import Desk
from offtake.operate.services.replicas import (
    SAID,
    SERVICE,
    Said,
    client_of,
    job_spec,
    regions_of,
    said_of,
    spec_of,
    wanted_of,
)
from offtake.store import services as rows

MOST = 100_000
"""Most replicas somebody may want of a region."""
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
Plain = Mapping[str, Any]


class ServiceDesk:
    """Where services are handed in and asked about; what it acknowledged is on disk."""

    def __init__(self, desk: Desk, *, clock: Callable[[], float]) -> None:
        """Stand beside the desk of jobs, on its store."""
        self._desk = desk
        self._clock = clock

    def put(self, spec: ServiceSpec, *, client: str = "") -> bool:
        """Take a service in, or what changed of it; gives whether it is new.

        Replicas that run what it said before go on until others run in their place.

        Raises:
            OfftakeError: its name is none (`OTK-E161`), its regions or their counts contradict
                each other (`OTK-E163`), it is another tenant's (`OTK-E164`), or a replica
                cannot be taken in as a job (`OTK-E004`, `OTK-E022`, `OTK-E023`, `OTK-E024`,
                `OTK-E030`).
        """
        self.check(spec)
        now = self._clock()
        text = SERVICE.dump_json(spec, exclude_defaults=True).decode()
        changed = {"spec": text, "state": rows.RUNS, "client": client, "changed": now}

        def write(connection: Connection) -> bool:
            before = rows.service(connection, spec.name)
            if before is None:
                row = {"id": spec.name, "tenant": spec.tenant, "said": _text(Said()), "made": now}
                rows.add_service(connection, {**row, **changed})
                return True
            if before["tenant"] != spec.tenant and before["state"] == rows.RUNS:
                what = "there is a service of this name, of another tenant"
                where = Where(path="service.name")
                raise OfftakeError(Fault(code="OTK-E164", what=what, where=where, got=spec.name))
            again: bool = before["state"] == rows.ENDED
            named = {region.region for region in regions_of(spec)}
            said = Said() if again else _within(said_of(before), named)
            more = {"tenant": spec.tenant, "said": _text(said)}
            self._change(connection, before, {**changed, **more})
            return again

        new: bool = self._write(write)
        return new

    def check(self, spec: ServiceSpec) -> Sequence[Plain]:
        """Say by region where a replica could run, and why not elsewhere; nothing is kept.

        Raises:
            OfftakeError: as `put`.
        """
        faults = few(_faults(spec))
        if faults:
            raise OfftakeError(faults)
        named = [region.region for region in regions_of(spec)]
        found = self._desk.check([job_spec(spec, region) for region in named])
        return [{"region": at, **each} for at, each in zip(named, found, strict=True)]

    def load(self, name: str, load: Mapping[str, float]) -> Plain:
        """Say what users ask for, in requests a second by region; others stay as they were.

        Raises:
            OfftakeError: there is no such service (`OTK-E160`) or region (`OTK-E162`), its
                replicas say not what they serve, or a load is no number (`OTK-E165`).
        """

        def said(spec: ServiceSpec, before: Said) -> Said:
            if spec.replica_requests_per_s is None:
                what = "the service does not say what a replica serves"
                hint = "give it `replica_requests_per_s`, or say how many replicas it wants"
                where = Where(path=f"services.{name}")
                raise OfftakeError(Fault(code="OTK-E165", what=what, where=where, hint=hint))
            wrong = {r: x for r, x in load.items() if not (math.isfinite(x) and x >= 0.0)}
            if wrong:
                what = "a load is a number of requests a second, 0 or more"
                where = Where(path=f"services.{name}.load")
                raise OfftakeError(Fault(code="OTK-E165", what=what, where=where, got=str(wrong)))
            made = {**before.load, **load}
            return Said(load=made, replicas=before.replicas, at=self._clock())

        return self._say(name, load, said)

    def scale(self, name: str, replicas: Mapping[str, int | None]) -> Plain:
        """Say how many replicas are wanted whatever the load, by region; None leaves it to it.

        Raises:
            OfftakeError: there is no such service (`OTK-E160`) or region (`OTK-E162`), or a
                number is none (`OTK-E165`).
        """

        def said(_spec: ServiceSpec, before: Said) -> Said:
            wrong = {r: n for r, n in replicas.items() if n is not None and not 0 <= n <= MOST}
            if wrong:
                what = f"replicas are 0 to {MOST:,}"
                where = Where(path=f"services.{name}.replicas")
                raise OfftakeError(Fault(code="OTK-E165", what=what, where=where, got=str(wrong)))
            asked = {**before.replicas, **replicas}
            made = {region: number for region, number in asked.items() if number is not None}
            return Said(load=before.load, replicas=made, at=before.at)

        return self._say(name, replicas, said)

    def end(self, name: str) -> None:
        """End a service: its replicas are stopped.

        Raises:
            OfftakeError: there is no such service (`OTK-E160`).
        """
        now = self._clock()

        def write(connection: Connection) -> None:
            before = self._found(connection, name)
            self._change(connection, before, {"state": rows.ENDED, "changed": now})

        self._write(write)

    def show(self, name: str) -> Plain:
        """Give a service with its regions and replicas, as plain data.

        Raises:
            OfftakeError: there is no such service (`OTK-E160`).
        """
        with self._desk.store.reading() as connection:
            row = rows.service(connection, name)
            if row is None:
                raise self._unknown(connection, name)
            return _plain(row, rows.replicas(connection, client_of(name)))

    def listed(self, *, tenant: str | None = None) -> Sequence[Plain]:
        """Give the services that were not ended, with their regions, as plain data."""
        with self._desk.store.reading() as connection:
            found = rows.services(connection, tenant=tenant)
            return [_plain(r, rows.replicas(connection, client_of(r["id"]))) for r in found]

    def _say(
        self, name: str, regions: Mapping[str, object], made: Callable[[ServiceSpec, Said], Said]
    ) -> Plain:
        now = self._clock()

        def write(connection: Connection) -> None:
            before = self._found(connection, name)
            spec = spec_of(before)
            _see_regions(spec, regions)
            said = _text(made(spec, said_of(before)))
            self._change(connection, before, {"said": said, "changed": now})

        self._write(write)
        return self.show(name)

    def _found(self, connection: Connection, name: str) -> Any:
        row = rows.service(connection, name)
        if row is None or row["state"] == rows.ENDED:
            raise self._unknown(connection, name)
        return row

    def _unknown(self, connection: Connection, name: str) -> OfftakeError:
        hint = did_you_mean(name, [row["id"] for row in rows.services(connection)])
        what = "there is no such service"
        fault = Fault(code="OTK-E160", what=what, got=repr(name), hint=hint)
        return OfftakeError(fault, exit=Exit.USAGE)

    def _change(self, connection: Connection, before: Any, changed: rows.Row) -> None:
        if not rows.change_service(connection, before["id"], int(before["version"]), changed):
            what = "somebody else changed the service meanwhile"
            where = Where(path=f"services.{before['id']}")
            raise OfftakeError(Fault(code="OTK-E166", what=what, where=where, hint="ask again"))

    def _write(self, write: Callable[[Connection], Any]) -> Any:
        with self._desk.store.writing() as connection:
            return write(connection)


def _plain(row: Any, replicas: Sequence[Any]) -> Plain:
    """Give a service as plain data: by region what is wanted, and what there is."""
    spec, said = spec_of(row), said_of(row)
    jobs = [(json.loads(one["spec"]).get("region") or "", one) for one in replicas]
    ended = row["state"] == rows.ENDED
    regions = []
    for region in regions_of(spec):
        count, short = (0, 0) if ended else wanted_of(spec, said, region)
        mine = [one for name, one in jobs if name == region.region]
        regions.append(
            {
                "region": region.region,
                "requests_per_s": said.load.get(region.region),
                "asked": said.replicas.get(region.region),
                "wanted": count,
                "short": short,
                "running": sum(one["state"] == "running" for one in mine),
                "waiting": sum(one["state"] == "queued" for one in mine),
                "replicas": len(mine),
            }
        )
    shown = ("id", "job", "region", "state", "cluster", "submitted", "began", "restarts", "reason")
    listed = [{"job": one["id"], "region": name, **one} for name, one in jobs]
    return {
        **{name: row[name] for name in ("id", "tenant", "client", "state", "made", "changed")},
        "spec": json.loads(row["spec"]),
        "load_at": said.at,
        "regions": regions,
        "replicas": [{name: one[name] for name in shown if name != "id"} for one in listed],
    }


def _within(said: Said, regions: set[str]) -> Said:
    """Leave out what was said of regions that are no longer named."""
    return Said(
        load={name: x for name, x in said.load.items() if name in regions},
        replicas={name: n for name, n in said.replicas.items() if name in regions},
        at=said.at,
    )


def _text(said: Said) -> str:
    return SAID.dump_json(said).decode()


def _faults(spec: ServiceSpec) -> Sequence[Fault]:
    found = []
    if not _NAME.fullmatch(spec.name):
        what = "a service is called by 1 to 63 small letters, digits and `-`"
        where = Where(path="service.name")
        found.append(Fault(code="OTK-E161", what=what, where=where, got=repr(spec.name)))
    named = [region.region for region in spec.regions]
    for at, region in enumerate(spec.regions):
        where = Where(path=f"service.regions[{at}]")
        if named.count(region.region) > 1 or not region.region:
            what = "each region has a name, and stands once"
            got = repr(region.region)
            found.append(Fault(code="OTK-E163", what=what, where=where, got=got))
        if region.most_count is not None and region.most_count < region.floor_count:
            what = "`most_count` is less than `floor_count`"
            got = f"{region.most_count} < {region.floor_count}"
            found.append(Fault(code="OTK-E163", what=what, where=where, got=got))
    if spec.replica_hours <= 0.0:
        where = Where(path="service.replica_hours")
        what = "a replica runs for some time"
        found.append(Fault(code="OTK-E163", what=what, where=where, got=f"{spec.replica_hours:g}"))
    return found


def _see_regions(spec: ServiceSpec, regions: Mapping[str, object]) -> None:
    there = [region.region for region in regions_of(spec)]
    wrong = [name for name in regions if name not in there]
    if wrong:
        what = "the service has no such region"
        hint = did_you_mean(wrong[0], there) or f"its regions: {', '.join(there) or 'none'}"
        where = Where(path=f"services.{spec.name}")
        raise OfftakeError(
            Fault(code="OTK-E162", what=what, where=where, got=repr(wrong[0]), hint=hint)
        )
