"""Llama 3 405B: what interrupted it, and how fast its steps were."""

from __future__ import annotations

from dataclasses import replace

from offtake.simulate.closed import renewal
from offtake.simulate.gang import Gang, simulate_gang
from offtake.simulate.parameters import (
    Cause,
    Checkpoint,
    Hazard,
    Parameters,
    Recovery,
    Speed,
)
from offtake.simulate.speed import mfu
from offtake.simulate.validate.case import Case, Kind, Row

SOURCE = "Llama Team, Meta: The Llama 3 Herd of Models, arXiv 2407.21783 (2024)"
ACCELERATORS, NODES, DAYS = 16_384, 2_048, 54
UNEXPECTED, PLANNED = 419, 47
COUNTS = {
    Cause.GPU: 148,
    Cause.HBM: 72,
    Cause.SOFTWARE: 54,
    Cause.NETWORK: 35,
    Cause.HOST: 32,
    Cause.SRAM: 19,
    Cause.GPU_PROCESSOR: 17,
    Cause.NIC: 7,
    Cause.WATCHDOG: 7,
    Cause.THERMAL: 6,
    Cause.SILENT_CORRUPTION: 6,
    Cause.HOST_CPU: 2,
    Cause.UNKNOWN: 14,
}
"""Unexpected interruptions by cause, Table 5; `unknown` are seven rows of three or less."""
_WITHIN = frozenset((Cause.SOFTWARE, Cause.WATCHDOG))
"""What a restart mends."""


def parameters() -> Parameters:
    """Give the hazards of the run, from its counts; the rest is assumed and named in the case."""
    node_days = NODES * DAYS
    found = tuple(
        Hazard(cause=cause, rate_per_day=count / node_days, breaks=cause not in _WITHIN)
        for cause, count in COUNTS.items()
    )
    planned = Hazard(cause=Cause.MAINTENANCE, rate_per_day=PLANNED / node_days, breaks=False)
    return Parameters(
        hazards=(*found, planned),
        recovery=Recovery(restart_minutes=10.0),
        checkpoint=Checkpoint(interval_minutes=10.0),
    )


def interruptions() -> Case:
    """Hold 54 days of the pre-training against the report."""
    told = parameters()
    gang = Gang(accelerators_count=ACCELERATORS, limit_hours=DAYS * 24.0)
    made = simulate_gang(told, gang, replications=400)
    other = replace(told, hazards=(Hazard(cause=Cause.UNKNOWN, rate_per_day=0.0065),))
    borrowed = simulate_gang(other, gang, replications=400)
    return Case(
        title="Llama 3 405B: 54 days on up to 16,384 H100",
        source=f"{SOURCE}, section 3.3.4 and Table 5",
        convention="An interruption ends the job, planned or not. Effective training time is "
        "useful training over the time elapsed (ours: steps kept over the wall clock).",
        calibrated="Rates by cause, on the counts of the same 54 days, as if all 16,384 had run "
        "throughout. Assumed, as the report does not say: restart 10 min, checkpoints every "
        "10 min at no cost. The row with RSC-1's rate uses nothing of this run.",
        rows=(
            Row(
                what="interruptions, rates from its own counts",
                published=UNEXPECTED + PLANNED,
                ours=made.failures.mean,
                kind=Kind.CALIBRATED,
                half_width=made.failures.half_width,
            ),
            Row(
                what="unexpected interruptions, rate of another cluster (RSC-1)",
                published=UNEXPECTED,
                ours=borrowed.failures.mean,
                half_width=borrowed.failures.half_width,
                note="another cluster's rate does not carry over: A100, and another count",
            ),
            Row(
                what="effective training time, over 90 %",
                published=0.90,
                ours=made.ettr.mean,
                unit="share",
                half_width=made.ettr.half_width,
                at_least=True,
                note=f"exact renewal {renewal(told, ACCELERATORS).ettr:.3f}",
            ),
        ),
        remarks=(
            "One replication in ten has fewer than "
            f"{made.failures.low:.0f} interruptions and one in ten more than "
            f"{made.failures.high:.0f}: one run of 54 days tells its own rate to about ±9 % "
            "(95 %).",
            "The report prints 30.1 % beside 148 GPU interruptions; 148 of 419 is "
            f"{148 / UNEXPECTED:.1%}, and the counts, not the label, add up to 419.",
            "3.79 unexpected interruptions per 1000 node-days assumes 2,048 nodes throughout; "
            "the run used *up to* 16,384 accelerators, so the true rate is higher.",
        ),
    )


STAGES, CHUNKS, BATCHES = 16, 8, 32
"""Pipeline stages; chunks of one layer a stage (126 layers and two places for embedding and
head); sequences a replica works off in a step at 8,192 accelerators."""
PEAK = 989.0
"""Dense BF16 of an H100, TFLOP/s."""


def throughput() -> Case:
    """Hold the law of step times against 16,384 accelerators, calibrated at 8,192."""
    told = Parameters(
        speed=Speed(
            mfu_share=430.0 / PEAK,
            reference_count=8_192,
            micro_batches_ratio=float(BATCHES),
            overhead_ratio=(STAGES - 1) / CHUNKS,
            fixed_batch=True,
        )
    )
    at = {count: mfu(told, count) * PEAK for count in (8_192, 16_384)}
    return Case(
        title="Llama 3 405B: throughput by scale",
        source=f"{SOURCE}, Table 4",
        convention="Model TFLOP/s a GPU in BF16, batch of 16 M tokens at both scales, so a "
        "replica has 32 and then 16 sequences a step.",
        calibrated="Speed of computing, at 8,192. The pipeline's bubble, (16 − 1)/8 "
        "micro-batches a step, is from the published 16 stages and 126 layers, one layer a "
        "chunk assumed.",
        rows=(
            Row(
                what="8,192 GPUs",
                published=430.0,
                ours=at[8_192],
                unit="TFLOP/s",
                kind=Kind.CALIBRATED,
                digits=3,
            ),
            Row(
                what="16,384 GPUs",
                published=400.0,
                ours=at[16_384],
                unit="TFLOP/s",
                digits=4,
            ),
            Row(
                what="16,384 GPUs, context of 131,072",
                published=380.0,
                ours=at[16_384],
                unit="TFLOP/s",
                digits=4,
                note="same bubble; waiting in context parallelism is not modelled",
            ),
        ),
        remarks=(
            "The exchange of gradients is taken as hidden, so the second row is an upper bound "
            "by construction, and the third misses by what context parallelism exposes.",
        ),
    )
