"""The effective training time ratio of a gang job, in closed form.

    ├─ work until a failure ──────────────┤ noticed ├ restart … again … restart ┤
    │ kept: whole intervals  │ undone     │    D    │            R              │

With failures at rate λ = 1/M (exponential), interval τ of work, write C, drain d, notice D
and restart R, which a failure during it begins anew:

    kept      = τ · e^(−λd) / (e^(λ(τ+C)) − 1)                       per failure
    written   = M · (e^(λC) − 1) / (e^(λ(τ+C)) − 1)
    cycle     = M + (D + M·(1 − q)) / q,   q = E[e^(−λR)]            (M + D) · e^(λR) for one R
              = M + D + R                                            where nothing strikes in R
    ETTR      = kept / cycle

The first-order form of Kokolis et al. (HPCA 2025), 1 − λ·(u0 + τ/2), is the same to first
order and wrong beyond: at 100,000 accelerators it is negative where the exact form is 0.07.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from offtake.errors import Fault, OfftakeError, Where
from offtake.model.bucket import Bucket
from offtake.simulate.closed.interval import chosen_minutes
from offtake.simulate.parameters import Domain, Interval, Law, Parameters, Tier
from offtake.simulate.rates import mean_hours, nodes_of, strikes
from offtake.simulate.speed import step

MOST_LOST = 0.25
"""Loss to first order above which the first-order form is refused."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """What a job does from one failure to the next, on average, in hours."""

    kept: float
    undone: float
    written: float
    restart: float
    split: Mapping[Bucket, float]
    """Where the time of a step goes, productive, exposed and capped."""

    @property
    def hours(self) -> float:
        """Length of the cycle."""
        return self.kept + self.undone + self.written + self.restart

    @property
    def ettr(self) -> float:
        """Stepping kept over time passed."""
        return self.kept / self.hours

    @property
    def shares(self) -> dict[Bucket, float]:
        """Share of the job's time in each bucket; they add up to 1."""
        kept = {bucket: self.ettr * share for bucket, share in self.split.items()}
        return {
            **dict.fromkeys(Bucket, 0.0),
            **kept,
            Bucket.CHECKPOINT: self.written / self.hours,
            Bucket.LOST: self.undone / self.hours,
            Bucket.RESTART: self.restart / self.hours,
        }


def first_order(failures: float, restart: float, interval: float) -> float:
    """Give 1 − failures · (restart + interval/2), times in the unit failures are counted in.

    Raises:
        OfftakeError: the loss is above 0.25, where the form does not hold (`OTK-S001`).
    """
    loss = failures * (restart + interval / 2.0)
    if loss > MOST_LOST:
        fault = Fault(
            code="OTK-S001",
            what="the first-order form of the training time ratio does not hold here",
            where=Where(path="N · r · (u0 + interval/2)"),
            got=f"{loss:.3g}",
            hint=f"it holds to {MOST_LOST:g}; take the exact renewal or the simulation",
        )
        raise OfftakeError(fault)
    return 1.0 - loss


def renewal(parameters: Parameters, accelerators: int) -> Cycle:
    """Give the exact mean cycle of a gang job that never runs short of spares.

    Raises:
        OfftakeError: what it holds for is not given (`OTK-S002`), or the parameters do not go
            together (`OTK-S003`, `OTK-S005`, `OTK-S009`).
    """
    nodes = nodes_of(parameters, accelerators)
    faults = list(_unfit(parameters, nodes))
    if faults:
        raise OfftakeError(faults)
    mean = mean_hours(parameters, nodes)
    interval = chosen_minutes(parameters, nodes) / 60.0
    kept = parameters.checkpoint
    write, drain = kept.blocking_minutes / 60.0, kept.drain_minutes / 60.0
    split = _split(parameters, accelerators)
    if math.isinf(mean):
        whole = interval if interval > 0.0 else 1.0
        written = write if interval > 0.0 else 0.0
        return Cycle(whole, 0.0, written, 0.0, split)
    saved, written = mean, 0.0
    if interval > 0.0:
        grown = _expm1((interval + write) / mean)
        saved = interval * math.exp(-drain / mean) / grown
        written = mean * _expm1(write / mean) / grown
    restart = _restart(parameters, mean)
    return Cycle(saved, mean - saved - written, written, restart, split)


def _expm1(power: float) -> float:
    return math.expm1(power) if power < 700.0 else math.inf


def _split(parameters: Parameters, accelerators: int) -> dict[Bucket, float]:
    shares = step(parameters, accelerators)
    return {
        Bucket.PRODUCTIVE: shares.productive_share,
        Bucket.EXPOSED: shares.exposed_share,
        Bucket.CAPPED: shares.capped_share,
    }


def _restart(parameters: Parameters, mean: float) -> float:
    """Give the mean hours from a failure to the first step after it."""
    found, recovery = parameters.detection, parameters.recovery
    notice = found.hang_share * found.hang_minutes
    notice += (1.0 - found.hang_share) * found.heartbeat_minutes
    fixed = recovery.restart_minutes + recovery.warm_up_minutes
    near, far = fixed + recovery.reload_minutes, fixed + recovery.remote_reload_minutes
    remote = recovery.remote_share
    queued = recovery.requeue_minutes / 60.0 if recovery.tier is Tier.REQUEUE else 0.0
    if recovery.sheltered:
        return (notice + (1.0 - remote) * near + remote * far) / 60.0 + queued
    minutes = mean * 60.0
    unstruck = (1.0 - remote) * math.exp(-near / minutes) + remote * math.exp(-far / minutes)
    return (notice / 60.0 + mean * (1.0 - unstruck)) / unstruck + queued


def _unfit(parameters: Parameters, nodes: int) -> Iterator[Fault]:
    """Name what the closed form cannot know."""
    if parameters.law is not Law.EXPONENTIAL and any(
        found.domain is Domain.NODE for found in strikes(parameters, nodes)
    ):
        yield _refused("times to failure must be exponential", "law")
    if parameters.lemons.lemon_share > 0.0 and parameters.lemons.hazard_ratio != 1.0:
        yield _refused("lemons change the rate as they are found", "lemons.lemon_share")
    if parameters.spares.standby_count is not None:
        yield _refused("spares may run short", "spares.standby_count")
    if parameters.detection.silent_share > 0.0:
        yield _refused("silent corruption undoes checkpoints too", "detection.silent_share")
    if parameters.recovery.tier is Tier.REPLICA:
        yield _refused("replicas drop out one by one", "recovery.tier")
    if parameters.checkpoint.interval is Interval.ADAPTIVE:
        yield _refused("the interval changes with what is seen", "checkpoint.interval")
    if parameters.age.wear_share_per_year > 0.0 or parameters.age.infant_ratio != 1.0:
        yield _refused("the rate changes with age", "age")


def _refused(what: str, path: str) -> Fault:
    return Fault(
        code="OTK-S002",
        what=f"the closed form does not hold: {what}",
        where=Where(path=path),
        hint="simulate the job instead",
    )
