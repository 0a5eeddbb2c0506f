"""`offtake drain`: clusters that are to rest, are lost, or come back."""

from __future__ import annotations

from offtake.cli.options import Json


def drain(
    place: str,
    /,
    *,
    stop: bool = False,
    resume: bool = False,
    lost: bool = False,
    found: bool = False,
    dry_run: bool = False,
    url: str | None = None,
    as_json: Json = False,
) -> None:
    """Let nothing more begin on a cluster or at a site, let it go on, or give it up.

    Without an option what runs there goes on to its end. With --dry-run nothing is changed,
    and what runs there is listed.

        offtake drain north --dry-run
        offtake drain north
        offtake drain north --resume

    Args:
        place: A cluster, or a site: then all clusters of it.
        stop: Have what runs there stop and go on elsewhere.
        resume: Let jobs begin there again.
        lost: Give it up: what ran there begins elsewhere now, and is never counted on again.
        found: Take back what was given up.
        dry_run: Change nothing; list what runs there.
        url: Where the service is; else OFFTAKE_URL, else http://127.0.0.1:8180.
        as_json: Print what is done as JSON, in the form offtake.drain/1.
    """
    from offtake.cli import steering

    chosen = {"stop": stop, "resume": resume, "lost": lost, "found": found}
    steering.drain(place, chosen, url, dry_run=dry_run, as_json=as_json)
