"""Routes of clusters: look at, drain, give up, take back, curtail."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from offtake.api.asking import Operator, TheDesk, Viewer
from offtake.errors import Fault, OfftakeError

router = APIRouter(tags=["clusters"])


@router.get("/v1/clusters")
def clusters(desk: TheDesk, _who: Viewer) -> Any:
    """List clusters, their health and what of them can be used."""
    return {"clusters": desk.clusters()}


@router.get("/v1/clusters/{cluster}/events")
def happened(desk: TheDesk, cluster: str, _who: Viewer) -> Any:
    """Give what happened to a cluster, in order."""
    return {"events": desk.happened(cluster)}


@router.post("/v1/clusters/{cluster}/drain", status_code=202)
def drain(
    desk: TheDesk,
    cluster: str,
    who: Operator,
    stop: bool = False,
) -> Any:
    """Let nothing more begin on a cluster; `stop` has what runs there go on elsewhere."""
    desk.say(cluster, "drained", stop=stop, by=who.name)
    return {"cluster": cluster, "drained": True}


@router.post("/v1/clusters/{cluster}/resume", status_code=202)
def resume(desk: TheDesk, cluster: str, who: Operator) -> Any:
    """Let jobs begin on a cluster again."""
    desk.say(cluster, "resumed", by=who.name)
    return {"cluster": cluster, "drained": False}


@router.post("/v1/clusters/{cluster}/lost", status_code=202)
def lost(desk: TheDesk, cluster: str, who: Operator) -> Any:
    """Give a cluster up: what ran there begins elsewhere now."""
    desk.say(cluster, "lost", by=who.name)
    return {"cluster": cluster, "health": "lost"}


@router.post("/v1/clusters/{cluster}/found", status_code=202)
def found(desk: TheDesk, cluster: str, who: Operator) -> Any:
    """Take a cluster back that was given up."""
    desk.say(cluster, "found", by=who.name)
    return {"cluster": cluster, "health": "ok"}


@router.post("/v1/clusters/{cluster}/usable", status_code=202)
def usable(
    desk: TheDesk,
    cluster: str,
    who: Operator,
    accelerators: Annotated[int, Query(ge=0, le=10_000_000)],
    why: Annotated[str, Query(pattern="^(curtailed|delivered|withdrawn)$")] = "curtailed",
) -> Any:
    """Say how many accelerators of a cluster may be used: a curtailment, a delivery.

    Raises:
        OfftakeError: more than the cluster has (`OTK-H002`).
    """
    most = desk.cluster(cluster).accelerator_count
    if accelerators > most:
        what = f"{cluster} has {most} accelerators"
        raise OfftakeError(Fault(code="OTK-H002", what=what, got=str(accelerators)))
    desk.say(cluster, why, usable=accelerators, by=who.name)
    return {"cluster": cluster, "usable": accelerators}
