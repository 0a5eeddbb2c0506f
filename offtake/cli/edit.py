"""`offtake edit`: fields changed where they stand."""

from __future__ import annotations

from offtake.cli import screen, worlds
from offtake.errors import Exit, Fault, OfftakeError, Where


def edit(world: str, /, *values: str, dry_run: bool = False) -> None:
    """Change fields of a world; its comments and layout stay.

    A field is written as `offtake check` names it. All changes are checked before any of
    them is written, and what changed is shown as a diff.

        offtake edit my-lab offers.mesa-own.power_it_mw="80 MW" --dry-run
        offtake edit my-lab capital.discount_share_per_year=0.08 uncertainty.seed=11

    Args:
        world: Folder or file of a portfolio.
        values: Changes, FIELD=VALUE; with nothing behind the sign the field is taken out.
        dry_run: Show the diff and write nothing.
    """
    from offtake.files import edit as change

    wanted = _wanted(values)
    diff = change(worlds.own(world), wanted, dry_run=dry_run)
    if diff:
        screen.say(diff)
    else:
        screen.note("nothing changes: the world says so already")


def _wanted(values: tuple[str, ...]) -> dict[str, str | None]:
    faults = []
    wanted: dict[str, str | None] = {}
    for value in values:
        field, sign, written = value.partition("=")
        where = Where(path=field.strip() or "offtake edit")
        if not sign or not field.strip():
            what = "a change is written FIELD=VALUE"
            faults.append(Fault(code="OTK-U011", what=what, where=where, got=f"'{value}'"))
        elif field.strip() in wanted:
            faults.append(Fault(code="OTK-U006", what="the field is given twice", where=where))
        wanted[field.strip()] = written.strip() or None
    if not values:
        what = "there is nothing to change"
        hint = "name changes as FIELD=VALUE; see `offtake edit --help`"
        where = Where(path="offtake edit")
        faults.append(Fault(code="OTK-U011", what=what, where=where, hint=hint))
    if faults:
        raise OfftakeError(faults, exit=Exit.USAGE)
    return wanted
