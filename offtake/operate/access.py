"""Who may do what: tokens with roles, kept as digests.

viewer < submitter < operator < owner: each may do what those before it may. A token of a tenant
hands in and sees that tenant's jobs alone. A token of a party and no tenant is for what is settled
with that party: it sees its own links of closed months, and no jobs, services, clusters or
events, whatever its role.
Below them all stands agent: it serves the one cluster it names, and may do nothing else.
Where no token was ever made, the service takes whoever reaches it for its owner: it then listens
on this machine alone.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sqlalchemy import func, select, update

from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.operate.services.replicas import CLIENT
from offtake.store import work_tables as tables
from offtake.store.opening import Store


class Role(IntEnum):
    """What a token may do; a higher one may do all a lower one may, but for agent's work."""

    AGENT = 0
    VIEWER = 1
    SUBMITTER = 2
    OPERATOR = 3
    OWNER = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Who asks."""

    name: str
    """Name of the token; `local` where none is needed."""
    role: Role
    """What it may do."""
    tenant: str | None = None
    """Tenant it is of; None is all."""
    party: str | None = None
    """Party it is of; None is all."""
    cluster: str | None = None
    """Cluster it may serve as a site agent."""

    @property
    def settles(self) -> bool:
        """Whether it is a party's and no tenant's: for what is settled, not for what runs."""
        return self.party is not None and self.tenant is None

    def may_serve(self, cluster: str) -> None:
        """See that it may be the site agent of a cluster: its own, or an owner's any.

        Raises:
            OfftakeError: it may not (`OTK-H004`).
        """
        owner = self.role is Role.OWNER and not self.settles
        if owner or (self.role is Role.AGENT and self.cluster == cluster):
            return
        what = "this needs a token of the role agent for this cluster"
        got = f"{self.name}: {self.role.name.lower()} {self.cluster or ''}".rstrip()
        hint = f"an owner makes one: `offtake token make NAME --role agent --cluster {cluster}`"
        raise OfftakeError(Fault(code="OTK-H004", what=what, got=got, hint=hint))

    def may_read_statements(self) -> None:
        """See that it may read closed months: all of them, or a party's own links.

        Raises:
            OfftakeError: it is an agent's, or a tenant's and no party's (`OTK-H004`).
        """
        if self.role >= Role.VIEWER and (self.tenant is None or self.party is not None):
            return
        what = "statements are for those who see all of the portfolio, and for a party its own"
        got = f"{self.name}: {self.role.name.lower()} {self.tenant or ''}".rstrip()
        hint = "an owner makes one of a party: `offtake token make NAME --role viewer --party P`"
        raise OfftakeError(Fault(code="OTK-H004", what=what, got=got, hint=hint))

    def may(self, role: Role) -> None:
        """See that it may do to what runs (jobs, services, clusters) what a role may.

        Raises:
            OfftakeError: its role is lower, or it is a party's and no tenant's (`OTK-H004`).
        """
        if self.settles:
            what = "a party's token does not look at jobs, services, clusters or events"
            got = f"{self.name}: of {self.party} and of no tenant"
            hint = "an owner makes one of a tenant: `offtake token make NAME --tenant TENANT`"
            raise OfftakeError(Fault(code="OTK-H004", what=what, got=got, hint=hint))
        if self.role < role:
            what = f"this needs the role {role.name.lower()}"
            got = f"{self.name}: {self.role.name.lower()}"
            raise OfftakeError(Fault(code="OTK-H004", what=what, got=got))


CACHED_S = 2.0
"""How long what was looked up holds; a revoked token may be good for so long."""
LOCAL = Who(name="local", role=Role.OWNER)
"""Whoever reaches a service on its own machine where no tokens are made."""


class Gate:
    """Looks tokens up."""

    def __init__(self, store: Store, *, clock: Callable[[], float]) -> None:
        """Look them up in a store."""
        self._store = store
        self._clock = clock
        self._known: dict[str, tuple[float, Who]] = {}
        self._guarded = (-CACHED_S, False)

    def guarded(self) -> bool:
        """Tell whether any token was ever made."""
        looked, found = self._guarded
        if not found and self._clock() >= looked + CACHED_S:
            with self._store.reading() as connection:
                found = bool(connection.scalar(select(func.count()).select_from(tables.access)))
            self._guarded = (self._clock(), found)
        return found

    def known(self, header: str | None) -> Who | None:
        """Give who shows this header where that is known without reading; None is not known."""
        now = self._clock()
        looked, guarded = self._guarded
        if not guarded:
            return LOCAL if now < looked + CACHED_S else None
        until, who = self._known.get(digest(_shown(header)), (0.0, LOCAL))
        return who if now < until else None

    def who(self, header: str | None) -> Who:
        """Give who shows this `Authorization` header.

        Raises:
            OfftakeError: no token, or none that holds (`OTK-H003`).
        """
        if not self.guarded():
            return LOCAL
        token = _shown(header)
        if not token:
            raise _unknown("the request shows no token")
        shown = digest(token)
        until, who = self._known.get(shown, (0.0, LOCAL))
        if self._clock() < until:
            return who
        who = self._look_up(shown)
        self._known[shown] = (self._clock() + CACHED_S, who)
        return who

    def _look_up(self, shown: str) -> Who:
        table = tables.access
        with self._store.reading() as connection:
            asked = select(table).where(table.c.digest == shown)
            row = connection.execute(asked).mappings().one_or_none()
        if row is None:
            raise _unknown("this token is not known")
        if row["revoked"] is not None:
            raise _unknown("this token was revoked")
        if row["expires"] is not None and row["expires"] < self._clock():
            raise _unknown("this token has expired")
        role = Role[str(row["role"]).upper()]
        return Who(
            name=row["id"],
            role=role,
            tenant=row["tenant"],
            party=row["party"],
            cluster=row["cluster"],
        )

    def make(
        self,
        name: str,
        role: Role,
        *,
        tenant: str | None = None,
        party: str | None = None,
        cluster: str | None = None,
        days: float | None = None,
    ) -> str:
        """Make a token and give it; it is not kept, and cannot be given again.

        Raises:
            OfftakeError: there is a token of this name (`OTK-B032`), or an agent without a
                cluster, or a cluster without an agent (`OTK-E155`); its name is that of who hands
                replicas in (`OTK-E167`).
        """
        if name.startswith(CLIENT):
            what = f"a token is not called {CLIENT}…: replicas are handed in by that name"
            fault = Fault(code="OTK-E167", what=what, where=Where(path="name"), got=repr(name))
            raise OfftakeError(fault, exit=Exit.USAGE)
        if (role is Role.AGENT) != (cluster is not None):
            what = "an agent's token names its cluster, and no other token names one"
            hint = "give --role agent and --cluster NAME together"
            fault = Fault(code="OTK-E155", what=what, where=Where(path=name), hint=hint)
            raise OfftakeError(fault, exit=Exit.USAGE)
        token = "otk_" + secrets.token_urlsafe(32)
        now = self._clock()
        row = {
            "id": name,
            "digest": digest(token),
            "role": role.name.lower(),
            "tenant": tenant,
            "party": party,
            "cluster": cluster,
            "made": now,
            "expires": None if days is None else now + days * 86_400.0,
        }
        with self._store.writing() as connection:
            connection.execute(tables.access.insert(), row)
        return token

    def listed(self) -> Sequence[Mapping[str, Any]]:
        """Give all tokens by name, as plain data; what they are themselves is not known."""
        table = tables.access
        shown = ("id", "role", "tenant", "party", "cluster", "made", "expires", "revoked")
        asked = select(*(table.c[name] for name in shown)).order_by(table.c.id)
        with self._store.reading() as connection:
            return [dict(row) for row in connection.execute(asked).mappings()]

    def revoke(self, name: str) -> None:
        """Let a token hold no more.

        Raises:
            OfftakeError: there is no token of this name (`OTK-H003`).
        """
        table = tables.access
        with self._store.writing() as connection:
            asked = update(table).where(table.c.id == name).values(revoked=self._clock())
            if connection.execute(asked).rowcount == 0:
                raise _unknown(f"there is no token called {name}")


def _shown(header: str | None) -> str:
    """Give the token that an `Authorization` header shows; empty is none."""
    kind, _, token = (header or "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def digest(token: str) -> str:
    """Give what is kept of a token. It is random and long: a plain digest cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()


def _unknown(what: str) -> OfftakeError:
    hint = "an owner makes one: `offtake token make NAME --role submitter`"
    fault = Fault(code="OTK-H003", what=what, where=Where(path="Authorization"), hint=hint)
    return OfftakeError(fault, exit=Exit.USAGE)
