"""The work of `offtake simulate trace`: draw jobs, write them, and say how near they come."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from offtake.cli import outputs, screen, tables
from offtake.draw import numbers
from offtake.simulate.generate.draw import Drawn, generate
from offtake.simulate.generate.mixes import MIXES, Mix

SCHEMA = "offtake.trace/1"
"""Name and version of the form what was drawn is told in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be drawn."""

    like: str
    accelerators: int
    days: float
    load: float
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure of the mix beside that of the drawn jobs."""

    what: str
    published: float
    drawn: float


def write(asked: Asked, out: Path, *, as_json: bool, force: bool) -> None:
    """Draw jobs, write them as CSV, and say how near they come to the summary.

    Raises:
        OfftakeError: a number is out of range (`OTK-S064`), or the file must not be written.
    """
    outputs.claim([out], force=force)
    mix = MIXES[asked.like]
    made = generate(mix, asked.accelerators, asked.days, load=asked.load, seed=asked.seed)
    outputs.fill(out, as_csv(made))
    figures = list(figures_of(mix, made))
    if as_json:
        said = {
            "schema": SCHEMA,
            **asdict(asked),
            "jobs_count": len(made.submit_s),
            "left_out_share": made.left_out_share,
            "figures": [asdict(figure) for figure in figures],
            "source": mix.source,
            "assumed": mix.assumed,
        }
        screen.say_json_text(json.dumps(said, ensure_ascii=False, indent=2) + "\n")
        screen.note(f"wrote {out}")
        return
    screen.say(f"{len(made.submit_s):,} jobs like {asked.like}'s, {asked.days:g} days\n")
    rows = [[f.what, f"{f.published:,.4g}", f"{f.drawn:,.4g}"] for f in figures]
    tables.say(["", "published", "drawn"], rows, (1, 2))
    if made.left_out_share > 0.0:
        share = numbers.share(made.left_out_share)
        screen.say(f"\n{share} of the mix's jobs are larger than the fleet, and were not drawn.")
    screen.say(f"\nPublished: {mix.source}.\nAssumed: {mix.assumed}.\nwrote {out}")


def as_csv(made: Drawn) -> str:
    """Give the jobs as CSV, in order of arrival."""
    text = io.StringIO()
    text.write("id,submit_s,duration_s,accelerators_count\n")
    columns = zip(made.submit_s, made.duration_s, made.accelerators_count, strict=True)
    for row, (submit, duration, count) in enumerate(columns):
        text.write(f"{row + 1},{submit:.3f},{duration:.3f},{count}\n")
    return text.getvalue()


def figures_of(mix: Mix, made: Drawn) -> Iterator[Figure]:
    """Hold the drawn jobs against the summary."""
    time = made.duration_s * made.accelerators_count
    pairs = (
        ("median run time, s", mix.median_s, float(np.median(made.duration_s))),
        ("mean run time, s", mix.mean_s, float(made.duration_s.mean())),
        ("accelerators, mean", mix.mean_accelerators, float(made.accelerators_count.mean())),
        ("accelerator-hours a job", mix.accelerator_s / 3_600.0, float(time.mean()) / 3_600.0),
    )
    for what, published, drawn in pairs:
        yield Figure(what=what, published=published, drawn=drawn)
