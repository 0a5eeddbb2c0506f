"""`offtake logs`: what a job printed."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from offtake.cli.options import Json, Whole


def logs(
    job: str,
    /,
    *,
    follow: Annotated[bool, Parameter(name=("--follow", "-f"))] = False,
    attempt: Whole = None,
    url: str | None = None,
    as_json: Json = False,
) -> None:
    """Print what a job printed; with -f go on until it is over.

    A job that began again has an attempt each time: the latest is printed, and where it is
    followed, those after it.

        offtake logs hello
        offtake logs -f hello

    Args:
        job: Id or name of a job.
        follow: Go on until the job is over.
        attempt: Number of an attempt, as `offtake status JOB` lists them; else the latest.
        url: Where the service is; else OFFTAKE_URL, else http://127.0.0.1:8180.
        as_json: Print one object of JSON for each piece, a line each.
    """
    from offtake.cli import looking

    looking.logs(job, url, attempt=attempt, follow=follow, as_json=as_json)
