"""Adoptions in a store: which contracts a plan became, kept as terms, and when.

The contracts stand among the terms that months are settled by; that they were adopted is told
as something that happened to capacity, of no cluster alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from offtake.model.contract import Contract
from offtake.store import tables, work, work_tables
from offtake.store.bodies import json_text, value_of, value_plain
from offtake.store.closing import digest_of_terms

KIND = "adopted"
"""Kind of what happened to capacity, by which adoptions are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """A plan that was adopted."""

    plan: str
    """Hash of what the plan was made from."""
    world: str
    """Name of its world."""
    folder: str
    """Folder the world with the contracts was written to; empty is none."""
    terms: str
    """Digest of the contracts."""
    at: float
    """When, in seconds since 1970 UTC."""


def keep_adoption(
    connection: Connection,
    contracts: Sequence[Contract],
    *,
    plan: str,
    world: str,
    folder: str,
    at: float,
) -> None:
    """Keep the contracts a plan became, and that it was adopted."""
    terms = digest_of_terms(contracts)
    body = json_text([value_plain(one) for one in sorted(contracts, key=lambda one: one.id)])
    connection.execute(tables.terms.insert(), [{"digest": terms, "body": body}])
    told = {"plan": plan, "world": world, "folder": folder, "terms": terms}
    work.happen(connection, None, at, KIND, told, done=at)


def last_adoption(connection: Connection) -> Adopted | None:
    """Give the last plan that was adopted; None is none."""
    table = work_tables.capacity_event
    asked = select(table).where(table.c.kind == KIND).order_by(table.c.seq.desc()).limit(1)
    row = connection.execute(asked).mappings().one_or_none()
    if row is None:
        return None
    said = json.loads(row["body"])
    return Adopted(**said, at=float(row["at"]))


def adopted_contracts(connection: Connection, adopted: Adopted) -> tuple[Contract, ...]:
    """Give the contracts that were adopted, by name."""
    asked = select(tables.terms.c.body).where(tables.terms.c.digest == adopted.terms)
    return tuple(value_of(Contract, data) for data in json.loads(connection.scalar(asked) or "[]"))
