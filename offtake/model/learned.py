"""Learned: what an operation really did, for the next plan to start from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from offtake.model.derating import Derating
from offtake.model.uncertainty import DelayProcess
from offtake.model.value import Value
from offtake.units import Count, Days, NodeDays, PerThousandNodeDays, Share

SCHEMA = "offtake.learned/1"
"""Name and version of the form it is written in."""


class Failure(StrEnum):
    """What failed."""

    NODE = "node"
    """A node of a cluster that answered could no longer be used, and nobody ordered it."""
    CLUSTER = "cluster"
    """A cluster was lost: out of reach for too long, or said to be."""
    ATTEMPT = "attempt"
    """An attempt vanished: it began, and nobody wrote down its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRate(Value):
    """How often something failed on a cluster, with the interval its true rate likely lies in.

    Failures are taken to be independent of each other (Poisson); the interval is the exact one
    of Garwood (1936), so that no failure at all still says how many there could be.
    """

    cluster: str
    """Where."""
    site: str
    """Site of the cluster."""
    accelerator: str
    """Type of its accelerators."""
    failure: Failure
    """What failed."""
    failure_count: Count
    """How often it was seen."""
    watched_node_days: NodeDays
    """How long nodes were watched that it could have happened to: those that were delivered; of
    attempts, those that work held."""
    mean_per_1000_node_days: PerThousandNodeDays | None
    """Failures over what was watched; None where nothing was."""
    low_per_1000_node_days: PerThousandNodeDays | None
    """Lower end of the interval."""
    high_per_1000_node_days: PerThousandNodeDays | None
    """Upper end of the interval."""
    confidence_share: Share = 0.95
    """How likely an interval made like this holds the true rate, at the least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness(Value):
    """How late one tranche was accepted."""

    contract: str
    """Contract it is a part of."""
    tranche: str
    """Its name inside the contract."""
    due: date
    """Day it was to be accepted by."""
    accepted: date | None = None
    """Day all of it was accepted; None has not happened yet."""
    late_days: Days
    """Days after its due date, up to the end of the window where it is not accepted yet; 0 is on
    time or early."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned(Value):
    """What an operation did over a window, and how sure that is."""

    source: str
    """What was watched, in words."""
    measured: bool
    """True: it really happened."""
    starts: datetime
    """First moment of the window."""
    ends: datetime
    """First moment after it."""
    attempt_count: Count
    """Attempts that ran in it."""
    unmetered_count: Count
    """Of these, attempts whose end nobody wrote down."""
    derating: Derating
    """Goodput, time up and where accelerator time went, by type and site."""
    failures: tuple[FailureRate, ...]
    """How often nodes, clusters and attempts failed, by cluster."""
    tranches: tuple[Lateness, ...]
    """Tranches that were due or accepted by the end of the window."""
    delay: DelayProcess | None = None
    """Delay process that fits them; None where fewer than two were accepted late."""
