"""Site agent: the engine of a cluster whose provider opens no port, asked for its work.

    lane ──call──> post  <──turn: what is to be done?── agent ──> engine, yard   at the site
         <─answer──┘ └──────── answers ────────────────┘

The service parks calls of the port until the agent of the cluster takes them; the agent makes
them on the engine and the yard that stand beside it, and answers with its next turn. All
connections go out from the site. A call nobody takes, or answers, in time fails as with any
other engine that cannot be reached; what came of it is found out later, by token.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from offtake.model.installation import ClusterSpec
from offtake.operate.engines.agent.far import AgentEngine, AgentYard
from offtake.operate.engines.agent.post import Post

__all__ = ["AgentEngine", "AgentYard", "Post", "made"]


def made(
    cluster: ClusterSpec, folder: Path, clock: Callable[[], float]
) -> tuple[AgentEngine, AgentYard]:
    """Give what stands for the engine and the yard of a cluster that an agent drives."""
    del folder, clock
    post = Post(cluster.id, timeout_s=cluster.engine.timeout_s)
    return AgentEngine(post), AgentYard(post)
