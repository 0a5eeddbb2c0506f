"""From accelerator time by bucket to a derating: the same for what was simulated and what ran.

goodput = productive / (productive + exposed + checkpoint + lost + restart + capped)
up      = 1 − (down + drained) / all
"""

from __future__ import annotations

from collections.abc import Mapping

from offtake.model.bucket import Bucket
from offtake.model.derating import Derated, Derating

HELD = (
    Bucket.PRODUCTIVE,
    Bucket.EXPOSED,
    Bucket.CHECKPOINT,
    Bucket.LOST,
    Bucket.RESTART,
    Bucket.CAPPED,
)
"""Buckets of time in which work held nodes that were up."""
Place = tuple[str, str]
"""A type of accelerator, and a site."""


def of_buckets(
    seconds: Mapping[Place, Mapping[Bucket, float]],
    window_hours: float,
    *,
    source: str,
    measured: bool,
) -> Derating:
    """Give a derating of accelerator-seconds by bucket.

    What did no work in the whole window has no line: nothing is known of it.
    """
    lines = []
    for (accelerator, site), by in sorted(seconds.items()):
        spent = {bucket: float(by.get(bucket, 0.0)) for bucket in Bucket}
        whole, held = sum(spent.values()), sum(spent[bucket] for bucket in HELD)
        if spent[Bucket.PRODUCTIVE] > 0.0:
            away = spent[Bucket.DOWN] + spent[Bucket.DRAINED]
            lines.append(
                Derated(
                    accelerator=accelerator,
                    site=site or None,
                    goodput_share=spent[Bucket.PRODUCTIVE] / held,
                    up_share=1.0 - away / whole,
                    bucket_share={bucket: spent[bucket] / whole for bucket in Bucket},
                    coverage_share=held / whole,
                )
            )
    return Derating(source=source, measured=measured, window_hours=window_hours, lines=tuple(lines))
