"""The work of `offtake simulate day`: inference and training on one fleet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from offtake.cli import screen, tables
from offtake.cli.asked import Asked
from offtake.cli.scenes import CHANCE, Question, answer, plain, small, told
from offtake.draw import numbers
from offtake.model.provenance import Quality
from offtake.simulate.gang.job import Mean
from offtake.simulate.scene import Scene
from offtake.simulate.services import Day, Shared, day
from offtake.simulate.services.asked import STEP_S
from offtake.simulate.services.shift import present

SCHEMA = "offtake.day/1"
"""Name and version of the form the answer is written in."""
_ROWS: tuple[tuple[str, Callable[[Shared], Mean], str], ...] = (
    ("tokens served, billions", lambda s: s.tokens_billions, "small"),
    ("of those asked for", lambda s: s.served_share, "share"),
    ("unserved, billions", lambda s: s.unserved_tokens_billions, "small"),
    ("tokens/s each user gets", lambda s: s.user_tokens_per_s, "small"),
    ("fleet held by inference", lambda s: s.inference_share, "share"),
    ("of that busy", lambda s: s.busy_share, "share"),
    ("training, productive accelerator-hours", lambda s: s.training_hours, "whole"),
    ("goodput of training", lambda s: s.goodput_share, "share"),
    ("training undone, accelerator-hours", lambda s: s.lost_hours, "whole"),
    ("tokens per joule IT", lambda s: s.tokens_per_joule, "small"),
    ("tokens per joule facility", lambda s: s.facility_tokens_per_joule, "small"),
    ("USD per million tokens", lambda s: s.usd_per_million_tokens, "small"),
)


def simulate(asked: Asked) -> None:
    """Simulate the day, print it, and write what is wanted."""
    scene: list[Scene] = []

    def work(found: Scene, tell: Callable[[int, int], bool]) -> Day:
        scene.append(found)
        return day(
            found,
            hours=asked.hours,
            replications=asked.replications,
            seed=asked.seed,
            told=tell,
        )

    answer(
        asked,
        Question(
            name="day",
            schema=SCHEMA,
            work=work,
            data=lambda made: _data(made, scene[0]),
            figure=lambda made: _figure(made, scene[0]),
            say=lambda made: _say(made, scene[0]),
            done=lambda made: made.replications,
        ),
    )


def _assumed(scene: Scene) -> list[str]:
    """Say of each curve and of prices whether they are assumed."""
    made = []
    for service in scene.services:
        for curve in service.curves:
            told = curve.provenance
            source = f", {told.source}" if told.source else ""
            made.append(f"curve of {service.id} on {curve.accelerator}: {told.quality}{source}")
    quality = scene.provenance.quality
    made.append(f"prices, power and users: {quality}")
    return made


def _data(made: Day, scene: Scene) -> dict[str, Any]:
    says = {
        "boundary": "tokens_per_joule at the servers, of nodes inference holds; facility_… at the "
        "meter; usd of all accelerator-hours inference holds, used or not",
        "period": f"{made.hours:g} h",
        "facility_over_it_ratio": scene.facility_over_it_ratio,
        "modelled": True,
        "assumed": _assumed(scene),
        "uncertainty": CHANCE,
    }
    return {
        "hours": made.hours,
        "replications": made.replications,
        "shared": _means(made.shared),
        "apart": _means(made.apart),
        "gained_hours": plain(made.gained_hours),
        "first": _steps(made, scene),
        "says": says,
    }


def _means(shared: Shared) -> dict[str, Any]:
    names = [name for name in Shared.__dataclass_fields__ if name not in ("first", "shares")]
    made = {name: getattr(shared, name) for name in names}
    means = {n: plain(value) if isinstance(value, Mean) else value for n, value in made.items()}
    return {**means, "shares": {str(bucket): share for bucket, share in shared.shares.items()}}


def _steps(made: Day, scene: Scene) -> dict[str, Any]:
    """Give the first replication step by step."""
    clusters = [cluster.id for cluster in scene.clusters]
    services = []
    for held in made.shared.first.held:
        regions = [load.region for load in held.service.loads]
        services.append(
            {
                "service": held.service.id,
                "asked_tokens_per_s": dict(zip(regions, held.demand.T.tolist(), strict=True)),
                "served_tokens_per_s": dict(
                    zip(regions, held.flow.sum(axis=2).T.tolist(), strict=True)
                ),
                "held_nodes": dict(zip(clusters, held.held.T.tolist(), strict=True)),
                "serving_nodes": dict(zip(clusters, held.serving.T.tolist(), strict=True)),
            }
        )
    return {"step_s": STEP_S, "services": services}


def _figure(made: Day, scene: Scene) -> str:
    from offtake.draw.layout import WIDE
    from offtake.draw.sharing import draw
    from offtake.draw.svg import to_svg

    first = made.shared.first
    held = sum(one.held.sum(axis=1) for one in first.held)
    used = sum((one.serving * one.used_share).sum(axis=1) for one in first.held)
    there = present(scene.clusters, len(np.atleast_1d(held))).sum(axis=1)
    hours = np.arange(len(there)) * STEP_S / 3600.0
    chart = draw(
        hours.tolist(),
        np.asarray(held).tolist(),
        np.asarray(used).tolist(),
        there.tolist(),
        WIDE,
    )
    described = (
        f"offtake: nodes that serve and nodes that train over {made.hours:g} h. "
        f"{numbers.share(made.shared.served_share.mean)} of tokens were served; sharing gains "
        f"training {made.gained_hours.mean:,.0f} productive accelerator-hours."
    )
    return to_svg(chart, ident="day", described=described, alone=True)


def _say(made: Day, scene: Scene) -> None:
    names = ", ".join(service.id for service in scene.services)
    screen.say(f"{names} and training on {scene.nodes:,} nodes, {made.hours:g} h")
    screen.say(f"{made.replications} replications, each shared and apart")
    screen.say("")
    rows = [
        [name, _cell(take(made.shared), how), _cell(take(made.apart), how)]
        for name, take, how in _ROWS
    ]
    tables.say(["", "shared", "apart"], rows, [1, 2])
    screen.say(f"\nsharing gains training {told(made.gained_hours)} productive accelerator-hours")
    held = [one.held.sum(axis=1) for one in made.shared.first.held]
    for service, series in zip(scene.services, held, strict=True):
        screen.say(f"{service.id}: {series.min()} to {series.max()} nodes over the day")
    screen.say(
        "\nshared: nodes go to and fro between inference and training. apart: inference holds"
    )
    screen.say("all day what it needs at its peak. IT is at the servers that inference holds,")
    ratio = scene.facility_over_it_ratio
    screen.say(f"facility at the meter (PUE {ratio:g}); USD of all it holds, used or not.")
    for line in _assumed(scene):
        screen.say(f"  {line}")
    measured = all(
        curve.provenance.quality is Quality.REPORTED
        for service in scene.services
        for curve in service.curves
    )
    screen.say(f"Modelled{'' if measured else ', on curves nobody measured'}. {CHANCE}")


def _cell(mean: Mean, how: str) -> str:
    if how == "share":
        return f"{numbers.share(mean.mean)} ± {100.0 * mean.half_width:.2g}"
    return told(mean) if how == "whole" else small(mean)
