"""Slurm's words and numbers, and what they mean to us; lists that its commands print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from offtake.operate.engines.port import EngineError, Node, NodeState, Seen, Usage

LISTING = "%i|%j|%T|%r|%N|%k"
"""What squeue prints of a job: number, name, state, reason, nodes, comment."""
NODES = "%N|%T|%G|%E"
"""What sinfo prints of a node: name, state, generic resources, reason."""
ACCOUNTING = "jobname,jobid,elapsedraw,alloctres,consumedenergyraw,end"
"""What sacct prints of a job."""

_TOKEN = re.compile(r"[0-9a-f]{32}")
_WAITING = {"PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_FED", "RESV_DEL_HOLD"}
_RUNNING = {"RUNNING", "COMPLETING", "SIGNALING", "STAGE_OUT", "STOPPED", "SUSPENDED", "RESIZING"}
_HELD = {"REQUEUE_HOLD", "SPECIAL_EXIT"}
_GONE = {
    "BOOT_FAIL",
    "CANCELLED",
    "COMPLETED",
    "DEADLINE",
    "FAILED",
    "NODE_FAIL",
    "OUT_OF_MEMORY",
    "PREEMPTED",
    "REVOKED",
    "TIMEOUT",
}
_STUCK = {"BadConstraints", "DependencyNeverSatisfied", "InvalidAccount", "InvalidQOS"}
_DOWN = {"down", "error", "fail", "power_down", "powered_down", "powering_down", "unknown"}
_DRAINED = {"drained", "draining", "failing", "inval", "maint", "perfctrs", "reserved"}
_COMMENT = re.compile(r"offtake grace=(\d+)")

LASTING = frozenset(
    {
        2000,  # invalid partition name
        2001,  # no default partition
        2002,  # access denied
        2003,  # this group may not use the partition
        2004,  # nodes that are not in the partition
        2005,  # more processors than permitted
        2006,  # a number of nodes there is not
        2014,  # requested node configuration is not available
        2045,  # invalid account
        2051,  # a time limit beyond the longest
        2066,  # invalid QOS
        2072,  # invalid generic resource
    }
)
"""Numbers of refusals that asking again will not change (slurm/slurm_errno.h)."""
_LASTING_WORDS = (
    "Requested node configuration is not available",
    "Invalid partition name specified",
    "Invalid account or account/partition combination",
    "Invalid qos specification",
    "Invalid generic resource (gres) specification",
    "User's group not permitted to use this partition",
    "Node count specification invalid",
    "More processors requested than permitted",
)
_UNSURE_WORDS = (
    "Unable to contact slurm controller",
    "Socket timed out",
    "Zero Bytes were transmitted",
    "Connection refused",
    "Connection reset",
    "Unexpected message received",
    "Slurm backup controller in standby mode",
    "Unspecified error",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One of our jobs, as squeue lists it."""

    token: str
    """The token it carries as its name."""
    number: str
    """Slurm's number of the job."""
    seen: Seen
    """Where it stands."""
    reason: str
    """Why, in Slurm's words."""
    nodes: tuple[str, ...]
    """Nodes it is on."""
    grace_s: float
    """Time its body has from TERM until KILL."""


def listed(cluster: str, text: str) -> Iterator[Listed]:
    """Read what squeue printed as `LISTING`; jobs whose name is no token are left out.

    Raises:
        EngineError: a line or a state is none we know (`OTK-E045`).
    """
    for line in text.splitlines():
        parts = line.split("|", 5)
        if len(parts) != 6:
            raise _unread(cluster, "squeue", line)
        number, name, state, reason, nodes, comment = parts
        if not _TOKEN.fullmatch(name):
            continue
        grace = _COMMENT.search(comment)
        yield Listed(
            token=name,
            number=number,
            seen=_seen(cluster, state, reason),
            reason="" if reason == "None" else reason,
            nodes=tuple(hosts(nodes)),
            grace_s=float(grace[1]) if grace else 30.0,
        )


def _seen(cluster: str, state: str, reason: str) -> Seen:
    if state in _RUNNING:
        return Seen.RUNNING
    if state in _GONE:
        return Seen.GONE
    if state in _HELD or (state in _WAITING and is_held(reason)):
        return Seen.HELD
    if state in _WAITING:
        return Seen.WAITING
    raise _unread(cluster, "squeue", state)


def is_held(reason: str) -> bool:
    """Tell whether a job that waits for this reason waits for somebody's help."""
    return "held" in reason.lower() or reason in _STUCK or reason == "JobHoldMaxRequeue"


def may_be_released(reason: str) -> bool:
    """Tell whether Slurm itself held a job that nothing is wrong with; people's holds stand."""
    return "requeued held" in reason or reason == "JobHoldMaxRequeue"


def may_be_resumed(reason: str) -> bool:
    """Tell whether Slurm took a node out for a cause that lies in Slurm, not in the node."""
    return reason.startswith("Duplicate jobid")


def hosts(text: str) -> Iterator[str]:
    """Write out a list of nodes: `a[1-3,07],b` is a1, a2, a3, a07 and b."""
    for word in re.findall(r"[^,\[]+(?:\[[^\]]*\][^,\[]*)*", text):
        yield from _written_out(word)


def _written_out(word: str) -> Iterator[str]:
    head, bracket, rest = word.partition("[")
    if not bracket:
        yield head
        return
    inside, _, tail = rest.partition("]")
    for part in inside.split(","):
        first, _, last = part.partition("-")
        for number in range(int(first), int(last or first) + 1):
            for end in _written_out(tail):
                yield f"{head}{number:0{len(first)}d}{end}"


def nodes(cluster: str, text: str) -> tuple[Node, ...]:
    """Read what sinfo printed as `NODES`, each node once, though partitions share it.

    Raises:
        EngineError: a line is none we know (`OTK-E045`).
    """
    found: dict[str, Node] = {}
    for line in text.splitlines():
        parts = line.split("|", 3)
        if len(parts) != 4:
            raise _unread(cluster, "sinfo", line)
        name, state, resources, reason = parts
        accelerator, count = _accelerators(resources)
        found[name] = Node(
            name=name,
            accelerator=accelerator,
            accelerators=count,
            state=_node_state(state),
            reason="" if reason == "none" else reason,
        )
    return tuple(found.values())


def _accelerators(resources: str) -> tuple[str, int]:
    """Read `gpu:h100:8(S:0-1),nic:2`: the type and number of its GPUs."""
    kinds: dict[str, int] = {}
    for kind, count in re.findall(r"(?:^|,)gpu:(?:([^:,(]+):)?(\d+)", resources):
        kinds[kind] = kinds.get(kind, 0) + int(count)
    most = max(kinds, key=lambda kind: kinds[kind], default="")
    return most, kinds.get(most, 0)


def _node_state(state: str) -> NodeState:
    """Read a state such as `idle`, `down*` (does not answer) or `drained~` (powered down)."""
    word = state.rstrip("*~#!%$@^-+").lower()
    if word in _DOWN or "*" in state:
        return NodeState.DOWN
    return NodeState.DRAINED if word in _DRAINED else NodeState.UP


def usage(cluster: str, text: str) -> dict[str, Usage]:
    """Read what sacct printed as `ACCOUNTING`: what ended of each token, added up.

    Raises:
        EngineError: a line is none we know (`OTK-E045`).
    """
    found: dict[str, Usage] = {}
    for line in text.splitlines():
        parts = line.split("|")
        if len(parts) != 6 or not parts[2].isdigit():
            raise _unread(cluster, "sacct", line)
        token, _number, elapsed, resources, energy, end = parts
        if end in ("", "Unknown"):
            continue
        held = re.search(r"(?:^|,)gres/gpu=(\d+)", resources)
        seconds = float(elapsed) * (int(held[1]) if held else 0)
        joules = float(energy) if energy.isdigit() and int(energy) > 0 else None
        before = found.get(token)
        if before is not None:
            seconds += before.gpu_seconds
            joules = (joules or 0.0) + before.joules if before.joules is not None else joules
        found[token] = Usage(token=token, gpu_seconds=seconds, joules=joules, source="sacct")
    return found


def lasting(text: str) -> bool:
    """Tell whether a refusal in Slurm's words would be the same if asked again."""
    return any(words in text for words in _LASTING_WORDS)


def refuses(code: int) -> bool:
    """Tell whether an error's number says that Slurm, or its REST interface, will not.

    Errors of communication, and -1, leave open whether the job arrived.
    """
    return 2000 <= code < 3000 or malformed(code)


def malformed(code: int) -> bool:
    """Tell whether the REST interface could not read what was sent; it never will."""
    return 9000 <= code < 10_000


def unsure(text: str) -> bool:
    """Tell whether Slurm's words leave open if the job arrived."""
    return any(words in text for words in _UNSURE_WORDS)


def _unread(cluster: str, command: str, got: str) -> EngineError:
    what = f"{command} printed what cannot be read: '{got[:200]}'"
    return EngineError(cluster, what, code="OTK-E045", hint="please report it with Slurm's version")
