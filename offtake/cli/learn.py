"""`offtake learn`: what an operation did, for the next plan to start from."""

from __future__ import annotations

from pathlib import Path

from offtake.cli.options import Json


def learn(
    *,
    store: str = "work.db",
    world: str | None = None,
    since: str | None = None,
    until: str | None = None,
    out: Path | None = None,
    as_json: Json = False,
    quiet: bool = False,
    force: bool = False,
) -> None:
    """Learn from what ran: failure rates, goodput and delays, for the next plan.

    Reads attempts and what happened to capacity from the store of a service. Failure rates are
    of 1,000 days of a node, with the exact 95 % interval of a Poisson count. Goodput is what
    was not undone by failures and by giving way; what a body loses inside, at checkpoints and
    waiting for the network, a service does not see. Delays are days from a contract's due date
    to acceptance, and need a world. With one, says what changes of it.

        offtake learn --store out/work.db
        offtake learn --store out/work.db --world three-sites --out out/learned

    Args:
        store: Where the service keeps its jobs: a file, or the URL of a PostgreSQL database.
        world: World whose contracts were delivered, and that is to be planned next.
        since: Begin the window here, such as 2027-06-01T00:00:00Z; else with the first thing seen.
        until: End it here; else now.
        out: Save learned.json and derating.json to this folder, for `offtake plan --derating`; with
            a world also portfolio.yaml: that world with what was learned in it.
        as_json: Print it as JSON, in the form offtake.learned/1.
        quiet: Tell no warnings.
        force: Replace files that offtake did not write.
    """
    from offtake.cli import storing

    storing.required("offtake learn --store")
    from offtake.cli import relearning

    asked = relearning.Asked(store, world, since, until, out)
    relearning.learn(asked, as_json=as_json, quiet=quiet, force=force)
