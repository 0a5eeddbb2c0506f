"""`offtake vehicle`: what a ring-fenced company can borrow, and how well it pays."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from offtake.cli.options import Json, Whole


def vehicle(
    world: str,
    /,
    *,
    of: str | None = None,
    scenario: Annotated[tuple[str, ...], Parameter(consume_multiple=False)] = (),
    runs: Whole = None,
    seed: Whole = None,
    out: Path | None = None,
    as_json: Json = False,
    quiet: bool = False,
    force: bool = False,
) -> None:
    """Size a vehicle's debt, run its waterfall, and show what lenders ask for.

    Sources and uses, the debt schedule, the waterfall by period, ratios and covenants, as
    planned; then every case of the world beside it, and random runs. The vehicle's terms and
    its `finance` are in the world.

        offtake vehicle ring-fence
        offtake vehicle ring-fence --scenario late-two --scenario offtaker-gone
        offtake vehicle ring-fence --runs 10000 --seed 7 --json
        offtake vehicle ring-fence --out out/ring

    Args:
        world: Folder or file of a portfolio, or the name of a world that comes with offtake.
        of: The vehicle, where a world has several.
        scenario: Show this case of the world alone, beside the plan; may be repeated.
        runs: Random runs to draw; 0 is none, else 1,000.
        seed: Seed of the random runs; else 0.
        out: Save vehicle.json, vehicle.xlsx with live formulas, and figures to this folder.
        as_json: Print it as JSON, in the form offtake.vehicle/1.
        quiet: Tell no progress and no warnings.
        force: Replace files that offtake did not write.
    """
    from offtake.cli import lending

    asked = lending.Asked(world, of, scenario, runs, seed)
    lending.vehicle(asked, out, as_json=as_json, quiet=quiet, force=force)
