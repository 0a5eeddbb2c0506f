"""`offtake rent`: a machine rented through SkyPilot, as a cluster."""

from __future__ import annotations

from pathlib import Path

from offtake.cli.options import Json


def rent(
    installation: Path,
    /,
    *,
    cluster: str,
    url: str,
    spot: bool = False,
    accelerators: str | None = None,
    infra: str | None = None,
    install: str | None = None,
    out: Path | None = None,
    as_json: Json = False,
    force: bool = False,
) -> None:
    """Write the task by which SkyPilot rents a cluster's machine and begins its agent.

    Nothing is rented: the task is a file for `sky launch`, or for `sky jobs launch`, which rents
    another machine when a spot machine is taken away. The cluster is one of the service's
    installation with `engine: {kind: agent}`, and is one machine. The token is not in the task:
    `offtake token make NAME --role agent --cluster CLUSTER`, handed on by `--secret OFFTAKE_TOKEN`.

        offtake rent worlds/two-clusters/rented.yaml --cluster burst --url https://lab.example:8180

    Args:
        installation: The service's installation; it begins with `offtake: installation/1`.
        cluster: The cluster to rent a machine for.
        url: Where the service is, as the machine reaches it: https, and not this machine's own.
        spot: Rent a spot machine: cheaper, and taken away without much notice.
        accelerators: What SkyPilot calls them, as in H100:8; else the cluster's type and number.
        infra: Where to rent, as SkyPilot says it: aws, gcp/us-central1, k8s; else the cheapest.
        install: What pip installs there; else this release of offtake.
        out: File to write; else the task is printed.
        as_json: Print the task as JSON, in the form offtake.rent/1.
        force: Replace a file that offtake did not write.
    """
    from offtake.cli import renting
    from offtake.operate.renting import Wish

    wish = Wish(url=url, spot=spot, accelerators=accelerators, infra=infra, install=install)
    renting.write(installation, cluster, wish, out, as_json=as_json, force=force)
