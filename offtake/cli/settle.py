"""`offtake settle`: what each party of each chain owes the next for a month, to the cent."""

from __future__ import annotations

from pathlib import Path

from offtake.cli.options import Json


def settle(
    world: str,
    month: str,
    /,
    *,
    link: str | None = None,
    as_of: str | None = None,
    out: Path | None = None,
    pdf: bool = False,
    as_json: Json = False,
    quiet: bool = False,
    force: bool = False,
) -> None:
    """Settle a month of every contract, and show the chain and each invoice.

    Reads the world and what was recorded about it (`records/`: events, readings, fixings,
    tariffs), and works out every link by its own clauses. It is a preview and books nothing:
    `offtake close` does. Every line has an id; `offtake explain LINE` lays it out.

        offtake settle june-chain 2027-06
        offtake settle june-chain 2027-06 --link A --json
        offtake settle june-chain 2027-06 --out out/june

    Args:
        world: Folder or file of a portfolio, or the name of a world that comes with offtake.
        month: The month, written like 2027-06.
        link: Show the invoice of this contract alone.
        as_of: Count only what was known by then, such as 2027-07-05T00:00:00Z; else all.
        out: Save statement.json and statement.html to this folder.
        pdf: Save statement.pdf too (needs Chromium).
        as_json: Print the statement as JSON, in the form offtake.statement/1.
        quiet: Tell no progress and no warnings.
        force: Replace files that offtake did not write.
    """
    from offtake.cli import settling

    asked = settling.Asked(world, month, link, as_of)
    settling.settle(asked, out, pdf=pdf, as_json=as_json, quiet=quiet, force=force)
