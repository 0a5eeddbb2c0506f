"""The fleet: sites and their clusters, health, what can be used, what is taken, who waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa
from fastapi import Request, Response

from offtake.model.contract import Tenure
from offtake.operate.access import Who
from offtake.operate.desk import Desk
from offtake.web import adding, cluster, data, frame
from offtake.web.access import TheDesk, Viewer
from offtake.web.queue import MOST, waiting
from offtake.web.terms import contracts, plain_terms, terms_of

BAD = ("lost", "unreachable")
router = frame.router()


@dataclass(frozen=True, slots=True)
class Site:
    """A site with its clusters, as rows of a table."""

    id: str
    country: str
    rows: Sequence[Mapping[str, Any]]


@router.get("/fleet")
def shown(request: Request, desk: TheDesk, who: Viewer) -> Response:
    """Show the fleet."""
    rows = clusters(desk, who)
    sites = _by_site(rows)
    power = [row["power_it_mw"] for row in rows if row["power_it_mw"] is not None]
    return frame.page(
        request,
        "fleet.html",
        title="Fleet",
        sites=sites,
        grouped=any(len(site.rows) > 1 for site in sites),
        total=_total(rows),
        megawatts=partial(adding.written, many=adding.decimals([power])),
        tenures=[tenure.value for tenure in Tenure if any(r["tenure"] == tenure for r in rows)],
        most=MOST,
        data=data.files("/fleet/data"),
    )


@router.get("/fleet/data.{form}")
def shown_data(desk: TheDesk, who: Viewer, form: str) -> Response:
    """Give the clusters as a file."""
    return data.as_file(_table(clusters(desk, who)), form, "fleet")


def clusters(desk: Desk, who: Who) -> Sequence[Mapping[str, Any]]:
    """Give the clusters as rows: what they are, how they are and how they are held."""
    held = contracts(desk.store)
    specs = desk.installation.clusters
    queue = waiting(desk, who.tenant, specs, desk.counts(who.tenant)["queued"])
    now = {row["id"]: row for row in desk.clusters()}
    return [
        {
            "id": spec.id,
            "site": spec.site,
            "country": spec.country,
            "accelerator": spec.accelerator,
            "count": spec.accelerator_count,
            "engine": spec.engine.kind.value,
            "contract": spec.contract,
            "waiting": None if queue is None else queue[spec.id],
            **{word: now[spec.id][word] for word in ("usable", "taken", "health", "drained")},
            **plain_terms(terms_of(spec, held)),
        }
        for spec in specs
        if spec.id in now
    ]


def _by_site(rows: Sequence[Mapping[str, Any]]) -> Sequence[Site]:
    names = dict.fromkeys(row["site"] for row in rows)
    found = []
    for name in names:
        mine = [row for row in rows if row["site"] == name]
        country = next((row["country"] for row in mine if row["country"]), "")
        found.append(Site(name, country, mine))
    return found


def _total(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    power = [row["power_it_mw"] for row in rows if row["power_it_mw"] is not None]
    return {
        "sites": len({row["site"] for row in rows}),
        "clusters": len(rows),
        "count": sum(row["count"] for row in rows),
        "usable": sum(row["usable"] for row in rows),
        "taken": sum(row["taken"] for row in rows),
        "bad": sum(row["health"] in BAD for row in rows),
        "drained": sum(row["drained"] for row in rows),
        "power_it_mw": sum(power) if power else None,
        "power_known": len(power),
    }


def _table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    words = "id site country accelerator engine contract tenure health due".split()
    whole = "count usable taken waiting".split()
    made = {word: pa.array([row[word] for row in rows], pa.string()) for word in words}
    made |= {word: pa.array([row[word] for row in rows], pa.int64()) for word in whole}
    made["drained"] = pa.array([row["drained"] for row in rows], pa.bool_())
    made["power_it_mw"] = pa.array([row["power_it_mw"] for row in rows], pa.float64())
    return pa.table(made)


router.include_router(cluster.router)
