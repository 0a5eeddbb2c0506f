"""The work of `offtake simulate policies`: one trace under several policies, side by side."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from offtake.cli import outputs, pagefile, scenes, screen, tables
from offtake.cli.interruptible import interruptible
from offtake.cli.progress import Status
from offtake.draw import numbers
from offtake.errors import Exit, Fault, OfftakeError, Where, did_you_mean
from offtake.files.traces.detect import Form, Found, Source, read_trace
from offtake.progress import Progress
from offtake.simulate.replay.contest import ENTRANTS, Place, Result, Trace, contest, entrants

SCHEMA = "offtake.policies/1"
"""Name and version of the form a comparison of policies is written in."""
NAME = "policies"
_WHERE = "offtake simulate policies"
RHO = (
    "ρ (finish-time fairness): time from arrival to end, over what an equal share of the fleet "
    "would have taken; N, the jobs that share it, is the mean while the job was there."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is compared on what."""

    source: Source
    accelerators: tuple[str, ...]
    fleet: str | None
    policies: tuple[str, ...]
    node: int
    price: float | None
    failures: float
    seed: int
    out: Path | None
    as_json: bool
    quiet: bool
    force: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """The answer, and what it was given."""

    found: Found
    places: tuple[Place, ...]
    left_out: Mapping[str, str]
    """Policies that do not apply, and why."""
    notes: Mapping[str, int]
    """Rows left out or changed, by reason."""
    results: tuple[Result, ...]
    wanted: int


class _StoppedError(Exception):
    """Raised inside a simulation to leave it."""


def simulate(asked: Asked) -> None:
    """Compare policies, print the table, and write what is wanted.

    Raises:
        OfftakeError: the trace, the fleet or an option is at fault, or a file must not be written.
    """
    places = places_of(asked)
    saved, figure = _files(asked)
    made = _made(asked, places)
    text = json.dumps(as_data(asked, made), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    written: list[Path] = []
    try:
        written += [outputs.fill(saved, text)] if saved is not None else []
        drawn = figure is not None and made.results
        written += [outputs.fill(figure, draw(made))] if drawn and figure is not None else []
    finally:
        screen.say_json_text(text) if asked.as_json else say(asked, made)
    for path in written:
        screen.note(f"wrote {path}") if asked.as_json else screen.say(f"wrote {path}")
    if len(made.results) < made.wanted:
        screen.note(f"interrupted: {len(made.results)} of {made.wanted} policies were done")


def places_of(asked: Asked) -> tuple[Place, ...]:
    """Give the types of accelerator there are: a scene's clusters, or as options say.

    Raises:
        OfftakeError: neither or both are given, or a number is wrong (`OTK-S063`).
    """
    if bool(asked.accelerators) == (asked.fleet is not None):
        raise _usage("say what to run on: --accelerators N, or --fleet SCENE, one of both")
    if asked.fleet is not None:
        scene = scenes.read(asked.fleet)
        return tuple(
            Place(
                id=cluster.id,
                accelerators_count=cluster.nodes * cluster.accelerators_per_node_count,
                per_node_count=cluster.accelerators_per_node_count,
                usd_per_gpu_hour=cluster.price.usd_per_gpu_hour
                + cluster.price.running_usd_per_gpu_hour,
            )
            for cluster in scene.clusters
        )
    made = [_place(asked, text) for text in asked.accelerators]
    if len({place.id for place in made}) < len(made):
        raise _usage("name each type of accelerator once", " ".join(asked.accelerators))
    return tuple(made)


def _place(asked: Asked, text: str) -> Place:
    name, sign, count = text.rpartition("=")
    if not count.isdecimal() or int(count) < 1 or (sign and not name):
        raise _usage("a number of accelerators is like 512, or H100=512", text)
    if asked.node < 1 or int(count) % asked.node:
        raise _usage(f"accelerators do not fill nodes of {asked.node}", text)
    if asked.price is not None and asked.price < 0.0:
        raise _usage("a price is not below 0", f"{asked.price:g}")
    return Place(
        id=name or "all",
        accelerators_count=int(count),
        per_node_count=asked.node,
        usd_per_gpu_hour=asked.price,
    )


def _usage(what: str, got: str | None = None, hint: str | None = None) -> OfftakeError:
    where = Where(path=_WHERE)
    fault = Fault(code="OTK-S063", what=what, where=where, got=got, hint=hint)
    return OfftakeError(fault, exit=Exit.USAGE)


def trace_of(found: Found, places: tuple[Place, ...]) -> Trace:
    """Give the jobs as they are simulated: on any type at one speed, or as the trace says."""
    speed = found.speed
    if speed is None:
        speed = np.ones((len(found.work_s), len(places)))
    return Trace(
        arrival_s=found.arrival_s,
        work_s=found.work_s,
        accelerators_count=found.accelerators_count,
        priority=found.priority,
        speed=speed,
        typed=found.speed is not None and len(places) > 1,
    )


def _chosen(asked: Asked, trace: Trace) -> tuple[tuple[str, ...], Mapping[str, str]]:
    apply, left = entrants(trace, asked.failures)
    for name in asked.policies:
        if name not in ENTRANTS:
            raise _usage("there is no such policy", f"'{name}'", did_you_mean(name, ENTRANTS))
        if name in left:
            raise _usage(f"{name} does not apply: {left[name]}")
    return (asked.policies, {}) if asked.policies else (apply, left)


def _made(asked: Asked, places: tuple[Place, ...]) -> Contest:
    status, stop = Status(screen.err(), quiet=asked.quiet), threading.Event()
    if not asked.failures >= 0.0:
        raise _usage("failures are not below 0", f"{asked.failures:g}")

    def task() -> Contest:
        status(Progress("read", str(asked.source.path)))
        most = max(place.accelerators_count for place in places)
        found = read_trace(asked.source, tuple(place.id for place in places), most)
        trace = trace_of(found, places)
        names, left = _chosen(asked, trace)
        results: list[Result] = []
        for name in names:

            def said(words: str, name: str = name) -> None:
                if stop.is_set():
                    raise _StoppedError
                status(Progress("simulate", f"{name}: {words}"))

            try:
                said("starts; the first time on a machine it is compiled")
                results.append(
                    contest(
                        name, trace, places, failures=asked.failures, seed=asked.seed, said=said
                    )
                )
            except _StoppedError:
                break
        return Contest(
            found=found,
            places=places,
            left_out=left,
            notes=_notes(found, places),
            results=tuple(results),
            wanted=len(names),
        )

    def interrupted() -> None:
        status.stop()
        sys.stderr.write("offtake: interrupted; nothing was written\n")

    with status:
        return interruptible(task, interrupted, stop.set)


def _notes(found: Found, places: tuple[Place, ...]) -> dict[str, int]:
    each = places[0].per_node_count
    rounded = int((found.accelerators_count % each != 0).sum())
    said = {f"left out: {why}": count for why, count in found.left_out.items()}
    said |= {f"changed: {why}": count for why, count in found.changed.items()}
    if rounded:
        said[f"changed: jobs given whole nodes of {each}"] = rounded
    return said


def _files(asked: Asked) -> tuple[Path | None, Path | None]:
    """Say where data and figure are to be written, and make sure that they may be."""
    if asked.out is None:
        return None, None
    ending = asked.out.suffix.lower()
    lacking = None if ending == ".json" else pagefile.missing()
    if lacking is not None:
        screen.note(f"the figure will not be written: {lacking}")
    saved = None if ending == ".svg" else asked.out
    figure = None if ending == ".json" or lacking is not None else asked.out
    if ending not in (".json", ".svg"):
        saved = asked.out / f"{NAME}.json"
        figure = None if figure is None else asked.out / f"{NAME}.svg"
    outputs.claim([path for path in (saved, figure) if path is not None], force=asked.force)
    return saved, figure


def as_data(asked: Asked, made: Contest) -> dict[str, Any]:
    """Give the comparison in the form offtake.policies/1."""
    return {
        "schema": SCHEMA,
        "trace": str(asked.source.path),
        "format": str(made.found.form),
        "jobs_count": len(made.found.work_s),
        "rows": dict(made.notes),
        "places": [asdict(place) for place in made.places],
        "failures_per_1000_node_days": asked.failures,
        "seed": asked.seed,
        "modelled": True,
        "fairness": RHO,
        "policies": [
            {
                "policy": one.policy,
                "simulated_by": str(one.how),
                "says": ENTRANTS[one.policy].says,
                **asdict(one.outcome),
            }
            for one in made.results
        ],
        "not_applicable": dict(made.left_out),
    }


def draw(made: Contest) -> str:
    """Draw completion times by policy, as SVG text."""
    from offtake.draw.contest import Time
    from offtake.draw.contest import draw as drawn
    from offtake.draw.layout import WIDE
    from offtake.draw.svg import to_svg

    times = [
        Time(
            one.policy,
            one.outcome.jct_mean_hours,
            one.outcome.jct_median_hours,
            one.outcome.jct_p99_hours,
        )
        for one in made.results
    ]
    says = "; ".join(f"{time.policy} {time.mean:.3g} h in the mean" for time in times)
    described = f"offtake: time from arrival to end of jobs by scheduling policy. {says}."
    return to_svg(drawn(times, WIDE), ident=NAME, described=described, alone=True)


def say(asked: Asked, made: Contest) -> None:
    """Print the comparison as tables."""
    many = f"{len(made.found.work_s):,} jobs of {asked.source.path} ({made.found.form})"
    there = ", ".join(
        f"{place.accelerators_count:,}{'' if place.id == 'all' else ' ' + place.id}"
        for place in made.places
    )
    screen.say(f"{many} on {there} accelerators\n")
    heads = "policy,by,mean h,median,p95,p99,waits h,makespan h,stops"
    rows = [
        [
            one.policy,
            str(one.how),
            *(f"{value:,.4g}" for value in _times(one)),
            f"{one.outcome.stops_count:,}",
        ]
        for one in made.results
    ]
    tables.say(heads.split(","), rows, range(2, 9))
    screen.say("\nFairness, use and cost")
    heads = "policy,ρ median,p95,worst,above 1.1,accelerator-hours,USD," + ",".join(
        f"use {place.id}" for place in made.places
    )
    tables.say(heads.split(","), [_second(one) for one in made.results], range(1, 8 + 9))
    screen.say("")
    for why, count in made.notes.items():
        screen.say(f"{count:,} {why}")
    for name, why in made.left_out.items():
        screen.say(f"not run: {name}, as {why}")
    _explain(asked, made)


def _times(one: Result) -> Sequence[float]:
    o = one.outcome
    return (
        o.jct_mean_hours,
        o.jct_median_hours,
        o.jct_p95_hours,
        o.jct_p99_hours,
        o.wait_mean_hours,
        o.makespan_hours,
    )


def _second(one: Result) -> list[str]:
    o = one.outcome
    return [
        one.policy,
        *(f"{value:,.3g}" for value in (o.rho_median, o.rho_p95, o.rho_worst)),
        str(numbers.share(o.behind_share)),
        f"{o.held_accelerator_hours:,.0f}",
        "no price" if o.cost_usd is None else f"{o.cost_usd:,.0f}",
        *(str(numbers.share(value)) for value in o.utilisation_share),
    ]


def _explain(asked: Asked, made: Contest) -> None:
    screen.say("\nTimes are from arrival to end, waiting included. Modelled: the trace's own run")
    screen.say("times, known to every policy. " + RHO)
    if any(one.how == "rounds" for one in made.results):
        screen.say("rounds: stopped and moved every 6 minutes at no cost, nothing fails; events:")
        screen.say("jobs run to their end once begun, unless a higher priority pushes them aside.")
    if made.found.form is not Form.GAVEL and len(made.places) > 1:
        screen.say("The trace says no speeds by type: every type is taken as equally fast.")
    if asked.failures:
        screen.say(f"Failures: {asked.failures:g} per 1000 node-days, the same for every policy.")
