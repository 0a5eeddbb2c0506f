"""`offtake claims`: service levels that were missed, with their proof and deadline."""

from __future__ import annotations

from offtake.cli.options import Json


def claims(
    world: str,
    month: str,
    /,
    *,
    until: str | None = None,
    link: str | None = None,
    as_of: str | None = None,
    as_json: Json = False,
    quiet: bool = False,
) -> None:
    """List service levels that were missed, what each gives back, and by when to ask.

    A calendar: the nearest deadline first, what needs no asking last. The proof is events
    and readings by name, as records hold them.

        offtake claims june-chain 2027-06
        offtake claims june-chain 2027-01 --until 2027-06 --json

    Args:
        world: Folder or file of a portfolio, or the name of a world that comes with offtake.
        month: The month, or the first of several, written like 2027-06.
        until: The last month; else the first alone.
        link: Claims under this contract alone.
        as_of: Count only what was known by then; else all that is recorded.
        as_json: Print the claims as JSON, in the form offtake.claims/1.
        quiet: Tell no warnings.
    """
    from offtake.cli import claiming, settling

    claiming.claims(settling.Asked(world, month, link, as_of), until, as_json, quiet)
