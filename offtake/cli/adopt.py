"""`offtake adopt`: what a plan signs becomes contracts and clusters."""

from __future__ import annotations

from pathlib import Path

from offtake.cli.options import Json


def adopt(
    plan: Path,
    /,
    *,
    world: str | None = None,
    store: str = "work.db",
    out: Path | None = None,
    through: str | None = None,
    engines: Path | None = None,
    replace: bool = False,
    dry_run: bool = False,
    as_json: Json = False,
    quiet: bool = False,
) -> None:
    """Make contracts of what a plan signs, and clusters of the contracts.

    What is signed in the plan's first quarter becomes contracts with tranche, price and
    clauses; what is signed later stays an offer, for the next plan to decide. The store keeps
    the contracts as facts and the clusters they deliver, closed until they are accepted; the
    folder gets the world with its contracts, which `offtake settle` and `offtake plan` take,
    and the installation that `offtake serve` drives. All changes are told first. Adopting
    again changes nothing; another plan takes effect with --replace alone.

        offtake adopt out/three-sites --dry-run
        offtake adopt out/three-sites --store out/work.db --out out/adopted

    Args:
        plan: What `offtake plan --out` wrote: the file, or its folder.
        world: World the plan was made from; else the shipped world of the plan's name.
        store: Where it is kept: a file of SQLite, or the URL of a PostgreSQL database.
        out: Folder for portfolio.yaml and installation.yaml; else `adopted` beside the plan.
        through: Last quarter whose signings are adopted, such as 2027Q1; else the first.
        engines: Which engine drives which cluster or site, a file of `offtake: engines/1`.
        replace: Let it take the place of what was adopted before.
        dry_run: Show what would change, and keep nothing.
        as_json: Print what changes as JSON, in the form offtake.adoption/1.
        quiet: Tell no warnings.
    """
    from offtake.cli import storing

    storing.required("offtake adopt --store")
    from offtake.cli import adopting

    asked = adopting.Asked(
        plan=plan,
        world=world,
        store=store,
        out=out,
        through=through,
        engines=engines,
        replace=replace,
        dry_run=dry_run,
    )
    adopting.adopt(asked, as_json=as_json, quiet=quiet)
