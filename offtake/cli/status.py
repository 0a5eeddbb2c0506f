"""`offtake status`: jobs, or one job."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from offtake.cli.options import Json, whole


def status(
    job: str | None = None,
    /,
    *,
    all: bool = False,
    limit: Annotated[int, Parameter(converter=whole)] = 50,
    url: str | None = None,
    as_json: Json = False,
) -> None:
    """Show the jobs that wait and run; or one job, its attempts and what happened.

    A job is named by its id, or by its name: then the latest of that name is meant. Services
    stand above jobs; one that is named is shown with its regions and replicas.

        offtake status
        offtake status hello

    Args:
        job: Id or name of a job, or name of a service; without it, what is not over is listed.
        all: List jobs that are over, too.
        limit: Most jobs to list, the newest first; up to 1000.
        url: Where the service is; else OFFTAKE_URL, else http://127.0.0.1:8180.
        as_json: Print JSON: of jobs in the form offtake.jobs/1, of one in offtake.job/1,
            of a service in offtake.service/1.
    """
    from offtake.cli import looking

    if job is None:
        looking.jobs(url, everything=all, limit=limit, as_json=as_json)
    else:
        looking.job(job, url, as_json=as_json)
