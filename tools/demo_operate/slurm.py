"""The two sites of the demonstration on real Slurm: what they are, and how one loses power."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from offtake.cycle.adopted import installation_text
from offtake.files.jobs import read_installation
from offtake.model.installation import Installation
from tools.chaos.stage import clusters
from tools.cluster.installation import ClusterError
from tools.cluster.installation import Installation as Slurm
from tools.demo_operate.stage import HERE

_COUNTS = re.compile(r"accelerator_count: \d+(, node_count: \d+)?")


def installation(slurm: Slurm) -> str:
    """Give the installation: the clusters of the local one, on the engines of Slurm."""
    local = read_installation(HERE / "installation.yaml")
    made = tuple(
        replace(
            one,
            accelerator=real.accelerator,
            accelerator_count=real.accelerator_count,
            accelerators_per_node_count=real.accelerators_per_node_count,
            engine=real.engine,
        )
        for one, real in zip(local.clusters, clusters(slurm), strict=True)
    )
    return installation_text(Installation(clusters=made, lost_after_s=local.lost_after_s))


def portfolio(slurm: Slurm) -> str:
    """Give the portfolio, whose tranches are as large as the clusters of Slurm."""
    site = slurm.places[0].site
    counts = f"accelerator_count: {site.nodes * site.accelerators_a_node}, node_count: {site.nodes}"
    return _COUNTS.sub(counts, (HERE / "portfolio.yaml").read_text())


def cut(slurm: Slurm, cluster: int) -> Iterable[str]:
    """Kill every daemon of a cluster that a site has; gives the names of those that ran."""
    site = slurm.places[cluster].site
    names = ["slurmctld", "slurmrestd", *(f"slurmd-{node}" for node in site.node_names)]
    for name in names:
        try:
            slurm.kill(site.name, name)
        except ClusterError:
            continue  # it did not run
        yield name


def restore(slurm: Slurm, cluster: int, names: Iterable[str]) -> None:
    """Start what was killed."""
    for name in names:
        slurm.revive(slurm.places[cluster].site.name, name)
