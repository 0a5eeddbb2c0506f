"""`offtake accept`: whether a tranche is accepted, by the evidence of its nodes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from offtake.cli.options import Json
from offtake.errors import Exit

Files = Annotated[tuple[Path, ...], Parameter(negative=(), consume_multiple=True)]
Several = Annotated[tuple[str, ...], Parameter(negative=())]


def accept(
    world: str,
    tranche: str,
    /,
    *,
    tests: Files,
    trust: Several = (),
    since: str | None = None,
    recorded: str | None = None,
    out: Path | None = None,
    as_json: Json = False,
    force: bool = False,
) -> Exit:
    """Decide by the evidence of its nodes whether a tranche is accepted.

    It is when enough of its nodes passed all tests of the contract in one window; it is
    rejected when too many failed. Where nodes that are unproven or not tested could still turn
    it, it is undecided, no event is made, and the exit status is 3. Put the event into the
    world's `records/`, and settlement starts from it.

        offtake accept leased B.T2 --tests n001.json n002.json

    Args:
        world: Folder or file of a portfolio, or the name of a world that comes with offtake.
        tranche: Written CONTRACT.TRANCHE.
        tests: Files of evidence that `offtake probe node` wrote, one of each node.
        trust: A public key whose evidence counts; with none, every key does, and that is told.
        since: When the window of the tests begins; else with the first evidence.
        recorded: When the decision became known; else now.
        out: Write the event to this file, in the form of records; else print it.
        as_json: Print JSON, in the form offtake.acceptance/1.
        force: Replace files that offtake did not write.
    """
    from offtake.cli.probe import ready

    ready()
    from offtake.cli import accepting

    asked = accepting.Asked(world, tranche, tests, trust, since, recorded, out)
    return accepting.accept(asked, as_json=as_json, force=force)
