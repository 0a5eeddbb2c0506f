"""`offtake cancel`: jobs that are not to go on."""

from __future__ import annotations

from offtake.cli.options import Json


def cancel(*jobs: str, url: str | None = None, as_json: Json = False) -> None:
    """Cancel jobs: those that wait at once, those that run when their grace is over.

    A job that runs gets the signal TERM, and is killed after its `grace_s`. Faults of some
    jobs are told after all others were cancelled.

        offtake cancel sleepy

    Args:
        jobs: Ids or names of jobs.
        url: Where the service is; else OFFTAKE_URL, else http://127.0.0.1:8180.
        as_json: Print which are being cancelled as JSON, in the form offtake.cancelled/1.
    """
    from offtake.cli import steering

    steering.cancel(jobs, url, as_json=as_json)
