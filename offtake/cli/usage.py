"""`offtake usage`: what ran by cluster, by both witnesses."""

from __future__ import annotations

from offtake.cli.options import Json


def usage(*, store: str = "work.db", month: str | None = None, as_json: Json = False) -> None:
    """Show what ran by cluster: metered, what the engine says, what vanished.

    Wrappers meter each attempt from begin to end, and that is settled. The engine's own
    accounting, where it keeps one, is the second witness; the difference is of attempts both
    speak of. An attempt that vanished has no end that anybody wrote down: it is counted apart
    and not settled. GPU-hours; a month counts in UTC, and a run that crosses its end with what
    lies inside.

        offtake usage --store out/work.db --month 2027-06

    Args:
        store: Where the service keeps its jobs: a file, or the URL of a PostgreSQL database.
        month: Count what ran in this month, written like 2027-06; else all there is.
        as_json: Print it as JSON, in the form offtake.usage/1.
    """
    from offtake.cli import storing

    storing.required("offtake usage --store")
    from offtake.cli import watching_use

    watching_use.usage(store, month, as_json=as_json)
