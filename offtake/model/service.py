"""Services: inference without end, what its users ask for, and what a node gives them.

A node of a type of accelerator gives more tokens the fewer each user gets a second:

    tokens/s a node
      │●
      │   ●                 a curve of points, straight lines between them
      │        ●   ← at the speed every user is promised: what the node can carry
      │              ●
      └──────────────────── tokens/s a user
"""

from __future__ import annotations

from dataclasses import dataclass

from offtake.model.provenance import Provenance
from offtake.model.value import Value
from offtake.units import (
    Count,
    Hours,
    Milliseconds,
    Minutes,
    Overhead,
    Positive,
    Share,
    TokensPerSecond,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint(Value):
    """One way to run a node: fewer users at once, each of them faster."""

    user_tokens_per_s: TokensPerSecond
    """Output each user gets."""
    node_tokens_per_s: TokensPerSecond
    """Output of the whole node then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve(Value):
    """Throughput of a node against the speed of each user, for one type of accelerator."""

    accelerator: str
    """Type of the accelerators of the node."""
    points: tuple[CurvePoint, ...]
    """From the slowest users to the fastest; a node gives less from each to the next."""
    provenance: Provenance = Provenance()
    """Who measured it, or that it is assumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load(Value):
    """Tokens a second that users of one region ask for.

    Either a series, or a day: mean · (1 + swing · cos(2π (t − peak) / 24 h)) with noise.
    """

    region: str
    """Where the users are; clusters say how far it is."""
    mean_tokens_per_s: TokensPerSecond | None = None
    """Mean over a day."""
    swing_share: Share = 0.0
    """How far the day rises above its mean, and falls below it."""
    peak_hours: Hours = 0.0
    """Hours from the beginning to the first peak."""
    noise_share: Share = 0.0
    """Standard deviation of what comes on top by chance, which fades within an hour."""
    tokens_per_s: tuple[TokensPerSecond, ...] = ()
    """Instead of all that: one number for every five minutes, from the beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Value):
    """A model that is served without end, by as many replicas as its users need."""

    id: str
    """Short name, such as that of the model."""
    curves: tuple[Curve, ...]
    """What nodes give; it runs on no other type of accelerator."""
    user_tokens_per_s: TokensPerSecond
    """Output every user is promised."""
    latency_ms: Milliseconds | None = None
    """Longest round trip to its users; None is any that a cluster names."""
    nodes_per_replica_count: Positive = 1
    """Nodes of one replica; it serves while all of them are well."""
    floor_count: Count = 0
    """Replicas that are kept on every cluster within reach, whatever is asked."""
    headroom_ratio: Overhead = 0.2
    """Capacity asked for beyond what users ask for now, over that."""
    reclaim_minutes: Minutes = 10.0
    """From asking training for nodes to having them."""
    load_minutes: Minutes = 5.0
    """From having a node to its first token: weights are loaded."""
    keep_minutes: Minutes = 30.0
    """How long nodes are kept that are no longer needed, before training gets them back."""
    loads: tuple[Load, ...]
    """What users ask for, by region."""
