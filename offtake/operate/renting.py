"""A cluster on a machine that SkyPilot rents: the task that begins its site agent there.

    service ── engine: {kind: agent} ──< turns >── offtake agent ── local processes
                                                   └── on a machine that `sky launch` rented

Nothing of SkyPilot is imported, and nothing is rented here. The form is that of SkyPilot's
documentation ("SkyPilot YAML"), and was read by release 0.14.1.
"""

from __future__ import annotations

import ipaddress
import math
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from offtake.errors import Fault, OfftakeError, Where
from offtake.model.installation import ClusterSpec, EngineKind, EngineSpec, Installation
from offtake.version import VERSION

AGAIN_S = 30
"""Pause between two tries of an agent that was turned away."""
_NAMES = {"A100-80": "A100-80GB"}
"""What SkyPilot calls types that the catalogue calls otherwise."""
_UNCLEAR = re.compile(r"a100|tpu.*", re.IGNORECASE)
_ACCELERATORS = re.compile(r"([A-Za-z][\w.-]*):([1-9]\d*)", re.ASCII)
_HOME = "~/offtake"
_RUN = """\
# Turned away while attempts of a machine that was taken away are under way: until they are
# given up (lost_after_s) it asks again.
for turn in $(seq {turns}); do
  {home}/bin/offtake agent {home}/site.yaml --cluster {cluster} \\
    --url {url} --folder {home}/yards && exit 0
  sleep {again}
done
exit 1
"""
_SETUP = """\
set -e
uv=$(command -v uv || echo ~/.local/bin/uv)
"$uv" venv --quiet --python 3.11 --allow-existing {home}
"$uv" pip install --quiet --python {home}/bin/python "$OFFTAKE_INSTALL"
cat > {home}/site.yaml <<'SITE'
{site}SITE
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How a machine is to be rented."""

    url: str
    """Where the machine reaches the service."""
    spot: bool = False
    """Whether it may be taken away."""
    accelerators: str | None = None
    """What SkyPilot calls them, as in `H100:8`; None is the cluster's type and number."""
    infra: str | None = None
    """Where, in SkyPilot's words; None is the cheapest place."""
    install: str | None = None
    """What pip installs; None is this release."""


def on_site(cluster: ClusterSpec) -> Installation:
    """Give the installation of the machine: the cluster, with local processes and no price."""
    here = ClusterSpec(
        id=cluster.id,
        site=cluster.site,
        country=cluster.country,
        accelerator=cluster.accelerator,
        accelerator_count=cluster.accelerator_count,
        accelerators_per_node_count=cluster.accelerators_per_node_count,
        engine=EngineSpec(kind=EngineKind.LOCAL),
    )
    return Installation(clusters=(here,))


def task(cluster: ClusterSpec, wish: Wish, *, site: str, lost_after_s: float) -> Mapping[str, Any]:
    """Give the task for SkyPilot: what to rent, what to install, and the agent to run.

    Args:
        cluster: the cluster, driven by an agent.
        wish: how it is to be rented.
        site: the machine's installation, as text.
        lost_after_s: how long the service waits until it gives up a cluster out of reach.

    Raises:
        OfftakeError: the cluster is not driven by an agent or is more than one machine
            (`OTK-E170`), the machine would not reach the service (`OTK-E171`), or SkyPilot has
            no one accelerator of that name (`OTK-E172`).
    """
    _see_one_machine(cluster)
    _see_reached(wish.url)
    turns = math.ceil(lost_after_s / AGAIN_S) + 4
    return {
        "name": cluster.id,
        "num_nodes": 1,
        "resources": {
            **({"infra": wish.infra} if wish.infra else {}),
            **_accelerators(cluster, wish.accelerators),
            "use_spot": wish.spot,
        },
        "envs": {"OFFTAKE_INSTALL": wish.install or f"offtake[operate]=={VERSION}"},
        "secrets": {"OFFTAKE_TOKEN": None},
        "setup": _SETUP.format(home=_HOME, site=site),
        "run": _RUN.format(
            home=_HOME,
            turns=turns,
            again=AGAIN_S,
            cluster=shlex.quote(cluster.id),
            url=shlex.quote(wish.url),
        ),
    }


def _see_one_machine(cluster: ClusterSpec) -> None:
    where = Where(path=f"clusters.{cluster.id}")
    if cluster.engine.kind is not EngineKind.AGENT:
        what = "a machine rented for it could not serve this cluster: no agent drives it"
        hint = "give the cluster `engine: {kind: agent}`"
        got = cluster.engine.kind.value
        raise OfftakeError(Fault(code="OTK-E170", what=what, where=where, got=got, hint=hint))
    if cluster.accelerator_count > cluster.accelerators_per_node_count:
        what = "an agent drives the processes of one machine, and this cluster is more than one"
        got = (
            f"{cluster.accelerator_count} accelerators,"
            f" {cluster.accelerators_per_node_count} a machine"
        )
        hint = "make a cluster for each machine, or give it an engine of its own at its site"
        raise OfftakeError(Fault(code="OTK-E170", what=what, where=where, got=got, hint=hint))


def _see_reached(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    hint = "write it as the machine reaches it, like https://lab.example:8180"
    what = ""
    if parts.scheme not in ("http", "https") or not host:
        what = "this is no address of a service"
    elif parts.scheme != "https":
        what = "a token is shown to another machine only by https"
    elif _is_own(host):
        what = "a rented machine cannot reach an address of this machine alone"
    if what:
        raise OfftakeError(Fault(code="OTK-E171", what=what, got=url, hint=hint))


def _is_own(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _accelerators(cluster: ClusterSpec, said: str | None) -> Mapping[str, Any]:
    hint = "say what SkyPilot calls it, as in --accelerators A100-80GB:8; `sky show-gpus` lists all"
    if said is not None:
        found = _ACCELERATORS.fullmatch(said)
        if found is None:
            what = "this is no name and number of accelerators"
            raise OfftakeError(Fault(code="OTK-E172", what=what, got=said, hint=hint))
        if int(found[2]) != cluster.accelerator_count:
            what = f"the cluster has {cluster.accelerator_count} accelerators, and another number"
            what += " is to be rented"
            raise OfftakeError(Fault(code="OTK-E172", what=what, got=said, hint=hint))
        return {"accelerators": {found[1]: int(found[2])}}
    if cluster.accelerator == "cpu":
        return {"cpus": f"{cluster.accelerator_count}+"}
    if _UNCLEAR.fullmatch(cluster.accelerator):
        what = "SkyPilot has several accelerators of this name, or counts them otherwise"
        where = Where(path=f"clusters.{cluster.id}.accelerator")
        got = cluster.accelerator
        raise OfftakeError(Fault(code="OTK-E172", what=what, where=where, got=got, hint=hint))
    name = _NAMES.get(cluster.accelerator, cluster.accelerator)
    return {"accelerators": {name: cluster.accelerator_count}}
