"""The work of the commands that steer: `offtake cancel` and `offtake drain`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from offtake.cli import looking, screen, tables
from offtake.cli.calling import Caller, Plain
from offtake.errors import Exit, Fault, OfftakeError, Where, did_you_mean

_DONE = {
    "drain": "nothing more begins there",
    "stop": "nothing more begins there; what runs is being stopped and goes on elsewhere",
    "resume": "jobs may begin there again",
    "lost": "it is given up; what ran there begins elsewhere",
    "found": "it is taken back",
}
"""What was done, by the option that asked for it."""


def cancel(named: Sequence[str], url: str | None, *, as_json: bool) -> None:
    """Cancel jobs; faults of some are told after the others were cancelled.

    Raises:
        OfftakeError: no job is named (`OTK-U003`), or some cannot be cancelled.
    """
    if not named:
        what, where = "JOBS is missing", Where(path="offtake cancel")
        raise OfftakeError(Fault(code="OTK-U003", what=what, where=where), exit=Exit.USAGE)
    with Caller(url) as caller:
        faults: list[Fault] = []
        done: list[str] = []
        for name in named:
            try:
                ident = caller.ident(name)
                caller.post(f"/v1/jobs/{ident}/cancel")
                done.append(ident)
            except OfftakeError as error:
                faults += error.faults
        if as_json and not faults:
            screen.say_json({"schema": "offtake.cancelled/1", "jobs": done})
        if not as_json:
            for ident in done:
                screen.say(f"{ident} is being cancelled")
        if faults:
            raise OfftakeError(faults, exit=Exit.USAGE)


def drain(
    place: str, chosen: Mapping[str, bool], url: str | None, *, dry_run: bool, as_json: bool
) -> None:
    """Drain, resume, give up or take back a cluster, or all clusters of a site.

    Raises:
        OfftakeError: options contradict each other (`OTK-H019`), there is no such cluster or
            site (`OTK-H015`), or the service says no.
    """
    wanted = [name for name, yes in chosen.items() if yes]
    if len(wanted) > 1:
        got = " ".join(f"--{name}" for name in wanted)
        what, hint = "one of these at a time", "call it once for each"
        where = Where(path="offtake drain")
        raise OfftakeError(
            Fault(code="OTK-H019", what=what, where=where, got=got, hint=hint), exit=Exit.USAGE
        )
    does = wanted[0] if wanted else "drain"
    with Caller(url) as caller:
        clusters = _meant(caller, place)
        runs = [job for cluster in clusters for job in _running(caller, cluster)]
        if not dry_run:
            for cluster in clusters:
                path = f"/v1/clusters/{cluster}/{'drain' if does == 'stop' else does}"
                caller.post(path, stop=True if does == "stop" else None)
        if as_json:
            told = [
                {word: job[word] for word in ("id", "name", "state", "cluster")} for job in runs
            ]
            said = {"does": does, "clusters": clusters, "dry_run": dry_run, "jobs": told}
            screen.say_json({"schema": "offtake.drain/1", **said})
            return
        for cluster in clusters:
            screen.say(f"{cluster}: {_DONE[does]}" if not dry_run else f"{cluster}: would {does}")
        if runs and does in ("drain", "stop", "lost"):
            now = looking.clock()
            tables.say(looking.HEADS, [looking.job_row(job, now) for job in runs], looking.RIGHT)
        if dry_run:
            screen.note("nothing was changed")


def _meant(caller: Caller, place: str) -> list[str]:
    there: Sequence[Plain] = caller.get("/v1/clusters")["clusters"]
    for field in ("id", "site"):
        found = [str(one["id"]) for one in there if one[field] == place]
        if found:
            return found
    known = {str(one[field]) for one in there for field in ("id", "site")}
    what, hint = "no cluster and no site has this name", did_you_mean(place, known)
    raise OfftakeError(
        Fault(code="OTK-H015", what=what, got=f"'{place}'", hint=hint), exit=Exit.USAGE
    )


def _running(caller: Caller, cluster: str) -> list[Plain]:
    """Give all jobs that hold a place on a cluster, page after page."""
    found: list[Plain] = []
    before: int | None = None
    while True:
        states = ("starting", "running", "stopping")
        page = caller.get("/v1/jobs", state=states, cluster=cluster, before=before, limit=1000)
        found += page["jobs"]
        if len(page["jobs"]) < 1000:
            return found
        before = page["jobs"][-1]["seq"]
