"""`offtake token`: who may ask the service for what."""

from __future__ import annotations

from typing import Literal

from offtake.cli.options import Json


def make(
    name: str,
    /,
    *,
    role: Literal["agent", "viewer", "submitter", "operator", "owner"] = "submitter",
    tenant: str | None = None,
    party: str | None = None,
    cluster: str | None = None,
    days: float | None = None,
    store: str = "work.db",
    as_json: Json = False,
) -> None:
    """Make a token, and print it: it is not kept, and cannot be printed again.

    A viewer looks, a submitter hands in and cancels jobs, an operator drains clusters, an
    owner does all; an agent serves one cluster from its site, and nothing else. Once there is
    a token, whoever shows none is turned away.

        offtake token make ada --role operator --store tokens.db

    Args:
        name: What to call it.
        role: What it may do.
        tenant: Whose jobs it hands in and sees; else those of all.
        party: Party whose links of closed months it reads; with no tenant, nothing that runs.
        cluster: The cluster an agent serves.
        days: How long it holds; else until it is revoked.
        store: The service's store: a file of SQLite, or the URL of a database.
        as_json: Print it as JSON, in the form offtake.token/1.
    """
    from offtake.cli import letting

    letting.make(
        name, role, store, tenant=tenant, party=party, cluster=cluster, days=days, as_json=as_json
    )


def list(*, store: str = "work.db", as_json: Json = False) -> None:
    """List tokens: their names, roles, and until when they hold.

    The tokens themselves are not kept, only what tells whether one that is shown is the same.

        offtake token list --store tokens.db

    Args:
        store: The service's store: a file of SQLite, or the URL of a database.
        as_json: Print them as JSON, in the form offtake.tokens/1.
    """
    from offtake.cli import letting

    letting.listed(store, as_json=as_json)


def revoke(name: str, /, *, store: str = "work.db") -> None:
    """Let a token hold no more, within two seconds.

    Its name is not free again: who did what can be told for good.

        offtake token revoke ada --store tokens.db

    Args:
        name: What it is called.
        store: The service's store: a file of SQLite, or the URL of a database.
    """
    from offtake.cli import letting

    letting.revoke(name, store)
