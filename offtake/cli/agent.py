"""`offtake agent`: the engine half of a cluster, at its site."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from offtake.cli.options import Json


def agent(
    installation: Path,
    /,
    *,
    cluster: str,
    url: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    token_file: Path | None = None,
    folder: Path = Path("work.yards"),
    check: bool = False,
    as_json: Json = False,
) -> int:
    """Drive a cluster from its own site, for a service that cannot reach it.

    Until Ctrl-C it asks the service what is to be done, and does it on the engine that stands here:
    all connections go out, and nobody opens a port. The service names the cluster with
    `engine: {kind: agent}`; the installation here says what its engine really is. What runs
    goes on when the agent ends, and the next one on the same yard finds it.
    The token is that of OFFTAKE_TOKEN or of a file: `offtake token make NAME --role agent`.

        offtake agent worlds/two-clusters/installation.yaml --cluster north --check

    Args:
        installation: A file that begins with `offtake: installation/1`.
        cluster: The cluster to drive.
        url: Where the service is, once for each replica of it; else OFFTAKE_URL, else
            http://127.0.0.1:8180.
        token_file: File that holds the token; else OFFTAKE_TOKEN.
        folder: Where attempts are started, and report, if the cluster names no yard.
        check: Ask for nothing; make the engine and say how it is.
        as_json: Say what is driven as JSON, in the form offtake.agent/1.
    """
    from offtake.cli import attending

    asked = attending.Asked(
        installation=installation, cluster=cluster, urls=url, token_file=token_file, folder=folder
    )
    return attending.attend(asked, check=check, as_json=as_json)
