"""Events: what happened to capacity and contracts, and when it became known.

An event is true at its own time (`starts`, `ends`) and known from `recorded` on. Events
are only ever added: a mistake is corrected by a later event that `replaces` the first.
Physical events name a site and nodes, so that the same fact is settled at each link of a
chain by that link's own clauses; events of a contract name the contract or its tranches.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from offtake.model.clause import Scope
from offtake.model.month import Month
from offtake.model.value import Value
from offtake.units import Count, ExactHours, ExactPowerMW, Money, Price


class EventKind(StrEnum):
    """What happened."""

    ACCEPTED = "accepted"
    """Tranches, or `node_count` of their nodes, passed their tests: service starts."""
    REJECTED = "rejected"
    """Tranches were tested and failed."""
    WITHDRAWN = "withdrawn"
    """Capacity left service for good; `node_count` of its nodes, or all."""
    EXCUSED = "excused"
    """The time from `starts` to `ends` does not count as delay of the tranches."""
    OUTAGE = "outage"
    """Nodes, or what `scope` names, were down."""
    MAINTENANCE = "maintenance"
    """Nodes were down as announced."""
    DEMAND_RESPONSE = "demand-response"
    """A site cut its power and its `payee` was paid by `payer`."""
    OPTION_USED = "option-used"
    """An `option` of a contract takes effect at `starts`."""
    TERMINATED = "terminated"
    """Tranches, or the whole contract, end at `starts` without an option."""
    TRANSFERRED = "transferred"
    """From `starts` the contract's buyer or seller is another party (novation)."""
    DEFAULTED = "defaulted"
    """From `starts` a party pays no more."""
    CLAIMED = "claimed"
    """The buyer claimed the credits of a service level for a month."""
    PAID = "paid"
    """The buyer paid `amount` on an invoice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Value):
    """One fact, and when it became known.

    Which fields a kind asks for is in `NEEDED`; a field that has no meaning for its kind
    stays empty.
    """

    id: str
    """Name no other event has."""
    kind: EventKind
    """What happened."""
    starts: datetime
    """When it began, or took effect."""
    ends: datetime | None = None
    """When it ended; None has not ended yet, or is of a moment."""
    recorded: datetime
    """When it became known."""
    replaces: str | None = None
    """Event that this one corrects: it counts no more from `recorded` on."""
    contract: str | None = None
    """Contract it is about."""
    tranches: tuple[str, ...] = ()
    """Tranches it is about, written CONTRACT.TRANCHE; one fact may be of several links. An outage
    that names some is of no others at its site."""
    site: str | None = None
    """Site it happened at."""
    nodes: str | None = None
    """Nodes it happened to, as a host list such as `n[001-512]`; None is all of the site."""
    scope: Scope | None = None
    """What failed: a GPU, a node, a rack, a cluster or the fabric."""
    gpu_count: Count | None = None
    """Scope GPU: accelerators of each node that were down."""
    cause: str = ""
    """Why, in one word that clauses may exclude (such as `force-majeure`)."""
    noticed: datetime | None = None
    """When the seller was told, for clauses whose clock starts with notice."""
    node_count: Count | None = None
    """Nodes accepted or withdrawn; None is all of the tranche. Of an outage whose nodes nobody
    named: how many were down, taken to be the first of each tranche."""
    accelerator_count: Count | None = None
    """Outage with `node_count`: accelerators that were down in all, for tranches that do not count
    in nodes."""
    option: str | None = None
    """Option that was used."""
    service_level: str | None = None
    """Service level that was claimed."""
    month: Month | None = None
    """Month a claim or a payment is about."""
    party: str | None = None
    """Party that defaulted, or that a contract was transferred to."""
    from_party: str | None = None
    """Party a contract was transferred from."""
    payer: str | None = None
    """Who pays for demand response."""
    payee: str | None = None
    """Who is paid for demand response."""
    power_mw: ExactPowerMW | None = None
    """Power that was cut."""
    duration_hours: ExactHours | None = None
    """How long it was paid for; None is from `starts` to `ends`."""
    price: Price | None = None
    """What was paid for a MWh that was not drawn."""
    currency: str | None = None
    """ISO 4217 code of `price` or `amount`."""
    amount: Money | None = None
    """Money that was paid."""
    evidence: tuple[str, ...] = ()
    """What proves it: tickets, files, readings."""
    note: str = ""
    """What a reader should know, in a sentence."""


NEEDED: dict[EventKind, tuple[str, ...]] = {
    EventKind.ACCEPTED: ("tranches",),
    EventKind.REJECTED: ("tranches",),
    EventKind.WITHDRAWN: ("tranches",),
    EventKind.EXCUSED: ("tranches", "ends"),
    EventKind.OUTAGE: ("site", "scope"),
    EventKind.MAINTENANCE: ("site",),
    EventKind.DEMAND_RESPONSE: ("site", "payer", "payee", "power_mw", "price", "currency"),
    EventKind.OPTION_USED: ("contract", "option"),
    EventKind.TERMINATED: ("contract",),
    EventKind.TRANSFERRED: ("contract", "party", "from_party"),
    EventKind.DEFAULTED: ("party",),
    EventKind.CLAIMED: ("contract", "service_level", "month"),
    EventKind.PAID: ("contract", "month", "amount", "currency"),
}
"""Fields that an event of each kind must have, beyond its id and times."""
