"""The work of `offtake simulate curtail`: a cluster that may draw less for some hours."""

from __future__ import annotations

from typing import Any

from offtake.cli import screen
from offtake.cli.asked import Asked
from offtake.cli.scenes import CHANCE, Question, answer, figure_of, plain, say_change, told
from offtake.draw import numbers
from offtake.simulate.shock import Curtailed, Curtailment, curtail

SCHEMA = "offtake.curtailment/1"
"""Name and version of the form the answer is written in."""


def simulate(asked: Asked, curtailment: Curtailment) -> None:
    """Simulate the fleet with the curtailment and without, print it, and write what is wanted."""
    answer(
        asked,
        Question(
            name="curtailment",
            schema=SCHEMA,
            work=lambda scene, tell: curtail(
                scene,
                curtailment,
                hours=asked.hours,
                replications=asked.replications,
                seed=asked.seed,
                told=tell,
            ),
            data=_data,
            figure=_figure,
            say=_say,
            done=lambda made: made.replications,
        ),
    )


def _data(made: Curtailed) -> dict[str, Any]:
    says = {
        "boundary": "power and energy at the servers",
        "period": f"{made.hours:g} h",
        "modelled": True,
        "assumed": "speed under a cap is 1 − loss · (1 − cap)²; caps in steps of 1/64",
        "uncertainty": CHANCE,
    }
    return {**plain(made), "says": says}


def _figure(made: Curtailed) -> str:
    lost = made.lost_hours
    said = f"a curtailment at {made.cluster} costs {lost.mean:,.0f} productive accelerator-hours."
    return figure_of(made.change, "curtailment", said)


def _say(made: Curtailed) -> None:
    cut = made.curtailment
    screen.say(
        f"A curtailment of {numbers.share(cut.cut_share)} for {cut.lasts_hours:g} h at "
        f"{made.cluster}, {cut.at_hours:g} h into {made.hours:g} h"
    )
    screen.say(
        f"{made.full_it_mw:.3g} MW IT at full power, {made.allowed_it_mw:.3g} MW IT allowed; "
        f"{made.replications} replications with it and without"
    )
    screen.say(f"\nproductive accelerator-hours lost: {told(made.lost_hours)}")
    screen.say(f"of them while it lasted:           {told(made.lost_meanwhile_hours)}")
    screen.say(f"energy, MWh at the servers:        {told(made.change.energy_mwh, 2)}")
    screen.say(f"jobs done by the end:              {told(made.change.finished, 1)}")
    say_change(made.change)
    screen.say(
        "\nThe same jobs and the same chance with it and without. Modelled; speed under a cap"
    )
    screen.say(f"is 1 − loss · (1 − cap)². {CHANCE}")
