"""The work of `offtake simulate cap`: a fleet under several power caps."""

from __future__ import annotations

from typing import Any

from offtake.cli import screen, tables
from offtake.cli.asked import Asked
from offtake.cli.scenes import CHANCE, Question, answer, plain, small, told
from offtake.draw import numbers
from offtake.simulate.scene import Scene
from offtake.simulate.shock import Caps, Told, caps

SCHEMA = "offtake.power-caps/1"
"""Name and version of the form the answer is written in."""
_ASSUMED = "speed under a cap is 1 − loss · (1 − cap)², watts of idle and stopped nodes, MFU"


def simulate(asked: Asked, shares: tuple[float, ...]) -> None:
    """Simulate the fleet under each cap, print it, and write what is wanted."""
    ratio: list[float] = []

    def work(scene: Scene, tell: Told) -> Caps:
        ratio.append(scene.facility_over_it_ratio)
        return caps(
            scene,
            shares,
            hours=asked.hours,
            replications=asked.replications,
            seed=asked.seed,
            told=tell,
        )

    answer(
        asked,
        Question(
            name="power-caps",
            schema=SCHEMA,
            work=work,
            data=lambda made: _data(made, ratio[0]),
            figure=_figure,
            say=lambda made: _say(made, ratio[0]),
            done=lambda made: made.replications,
        ),
    )


def _data(made: Caps, ratio: float) -> dict[str, Any]:
    data: dict[str, Any] = plain(made)
    for run in data["runs"]:
        run["facility_tflops_per_watt"] = {
            key: value / ratio for key, value in run["tflops_per_watt"].items()
        }
    says = {
        "boundary": "tflops_per_watt and energy at the servers; facility_… at the meter",
        "period": f"{made.hours:g} h, idle and failed time included",
        "facility_over_it_ratio": ratio,
        "modelled": True,
        "assumed": _ASSUMED,
        "uncertainty": CHANCE,
    }
    return {**data, "says": says}


def _figure(made: Caps) -> str:
    from offtake.draw.caps import Point, draw
    from offtake.draw.layout import WIDE
    from offtake.draw.svg import to_svg

    top = max(made.runs, key=lambda run: run.cap_share)
    points = [
        Point(
            100.0 * run.cap_share,
            100.0 * run.work_hours.mean / top.work_hours.mean,
            100.0 * run.energy_mwh.mean / top.energy_mwh.mean,
            100.0 * run.tflops_per_watt.mean / top.tflops_per_watt.mean,
        )
        for run in made.runs
    ]
    described = (
        f"offtake: work, power and work a joule of a fleet by power cap. Work a joule is best at "
        f"{numbers.share(made.best_share)} of full power."
    )
    chart = draw(points, 100.0 * made.best_share, WIDE)
    return to_svg(chart, ident="power-caps", described=described, alone=True)


def _say(made: Caps, ratio: float) -> None:
    screen.say(f"A fleet under power caps, {made.hours:g} h, {made.replications} replications each")
    screen.say("")
    top = max(made.runs, key=lambda run: run.cap_share)
    rows = [
        [
            str(numbers.share(run.cap_share)),
            str(numbers.share(run.speed_share)),
            told(run.work_hours),
            str(numbers.share(run.work_hours.mean / top.work_hours.mean)),
            told(run.energy_mwh, 1),
            f"{run.power_it_mw:.3g}",
            small(run.tflops_per_watt),
            f"{run.tflops_per_watt.mean / ratio:.3g}",
        ]
        for run in made.runs
    ]
    heads = "cap,speed,accelerator-hours of work,of the highest,MWh IT,MW IT"
    heads += ",TFLOP/s per W IT,per W facility"
    tables.say(heads.split(","), rows, range(len(rows[0])))
    won = numbers.share(made.best_replications_share)
    screen.say(
        f"\nbest cap: {numbers.share(made.best_share)} of full power, in {won} of replications"
    )
    screen.say(
        "\nIT is at the servers, facility at the meter (PUE "
        f"{ratio:g}). Work: model FLOPs of steps that were"
    )
    screen.say(f"kept. Modelled; assumed: {_ASSUMED}.")
    screen.say(CHANCE)
