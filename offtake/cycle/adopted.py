"""What adopting a plan changes, and its taking effect: facts in the store, files in a folder.

world before ──┐
adoption ──────┴──> changes, told first ──> store: terms, adoption, clusters
└─> folder: portfolio.yaml, installation.yaml
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from offtake.cycle.adopting import Adoption, adopt
from offtake.cycle.driving import Engines, delivered_count, installation
from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.files import read
from offtake.files.emit import entry, terse
from offtake.files.gather import HEADER
from offtake.files.jobs import INSTALLATION, read_installation
from offtake.files.shape import fields_of
from offtake.files.source import PORTFOLIO
from offtake.files.writing import canonical_text, make_folder, write_text
from offtake.model.contract import Contract
from offtake.model.installation import ClusterSpec, Installation
from offtake.model.period import Quarter
from offtake.model.plan import Plan
from offtake.model.portfolio import Portfolio
from offtake.model.value import Value
from offtake.operate.desk import sound
from offtake.operate.rows import CLUSTER
from offtake.store import work
from offtake.store.adoptions import adopted_contracts, keep_adoption, last_adoption
from offtake.store.opening import Store

FILE = "installation.yaml"
"""What the installation is called in the folder of an adopted world."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What adopting changes of one contract or cluster."""

    kind: str
    """`contract` or `cluster`."""
    id: str
    """Its name."""
    change: str
    """`new`, `changed` or `gone`."""
    fields: tuple[str, ...] = ()
    """Fields that differ, where it is changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A plan that may be adopted, and what that changes."""

    adoption: Adoption
    """Contracts and world."""
    installation: Installation
    """What there will be to run on."""
    changes: tuple[Change, ...]
    """What differs from what is adopted; empty is nothing."""
    replaces: bool
    """Whether something was adopted before, and differs."""


def propose(
    plan: Plan,
    portfolio: Portfolio,
    store: Store | None,
    folder: Path | None,
    *,
    through: Quarter | None = None,
    engines: Engines | None = None,
) -> Proposal:
    """Work out what adopting a plan would change; nothing is written.

    Raises:
        OfftakeError: as `adopt` and `installation`; or what was adopted before cannot be read.
    """
    made = adopt(plan, portfolio, through=through)
    before = _installation_in(folder)
    driven = installation(made.world, engines, before)
    sound(driven)
    held = _contracts_before(store, folder)
    changes = tuple(_changes("contract", {} if held is None else held, made.world.contracts))
    clusters = () if before is None else before.clusters
    changes += tuple(_changes("cluster", {one.id: one for one in clusters}, driven.clusters))
    replaces = bool(changes) and (held is not None or before is not None)
    return Proposal(adoption=made, installation=driven, changes=changes, replaces=replaces)


def take_effect(
    proposal: Proposal, store: Store, folder: Path | None, *, now: float, replace: bool = False
) -> None:
    """Make a proposal true: facts in the store, world and installation in a folder.

    What is adopted already changes nothing.

    Raises:
        OfftakeError: another plan is adopted and `replace` does not say that it gives way
            (`OTK-E116`); attempts are under way on clusters that would be gone (`OTK-E117`); a
            file or the store cannot be written.
    """
    if not proposal.changes:
        return
    if proposal.replaces and not replace:
        raise OfftakeError(_differs(proposal.changes), exit=Exit.USAGE)
    adoption = proposal.adoption
    with store.writing() as connection:
        _refuse_busy(connection, proposal)
        keep_adoption(
            connection,
            adoption.world.contracts,
            plan=adoption.plan.inputs_sha256,
            world=adoption.world.name,
            folder="" if folder is None else str(folder.resolve()),
            at=now,
        )
        _put_clusters(connection, proposal, now)
    if folder is not None:
        make_folder(folder)
        write_text(folder / PORTFOLIO, canonical_text(adoption.world))
        write_text(folder / FILE, installation_text(proposal.installation))


def installation_text(made: Installation) -> str:
    """Give an installation as the text of a YAML file, in canonical form."""
    data = terse(made)
    assert isinstance(data, dict)
    return entry(HEADER, INSTALLATION, "") + "".join(
        "\n" + entry(name, held, "") for name, held in data.items()
    )


def _installation_in(folder: Path | None) -> Installation | None:
    if folder is None or not (folder / FILE).exists():
        return None
    return read_installation(folder / FILE)


def _contracts_before(store: Store | None, folder: Path | None) -> Mapping[str, Contract] | None:
    """Give what is adopted: by the store, else by the folder; None is nothing yet."""
    if store is not None:
        with store.reading() as connection:
            last = last_adoption(connection)
            if last is not None:
                return {one.id: one for one in adopted_contracts(connection, last)}
    if folder is not None and (folder / PORTFOLIO).exists():
        return {one.id: one for one in read(folder).contracts}
    return None


def _changes(kind: str, before: Mapping[str, Value], after: Iterable[Value]) -> Iterator[Change]:
    there = {str(getattr(one, "id", "")): one for one in after}
    for name, one in there.items():
        old = before.get(name)
        if old is None:
            yield Change(kind=kind, id=name, change="new")
        elif old != one:
            names = fields_of(type(one))
            fields = tuple(n for n in names if getattr(old, n) != getattr(one, n))
            yield Change(kind=kind, id=name, change="changed", fields=fields)
    for name in before:
        if name not in there:
            yield Change(kind=kind, id=name, change="gone")


def _differs(changes: Sequence[Change]) -> Fault:
    told = ", ".join(f"{one.kind} {one.id} {one.change}" for one in changes[:8])
    more = "" if len(changes) <= 8 else f" and {len(changes) - 8} more"
    return Fault(
        code="OTK-E116",
        what="something else is adopted already",
        where=Where(path="offtake adopt"),
        got=told + more,
        hint="look at the differences with --dry-run, and let this take its place with --replace",
    )


def _refuse_busy(connection: Connection, proposal: Proposal) -> None:
    gone = {one.id for one in proposal.changes if (one.kind, one.change) == ("cluster", "gone")}
    busy = sorted({row["cluster"] for row in work.live_attempts(connection)} & gone)
    if busy:
        what = "attempts are under way on clusters that would be gone"
        hint = "drain them first: `offtake drain CLUSTER`"
        fault = Fault(code="OTK-E117", what=what, got=", ".join(busy), hint=hint)
        raise OfftakeError(fault, exit=Exit.USAGE)


def _put_clusters(connection: Connection, proposal: Proposal, now: float) -> None:
    """Write clusters down; what is not accepted yet can not be used until it is delivered."""
    there = {str(row["id"]) for row in work.clusters(connection)}
    for cluster in proposal.installation.clusters:
        work.put_clusters(connection, [_row(cluster, proposal, there, now)])
        usable = delivered_count(cluster, proposal.adoption.world)
        if cluster.id not in there and usable < cluster.accelerator_count:
            said = {"usable": usable, "reason": "its tranche is not accepted"}
            work.happen(connection, cluster.id, now, "delivered", said, done=now)


def _row(cluster: ClusterSpec, proposal: Proposal, there: set[str], now: float) -> work.Row:
    body = CLUSTER.dump_json(cluster, exclude_defaults=True).decode()
    row: work.Row = {"id": cluster.id, "body": body, "changed": now}
    if cluster.id not in there:
        usable = delivered_count(cluster, proposal.adoption.world)
        row.update(usable=usable, health="ok", drained=0)
    return row
