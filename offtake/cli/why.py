"""`offtake why`: why a job is where it is."""

from __future__ import annotations

from offtake.cli.options import Json


def why(job: str, /, *, url: str | None = None, as_json: Json = False) -> None:
    """Say of each cluster why a job is not there, and when it may begin.

    What is expected is modelled: the queue as it stands, played forward many times with the
    rules that run it. Jobs that are still to come are not in it.

        offtake why hello

    Args:
        job: Id or name of a job.
        url: Where the service is; else OFFTAKE_URL, else http://127.0.0.1:8180.
        as_json: Print JSON, in the form offtake.why/1.
    """
    from offtake.cli import looking

    looking.why(job, url, as_json=as_json)
