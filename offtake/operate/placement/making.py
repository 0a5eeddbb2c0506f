"""Making the tables of placement, and compiling the rules: what needs the compiler."""

from __future__ import annotations

from collections.abc import Sequence

from offtake.model.fleet import Tenant
from offtake.model.installation import ClusterSpec
from offtake.model.work import JobSpec
from offtake.operate.placement.kept import Core
from offtake.operate.placing import Waiting
from offtake.policy.rules import Policy

USUAL = Policy(preempts=True)


def core(clusters: Sequence[ClusterSpec], tenants: Sequence[Tenant], policy: Policy | None) -> Core:
    """Give empty tables."""
    return Core(clusters, tenants, USUAL if policy is None else policy)


def warm(clusters: Sequence[ClusterSpec], tenants: Sequence[Tenant], policy: Policy | None) -> None:
    """Let two jobs come and one go on tables of their own, so that every rule is compiled."""
    made = core(clusters, tenants, policy)
    jobs = [Waiting(id=str(i), spec=JobSpec(name="", run=""), submitted_at=0.0) for i in range(3)]
    made.add(jobs[:2])
    made.withdraw(["1"])
    made.hold(jobs[2], clusters[0].id, 0.0)
    made.stopping("2")
    made.decide(0.0)
    made.ended(["0", "2"])
