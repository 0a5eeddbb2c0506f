"""`offtake watch`: what happens, as it happens."""

from __future__ import annotations

from offtake.cli.options import Json


def watch(job: str | None = None, /, *, url: str | None = None, as_json: Json = False) -> None:
    """Tell what happens to jobs, as it happens; of one job from its beginning on.

    With a job it ends when the job is over; without one it begins now and ends with Ctrl-C.
    Where the service goes away for a moment, it goes on after it without a gap.

        offtake watch hello

    Args:
        job: Id or name of a job; without it, all jobs.
        url: Where the service is; else OFFTAKE_URL, else http://127.0.0.1:8180.
        as_json: Print one object of JSON a line.
    """
    from offtake.cli import looking

    looking.watch(job, url, as_json=as_json)
