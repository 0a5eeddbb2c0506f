"""The work of `offtake token`, on the store itself: it needs no service that runs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from offtake.cli import looking, screen, tables
from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.operate.access import Gate, Role
from offtake.store.opening import open_store


@contextmanager
def _gate(store: str) -> Iterator[Gate]:
    opened = open_store(store, upgrade=True)
    try:
        yield Gate(opened, clock=time.time)
    finally:
        opened.close()


def make(
    name: str,
    role: str,
    store: str,
    *,
    tenant: str | None,
    party: str | None,
    cluster: str | None,
    days: float | None,
    as_json: bool,
) -> None:
    """Make a token and print it.

    Raises:
        OfftakeError: its days are none (`OTK-U004`), or there is one of this name (`OTK-B032`),
            or an agent's names no cluster (`OTK-E155`).
    """
    if days is not None and days <= 0:
        what, where = "--days is more than 0", Where(path="offtake token make")
        raise OfftakeError(
            Fault(code="OTK-U004", what=what, where=where, got=f"{days:g}"), exit=Exit.USAGE
        )
    with _gate(store) as gate:
        token = gate.make(
            name, Role[role.upper()], tenant=tenant, party=party, cluster=cluster, days=days
        )
    if as_json:
        screen.say_json({"schema": "offtake.token/1", "name": name, "role": role, "token": token})
        return
    screen.say(token)
    screen.note("keep it: it cannot be printed again; set OFFTAKE_TOKEN to show it")


def listed(store: str, *, as_json: bool) -> None:
    """List tokens."""
    with _gate(store) as gate:
        found = gate.listed()
    if as_json:
        screen.say_json({"schema": "offtake.tokens/1", "tokens": found})
        return
    heads = ("name", "role", "tenant", "party", "cluster", "made", "holds until", "revoked")
    rows = [
        (
            *(str(one[word] or "") for word in ("id", "role", "tenant", "party", "cluster")),
            *(looking.moment(one[word]) for word in ("made", "expires", "revoked")),
        )
        for one in found
    ]
    if rows:
        tables.say(heads, rows)
    else:
        screen.say("no tokens: whoever reaches the service is taken for its owner")


def revoke(name: str, store: str) -> None:
    """Revoke a token.

    Raises:
        OfftakeError: there is none of this name (`OTK-H003`).
    """
    with _gate(store) as gate:
        gate.revoke(name)
    screen.say(f"{name} holds no more")
