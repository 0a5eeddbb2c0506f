"""`offtake leases`: what a lab's leases are in its books."""

from __future__ import annotations

from pathlib import Path

from offtake.cli.options import Json


def leases(
    world: str,
    /,
    *,
    of: str | None = None,
    lines: int = 20,
    out: Path | None = None,
    as_json: Json = False,
    quiet: bool = False,
    force: bool = False,
) -> None:
    """Put leases in the books: liability, right of use, schedule and journal.

    Each contract is booked as it was judged in the world, with the reason; whether it is a
    lease is never inferred. IFRS 16 or ASC 842, with what was measured anew, subleases, and
    payments that vary.

        offtake leases ring-fence
        offtake leases ring-fence --of hall --lines 100
        offtake leases ring-fence --json

    Args:
        world: Folder or file of a portfolio, or the name of a world that comes with offtake.
        of: Show this contract alone.
        lines: Lines of each journal to show.
        out: Save leases.json to this folder.
        as_json: Print it as JSON, in the form offtake.leases/1.
        quiet: Tell no progress and no warnings.
        force: Replace files that offtake did not write.
    """
    from offtake.cli import leasing

    leasing.leases(world, of, lines, out, as_json=as_json, quiet=quiet, force=force)
