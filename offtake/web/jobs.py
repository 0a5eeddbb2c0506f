"""Jobs: a page of a list however long, with filters, and *why?* beside what waits."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

import pyarrow as pa
from fastapi import Depends, Query, Request, Response

from offtake.model.work import JobState
from offtake.operate.access import Who
from offtake.operate.desk import Desk
from offtake.web import data, frame, job
from offtake.web.access import TheDesk, Viewer

PAGE = 100
"""Jobs on one page."""
MOST = 1_000_000
"""Most jobs that are given as data."""
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

    def found(
        self, desk: Desk, who: Who, *, before: int | None = None, most: int
    ) -> Sequence[Mapping[str, Any]]:
        """Give them, the newest first; a token of a tenant sees that tenant's alone."""
        states = {"open": OPEN, "all": ()}.get(self.state, (self.state,))
        return desk.jobs(
            states=states,
            tenant=who.tenant or self.tenant or None,
            cluster=self.cluster or None,
            name=self.name or None,
            before=before,
            most=most,
        )

    def query(self, **more: Any) -> str:
        """Write it as the query of an address; what is as usual is left out."""
        usual = {"state": "open", "tenant": "", "cluster": "", "name": ""}
        fields = {name: getattr(self, name) for name in usual}
        kept = {name: value for name, value in fields.items() if value != usual[name]}
        return urlencode({**kept, **more})

    @property
    def narrow(self) -> bool:
        """Whether more than a state is asked for, so that nobody counted them."""
        return bool(self.tenant or self.cluster or self.name)


def wanted(
    state: Annotated[str, Query(pattern=f"^({'|'.join(CHOICES)})$")] = "open",
    tenant: Text = "",
    cluster: Text = "",
    name: Text = "",
) -> Wanted:
    """Read which jobs are asked for."""
    return Wanted(state, tenant.strip(), cluster.strip(), name.strip())


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
    counts = desk.counts(who.tenant)
    older = want.query(before=found[-1]["seq"], at=at + PAGE) if more else None
    query = want.query()
    place = {} if before is None else {"before": before, "at": at}
    return frame.page(
        request,
        "jobs.html",
        title="Jobs",
        jobs=[_row(each, request.app.state.clock()) for each in found],
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
    return data.as_file(_table(want.found(desk, who, most=MOST)), form, "jobs")


def _counted(counts: Mapping[str, int], state: str) -> int:
    states = {"open": OPEN, "all": tuple(counts)}.get(state, (state,))
    return sum(counts[each] for each in states)


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


def _table(found: Sequence[Mapping[str, Any]]) -> pa.Table:
    words = ("id", "name", "tenant", "state", "cluster", "reason", "exit_code")
    whole = ("restarts", "retries", "preemptions")
    moments = ("submitted", "began", "ended")
    made: dict[str, pa.Array] = {}
    for word in words[:-1]:
        made[word] = pa.array([each[word] for each in found], pa.string())
    for word in (words[-1], *whole):
        made[word] = pa.array([each[word] for each in found], pa.int64())
    for word in moments:
        micros = [None if each[word] is None else round(each[word] * 1e6) for each in found]
        made[word] = pa.array(micros, pa.timestamp("us", tz="UTC"))
    counts = [each["spec"].get("accelerator_count", 1) for each in found]
    made["accelerator_count"] = pa.array(counts, pa.int64())
    kinds = [json.dumps(each["spec"].get("accelerator", [])) for each in found]
    made["accelerator"] = pa.array(kinds, pa.string())
    return pa.table(made)


router.include_router(job.router)
