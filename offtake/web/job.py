"""One job: where it stands and why, its attempts, what happened, what it printed; cancel it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import Request, Response

from offtake.errors import Exit, Fault, OfftakeError
from offtake.model.work import JobState
from offtake.operate import reasons
from offtake.operate.access import Who
from offtake.operate.desk import Desk
from offtake.operate.service import Service
from offtake.web import frame
from offtake.web.access import Filled, Submitter, TheDesk, TheService, Viewer

TAIL_BYTES = 16_384
"""So much of the end of what a job printed is shown."""
_SAID = ("seq", "job", "at", "kind")
router = frame.router()


@router.get("/jobs/{ident}")
def shown(
    request: Request, desk: TheDesk, service: TheService, who: Viewer, ident: str
) -> Response:
    """Show a job."""
    found = seen(desk, who, ident)
    waits = found["state"] == JobState.QUEUED.value
    return frame.page(
        request,
        "job.html",
        title=found["name"],
        job=found,
        spec=found["spec"],
        over=JobState(found["state"]).final,
        because=because(found),
        why=_why(service, ident) if waits else None,
        events=[(one, _rest(one)) for one in reversed(found["events"])],
        log=_log(service, found),
    )


@router.get("/jobs/{ident}/why")
def why(request: Request, desk: TheDesk, service: TheService, who: Viewer, ident: str) -> Response:
    """Show why a job waits: as a piece of a list for a script, else as a page."""
    found = seen(desk, who, ident)
    template = "why.html" if "HX-Request" in request.headers else "why-page.html"
    told = _why(service, ident)
    return frame.page(request, template, title=f"Why {found['name']} waits", job=found, why=told)


@router.get("/jobs/{ident}/cancel")
def cancelling(request: Request, desk: TheDesk, who: Submitter, ident: str) -> Response:
    """Say what cancelling would do, and ask."""
    found = seen(desk, who, ident)
    _not_over(found)
    return frame.page(request, "cancel.html", title=f"Cancel {found['name']}?", job=found)


@router.post("/jobs/{ident}/cancel")
def cancel(desk: TheDesk, who: Submitter, ident: str, _fields: Filled) -> Response:
    """Cancel a job."""
    seen(desk, who, ident)
    desk.cancel(ident, client=who.name)
    return frame.back(f"/jobs/{ident}")


def seen(desk: Desk, who: Who, ident: str) -> Mapping[str, Any]:
    """Give a job that somebody may see; those of other tenants are not there for them.

    Raises:
        OfftakeError: there is no such job (`OTK-E020`).
    """
    found = desk.job(ident)
    if who.tenant is not None and found["tenant"] != who.tenant:
        raise OfftakeError(Fault(code="OTK-E020", what="there is no such job", got=repr(ident)))
    return found


def because(found: Mapping[str, Any]) -> str:
    """Say in a few words why a job stands where it stands; nothing where nothing is said."""
    return reasons.because(found["reason"])


def _not_over(found: Mapping[str, Any]) -> None:
    if JobState(found["state"]).final:
        what = f"the job is over: {found['state']}"
        raise OfftakeError(Fault(code="OTK-E025", what=what, got=found["id"]), exit=Exit.USAGE)


def _why(service: Service, ident: str) -> Mapping[str, Any]:
    """Give why a job waits: each cluster with why not there, the nearest to it first."""
    told = service.why(ident)
    looked = {one["cluster"]: one for one in told.get("options", ())}
    rows = [
        {**each, "lost": reasons.lost(each, looked.get(each["cluster"]))}
        for each in told["clusters"]
    ]
    return {
        **told,
        "could": [each for each in rows if not each["never"]],
        "never": [each for each in rows if each["never"]],
        "anywhere": [reasons.said(one) for key, one in looked.items() if key is None],
        "because": reasons.because(told.get("reason")),
        "leads": service.controller.leads,
    }


def _rest(event: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: v for name, v in event.items() if name not in _SAID and v is not None}


def _log(service: Service, found: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Give the end of what the last attempt printed; None where nothing was tried yet."""
    if not found["attempts"]:
        return None
    last = found["attempts"][-1]
    token, cluster = last["token"], last["cluster"]
    if cluster not in service.lanes:
        return {"attempt": last["number"], "text": "", "before": 0, "gone": cluster}
    try:
        end = end_of(lambda offset: bool(service.tail(token, cluster, offset, 1)))
        first = max(end - TAIL_BYTES, 0)
        text = service.tail(token, cluster, first, TAIL_BYTES).decode(errors="replace")
    except OfftakeError as error:
        return {"attempt": last["number"], "text": "", "before": 0, "gone": str(error.faults[0])}
    return {"attempt": last["number"], "text": text, "before": first, "gone": None}


def end_of(there: Callable[[int], bool]) -> int:
    """Find how long something is by asking whether there is a byte at an offset."""
    low, high = 0, 4096
    while there(high):
        low, high = high + 1, high * 16
    while low < high:
        middle = (low + high) // 2
        if there(middle):
            low = middle + 1
        else:
            high = middle
    return low
