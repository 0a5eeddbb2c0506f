"""Jobs: a page of a list however long, with filters, and *why?* beside what waits."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

import pyarrow as pa
from fastapi import Depends, Query, Request, Response

from offtake.errors import Fault, OfftakeError, Where
from offtake.model.work import JobState
from offtake.operate.access import Who
from offtake.operate.desk import Desk
from offtake.web import data, frame, job
from offtake.web.access import TheDesk, Viewer

PAGE = 100
"""Jobs on one page."""
MOST = 1_000_000
"""Most jobs that are given as data."""
STOPS = 8
"""Moments that are offered to look at."""
_THEN = ("submitted", "since")
"""Moments that are known of a job as it stood earlier."""
OPEN = tuple(state.value for state in JobState if not state.final)
CHOICES = {
    "open": "not over",
    "all": "all",
    **{state.value: state.value for state in JobState},
}
"""What may be asked for, and how it is called."""
Text = Annotated[str, Query(max_length=200)]
router = frame.router()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which jobs are to be shown."""

    state: str
    tenant: str
    cluster: str
    name: str
    as_of: datetime | None = None
    """The moment at which they stood so; None is now."""

    @property
    def at(self) -> float | None:
        """The moment in seconds since 1970 (UTC); None is now."""
        return None if self.as_of is None else self.as_of.timestamp()

    def found(
        self, desk: Desk, who: Who, *, before: int | None = None, most: int
    ) -> Sequence[Mapping[str, Any]]:
        """Give them, the newest first; a token of a tenant sees that tenant's alone."""
        asked: dict[str, Any] = {
            "states": {"open": OPEN, "all": ()}.get(self.state, (self.state,)),
            "tenant": who.tenant or self.tenant or None,
            "cluster": self.cluster or None,
            "name": self.name or None,
            "before": before,
            "most": most,
        }
        return desk.jobs(**asked) if self.at is None else desk.jobs_as_of(self.at, **asked)

    def query(self, **more: Any) -> str:
        """Write it as the query of an address; what is as usual is left out."""
        usual = {"state": "open", "tenant": "", "cluster": "", "name": "", "as_of": ""}
        fields = {name: getattr(self, name) for name in usual} | {"as_of": written(self.as_of)}
        kept = {name: value for name, value in fields.items() if value != usual[name]}
        return urlencode({name: held for name, held in {**kept, **more}.items() if held != ""})

    @property
    def narrow(self) -> bool:
        """Whether more than a state is asked for, so that nobody counted them."""
        return bool(self.tenant or self.cluster or self.name)


def wanted(
    state: Annotated[str, Query(pattern=f"^({'|'.join(CHOICES)})$")] = "open",
    tenant: Text = "",
    cluster: Text = "",
    name: Text = "",
    as_of: Text = "",
) -> Wanted:
    """Read which jobs are asked for.

    Raises:
        OfftakeError: `as_of` is no moment (`OTK-H002`).
    """
    return Wanted(state, tenant.strip(), cluster.strip(), name.strip(), _moment(as_of.strip()))


def written(moment: datetime | None) -> str:
    """Write a moment as a form and an address have it: `2026-11-23T09:18:49`, UTC."""
    return "" if moment is None else f"{moment:%Y-%m-%dT%H:%M:%S}"


def _moment(said: str) -> datetime | None:
    if not said:
        return None
    try:
        then = datetime.fromisoformat(said)
        return then.replace(tzinfo=UTC) if then.tzinfo is None else then.astimezone(UTC)
    except (ValueError, OverflowError):
        what, where = "this is no moment", Where(path="as_of")
        hint = "write it in UTC, like 2026-11-23T09:18:49, or leave it out for now"
        fault = Fault(code="OTK-H002", what=what, where=where, got=said, hint=hint)
        raise OfftakeError(fault) from None


TheWanted = Annotated[Wanted, Depends(wanted)]


@router.get("/jobs")
def listed(
    request: Request,
    desk: TheDesk,
    who: Viewer,
    want: TheWanted,
    before: Annotated[int | None, Query(ge=0, le=2**53)] = None,
    at: Annotated[int, Query(ge=0, le=2**53)] = 0,
) -> Response:
    """Show a page of jobs."""
    found = want.found(desk, who, before=before, most=PAGE + 1)
    more, found = len(found) > PAGE, found[:PAGE]
    counts = desk.counts(who.tenant, want.at)
    older = want.query(before=found[-1]["seq"], at=at + PAGE) if more else None
    query = want.query()
    place = {} if before is None else {"before": before, "at": at}
    return frame.page(
        request,
        "jobs.html",
        title="Jobs",
        jobs=[
            _row(each, request.app.state.clock()) if want.at is None else _row_then(each, want.at)
            for each in found
        ],
        as_of=want.at,
        then=written(want.as_of),
        stops=_stops(desk, want, request.app.state.clock()),
        counts=counts,
        there=None if want.narrow else _counted(counts, want.state),
        at=at,
        before=before,
        older=older,
        want=want,
        choices=CHOICES,
        query=query,
        here="/jobs?" + want.query(**place),
        clusters=[cluster.id for cluster in desk.installation.clusters],
        tenants=[tenant.id for tenant in desk.installation.tenants],
        data=data.files("/jobs/data", query),
    )


@router.get("/jobs/data.{form}")
def listed_data(desk: TheDesk, who: Viewer, want: TheWanted, form: str) -> Response:
    """Give the jobs as a file."""
    found = want.found(desk, who, most=MOST)
    return data.as_file(_table(found, () if want.at is None else _THEN), form, "jobs")


def _counted(counts: Mapping[str, int], state: str) -> int:
    states = {"open": OPEN, "all": tuple(counts)}.get(state, (state,))
    return sum(counts[each] for each in states)


def _stops(desk: Desk, want: Wanted, now: float) -> Sequence[Mapping[str, Any]]:
    """Give the moments at which something last happened to a cluster, the newest first."""
    return [
        {
            "text": f"{each['cluster']} {each['kind']}",
            "at": each["at"],
            # A little after it: what came of it is told by then.
            "as_of": written(datetime.fromtimestamp(math.floor(min(each["at"] + 2, now)), UTC)),
        }
        for each in desk.turns(STOPS)
        if want.cluster in ("", each["cluster"])
    ]


def _row_then(found: Mapping[str, Any], at: float) -> Mapping[str, Any]:
    """Give a job as it stood at a moment; how often it had been tried by then is not kept."""
    return {
        **{word: found[word] for word in ("id", "name", "state", "tenant", "cluster")},
        "accelerators": found["spec"].get("accelerator_count", 1),
        "kinds": " or ".join(found["spec"].get("accelerator", ())) or "any",
        "for": at - found["since"],
        "because": job.because(found),
        "tries": None,
    }


def _row(found: Mapping[str, Any], now: float) -> Mapping[str, Any]:
    since = found["ended"] or found["began"] or found["submitted"]
    return {
        **{word: found[word] for word in ("id", "name", "state", "tenant", "cluster")},
        "accelerators": found["spec"].get("accelerator_count", 1),
        "kinds": " or ".join(found["spec"].get("accelerator", ())) or "any",
        "for": now - since,
        "because": job.because(found),
        "tries": found["restarts"] + found["retries"] + found["preemptions"],
    }


def _table(found: Sequence[Mapping[str, Any]], moments: Sequence[str] = ()) -> pa.Table:
    """Give jobs as a table: as they are now, or, with what is known of an earlier moment, then."""
    made: dict[str, pa.Array] = {}
    for word in ("id", "name", "tenant", "state", "cluster", "reason"):
        made[word] = pa.array([each[word] for each in found], pa.string())
    for word in () if moments else ("exit_code", "restarts", "retries", "preemptions"):
        made[word] = pa.array([each[word] for each in found], pa.int64())
    for word in moments or ("submitted", "began", "ended"):
        micros = [None if each[word] is None else round(each[word] * 1e6) for each in found]
        made[word] = pa.array(micros, pa.timestamp("us", tz="UTC"))
    counts = [each["spec"].get("accelerator_count", 1) for each in found]
    made["accelerator_count"] = pa.array(counts, pa.int64())
    kinds = [json.dumps(each["spec"].get("accelerator", [])) for each in found]
    made["accelerator"] = pa.array(kinds, pa.string())
    return pa.table(made)


router.include_router(job.router)
