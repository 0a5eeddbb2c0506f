"""`offtake submit`: jobs from files, handed in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from offtake.cli.options import Json


def submit(
    *files: Path,
    change: Annotated[tuple[str, ...], Parameter(name="--set", negative=())] = (),
    key: str | None = None,
    wait: bool = False,
    dry_run: bool = False,
    url: str | None = None,
    as_json: Json = False,
) -> int:
    """Hand in jobs from YAML files: all of them, or none.

    A file holds one job, or several parted by lines of `---`; one that says `kind: service`
    is endless and has replicas: handed in again, it is changed. What was handed in is on the
    service's disk when this ends; a request that breaks off is sent again under its key, and
    nothing is taken in twice. With --wait the exit status is 1 where a job did not succeed.

        offtake submit worlds/two-clusters/hello.yaml --dry-run
        offtake submit worlds/two-clusters/hello.yaml --set accelerator_count=1 --wait

    Args:
        files: Files of jobs.
        change: A field of all these jobs, FIELD=VALUE, such as priority=5 or env.SEED=7.
        key: Name of this request: sent again under it, the answer is the first one.
        wait: Wait until all of them are over.
        dry_run: Hand in nothing; tell where each could run, and why not elsewhere.
        url: Where the service is; else OFFTAKE_URL, else http://127.0.0.1:8180.
        as_json: Print what was handed in as JSON, in the form offtake.submitted/1.
    """
    from offtake.cli import submitting

    return submitting.submit(
        files, change, key, url=url, wait=wait, dry_run=dry_run, as_json=as_json
    )
