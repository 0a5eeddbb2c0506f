"""`offtake cycle`: the whole cycle of a world in one command, and its story on one page."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from offtake.cli.options import Json, whole
from offtake.errors import Exit, Fault, OfftakeError

_NEEDED = ("alembic", "highspy", "jinja2", "numba", "sqlalchemy")
"""What a cycle is made of, beyond what every command needs."""


def cycle(
    world: str = "three-sites",
    /,
    *,
    out: Path = Path("out/cycle"),
    month: str | None = None,
    scenarios: Annotated[int, Parameter(converter=whole)] = 12,
    replications: Annotated[int, Parameter(converter=whole)] = 2,
    risk: float = 0.2,
    seed: Annotated[int, Parameter(converter=whole)] = 7,
    as_json: Json = False,
    quiet: bool = False,
    force: bool = False,
) -> None:
    """Go through the whole cycle of a world, and write its story on one page.

    Drafts a plan, puts it to the test, adopts what its first quarter signs, runs real jobs on
    this machine, lives through a month of simulated sites by a clock that is moved, loses a
    site, settles the chain to the cent and closes it, splits what it cost beyond the plan into
    price, volume, delay and efficiency, learns, and plans again. Every number says whether it
    is measured, modelled or assumed. The first run on a machine compiles the simulation.

        offtake cycle three-sites --out out/cycle --replications 0

    Args:
        world: Folder or file of a portfolio, or the name of a world that comes with offtake.
        out: Folder for the page, Markdown, data, store and adopted world.
        month: Month that is lived through, such as 2026-12; else the last of the second quarter.
        scenarios: Scenarios of both plans.
        replications: How often the plan is put to the test; 0 leaves the test out.
        risk: Weight of the tail in both plans, 0 to 1.
        seed: Seed of the test and of the month's work.
        as_json: Print what came of it as JSON, in the form offtake.cycle/1.
        quiet: Tell no progress and no warnings.
        force: Replace files that offtake did not write.

    Raises:
        OfftakeError: something that a cycle is made of is not installed (`OTK-H018`).
    """
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        what = "what a cycle is made of is not installed"
        hint = "run pip install 'offtake[operate,report,simulate,store]'"
        fault = Fault(code="OTK-H018", what=what, got=f"no {', no '.join(missing)}", hint=hint)
        raise OfftakeError(fault, exit=Exit.FAILED)
    from offtake.cli import cycling

    asked = cycling.Asked(
        world=world,
        out=out,
        month=month,
        scenarios=scenarios,
        replications=replications,
        risk=risk,
        seed=seed,
    )
    cycling.cycle(asked, as_json=as_json, quiet=quiet, force=force)
