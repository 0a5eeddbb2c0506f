"""`offtake compare`: two saved plans, or studies, side by side."""

from __future__ import annotations

from pathlib import Path

from offtake.cli import screen
from offtake.cli.options import Json

SCHEMA = "offtake.comparison/1"
"""Name and version of the form a comparison is written in as JSON."""


def compare(a: Path, b: Path, /, *, as_json: Json = False) -> None:
    """Tell in words and money how two saved plans or studies differ.

    Says what the second signs that the first does not, what that costs and risks, and
    whether the two may be compared at all.

        offtake compare out/careful/plan.json out/bold/plan.json

    Args:
        a: A saved plan or study, or the folder a plan was saved in.
        b: The plan or study to compare with it.
        as_json: Print JSON, in the form offtake.comparison/1.
    """
    from offtake.cli.saved import read
    from offtake.report import compare as compared

    comparison = compared(read(a), read(b))
    if as_json:
        screen.say_json({"schema": SCHEMA, **comparison.as_data()})
    else:
        screen.say(comparison.text())
