"""`offtake top`: clusters and the queue, live."""

from __future__ import annotations

from offtake.cli.options import Json


def top(
    *, once: bool = False, every: float = 1.0, url: str | None = None, as_json: Json = False
) -> None:
    """Show clusters and the queue, live on a terminal; once where it is piped.

    The newest twenty jobs that are not over stand below the clusters; `offtake status` lists
    more. Ctrl-C ends it.

        offtake top --once

    Args:
        once: Show it once.
        every: Seconds between two looks.
        url: Where the service is; else OFFTAKE_URL, else http://127.0.0.1:8180.
        as_json: Print it once, as JSON in the form offtake.top/1.
    """
    from offtake.cli import topping

    topping.top(url, once=once, every=every, as_json=as_json)
