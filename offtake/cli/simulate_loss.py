"""The work of `offtake simulate loss`: a site that is gone for a while, or for good."""

from __future__ import annotations

from typing import Any

from offtake.cli import screen
from offtake.cli.asked import Asked
from offtake.cli.scenes import CHANCE, Question, answer, figure_of, plain, say_change, told
from offtake.draw import numbers
from offtake.model.bucket import Bucket
from offtake.simulate.shock import Lost, SiteLoss, lose

SCHEMA = "offtake.site-loss/1"
"""Name and version of the form the answer is written in."""


def simulate(asked: Asked, loss: SiteLoss) -> None:
    """Simulate the fleet with the site lost and without, print it, and write what is wanted."""
    answer(
        asked,
        Question(
            name="site-loss",
            schema=SCHEMA,
            work=lambda scene, tell: lose(
                scene,
                loss,
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


def _data(made: Lost) -> dict[str, Any]:
    says = {
        "period": f"{made.hours:g} h",
        "modelled": True,
        "looked_at_every_minutes": 5,
        "uncertainty": CHANCE,
    }
    return {**plain(made), "says": says}


def _figure(made: Lost) -> str:
    lost = -made.change.buckets[Bucket.PRODUCTIVE].mean
    said = f"the loss of {made.site} costs {lost:,.0f} productive accelerator-hours."
    return figure_of(made.change, "site-loss", said)


def _say(made: Lost) -> None:
    lasts = made.loss.lasts_hours
    long = "for good" if lasts is None else f"for {lasts:g} h"
    screen.say(f"{made.site} lost {long}, {made.loss.at_hours:g} h into {made.hours:g} h")
    screen.say(f"{made.replications} replications with it and without")
    screen.say("")
    screen.say(f"jobs that ran there:              {told(made.struck, 1)}")
    if made.minutes is not None and made.median_minutes is not None:
        screen.say(f"minutes until one ran again:      {told(made.minutes)}")
        screen.say(f"  half of them within             {made.median_minutes:,.0f}")
        screen.say(
            f"  eight of ten                    {made.minutes.low:,.0f} to {made.minutes.high:,.0f}"
        )
    screen.say(f"ran again by the end:             {numbers.share(made.replaced_share)}")
    screen.say(f"jobs done by the end:             {told(made.change.finished, 1)}")
    say_change(made.change)
    screen.say(
        "\nThe same jobs and the same chance with it and without. Jobs are looked at every five"
    )
    screen.say(f"minutes; they go back to their last checkpoint. {CHANCE}")
