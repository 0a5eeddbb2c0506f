"""`offtake run`: one command, on the best cluster."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from offtake.cli.options import Json


def run(
    *command: Annotated[str, Parameter(allow_leading_hyphen=True)],
    accelerators: str = "1",
    name: str | None = None,
    hours: float = 24.0,
    change: Annotated[tuple[str, ...], Parameter(name="--set", negative=())] = (),
    cancel_on_exit: bool = False,
    detach: bool = False,
    url: str | None = None,
    as_json: Json = False,
) -> int:
    """Run one command on the best cluster, follow what it prints, and end as it ends.

    The exit status is that of the command; 130 where it was cancelled. Ctrl-C ends the
    following, not the job, and says how to go on; with --cancel-on-exit it cancels the job.
    The command runs in a folder of its own on the cluster: name files by their full path, or
    the folder with --set folder=/path.

        offtake run --accelerators cpu:1 -- echo hello
        offtake run --accelerators 2 --name count --set env.TO=3 -- sh -c 'seq $TO'

    Args:
        command: What to run, behind `--`; its words are kept apart as they are given.
        accelerators: How many it holds, and of which type: 8, H100:8, or H100|MI300X:8.
        name: What to call it; else the first word of the command.
        hours: Longest it may run; then it is stopped.
        change: A field of the job, FIELD=VALUE, such as priority=5 or env.SEED=7.
        cancel_on_exit: Cancel the job where this is interrupted.
        detach: Hand it in, print its id, and follow nothing.
        url: Where the service is; else OFFTAKE_URL, else http://127.0.0.1:8180.
        as_json: Print how it ended as JSON, in the form offtake.run/1; its output among it.
    """
    from offtake.cli import running

    asked = running.Asked(
        command=command,
        accelerators=accelerators,
        name=name,
        hours=hours,
        changes=change,
        cancel_on_exit=cancel_on_exit,
        detach=detach,
    )
    return running.run(asked, url=url, as_json=as_json)
