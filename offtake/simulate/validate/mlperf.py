"""MLPerf Training, Llama 3.1 405B: throughput a chip by scale, calibrated on the smallest."""

from __future__ import annotations

from dataclasses import dataclass

from offtake.simulate.parameters import Parameters, Speed
from offtake.simulate.speed import mfu
from offtake.simulate.validate.case import Case, Kind, Row

BUBBLE = 7 / 8
"""Pipeline of 8 stages in 8 interleaved chunks, in micro-batches: (8 − 1)/8."""


@dataclass(frozen=True, slots=True)
class Run:
    """One submission: chips, micro-batches of a replica in a step, samples a second a chip."""

    chips: int
    batches: int
    batch: int
    rate: float

    @property
    def step_s(self) -> float:
        """Seconds a step takes."""
        return self.batch / (self.rate * self.chips)


EARLIER = (Run(512, 112, 896, 46.335 / 512), Run(2_496, 32, 1_248, 213.814 / 2_496))
"""GB200 in round 5.0 (IBM, CoreWeave, NVIDIA), from its logs."""
GB200 = (
    Run(512, 144, 1_152, 0.1271),
    Run(2_560, 24, 960, 0.1131),
    Run(5_120, 16, 1_280, 0.1063),
)
H200 = (Run(512, 288, 1_152, 0.0429), Run(1_024, 144, 1_152, 0.0422))


def exposed_s(small: Run, large: Run) -> float:
    """Give what a step waits for gradients and optimiser beyond the bubble, from two scales.

    step = micro-batch · (batches + bubble) + exposed, the same micro-batch and exposed at both.
    """
    wide, narrow = small.batches + BUBBLE, large.batches + BUBBLE
    micro = (small.step_s - large.step_s) / (wide - narrow)
    return large.step_s - micro * narrow


def law(small: Run, exposed: float) -> Parameters:
    """Set the speed at the smallest scale, with so many seconds exposed a step."""
    micro = (small.step_s - exposed) / (small.batches + BUBBLE)
    return Parameters(
        speed=Speed(
            mfu_share=0.5,
            reference_count=small.chips,
            micro_batches_ratio=float(small.batches),
            overhead_ratio=BUBBLE + exposed / micro,
        )
    )


def predicted(small: Run, large: Run, exposed: float) -> float:
    """Give samples a second a chip at the larger scale, set at the smaller."""
    told = law(small, exposed)
    there = mfu(told, large.chips, float(large.batches))
    return small.rate * there / mfu(told, small.chips, float(small.batches))


def case() -> Case:
    """Predict larger submissions of round 5.1 from its smallest and from round 5.0."""
    exposed = exposed_s(*EARLIER)
    rows = []
    for name, runs in (("GB200", GB200), ("H200", H200)):
        small = runs[0]
        rows.append(_row(f"{name}, {small.chips:,}", small.rate, small.rate, Kind.CALIBRATED))
        for run in runs[1:]:
            at = f"{name}, {run.chips:,}"
            rows.append(_row(at, run.rate, predicted(small, run, exposed)))
            rows.append(_row(f"{at}: bubble alone", run.rate, predicted(small, run, 0.0)))
    return Case(
        title="MLPerf Training v5.1, Llama 3.1 405B",
        source="MLCommons, training results v5.1 (2025), and v5.0 (2025) for what is exposed; "
        "stages, chunks and micro-batches from the submitted configurations",
        convention="Samples of 8,192 tokens a second and chip, over whole training blocks.",
        calibrated="Speed of computing on the smallest submission of each chip. What a step waits "
        f"beyond its pipeline's bubble, {exposed:.2f} s, on two GB200 submissions of the round "
        "before (512 and 2,496 chips, v5.0), as seconds: the same gradients over the same "
        "network. Rows *bubble alone* leave that out. The larger submissions of v5.1 were used "
        "for nothing. Assumed: H200 at 1,024 keeps the batch of 1,152 of 512.",
        rows=tuple(rows),
        remarks=(
            "With the bubble alone the law is too kind: with few micro-batches a step, the "
            "exchange of gradients has nothing left to hide behind.",
            "H200 waits as many seconds as GB200 here, though its network differs.",
        ),
    )


def _row(what: str, published: float, ours: float, kind: Kind = Kind.HELD_OUT) -> Row:
    return Row(what=what, published=published, ours=ours, unit="samples/s/chip", kind=kind)
