"""The one parameter object of the simulator: what all fidelities are told about a cluster.

    Parameters ─┬─ topology   what is inside what: accelerator, node, rack, pod, hall
                ├─ hazards    how often what fails, by cause and domain
                ├─ lemons, age, law     who fails more, and in which rhythm
                ├─ detection, recovery, spares, repair     what happens then
                ├─ checkpoint what is kept
                ├─ network, speed       how fast steps are, at N accelerators
                └─ power      what a cap costs

The defaults are one documented cluster, Meta's RSC-1 (6.50 failures per 1000 node-days,
Kokolis et al., HPCA 2025), with everything else left perfect: no lemons, no capacity lost to
the network, repair in a day. Sizes of jobs and fleets are not parameters of the cluster.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from offtake.model.value import Value
from offtake.units import (
    GB,
    Count,
    Days,
    GBPerSecond,
    Hours,
    Minutes,
    Overhead,
    PerDay,
    Positive,
    PositiveShare,
    Ratio,
    Seconds,
    Shape,
    Share,
    SharePerYear,
    Watts,
)


class Cause(StrEnum):
    """What failed; the list is that of Llama 3's report, with what others add."""

    GPU = "gpu"
    HBM = "hbm"
    SRAM = "sram"
    GPU_PROCESSOR = "gpu-processor"
    SILENT_CORRUPTION = "silent-corruption"
    THERMAL = "thermal"
    HOST_CPU = "host-cpu"
    HOST = "host"
    NIC = "nic"
    NETWORK = "network"
    SOFTWARE = "software"
    WATCHDOG = "watchdog"
    MAINTENANCE = "maintenance"
    POWER = "power"
    COOLING = "cooling"
    WEATHER = "weather"
    USER = "user"
    """The job itself: a bug, memory run out, a bad input."""
    UNKNOWN = "unknown"


class Domain(StrEnum):
    """What goes down with a failure: a node, or everything that hangs on one thing."""

    NODE = "node"
    RACK = "rack"
    POD = "pod"
    HALL = "hall"
    SITE = "site"


class Law(StrEnum):
    """How times to failure are spread about their mean."""

    EXPONENTIAL = "exponential"
    WEIBULL = "weibull"
    LOGNORMAL = "lognormal"


class Tier(StrEnum):
    """What a job does when a node of it fails."""

    SPARE = "spare"
    """A standby takes the node's place, and all go back to the last checkpoint."""
    REPLICA = "replica"
    """The data-parallel replica drops out; the others stall, then go on without it."""
    REQUEUE = "requeue"
    """The job ends and waits in the queue again."""


class Interval(StrEnum):
    """When checkpoints are written."""

    FIXED = "fixed"
    """Every `interval_minutes`."""
    YOUNG_DALY = "young-daly"
    """Every √(2 · write · mean time to failure), from the parameters."""
    ADAPTIVE = "adaptive"
    """The same from the failures seen so far, beginning at `interval_minutes`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology(Value):
    """What is inside what. The smallest thing simulated is a node, or a rack-scale domain."""

    accelerators_per_node_count: Positive = 8
    """Accelerators that fail together; 72 for an NVL72 taken as one."""
    nodes_per_rack_count: Positive = 2
    """Nodes that hang on one rack's power and cooling."""
    nodes_per_pod_count: Positive = 384
    """Nodes under one set of switches with full bandwidth; Llama 3: 3,072 accelerators."""
    nodes_per_hall_count: Positive = 3072
    """Nodes of one data hall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard(Value):
    """How often one cause strikes one thing of a domain that is in use."""

    cause: Cause
    """What fails."""
    domain: Domain = Domain.NODE
    """What goes down with it."""
    rate_per_day: PerDay
    """Failures a day of one thing of the domain: a node-day, a rack-day, a site-day."""
    job_nodes_count: Positive | None = None
    """Strikes only jobs of at most so many nodes; None strikes all. Small jobs are young ones,
    and fail of themselves: RSC-1 measures 3.7 times its node rate up to 128 nodes."""
    breaks: bool = True
    """Whether the node needs repair; software and planned stops give it back at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lemons(Value):
    """Nodes that fail more than others until a repair finds out why."""

    lemon_share: Share = 0.0
    """Share of nodes that are lemons at first."""
    hazard_ratio: Ratio = 1.0
    """Their hazard over that of a sound node."""
    cured: bool = True
    """Whether a repair that works makes a lemon a sound node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Age(Value):
    """How the hazard changes with age: 1 + (infant − 1)·exp(−age/settling) + wear·years."""

    fleet_days: Days = 365.0
    """Age of the nodes when the simulation begins."""
    infant_ratio: Ratio = 1.0
    """Hazard of a new node over that of a settled one."""
    settling_days: Days = 60.0
    """Time in which the surplus of new nodes falls to 1/e."""
    wear_share_per_year: SharePerYear = 0.0
    """Hazard added a year by wear, as a share of that of a settled node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection(Value):
    """From a failure to somebody knowing."""

    heartbeat_minutes: Minutes = 0.0
    """Until a failure that stops the job is noticed."""
    hang_share: Share = 0.0
    """Share of failures that hang the job instead of ending it."""
    hang_minutes: Minutes = 10.0
    """Until a hang is noticed: the timeout of a collective."""
    silent_share: Share = 0.0
    """Share of failures that corrupt results and end nothing."""
    silent_hours: Hours = 24.0
    """Mean time until corruption is noticed; all since it began is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery(Value):
    """From knowing of a failure to the first step after it."""

    tier: Tier = Tier.SPARE
    """What the job does first."""
    restart_minutes: Minutes = 5.0
    """Fixed part: tear down, swap a standby in, start processes, build communicators."""
    reload_minutes: Minutes = 0.0
    """Reading the checkpoint from a neighbour or local disk."""
    remote_share: Share = 0.0
    """Share of recoveries that must read from remote storage instead."""
    remote_reload_minutes: Minutes = 0.0
    """Reading the checkpoint from remote storage."""
    warm_up_minutes: Minutes = 0.0
    """Time lost to slow first steps: full speed is reached so much later."""
    requeue_minutes: Minutes = 30.0
    """Mean wait in the queue where the job is queued again."""
    sheltered: bool = False
    """Whether no failure strikes during a recovery; else it begins anew."""
    replica_nodes_count: Positive = 1
    """Nodes of a data-parallel replica, all idle while it is out."""
    stall_minutes: Minutes = 3.0
    """Stall of all replicas when one drops out or comes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spares(Value):
    """Nodes a job can turn to. Standbys and idle nodes do not fail."""

    standby_count: Count | None = None
    """Held warm within the job: a swap costs no selection. None never runs short, and what is
    broken then leaves the ledger."""
    pool_count: Count = 0
    """Idle beside the job; taken in when hosts are selected anew."""
    select_minutes: Minutes = 0.0
    """Selecting hosts anew, once the standbys are used up."""
    borrowed_count: Count = 0
    """In use by others, who give them up."""
    borrow_minutes: Minutes = 0.0
    """Until one of those is free, one after the other."""
    refilled: bool = False
    """Whether a job that ran short waits until its standbys are back too, as AIReSim's does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair(Value):
    """What happens to a broken node: an automatic repair, and for some a manual one.

    broken ─ automatic ─┬─ to manual ─ manual ─┬─ fixed
                        └──────────────────────┴─ returned as it was, silently
    """

    automatic_hours: Hours = 2.0
    """Mean time of the automatic repair every broken node goes through."""
    automatic_silent_share: Share = 0.0
    """Share of automatic repairs that report success and change nothing."""
    manual_share: Share = 0.0
    """Share that goes on to manual repair: of all, or of those not fixed."""
    manual_only_unfixed: bool = False
    """Whether only nodes the automatic repair did not fix may go on to manual repair."""
    manual_hours: Hours = 48.0
    """Mean time of a manual repair."""
    manual_silent_share: Share = 0.0
    """Share of manual repairs that report success and change nothing."""
    law: Law = Law.EXPONENTIAL
    """How times of repair are spread."""
    repair_shape: Shape = 1.0
    """Shape of that law: above 1 for a lognormal is a heavy tail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint(Value):
    """What is kept, how often, and what keeping it costs."""

    interval: Interval = Interval.FIXED
    """Rule for the time between checkpoints."""
    interval_minutes: Minutes = 60.0
    """Time of work between checkpoints, or the first of it; 0 keeps every step for free."""
    write_s: Seconds = 0.0
    """Fixed part for which a checkpoint stops the job."""
    size_gb: GB | None = None
    """Size of a whole checkpoint; None where writing takes `write_s` alone."""
    storage_gb_per_s: GBPerSecond = 2000.0
    """Bandwidth of storage; Llama 3: 2 TB/s sustained."""
    asynchronous: bool = False
    """Whether the job goes on while the checkpoint drains; it counts once it is through."""

    @property
    def transfer_s(self) -> float:
        """Time the storage takes for a checkpoint, in seconds."""
        return 0.0 if self.size_gb is None else self.size_gb / self.storage_gb_per_s

    @property
    def blocking_minutes(self) -> float:
        """Time a checkpoint stops the job."""
        return (self.write_s + (0.0 if self.asynchronous else self.transfer_s)) / 60.0

    @property
    def drain_minutes(self) -> float:
        """Time after which a checkpoint counts, beyond the time it stops the job."""
        return self.transfer_s / 60.0 if self.asynchronous else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Network(Value):
    """What the network takes from steps, at the scale `Speed` was calibrated at."""

    oversubscription_ratio: Ratio = 1.0
    """Bandwidth inside a pod over that between pods, to a node; 1 is none, Llama 3: 7."""
    balance_share: PositiveShare = 1.0
    """Share of links' bandwidth that load balancing makes use of."""
    exposed_share: Share = 0.0
    """Communication between pods that steps wait for, over their computing, on an undisturbed
    network without oversubscription."""

    @property
    def exposed_ratio(self) -> float:
        """Waiting for communication over computing: exposed · oversubscription / balance."""
        return self.exposed_share * self.oversubscription_ratio / self.balance_share


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed(Value):
    """How fast steps are at N accelerators: model FLOPs utilisation by structure.

        MFU(N) = compute / (1 + overhead / micro-batches(N) + exposed communication)

    `overhead` counts what a step waits whatever its size, in times of one micro-batch: the
    bubble of a pipeline, (stages − 1) / interleaved chunks, and what of gradients' exchange
    and the optimiser is not hidden. With a fixed batch, micro-batches fall as 1/N.
    """

    mfu_share: PositiveShare = 0.4
    """Utilisation measured at `reference_count` accelerators."""
    reference_count: Positive = 1024
    """Accelerators it was measured at."""
    micro_batches_ratio: Ratio = 64.0
    """Micro-batches a replica works off in a step there."""
    overhead_ratio: Overhead = 0.0
    """Waiting of a step, in times of a micro-batch: (stages − 1)/chunks, and what is exposed."""
    fixed_batch: bool = False
    """Whether the batch stays as N grows, so micro-batches fall as 1/N; else it grows with N."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Power(Value):
    """What an accelerator draws, and what a cap costs in speed: 1 − loss·(1 − cap)²."""

    tdp_watts: Watts = 700.0
    """Power of an accelerator at full speed; H100: 700 W."""
    idle_share: Share = 0.15
    """Power idle over `tdp_watts`."""
    checkpoint_share: Share = 0.4
    """Power while stopped for a checkpoint or a restart, over `tdp_watts`."""
    cap_share: PositiveShare = 1.0
    """Power allowed over `tdp_watts`."""
    loss_ratio: Ratio = 25.0 / 9.0
    """Speed lost by a cap, over the square of what it takes away. With 25/9 work a joule is
    best at a cap of 0.8, where public measurements put it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters(Value):
    """All a simulation needs to know of a cluster, at any fidelity."""

    topology: Topology = Topology()
    """What is inside what."""
    hazards: tuple[Hazard, ...] = (Hazard(cause=Cause.UNKNOWN, rate_per_day=0.0065),)
    """How often what fails."""
    law: Law = Law.EXPONENTIAL
    """How times to failure of a node are spread; the rest strikes exponentially."""
    law_shape: Shape = 1.0
    """Shape of that law. The mean stays what the hazards say."""
    lemons: Lemons = Lemons()
    """Nodes that fail more."""
    age: Age = Age()
    """What age does to hazards."""
    detection: Detection = Detection()
    """Until a failure is known."""
    recovery: Recovery = Recovery()
    """Until the job steps again."""
    spares: Spares = Spares()
    """What takes a broken node's place."""
    repair: Repair = Repair()
    """Until a broken node is back."""
    checkpoint: Checkpoint = Checkpoint()
    """What a failure cannot undo."""
    network: Network = Network()
    """What steps wait for."""
    speed: Speed = Speed()
    """How fast steps are."""
    power: Power = Power()
    """What it draws."""
