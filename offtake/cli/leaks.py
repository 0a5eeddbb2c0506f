"""`offtake leaks`: where the contract above and the contract below do not say the same."""

from __future__ import annotations

from offtake.cli.options import Json


def leaks(
    world: str,
    month: str,
    /,
    *,
    as_of: str | None = None,
    most: int = 24,
    as_json: Json = False,
    quiet: bool = False,
) -> None:
    """Compare each contract with its neighbours in the chain, and price the gaps.

    Every clause is held against its twin. What happened in the month is priced fact by fact
    (what it brings the party in the middle from above and from below), and so is a standard
    set of what-ifs: an outage of the fabric, a late tranche, lower prices and use, a default.

        offtake leaks june-chain 2027-06
        offtake leaks june-chain 2027-06 --json

    Args:
        world: Folder or file of a portfolio, or the name of a world that comes with offtake.
        month: The month, written like 2027-06.
        as_of: Count only what was known by then; else all that is recorded.
        most: Facts of the month that are priced one by one; the rest is priced as one.
        as_json: Print the report as JSON, in the form offtake.leaks/1.
        quiet: Tell no progress and no warnings.
    """
    from offtake.cli import claiming, settling

    claiming.leaks(settling.Asked(world, month, None, as_of), most, as_json, quiet)
