"""One cluster: what it is, what happened to it, what runs there; drain it, resume it, give it up.

What is to be done is told first, with the jobs it would touch, and done when that is confirmed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response

from offtake.errors import Fault, OfftakeError, Where, did_you_mean
from offtake.model.work import JobState
from offtake.operate.desk import Desk
from offtake.operate.fitting import fits
from offtake.operate.rows import SPEC
from offtake.web import frame
from offtake.web.access import Filled, Operator, TheDesk, Viewer
from offtake.web.terms import contracts, plain_terms, terms_of

SHOWN = 100
"""Jobs and events that are shown; the list of jobs has all."""
MOST = 10_000
HERE = (JobState.STARTING, JobState.RUNNING, JobState.STOPPING)
router = frame.router()


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that may be done to a cluster."""

    title: str
    kind: str
    """What is said of the cluster."""
    does: str
    """What comes of it."""
    jobs: str = ""
    """What becomes of the jobs there; empty is nothing."""
    grave: bool = False
    """Whether jobs lose their place by it."""
    body: Mapping[str, Any] | None = None


DEEDS: Mapping[str, Deed] = {
    "drain": Deed("Drain", "drained", "Nothing more begins there.", "They go on to their end."),
    "stop": Deed(
        "Drain and stop",
        "drained",
        "Nothing more begins there, and what runs is stopped.",
        "They are told to stop, and begin again elsewhere where they can.",
        grave=True,
        body={"stop": True},
    ),
    "resume": Deed("Resume", "resumed", "Jobs may begin there again."),
    "lost": Deed(
        "Give up",
        "lost",
        "It counts as lost at once, without waiting for its engine.",
        "They begin elsewhere; what they did since their last checkpoint is gone.",
        grave=True,
    ),
    "found": Deed("Take back", "found", "It counts as reachable again."),
    "usable": Deed(
        "Curtail",
        "curtailed",
        "Only so many of its accelerators are used.",
        "Those that no longer fit are stopped, and begin again where they can.",
        grave=True,
    ),
}
"""What may be done, by the last part of its address."""


@router.get("/fleet/{name}")
def shown(request: Request, desk: TheDesk, who: Viewer, name: str) -> Response:
    """Show a cluster."""
    spec = desk.cluster(name)
    return frame.page(
        request,
        "cluster.html",
        title=name,
        spec=spec,
        now_is=_now(desk, name),
        terms=plain_terms(terms_of(spec, contracts(desk.store))),
        jobs=desk.jobs(states=HERE, cluster=name, tenant=who.tenant, most=SHOWN),
        events=list(reversed(desk.happened(name)))[:SHOWN],
        deeds=DEEDS,
    )


@router.get("/fleet/{name}/{deed}")
def ask(
    request: Request, desk: TheDesk, who: Operator, name: str, deed: str, accelerators: str = ""
) -> Response:
    """Say what doing it would change, and ask."""
    chosen = _deed(deed)
    _whole(desk, name, deed, accelerators)
    touched = desk.jobs(states=HERE, cluster=name, tenant=who.tenant, most=MOST)
    return frame.page(
        request,
        "deed.html",
        title=f"{chosen.title} {name}?",
        deed=chosen,
        word=deed,
        cluster=_now(desk, name),
        accelerators=accelerators,
        jobs=touched if chosen.jobs else (),
        stranded=_stranded(desk, name, touched) if chosen.grave else (),
        shown=SHOWN,
    )


@router.post("/fleet/{name}/{deed}")
def do(desk: TheDesk, who: Operator, name: str, deed: str, fields: Filled) -> Response:
    """Do it."""
    chosen = _deed(deed)
    body = dict(chosen.body or {})
    usable = _whole(desk, name, deed, fields.get("accelerators", ""))
    if usable is not None:
        body["usable"] = usable
    desk.say(name, chosen.kind, by=who.name, **body)
    return frame.back(f"/fleet/{name}")


def _deed(name: str) -> Deed:
    if name not in DEEDS:
        hint = did_you_mean(name, DEEDS)
        what = "this cannot be done to a cluster"
        raise OfftakeError(Fault(code="OTK-W006", what=what, got=repr(name), hint=hint))
    return DEEDS[name]


def _whole(desk: Desk, cluster: str, deed: str, given: str) -> int | None:
    """Read how many accelerators may be used, where that is asked for.

    Raises:
        OfftakeError: it is no number the cluster has (`OTK-W004`), or there is no such cluster.
    """
    most = desk.cluster(cluster).accelerator_count
    if deed != "usable":
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 10 and int(given) <= most):
        what = f"a whole number from 0 to {most} is wanted"
        where = Where(path="accelerators")
        raise OfftakeError(Fault(code="OTK-W004", what=what, where=where, got=repr(given)))
    return int(given)


def _now(desk: Desk, name: str) -> Mapping[str, Any]:
    desk.cluster(name)
    return next(each for each in desk.clusters() if each["id"] == name)


def _stranded(
    desk: Desk, name: str, jobs: Sequence[Mapping[str, Any]]
) -> Sequence[Mapping[str, Any]]:
    """Give the jobs that could run nowhere else: they would wait for this cluster."""
    others = [each for each in desk.installation.clusters if each.id != name]
    return [job for job in jobs if not fits(SPEC.validate_python(job["spec"]), others)]
