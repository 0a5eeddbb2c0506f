"""What a training run takes on N accelerators: days, goodput, checkpoints and spares.

undisturbed  6 · parameters · tokens / (N · peak · MFU(N) · speed under the cap)
days         undisturbed, and what failures, checkpoints and waits for nodes add: simulated
interval     where the exact renewal keeps most
spares       the least with which the job is short of nodes for at most so much of the time
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from offtake.errors import Fault, OfftakeError, Where
from offtake.model.bucket import Bucket
from offtake.model.value import Value
from offtake.simulate.closed.ettr import renewal
from offtake.simulate.closed.interval import best, chosen_minutes
from offtake.simulate.closed.spares import short_share, spares_for
from offtake.simulate.gang.job import Gang, Mean, Outcome
from offtake.simulate.gang.run import simulate_gang
from offtake.simulate.parameters import Interval, Parameters, Spares
from offtake.simulate.rates import mean_hours, nodes_of
from offtake.simulate.speed import at_cap, mfu
from offtake.units import Billions, Positive, PositiveShare, Tflops

SHORT = 0.01
"""Share of time a job may be short of nodes, where nothing else is said."""
LONGEST = 50.0
"""A run is given up after so many times what it would take undisturbed."""
RATES = (0.5, 1.0, 2.0)
"""How often nodes may fail, over what was said: public rates differ by as much."""
_AROUND = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Training(Value):
    """A training run, whatever it runs on."""

    accelerators_count: Positive
    """Accelerators it runs on; whole nodes."""
    model_billions: Billions
    """Parameters of the model that a token meets, in billions."""
    tokens_billions: Billions
    """Tokens it is trained on, in billions."""
    peak_tflops: Tflops
    """Peak of an accelerator in the number format of the training, dense."""
    short_share: PositiveShare = SHORT
    """Share of time it may be short of nodes; decides how many spares it gets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What the run takes."""

    training: Training
    parameters: Parameters
    """What it was simulated with: interval and spares are set."""
    mfu_share: float
    """Utilisation of peak while stepping, uncapped."""
    undisturbed_days: float
    """Days if nothing failed and nothing was written."""
    days: Mean
    """Days it takes; from `low` to `high` are eight of ten replications."""
    outcome: Outcome
    """What came of the simulation, with the ledger."""
    interval_minutes: float
    """Work between checkpoints."""
    hours_between: float
    """Mean hours from failure to failure while it works."""
    spares: int
    """Standby nodes it was given."""
    by_interval: tuple[tuple[float, float], ...]
    """Minutes of work between checkpoints, and the ETTR with spares enough."""
    by_spares: tuple[tuple[int, float], ...]
    """Standby nodes, and the share of time the job is short of nodes."""
    by_rate: tuple[tuple[float, float], ...]
    """How often nodes fail over what was said, and the ETTR at the interval best there."""

    @property
    def goodput_share(self) -> float:
        """Share of all capacity, spares included, that computed steps that were kept."""
        return self.outcome.shares[Bucket.PRODUCTIVE]


def train(
    parameters: Parameters,
    training: Training,
    *,
    replications: int = 200,
    seed: int = 1,
    processes: int = 1,
    progress: Callable[[int, int], None] | None = None,
    stopped: Callable[[], bool] | None = None,
) -> Trained:
    """Simulate a training run to its end, many times.

    Where the parameters' interval is `young-daly` the exact optimum is taken; where they say
    nothing of spares the run gets as many as `short_share` asks for.

    Raises:
        OfftakeError: parameters do not go together (`OTK-S002` … `OTK-S010`), or the run does
            not end (`OTK-S006`).
    """
    count = training.accelerators_count
    told = _settled(parameters, training)
    utilised = mfu(told, count)
    flops = 6e18 * training.model_billions * training.tokens_billions
    speed = count * training.peak_tflops * 1e12 * utilised * at_cap(told.power)
    hours = flops / speed / 3600.0
    gang = Gang(accelerators_count=count, work_hours=hours, limit_hours=hours * LONGEST)
    if replications > 1:  # one that does not end is followed for long: one is enough to say so
        first = simulate_gang(told, gang, replications=1, seed=seed, stopped=stopped)
        if first.done < first.replications:
            raise OfftakeError(_endless(first, hours, replications))
    outcome = simulate_gang(
        told,
        gang,
        replications=replications,
        seed=seed,
        processes=processes,
        progress=progress,
        stopped=stopped,
    )
    if outcome.done < outcome.replications:
        raise OfftakeError(_endless(outcome, hours, replications))
    nodes = nodes_of(told, count)
    return Trained(
        training=training,
        parameters=told,
        mfu_share=utilised,
        undisturbed_days=hours / 24.0,
        days=_in_days(outcome.wall),
        outcome=outcome,
        interval_minutes=chosen_minutes(told, nodes),
        hours_between=mean_hours(told, nodes),
        spares=told.spares.standby_count or 0,
        by_interval=tuple(_intervals(told, count)),
        by_spares=tuple(_spares(told, count)),
        by_rate=tuple(_rates(told, count)),
    )


def _endless(outcome: Outcome, hours: float, asked: int) -> Fault:
    ended = f"{outcome.done} of {outcome.replications} replications ended"
    if outcome.replications < asked:
        ended = f"the first of {asked} replications did not end"
    return Fault(
        code="OTK-S006",
        what=f"the run does not end in {LONGEST:g} times its {hours / 24.0:,.3g} undisturbed days",
        where=Where(path="training"),
        got=f"{ended}; kept {outcome.ettr.mean:.2%} of the time",
        hint="write checkpoints more often, restart faster, or use fewer accelerators",
    )


def _in_days(hours: Mean) -> Mean:
    return Mean(
        mean=hours.mean / 24.0,
        half_width=hours.half_width / 24.0,
        low=hours.low / 24.0,
        high=hours.high / 24.0,
    )


def _settled(parameters: Parameters, training: Training) -> Parameters:
    """Choose the interval and the spares, where they are left to be chosen."""
    told = parameters
    if told.checkpoint.interval is Interval.YOUNG_DALY:
        told = _every(told, best_minutes(told, training.accelerators_count))
    if told.spares.standby_count is None:
        count = spares_for(told, training.accelerators_count, training.short_share)
        told = replace(told, spares=replace(told.spares, standby_count=count))
    return told


def best_minutes(parameters: Parameters, accelerators: int) -> float:
    """Give the minutes of work between checkpoints at which the exact renewal keeps most.

    Raises:
        OfftakeError: writing a checkpoint stops nothing (`OTK-S005`).
    """
    nodes = nodes_of(parameters, accelerators)
    first = chosen_minutes(
        replace(
            parameters, checkpoint=replace(parameters.checkpoint, interval=Interval.YOUNG_DALY)
        ),
        nodes,
    )
    kept, mean = parameters.checkpoint, mean_hours(parameters, nodes) * 60.0
    if mean == float("inf"):
        return first
    return best(kept.blocking_minutes, mean, kept.drain_minutes)


def _every(parameters: Parameters, minutes: float) -> Parameters:
    kept = replace(parameters.checkpoint, interval=Interval.FIXED, interval_minutes=minutes)
    return replace(parameters, checkpoint=kept)


def _ettr(parameters: Parameters, count: int) -> float:
    return renewal(replace(parameters, spares=Spares()), count).ettr


def _intervals(told: Parameters, count: int) -> Iterable[tuple[float, float]]:
    if told.checkpoint.blocking_minutes <= 0.0 or not _closed(told):
        return
    middle = best_minutes(told, count)
    for ratio in _AROUND:
        yield middle * ratio, _ettr(_every(told, middle * ratio), count)


def _spares(told: Parameters, count: int) -> Iterable[tuple[int, float]]:
    for short in (0.5, 0.1, 0.01, 0.001, 0.0001):
        spares = spares_for(told, count, short)
        yield spares, short_share(told, count, spares)


def _rates(told: Parameters, count: int) -> Iterable[tuple[float, float]]:
    if not _closed(told):
        return
    for ratio in RATES:
        hazards = tuple(
            replace(hazard, rate_per_day=hazard.rate_per_day * ratio) for hazard in told.hazards
        )
        scaled = replace(told, hazards=hazards)
        if told.checkpoint.blocking_minutes > 0.0:
            scaled = _every(scaled, best_minutes(scaled, count))
        yield ratio, _ettr(scaled, count)


def _closed(told: Parameters) -> bool:
    """Tell whether the closed form holds for these parameters, spares apart."""
    plain = replace(told, spares=Spares())
    try:
        renewal(plain, told.topology.accelerators_per_node_count)
    except OfftakeError:
        return False
    return True
